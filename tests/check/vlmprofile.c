/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gst/check/gstcheck.h>
#include <locale.h>

#include "document-fixture.h"
#include "vlm/vlm-profile.h"

#define HEAD "[profile]\ndescription=for a test\n"

static char *folder;

/* Before what the user has, and what is installed. */
static void
setup (void)
{
  folder = fixture_folder_new ();
  g_setenv ("RECTO_PROFILE_PATH", folder, TRUE);
}

static void
teardown (void)
{
  fixture_folder_free (folder);
}

static VlmProfile *
load (const char *name)
{
  g_autoptr (GError) error = NULL;
  VlmProfile *profile = vlm_profile_load (name, &error);

  g_assert_no_error (error);
  return profile;
}

/* A profile that says `text` after what it has to say. */
static VlmProfile *
load_text (const char *text)
{
  g_autofree char *whole = g_strconcat (HEAD, text, NULL);
  g_autofree char *path = fixture_write (folder, "x.profile", whole, -1);

  return load (path);
}

static VlmProfile *
load_shipped (const char *name)
{
  g_autofree char *base = g_strconcat (name, ".profile", NULL);
  g_autofree char *path = g_build_filename (g_getenv ("RECTO_SOURCE_ROOT"),
      "data", "profiles", base, NULL);

  return load (path);
}

/* The words of the error that the whole text of a profile ends in. */
static char *
fail_to_load (const char *text, gssize size, int code)
{
  g_autofree char *path = fixture_write (folder, "x.profile", text, size);
  g_autoptr (GError) error = NULL;
  VlmProfile *profile = vlm_profile_load (path, &error);

  fail_unless (profile == NULL, "“%s” was taken", text);
  g_assert_error (error, G_IO_ERROR, code);
  fail_unless (strstr (error->message, path) != NULL, "%s", error->message);
  return g_strdup (error->message);
}

static void
assert_has (const char *message, const char *words)
{
  fail_unless (strstr (message, words) != NULL, "no “%s” in “%s”", words,
      message);
}

static void
assert_sampling (const char *text, const char *expected)
{
  g_autofree char *group = g_strconcat ("[sampling]\n", text, NULL);
  g_autoptr (VlmProfile) profile = load_text (group);

  fail_unless_equals_string (profile->sampling, expected);
}

GST_START_TEST (test_olmocr)
{
  g_autoptr (VlmProfile) profile = load_shipped (VLM_PROFILE_DEFAULT);

  fail_unless_equals_string (profile->name, "olmocr-2");
  fail_unless_equals_string (profile->description, "olmOCR-2 by AllenAI: "
      "Markdown, with tables as HTML and equations as LaTeX");
  fail_unless (profile->system_prompt == NULL);
  fail_unless_equals_string (profile->prompt,
      "Attached is one page of a document that you must process. Just return "
      "the plain text representation of this document as if you were reading "
      "it naturally. Convert equations to LateX and tables to HTML.\n"
      "If there are any figures or charts, label them with the following "
      "markdown syntax ![Alt text describing the contents of the figure]"
      "(page_startx_starty_width_height.png)\n"
      "Return your output as markdown, with a front matter section on top "
      "specifying values for the primary_language, is_rotation_valid, "
      "rotation_correction, is_table, and is_diagram parameters.");
  fail_unless_equals_int (profile->order, VLM_ORDER_TEXT_FIRST);
  fail_unless_equals_string (profile->image.format, "image/png");
  fail_unless_equals_int (profile->image.longest, 1288);
  fail_unless_equals_int (profile->image.shortest, 0);
  fail_unless_equals_int (profile->image.exact, 0);
  fail_unless_equals_int (profile->image.multiple, 0);
  fail_unless_equals_int (profile->image.max_pixels, 0);
  fail_unless_equals_int (profile->image.quality, 0);
  fail_unless_equals_string (profile->sampling, "[{\"temperature\":0.1},"
      "{\"temperature\":0.1},{\"temperature\":0.2},{\"temperature\":0.3},"
      "{\"temperature\":0.5},{\"temperature\":0.8},{\"temperature\":0.9},"
      "{\"temperature\":1}]");
  fail_unless_equals_int (profile->max_tokens, 8000);
  fail_unless_equals_int (profile->max_context, 16384);
  fail_unless (profile->extra_body == NULL);
  fail_unless_equals_int (profile->answer, ANSWER_YAML_FRONT_MATTER);
  fail_unless_equals_int (profile->rotation, VLM_ROTATION_COUNTER_CLOCKWISE);
  fail_unless_equals_string (profile->guided_regex,
      "---\\nprimary_language: (?:[a-z]{2}|null)"
      "\\nis_rotation_valid: (?:True|False|true|false)"
      "\\nrotation_correction: (?:0|90|180|270)"
      "\\nis_table: (?:True|False|true|false)"
      "\\nis_diagram: (?:True|False|true|false)\\n(?:---|---\\n[\\s\\S]+)");
}

GST_END_TEST;

/* What its answers are held against is what they look like. */
GST_START_TEST (test_olmocr_regex)
{
  g_autoptr (VlmProfile) profile = load_shipped (VLM_PROFILE_DEFAULT);
  g_autofree char *whole =
      g_strconcat ("^(?:", profile->guided_regex, ")$", NULL);

  fail_unless (g_regex_match_simple (whole, "---\nprimary_language: en\n"
          "is_rotation_valid: True\nrotation_correction: 0\n"
          "is_table: False\nis_diagram: False\n---\nA page.\n\nOf text", 0, 0));
  fail_if (g_regex_match_simple (whole, "A page.", 0, 0));
}

GST_END_TEST;

GST_START_TEST (test_generic)
{
  g_autoptr (VlmProfile) profile = load_shipped ("generic");

  fail_unless_equals_string (profile->name, "generic");
  fail_unless_equals_string (profile->description, "any vision-language "
      "model: Markdown, with tables as HTML and equations as LaTeX");
  fail_unless (profile->system_prompt == NULL);
  fail_unless_equals_string (profile->prompt, "Write down the text of this "
      "page in reading order, as Markdown. Write tables as HTML and equations "
      "as LaTeX. Write nothing but what is on the page: no introduction, no "
      "comments and no code fence around it.");
  fail_unless_equals_int (profile->order, VLM_ORDER_TEXT_FIRST);
  fail_unless_equals_string (profile->image.format, "image/png");
  fail_unless_equals_int (profile->image.longest, 1288);
  fail_unless_equals_string (profile->sampling, "[{\"temperature\":0},"
      "{\"temperature\":0.2},{\"temperature\":0.4},{\"temperature\":0.6},"
      "{\"temperature\":0.8}]");
  fail_unless_equals_int (profile->max_tokens, 8000);
  fail_unless_equals_int (profile->max_context, 0);
  fail_unless (profile->extra_body == NULL && profile->guided_regex == NULL);
  fail_unless_equals_int (profile->answer, ANSWER_PLAIN);
  fail_unless_equals_int (profile->rotation, VLM_ROTATION_NONE);
}

GST_END_TEST;

GST_START_TEST (test_defaults)
{
  g_autoptr (VlmProfile) profile = load_text ("");

  fail_unless_equals_string (profile->name, "x");
  fail_unless_equals_string (profile->description, "for a test");
  fail_unless (profile->system_prompt == NULL && profile->prompt == NULL);
  fail_unless_equals_int (profile->order, VLM_ORDER_TEXT_FIRST);
  fail_unless (profile->image.format == g_intern_string ("image/png"));
  fail_unless_equals_string (profile->sampling, "[{}]");
  fail_unless_equals_int (profile->max_tokens, 0);
  fail_unless_equals_int (profile->max_context, 0);
  fail_unless (profile->extra_body == NULL && profile->guided_regex == NULL);
  fail_unless_equals_int (profile->answer, ANSWER_PLAIN);
  fail_unless_equals_int (profile->rotation, VLM_ROTATION_NONE);
}

GST_END_TEST;

GST_START_TEST (test_all_that_can_be_said)
{
  g_autoptr (VlmProfile) profile = load_text ("[prompt]\r\n"
      "system = You read.\r\nuser=Read!\norder=image-first\n"
      "# A comment=1\n\n"
      "[image]\nformat=image/jpeg\nquality=85\nlongest=16384\nshortest=1\n"
      "exact=1036\nmultiple=28\nmax-pixels=11289600\n"
      "[limits]\nmax-tokens=1\nmax-context=131072\n"
      "[request]\nextra-body={\"skip_special_tokens\": false, \"a\": \"[{\"}\n"
      "guided-regex=a|b\n"
      "[answer]\nformat=yaml-front-matter\nrotation=counter-clockwise\n");
  g_autoptr (VlmProfile) same = vlm_profile_ref (profile);

  fail_unless (same == profile);
  fail_unless_equals_string (profile->system_prompt, "You read.");
  fail_unless_equals_string (profile->prompt, "Read!");
  fail_unless_equals_int (profile->order, VLM_ORDER_IMAGE_FIRST);
  fail_unless (profile->image.format == g_intern_string ("image/jpeg"));
  fail_unless_equals_int (profile->image.quality, 85);
  fail_unless_equals_int (profile->image.longest, 16384);
  fail_unless_equals_int (profile->image.shortest, 1);
  fail_unless_equals_int (profile->image.exact, 1036);
  fail_unless_equals_int (profile->image.multiple, 28);
  fail_unless_equals_int (profile->image.max_pixels, 11289600);
  fail_unless_equals_int (profile->max_tokens, 1);
  fail_unless_equals_int (profile->max_context, 131072);
  fail_unless_equals_string (profile->extra_body,
      "{\"skip_special_tokens\": false, \"a\": \"[{\"}");
  fail_unless_equals_string (profile->guided_regex, "a|b");
  fail_unless_equals_int (profile->answer, ANSWER_YAML_FRONT_MATTER);
  fail_unless_equals_int (profile->rotation, VLM_ROTATION_COUNTER_CLOCKWISE);
}

GST_END_TEST;

GST_START_TEST (test_exact_text)
{
  g_autoptr (VlmProfile) profile = load_text ("[prompt]\n"
      "system=\\s\\tone = [two]; #three \\\\n\\s\n"
      "user=\\nText Recognition:\\r\\n„ß” 字\\s\\s\n");

  fail_unless_equals_string (profile->system_prompt,
      " \tone = [two]; #three \\n ");
  fail_unless_equals_string (profile->prompt,
      "\nText Recognition:\r\n„ß” 字  ");
}

GST_END_TEST;

GST_START_TEST (test_sampling)
{
  assert_sampling ("", "[{}]");
  assert_sampling ("temperature=0", "[{\"temperature\":0}]");
  assert_sampling ("temperature=0.1", "[{\"temperature\":0.1}]");
  assert_sampling ("temperature=0.30000000000000004",
      "[{\"temperature\":0.30000000000000004}]");
  assert_sampling ("temperature=0.1234567890123456",
      "[{\"temperature\":0.1234567890123456}]");
  assert_sampling ("temperature=1.50;", "[{\"temperature\":1.5}]");
  assert_sampling ("temperature= 0.0 ; 2 ",
      "[{\"temperature\":0},{\"temperature\":2}]");
  assert_sampling ("top-k=-1;1000000\nseed=4294967295",
      "[{\"top_k\":-1,\"seed\":4294967295},"
      "{\"top_k\":1000000,\"seed\":4294967295}]");
  assert_sampling ("seed=1;2;3\nrepetition-penalty=1.05\n"
      "frequency-penalty=-2;0.05\npresence-penalty=1\ntop-k=1\n"
      "top-p=0.01\ntemperature=0;0.3",
      "[{\"temperature\":0,\"top_p\":0.01,\"top_k\":1,\"presence_penalty\":1,"
      "\"frequency_penalty\":-2,\"repetition_penalty\":1.05,\"seed\":1},"
      "{\"temperature\":0.3,\"top_p\":0.01,\"top_k\":1,\"presence_penalty\":1,"
      "\"frequency_penalty\":0.05,\"repetition_penalty\":1.05,\"seed\":2},"
      "{\"temperature\":0.3,\"top_p\":0.01,\"top_k\":1,\"presence_penalty\":1,"
      "\"frequency_penalty\":0.05,\"repetition_penalty\":1.05,\"seed\":3}]");
}

GST_END_TEST;

/* Where a comma stands before the fraction, if the system knows a place. */
GST_START_TEST (test_other_locale)
{
  if (setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL
      && setlocale (LC_NUMERIC, "de_DE.utf8") == NULL)
    return;

  assert_sampling ("temperature=0.1;1.5",
      "[{\"temperature\":0.1},{\"temperature\":1.5}]");
  setlocale (LC_NUMERIC, "C");
}

GST_END_TEST;

/* After the head: what is wrong, and the words that say where and why. */
static const struct
{
  const char *text;
  const char *place;
  const char *reason;
} bad[] = {
  {"[images]\nlongest=1", "[images]", "request, answer"},
  {"[Image]\n", "[Image]", "profile, prompt, image, sampling"},
  {"[image]\nlongst=1", "[image] longst", "quality, longest, shortest"},
  {"[image]\nLongest=1", "[image] Longest", "no such key"},
  {"[prompt]\nuser[de]=Lies!", "[prompt] user[de]", "system, user, order"},
  {"[sampling]\ntop_p=1", "[sampling] top_p", "temperature, top-p"},
  {"[answer]\nlongest=1", "[answer] longest", "format, rotation"},
  {"name=x", "[profile] name", "description"},
  {"description=again", "[profile] description", "twice"},
  {"[image]\nlongest=1\n[prompt]\n[image]\n longest = 1", "[image] longest",
      "twice"},
  {"[image]\nlongest=12a", "[image] longest",
      "“12a” is no whole number from 1 to 16384."},
  {"[image]\nlongest=", "[image] longest", "“” is no whole number"},
  {"[image]\nlongest=0", "[image] longest", "“0” is no"},
  {"[image]\nlongest=-1", "[image] longest", "“-1” is no"},
  {"[image]\nlongest=+1", "[image] longest", "“+1” is no"},
  {"[image]\nlongest=0x10", "[image] longest", "“0x10” is no"},
  {"[image]\nlongest=1e3", "[image] longest", "“1e3” is no"},
  {"[image]\nlongest=12.0", "[image] longest", "“12.0” is no"},
  {"[image]\nlongest=1;2", "[image] longest", "“1;2” is no"},
  {"[image]\nlongest=16385", "[image] longest", "“16385” is no"},
  {"[image]\nlongest=18446744073709551617", "[image] longest", "is no"},
  {"[image]\nshortest=x", "[image] shortest", "16384"},
  {"[image]\nexact=x", "[image] exact", "16384"},
  {"[image]\nmultiple=0", "[image] multiple", "16384"},
  {"[image]\nmax-pixels=268435457", "[image] max-pixels",
      "from 1 to 268435456."},
  {"[image]\nformat=image/gif", "[image] format",
      "“image/gif” is none of these: image/png, image/jpeg."},
  {"[image]\nformat=image/jpeg\nquality=101", "[image] quality",
      "from 1 to 100."},
  {"[image]\nquality=90", "[image] quality", "image/jpeg"},
  {"[prompt]\norder=Text-First", "[prompt] order",
      "“Text-First” is none of these: text-first, image-first."},
  {"[prompt]\nuser=", "[prompt] user", "empty"},
  {"[prompt]\nsystem=a\\qb", "[prompt] system", "backslash"},
  {"[prompt]\nsystem=a\\", "[prompt] system", "backslash"},
  {"[sampling]\ntemperature=", "[sampling] temperature",
      "“” is no number from 0 to 2."},
  {"[sampling]\ntemperature=;", "[sampling] temperature", "“” is no number"},
  {"[sampling]\ntemperature=0;;1", "[sampling] temperature", "“” is no"},
  {"[sampling]\ntemperature=0;2.1", "[sampling] temperature", "“2.1” is no"},
  {"[sampling]\ntemperature=0,1", "[sampling] temperature", "“0,1” is no"},
  {"[sampling]\ntemperature=nan", "[sampling] temperature", "“nan” is no"},
  {"[sampling]\ntemperature=-0", "[sampling] temperature", "“-0” is no"},
  {"[sampling]\ntemperature=1.2.3", "[sampling] temperature", "“1.2.3” is no"},
  {"[sampling]\ntop-p=1.01", "[sampling] top-p", "from 0 to 1."},
  {"[sampling]\ntop-k=1.5", "[sampling] top-k",
      "no whole number from -1 to 1000000."},
  {"[sampling]\npresence-penalty=-2.5", "[sampling] presence-penalty",
      "from -2 to 2."},
  {"[sampling]\nfrequency-penalty=--1", "[sampling] frequency-penalty",
      "“--1” is no"},
  {"[sampling]\nrepetition-penalty=0", "[sampling] repetition-penalty",
      "from 0.01 to 10."},
  {"[sampling]\nseed=4294967296", "[sampling] seed", "4294967295"},
  {"[limits]\nmax-tokens=0", "[limits] max-tokens", "from 1 to 100000000."},
  {"[limits]\nmax-context=many", "[limits] max-context", "“many” is no"},
  {"[limits]\nmax-tokens=4096\nmax-context=4096", "[limits] max-tokens",
      "context of 4096"},
  {"[request]\nextra-body={\"a\":", "[request] extra-body", "no JSON: "},
  {"[request]\nextra-body=[1]", "[request] extra-body", "no JSON object"},
  {"[request]\nextra-body=", "[request] extra-body", "no JSON"},
  {"[request]\nguided-regex=", "[request] guided-regex", "empty"},
  {"[answer]\nformat=json", "[answer] format",
      "“json” is none of these: plain, yaml-front-matter."},
  {"[answer]\nformat=yaml-front-matter\nrotation=clockwise",
      "[answer] rotation", "none, counter-clockwise"},
  {"[answer]\nrotation=counter-clockwise", "[answer] rotation", "plain"},
  {"neither key nor group", "no key file", "neither key nor group"},
};

GST_START_TEST (test_refused)
{
  g_autofree char *text = g_strconcat (HEAD, bad[__i__].text, "\n", NULL);
  g_autofree char *message = fail_to_load (text, -1, G_IO_ERROR_INVALID_DATA);

  assert_has (message, bad[__i__].place);
  assert_has (message, bad[__i__].reason);
}

GST_END_TEST;

GST_START_TEST (test_no_description)
{
  static const char *const texts[] = {
    "", "[profile]\n", "[prompt]\nuser=Read!\n", "[profile]\ndescription=\n",
    "[profile]\ndescription=two\\nlines\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *message =
        fail_to_load (texts[i], -1, G_IO_ERROR_INVALID_DATA);

    assert_has (message, "[profile] description: ");
  }
}

GST_END_TEST;

GST_START_TEST (test_no_text)
{
  static const char zero[] = HEAD "[prompt]\nuser=a\0b\n";
  g_autofree char *latin = fail_to_load (HEAD "[prompt]\nuser=\xe9\n", -1,
      G_IO_ERROR_INVALID_DATA);
  g_autofree char *binary = fail_to_load (zero, sizeof zero - 1,
      G_IO_ERROR_INVALID_DATA);

  assert_has (latin, "UTF-8");
  assert_has (binary, "UTF-8");
}

GST_END_TEST;

/* `n` times `unit` in front of `rest`. */
static char *
repeat (const char *unit, guint n, const char *rest)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append (text, unit);
  g_string_append (text, rest);
  return g_string_free (text, FALSE);
}

GST_START_TEST (test_size)
{
  g_autofree char *largest =
      repeat ("#", 1024 * 1024 - strlen ("\n" HEAD), "\n" HEAD);
  g_autofree char *larger = g_strconcat ("#", largest, NULL);
  g_autofree char *path = fixture_write (folder, "x.profile", largest, -1);
  g_autoptr (VlmProfile) profile G_GNUC_UNUSED = load (path);
  g_autofree char *message =
      fail_to_load (larger, -1, G_IO_ERROR_INVALID_DATA);

  assert_has (message, "more than 1048576 bytes");
}

GST_END_TEST;

GST_START_TEST (test_attempts)
{
  g_autofree char *most = repeat ("0;", 99, "1;\n");
  g_autofree char *more = repeat ("0;", 100, "1\n");
  g_autofree char *good = g_strconcat ("[sampling]\ntop-p=", most, NULL);
  g_autofree char *text = g_strconcat (HEAD "[sampling]\ntop-p=", more, NULL);
  g_autoptr (VlmProfile) profile = load_text (good);
  g_autofree char *message = fail_to_load (text, -1, G_IO_ERROR_INVALID_DATA);

  fail_unless (g_str_has_suffix (profile->sampling, ",{\"top_p\":1}]"));
  assert_has (message, "[sampling] top-p: It has more than 100 values");
}

GST_END_TEST;

/* A body with arrays in arrays, `depth` levels in all. */
static char *
nest (guint depth)
{
  g_autofree char *close = repeat ("]", depth - 1, "}\n");
  g_autofree char *open = repeat ("[", depth - 1, close);

  return g_strconcat ("[request]\nextra-body={\"a\":", open, NULL);
}

GST_START_TEST (test_body_limits)
{
  g_autofree char *deepest = nest (64);
  g_autofree char *deeper = nest (65);
  g_autofree char *deep_text = g_strconcat (HEAD, deeper, NULL);
  g_autofree char *long_body = repeat (" ", 65536, "\"b\"}\n");
  g_autofree char *long_text =
      g_strconcat (HEAD "[request]\nextra-body={\"a\":", long_body, NULL);
  g_autoptr (VlmProfile) profile G_GNUC_UNUSED = load_text (deepest);
  g_autofree char *deep = fail_to_load (deep_text, -1, G_IO_ERROR_INVALID_DATA);
  g_autofree char *large =
      fail_to_load (long_text, -1, G_IO_ERROR_INVALID_DATA);

  assert_has (deep, "[request] extra-body: It is no JSON: ");
  assert_has (large, "[request] extra-body: It has more than 65536 bytes");
}

GST_END_TEST;

static void
write_profile (const char *name, const char *description)
{
  g_autofree char *text =
      g_strconcat ("[profile]\ndescription=", description, "\n", NULL);

  g_free (fixture_write (folder, name, text, -1));
}

static void
search (const char *first, const char *second)
{
  g_autofree char *a = g_build_filename (folder, first, NULL);
  g_autofree char *b = g_build_filename (folder, second, NULL);
  g_autofree char *path = g_strconcat (":", a, "::", b, NULL);

  g_setenv ("RECTO_PROFILE_PATH", path, TRUE);
}

static void
assert_description (const char *name, const char *expected)
{
  g_autoptr (VlmProfile) profile = load (name);

  fail_unless_equals_string (profile->description, expected);
}

GST_START_TEST (test_search_order)
{
  write_profile ("a/one.profile", "one in a");
  write_profile ("b/one.profile", "one in b");
  write_profile ("b/two.profile", "two in b");
  write_profile ("config/recto/profiles/two.profile", "two of the user");
  write_profile ("config/recto/profiles/three.profile", "three of the user");

  search ("a", "b");
  assert_description ("one", "one in a");
  assert_description ("two", "two in b");
  assert_description ("three", "three of the user");
  search ("b", "a");
  assert_description ("one", "one in b");
  search ("missing", "a");
  assert_description ("two", "two of the user");
}

GST_END_TEST;

GST_START_TEST (test_first_counts_even_if_bad)
{
  g_autoptr (GError) error = NULL;

  g_free (fixture_write (folder, "a/one.profile", "nonsense\n", -1));
  write_profile ("b/one.profile", "one in b");
  search ("a", "b");

  fail_unless (vlm_profile_load ("one", &error) == NULL);
  assert_has (error->message, "a/one.profile");
}

GST_END_TEST;

/* Of a path nothing but the slash is asked. */
GST_START_TEST (test_path)
{
  g_autofree char *odd = g_build_filename (folder, "My Model.txt", NULL);
  g_autofree char *plain = g_build_filename (folder, "x.profile", NULL);
  g_autoptr (VlmProfile) a = NULL, b = NULL;

  write_profile ("My Model.txt", "odd");
  write_profile ("x.profile", "plain");
  a = load (odd);
  b = load (plain);

  fail_unless_equals_string (a->name, "My Model.txt");
  fail_unless_equals_string (a->path, odd);
  fail_unless_equals_string (b->name, "x");
  fail_unless_equals_string (b->path, plain);
}

GST_END_TEST;

static void
assert_unreadable (const char *path, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  fail_unless (vlm_profile_load (path, &error) == NULL);
  g_assert_error (error, G_IO_ERROR, code);
  assert_has (error->message, path);
  assert_has (error->message, words);
}

GST_START_TEST (test_unreadable)
{
  g_autofree char *missing = g_build_filename (folder, "missing", NULL);

  assert_unreadable (missing, G_IO_ERROR_NOT_FOUND, "Could not read");
  assert_unreadable (folder, G_IO_ERROR_IS_DIRECTORY, "Could not read");
  assert_unreadable ("/dev/zero", G_IO_ERROR_INVALID_DATA, "1048576 bytes");
}

GST_END_TEST;

GST_START_TEST (test_unknown)
{
  static const char *const names[] = {
    "three", "One", "", ".", "..", "-one", ".hidden", "one.profile", "o ne",
    "\xe9",
  };

  write_profile ("two.profile", "two");
  write_profile ("one.profile", "one");
  write_profile (".hidden.profile", "hidden");
  write_profile ("-one.profile", "no name");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    assert_unreadable (names[i], G_IO_ERROR_NOT_FOUND, "one, two");
}

GST_END_TEST;

static gboolean
has_name (char **names, const char *name)
{
  return g_strv_contains ((const char *const *) names, name);
}

GST_START_TEST (test_list)
{
  g_auto (GStrv) names = NULL;
  guint n_ones = 0;

  write_profile ("a/one.profile", "one");
  write_profile ("b/one.profile", "one again");
  write_profile ("b/0.1_a-b.profile", "zero");
  write_profile ("b/Big.profile", "no name");
  write_profile ("b/other.txt", "no profile");
  write_profile ("b/folder.profile/x", "a folder");
  g_free (fixture_write (folder, "a/broken.profile", "nonsense\n", -1));
  write_profile ("config/recto/profiles/three.profile", "three");
  search ("a", "b");
  names = vlm_profile_list ();

  for (guint i = 0; names[i] != NULL; i++) {
    fail_if (i > 0 && strcmp (names[i - 1], names[i]) >= 0);
    n_ones += g_str_equal (names[i], "one");
  }
  fail_unless_equals_int (n_ones, 1);
  fail_unless (has_name (names, "0.1_a-b"));
  fail_unless (has_name (names, "broken"));
  fail_unless (has_name (names, "three"));
  fail_if (has_name (names, "Big"));
  fail_if (has_name (names, "other"));
  fail_if (has_name (names, "folder"));
}

GST_END_TEST;

/* The folder of settings is asked for once only. */
static void
setup_user (void)
{
  g_autofree char *config = NULL;

  setup ();
  config = g_build_filename (folder, "config", NULL);
  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
}

static Suite *
vlmprofile_suite (void)
{
  Suite *suite = suite_create ("vlmprofile");
  TCase *text = tcase_create ("text");
  TCase *files = tcase_create ("files");

  suite_add_tcase (suite, text);
  tcase_add_checked_fixture (text, setup, teardown);
  tcase_add_test (text, test_olmocr);
  tcase_add_test (text, test_olmocr_regex);
  tcase_add_test (text, test_generic);
  tcase_add_test (text, test_defaults);
  tcase_add_test (text, test_all_that_can_be_said);
  tcase_add_test (text, test_exact_text);
  tcase_add_test (text, test_sampling);
  tcase_add_test (text, test_other_locale);
  tcase_add_loop_test (text, test_refused, 0, G_N_ELEMENTS (bad));
  tcase_add_test (text, test_no_description);
  tcase_add_test (text, test_no_text);
  tcase_add_test (text, test_size);
  tcase_add_test (text, test_attempts);
  tcase_add_test (text, test_body_limits);

  suite_add_tcase (suite, files);
  tcase_add_checked_fixture (files, setup_user, teardown);
  tcase_add_test (files, test_search_order);
  tcase_add_test (files, test_first_counts_even_if_bad);
  tcase_add_test (files, test_path);
  tcase_add_test (files, test_unreadable);
  tcase_add_test (files, test_unknown);
  tcase_add_test (files, test_list);

  return suite;
}

GST_CHECK_MAIN (vlmprofile);
