/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is taken out of a model's answers, and which of them are refused.
 * What YAML means was asked of PyYAML.
 */

#include "config.h"

#include <string.h>

#include <gio/gio.h>
#include <gst/check/gstcheck.h>

#include <vlm/answer.h>
#include <vlm/excerpt.h>

#define LANGUAGE "primary_language: en\n"
#define VALID "is_rotation_valid: True\n"
#define ROTATION "rotation_correction: 0\n"
#define TABLE "is_table: False\n"
#define DIAGRAM "is_diagram: False\n"
#define FIELDS LANGUAGE VALID ROTATION TABLE DIAGRAM
#define GOOD "---\n" FIELDS "---\nHällo"

static void
assert_refused (const char *content, const char *quoted)
{
  g_autoptr (GError) error = NULL;
  g_auto (Answer) answer = { NULL };

  fail_if (answer_parse (&answer, ANSWER_YAML_FRONT_MATTER, content, NULL,
          &error), "“%s” was taken", content);
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA));
  fail_unless (g_str_has_suffix (error->message, "."));
  fail_unless (g_utf8_validate (error->message, -1, NULL));
  fail_unless (g_utf8_strlen (error->message, -1) < 200);
  if (quoted)
    fail_unless (strstr (error->message, quoted) != NULL, "%s",
        error->message);
}

static void
parse (Answer * answer, const char *content)
{
  g_autoptr (GError) error = NULL;

  fail_unless (answer_parse (answer, ANSWER_YAML_FRONT_MATTER, content, NULL,
          &error), "“%s”: %s", content, error ? error->message : NULL);
  fail_unless (answer->text != NULL);
}

/* Plain */

static void
assert_plain (const char *content, const char *expected)
{
  g_auto (Answer) answer = { NULL };

  fail_unless (answer_parse (&answer, ANSWER_PLAIN, content, NULL, NULL));
  fail_unless_equals_string (answer.text, expected);
  fail_unless (answer.language == NULL);
  fail_unless_equals_int (answer.is_rotation_valid, -1);
  fail_unless_equals_int (answer.rotation, 0);
  fail_unless_equals_int (answer.is_table, -1);
  fail_unless_equals_int (answer.is_diagram, -1);
}

GST_START_TEST (test_plain)
{
  assert_plain ("", "");
  assert_plain (" \r\n\t", "");
  assert_plain ("\n Hällo\n\nWelt \n", "Hällo\n\nWelt");
  assert_plain (GOOD, GOOD);
  assert_plain ("\xc2\xa0x", "\xc2\xa0x");
}

GST_END_TEST;

/* Around answers */

#define BOM "\xef\xbb\xbf"

GST_START_TEST (test_unwrapped)
{
  static const char *const wrapped[] = {
    " \n%s\n ", BOM "%s", BOM " " BOM "%s" BOM "\n", "%s<|im_end|>",
    "%s\n<|im_end|>\n", "%s<|endoftext|>", "%s</s>", "%s<eos>",
    "%s<end_of_turn>\n", "%s<end_of_utterance>", "%s<|eot_id|>",
    "%s</s></s>\n</s>", "%s<|im_end|><|endoftext|>\n", "```\n%s\n```",
    "```markdown\n%s\n```\n", "``` md \r\n%s\n```\r\n",
    "````\n%s\n````", BOM "\n```text\n%s\n```\n<|im_end|>",
    "```\n%s<|im_end|>\n```",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrapped); i++) {
    char **parts = g_strsplit (wrapped[i], "%s", 2);
    g_autofree char *plain = g_strjoinv ("a\n\nHällo", parts);
    g_autofree char *code = g_strjoinv ("```c\nint i;\n```", parts);
    g_autofree char *empty = g_strjoinv ("", parts);
    g_autofree char *matter = g_strjoinv (GOOD, parts);
    g_auto (Answer) answer = { NULL };

    assert_plain (plain, "a\n\nHällo");
    assert_plain (empty, "");
    parse (&answer, matter);
    fail_unless_equals_string (answer.text, "Hällo");
    if (*parts[0] == '`' && *parts[1] == '\n')
      assert_plain (code, "```c\nint i;\n```");
    g_strfreev (parts);
  }
}

GST_END_TEST;

/* All of it is on the page. */
GST_START_TEST (test_not_unwrapped)
{
  static const char *const texts[] = {
    "a\n```\nb\n```", "```\na\n```\nb", "```\na\n```\nb\n```\nc\n```",
    "```", "``````", "```a```", "```\na", "a\n```", "``\na\n``",
    "```two words\na\n```", "````\na\n```",
    "A model ends its turn with <|im_end|>", "<s>old</s>", "a <s>b</s>",
    "<|im_start|>user\nHello<|im_end|>", "</s> ends a text\n</s>",
    "<|im_end|> is\nthe end", "<eos> is one token, as is </s>", "a<eos>b",
    "<bos>a<eos>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_plain (texts[i], texts[i]);
}

GST_END_TEST;

/* Front matter */

GST_START_TEST (test_good)
{
  g_auto (Answer) answer = { NULL };

  parse (&answer, "---\nprimary_language: zh\nis_rotation_valid: False\n"
      "rotation_correction: 270\nis_table: True\nis_diagram: False\n---\n"
      "# 报告\n\n---\n\ntext\n");
  fail_unless_equals_string (answer.text, "# 报告\n\n---\n\ntext");
  fail_unless_equals_string (answer.language, "zh");
  fail_unless_equals_int (answer.is_rotation_valid, 0);
  fail_unless_equals_int (answer.rotation, 270);
  fail_unless_equals_int (answer.is_table, 1);
  fail_unless_equals_int (answer.is_diagram, 0);
}

GST_END_TEST;

static void
assert_text (const char *content, const char *expected)
{
  g_auto (Answer) answer = { NULL };

  parse (&answer, content);
  fail_unless_equals_string (answer.text, expected);
}

GST_START_TEST (test_text)
{
  assert_text (GOOD, "Hällo");
  assert_text ("---\n" FIELDS "---", "");
  assert_text ("---\n" FIELDS "---\n", "");
  assert_text ("---\n" FIELDS "--- \r\n\t\n", "");
  assert_text ("---\n" FIELDS "---\r\n\r\na\r\nb\r\n", "a\r\nb");
  assert_text ("---\n" FIELDS "---text", "text");
  assert_text ("---\n" FIELDS "----", "-");
  assert_text ("---\n" FIELDS "---\n---\na: b\n---\n", "---\na: b\n---");
  assert_text ("---\n" FIELDS "\n\n---\nx", "x");
}

GST_END_TEST;

GST_START_TEST (test_no_front_matter)
{
  static const char *const bad[] = {
    "", "-", "---", "--- \n" FIELDS "---\n", "---\r\n" FIELDS "---\n",
    "text\n---\n" FIELDS "---\n", "text", FIELDS, "----\n" FIELDS "---\n",
    "```\n---\n" FIELDS "---\n", "---\n", "---\n" FIELDS,
    "---\n" FIELDS "--", "---\n" FIELDS " ---\n", "---\n---\ntext",
    "---\n\n---\ntext",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_refused (bad[i], NULL);
}

GST_END_TEST;

GST_START_TEST (test_every_cut)
{
  const char *end = strstr (GOOD, "\n---") + strlen ("\n---");

  for (gsize size = 0; size < strlen (GOOD); size++) {
    g_autofree char *cut = g_strndup (GOOD, size);
    g_autofree char *valid = g_utf8_make_valid (cut, -1);

    if (size < (gsize) (end - GOOD))
      assert_refused (valid, NULL);
    else
      assert_text (valid, g_strstrip (valid + (end - GOOD)));
  }
}

GST_END_TEST;

GST_START_TEST (test_any_order)
{
  g_auto (Answer) answer = { NULL };

  parse (&answer, "---\n" DIAGRAM ROTATION LANGUAGE TABLE VALID "---\nx");
  fail_unless_equals_string (answer.language, "en");
  fail_unless_equals_int (answer.is_rotation_valid, 1);
}

GST_END_TEST;

GST_START_TEST (test_each_is_required)
{
  assert_refused ("---\n" VALID ROTATION TABLE DIAGRAM "---\n",
      "primary_language");
  assert_refused ("---\n" LANGUAGE ROTATION TABLE DIAGRAM "---\n",
      "is_rotation_valid");
  assert_refused ("---\n" LANGUAGE VALID TABLE DIAGRAM "---\n",
      "rotation_correction");
  assert_refused ("---\n" LANGUAGE VALID ROTATION DIAGRAM "---\n",
      "is_table");
  assert_refused ("---\n" LANGUAGE VALID ROTATION TABLE "---\n",
      "is_diagram");
}

GST_END_TEST;

GST_START_TEST (test_each_only_once)
{
  assert_refused ("---\n" FIELDS LANGUAGE "---\n", "primary_language");
  assert_refused ("---\n" FIELDS VALID "---\n", "is_rotation_valid");
  assert_refused ("---\n" FIELDS ROTATION "---\n", "rotation_correction");
  assert_refused ("---\n" FIELDS TABLE "---\n", "is_table");
  assert_refused ("---\n" FIELDS DIAGRAM "---\n", "is_diagram");
}

GST_END_TEST;

GST_START_TEST (test_unknown)
{
  assert_refused ("---\n" FIELDS "natural_text: a\n---\n", "natural_text");
  assert_refused ("---\n" FIELDS "Is_table: true\n---\n", "Is_table");
  assert_refused ("---\n" FIELDS "\"is_table\": true\n---\n", "is_table");
  assert_refused ("---\n" FIELDS ": true\n---\n", "“”");
  assert_refused ("---\n" FIELDS "报告: 1\n---\n", "报告");
}

GST_END_TEST;

/* Lines between good ones. */
static void
assert_line (const char *line, gboolean is_good)
{
  g_autofree char *content = g_strdup_printf ("---\n" LANGUAGE VALID "%s\n"
      ROTATION TABLE DIAGRAM "---\nx", line);

  if (is_good)
    assert_text (content, "x");
  else
    assert_refused (content, NULL);
}

GST_START_TEST (test_lines)
{
  static const char *const good[] = {
    "", "  ", "#", "# is_table: 1", "   # comment", "\r", "  \r", "# c\r",
  };
  static const char *const bad[] = {
    "x", "- x", "- a: b", "  x", "  a: b", "\ta: b", "\t", "...", "%YAML 1.1",
    "[a]", "{a: b}", "? a", "a", "\"", "'a", "a:b", "--", "\v", "\x7f", "&a",
    "\rx", "x\r\r", "!!map", "<<: a", "\xc2\x85", "\xe2\x80\xa8",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    assert_line (good[i], TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_line (bad[i], FALSE);
}

GST_END_TEST;

GST_START_TEST (test_carriage_returns)
{
  g_auto (Answer) answer = { NULL };

  parse (&answer, "---\nprimary_language: en\r\nis_rotation_valid: true\r\n"
      "rotation_correction: 90\r\nis_table: \"true\"\r\nis_diagram: no # c\r\n"
      "---\r\nx");
  fail_unless_equals_string (answer.language, "en");
  fail_unless_equals_int (answer.rotation, 90);
  fail_unless_equals_int (answer.is_table, 1);
  fail_unless_equals_int (answer.is_diagram, 0);
}

GST_END_TEST;

GST_START_TEST (test_indented)
{
  assert_text ("---\n  primary_language: en\n  is_rotation_valid: true\n"
      "# c\n  rotation_correction: 0\n  is_table: true\n\n"
      "  is_diagram: true\n---\nx", "x");
  assert_refused ("---\n" LANGUAGE " " VALID ROTATION TABLE DIAGRAM "---\n",
      "is_rotation_valid");
  assert_refused ("---\n  " LANGUAGE VALID ROTATION TABLE DIAGRAM "---\n",
      "is_rotation_valid");
}

GST_END_TEST;

GST_START_TEST (test_spaces)
{
  g_auto (Answer) answer = { NULL };

  parse (&answer, "---\nprimary_language  :   en  \nis_rotation_valid : true\n"
      ROTATION TABLE "is_diagram:  true   # c\n---\n");
  fail_unless_equals_string (answer.language, "en");
  fail_unless_equals_int (answer.is_rotation_valid, 1);
  fail_unless_equals_int (answer.is_diagram, 1);
  assert_refused ("---\nprimary_language:en\n" VALID ROTATION TABLE DIAGRAM
      "---\n", "primary_language:en");
}

GST_END_TEST;

/* Values */

/* `value` follows the colon at once. */
static char *
make_content (const char *name, const char *value)
{
  static const char *const fields[][2] = {
    {"primary_language", " en"}, {"is_rotation_valid", " true"},
    {"rotation_correction", " 0"}, {"is_table", " true"},
    {"is_diagram", " true"},
  };
  GString *content = g_string_new ("---\n");

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    g_string_append_printf (content, "%s:%s\n", fields[i][0],
        g_str_equal (fields[i][0], name) ? value : fields[i][1]);
  return g_string_free (g_string_append (content, "---\nx"), FALSE);
}

static void
assert_bad_value (const char *name, const char *value)
{
  g_autofree char *spaced = g_strconcat (" ", value, NULL);
  g_autofree char *content = make_content (name, spaced);

  assert_refused (content, NULL);
}

static void
assert_language (const char *value, const char *expected)
{
  g_autofree char *spaced = g_strconcat (" ", value, NULL);
  g_autofree char *content = make_content ("primary_language", spaced);
  g_auto (Answer) answer = { NULL };

  parse (&answer, content);
  fail_unless_equals_string (answer.language, expected);
}

GST_START_TEST (test_languages)
{
  static const char *const good[][2] = {
    {"en", "en"}, {"zh-Hans", "zh-Hans"}, {"pt_BR", "pt_BR"},
    {"  en  ", "en"}, {"'en'", "en"}, {"\"en\"", "en"}, {"' en '", " en "},
    {"en # c", "en"}, {"en  #c", "en"}, {"en#c", "en#c"}, {"'en' # c", "en"},
    {"'en'#c", "en"}, {"'a # b'", "a # b"}, {"\"a # b\"", "a # b"},
    {"a # b: c", "a"}, {"'a: b'", "a: b"}, {"'a''b'", "a'b"},
    {"''''", "'"}, {"\"a'b\"", "a'b"}, {"'a\"b'", "a\"b"},
    {"'a\\nb'", "a\\nb"}, {"a\\b", "a\\b"}, {"a'b", "a'b"}, {"en\"", "en\""},
    {"English, German", "English, German"}, {"en  fr", "en  fr"},
    {"a:b", "a:b"}, {"en :x", "en :x"}, {"-a", "-a"}, {"?a", "?a"},
    {":a", ":a"}, {"a]", "a]"}, {"a{b", "a{b"}, {"<<a", "<<a"}, {"<", "<"},
    {"_", "_"}, {"+", "+"}, {"中文", "中文"}, {"é", "é"}, {"nO", "nO"},
    {"n", "n"}, {"y", "y"}, {"nULL", "nULL"}, {"none", "none"},
    {"None", "None"}, {"'no'", "no"}, {"\"null\"", "null"}, {"'true'", "true"},
    {"'12'", "12"}, {"yes no", "yes no"}, {"---", "---"}, {"...", "..."},
    {"'~'", "~"}, {"\xc2\xa0" "en", "\xc2\xa0" "en"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    assert_language (good[i][0], good[i][1]);
}

GST_END_TEST;

/* Norwegian, too. */
GST_START_TEST (test_no_language)
{
  static const char *const none[] = {
    "", " ", "~", "null", "Null", "NULL", "null # c", "# c", "#c", "''",
    "\"\"", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
  };
  g_autofree char *without_space = make_content ("primary_language", "");
  g_auto (Answer) answer = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    assert_language (none[i], NULL);
  parse (&answer, without_space);
  fail_unless (answer.language == NULL);
}

GST_END_TEST;

GST_START_TEST (test_bad_languages)
{
  static const char *const bad[] = {
    "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "12", "0",
    "-1", "+1", "1_0", "0x1", "017", "1.5", ".5", "1.", ".inf", "-.INF",
    ".nan", "+.inf", "1:30", "2020-01-01", "2020-01-01 10:00:00",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_bad_value ("primary_language", bad[i]);
}

GST_END_TEST;

/* What YAML has besides plain values, and what it hasn't at all. */
GST_START_TEST (test_odd_values)
{
  static const char *const odd[] = {
    "[en]", "{a}", "{a: b}", "- en", "-", "- ", "? a", "?", ": a", ":", "*en",
    "&a en", "!x en", "!!str en", "|", ">", "|-", "@a", "`a", "%a", ",en",
    "]", "}", "=", "<<", "en: fr", "en:", "en: fr: de", "'en", "\"en",
    "'en' x", "\"en\" x", "\"en\"\"fr\"", "'en''", "\"a\\nb\"", "\"a\\\"b\"",
    "\"\\", "'", "\"", "en\tfr", "en\t", "\ten", "en\x7f", "\x01", "a\rb",
    "'a\tb'", "a\xe2\x80\xa8" "b", "\xc2\x85" "en", "a\xc2\x9f",
  };

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
    assert_bad_value ("primary_language", odd[i]);
    assert_bad_value ("is_table", odd[i]);
    assert_bad_value ("rotation_correction", odd[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_more_lines_of_a_value)
{
  assert_bad_value ("primary_language", "en\n  fr");
  assert_bad_value ("primary_language", "\n  en");
  assert_bad_value ("primary_language", "|\n  en");
  assert_bad_value ("primary_language", "'en\n  fr'");
  assert_bad_value ("primary_language", "\n- en");
}

GST_END_TEST;

static void
assert_flags (const char *value, int expected)
{
  g_autofree char *content = g_strdup_printf ("---\n" LANGUAGE ROTATION
      "is_rotation_valid: %s\nis_table: %s\nis_diagram: %s\n---\nx", value,
      value, value);
  g_auto (Answer) answer = { NULL };

  parse (&answer, content);
  fail_unless_equals_int (answer.is_rotation_valid, expected);
  fail_unless_equals_int (answer.is_table, expected);
  fail_unless_equals_int (answer.is_diagram, expected);
}

GST_START_TEST (test_flags)
{
  static const char *const trues[] = {
    "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "tRUE",
    "'true'", "\"true\"", "'True'", "\"TRUE\"", "\"tRuE\"", "true # c",
    "  true  ",
  };
  static const char *const falses[] = {
    "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF",
    "fALSE", "'false'", "\"False\"", "'FALSE' # c", "false # c",
  };
  static const char *const bad[] = {
    "", "~", "null", "0", "1", "y", "n", "yEs", "'yes'", "\"no\"", "'on'",
    "''", "' true'", "true.", "true,", "none", "en", "1.0", "truefalse",
  };

  for (guint i = 0; i < G_N_ELEMENTS (trues); i++)
    assert_flags (trues[i], 1);
  for (guint i = 0; i < G_N_ELEMENTS (falses); i++)
    assert_flags (falses[i], 0);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    assert_bad_value ("is_rotation_valid", bad[i]);
    assert_bad_value ("is_table", bad[i]);
    assert_bad_value ("is_diagram", bad[i]);
  }
}

GST_END_TEST;

static void
assert_rotation (const char *value, int expected)
{
  g_autofree char *content = make_content ("rotation_correction", value);
  g_auto (Answer) answer = { NULL };

  parse (&answer, content);
  fail_unless_equals_int (answer.rotation, expected);
}

GST_START_TEST (test_rotations)
{
  static const char *const bad[] = {
    "", "~", "null", "45", "1", "-90", "+90", "360", "90.0", "9e1", "'90'",
    "\"90\"", "090", "0x5A", "1:30", "90 degrees", "true", "False", "ninety",
    "90°", "18446744073709551706", "4294967386", "90,", "00", "-0",
  };

  assert_rotation (" 0", 0);
  assert_rotation (" 90", 90);
  assert_rotation (" 180 # clockwise", 180);
  assert_rotation ("   270  ", 270);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_bad_value ("rotation_correction", bad[i]);
}

GST_END_TEST;

/* Messages don't get as long as what they quote. */
GST_START_TEST (test_long)
{
  g_autofree char *word = g_strnfill (1 << 20, 'x');
  g_autofree char *name = g_strdup_printf ("---\n%s: 1\n---\n", word);
  g_autofree char *line = g_strdup_printf ("---\n%s\n---\n", word);
  g_autofree char *value = g_strdup_printf ("---\nis_table: %s\n---\n", word);

  assert_refused (name, "xxx…");
  assert_refused (line, "xxx…");
  assert_refused (value, "xxx…");
  assert_refused (word, NULL);
}

GST_END_TEST;

GST_START_TEST (test_mutations)
{
  static const char alphabet[] = "-:#'\" \n\r\t\\{}[]0159aeu~.%&*|>";
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < 20000; i++) {
    g_autofree char *content = g_strdup (GOOD);
    g_autofree char *valid = NULL;
    g_auto (Answer) answer = { NULL };
    g_autoptr (GError) error = NULL;

    for (int n = g_rand_int_range (random, 1, 4); n > 0; n--)
      content[g_rand_int_range (random, 0, strlen (GOOD))] =
          alphabet[g_rand_int_range (random, 0, sizeof alphabet - 1)];
    valid = g_utf8_make_valid (content, -1);

    if (answer_parse (&answer, ANSWER_YAML_FRONT_MATTER, valid, NULL,
            &error))
      fail_unless (g_utf8_validate (answer.text, -1, NULL));
    else
      fail_unless (g_utf8_validate (error->message, -1, NULL));
    fail_unless (answer.language == NULL
        || g_utf8_validate (answer.language, -1, NULL));
  }
}

GST_END_TEST;

/* Excerpts */

static void
assert_excerpt (const char *text, guint length, const char *expected)
{
  g_autofree char *excerpt = excerpt_new (text, length, NULL);

  fail_unless_equals_string (excerpt, expected);
}

GST_START_TEST (test_excerpts)
{
  assert_excerpt ("", 3, "");
  assert_excerpt (" \n\t", 3, "");
  assert_excerpt ("abc", 3, "abc");
  assert_excerpt ("abc \n", 3, "abc");
  assert_excerpt ("abcd", 3, "abc…");
  assert_excerpt ("报告书四", 3, "报告书…");
  assert_excerpt ("\n a\r\n\r\nb\tc\x1b[1m\x7f ", 20, "a b c [1m");
  assert_excerpt ("a\xc2\x85" "b\xe2\x80\xa8" "c\xc2\x9b" "d", 20, "a b c d");
  assert_excerpt ("abc", 0, "…");
}

GST_END_TEST;

static Suite *
answer_suite (void)
{
  Suite *suite = suite_create ("answer");
  TCase *plain = tcase_create ("plain");
  TCase *matter = tcase_create ("front-matter");
  TCase *values = tcase_create ("values");

  suite_add_tcase (suite, plain);
  tcase_add_test (plain, test_plain);
  tcase_add_test (plain, test_unwrapped);
  tcase_add_test (plain, test_not_unwrapped);
  tcase_add_test (plain, test_excerpts);

  suite_add_tcase (suite, matter);
  tcase_add_test (matter, test_good);
  tcase_add_test (matter, test_text);
  tcase_add_test (matter, test_no_front_matter);
  tcase_add_test (matter, test_every_cut);
  tcase_add_test (matter, test_any_order);
  tcase_add_test (matter, test_each_is_required);
  tcase_add_test (matter, test_each_only_once);
  tcase_add_test (matter, test_unknown);
  tcase_add_test (matter, test_lines);
  tcase_add_test (matter, test_carriage_returns);
  tcase_add_test (matter, test_indented);
  tcase_add_test (matter, test_spaces);
  tcase_add_test (matter, test_long);
  tcase_add_test (matter, test_mutations);

  suite_add_tcase (suite, values);
  tcase_add_test (values, test_languages);
  tcase_add_test (values, test_no_language);
  tcase_add_test (values, test_bad_languages);
  tcase_add_test (values, test_odd_values);
  tcase_add_test (values, test_more_lines_of_a_value);
  tcase_add_test (values, test_flags);
  tcase_add_test (values, test_rotations);

  return suite;
}

GST_CHECK_MAIN (answer);
