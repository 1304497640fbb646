/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is kept from json-glib, and what is changed for it.
 */

#include "config.h"

#include <string.h>

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>

#include <recto/recto.h>
#include <recto/recto-json-numbers-private.h>
#include <recto/recto-json-scan-private.h>

/* Of its own size, so that a sanitizer sees what is beyond it. */
static gboolean
scan (const char *json, gsize size, GError ** error)
{
  g_autofree char *copy = g_malloc (size + (size == 0));

  memcpy (copy, json, size);
  return recto_json_scan (copy, size, error);
}

static void
assert_good (const char *json)
{
  g_autoptr (GError) error = NULL;

  fail_unless (scan (json, strlen (json), &error), "%s: %s", json,
      error ? error->message : NULL);
}

static void
assert_bad (const char *json, gsize size)
{
  g_autoptr (GError) error = NULL;

  fail_if (scan (json, size, &error), "%s was taken", json);
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA));
  fail_unless (g_str_has_suffix (error->message, "."));
}

static void
assert_becomes (const char *json, const char *expected)
{
  g_autofree char *copy = g_strdup (json);

  fail_unless (recto_json_scan (copy, strlen (copy), NULL), "%s", json);
  fail_unless_equals_string (copy, expected);
}

GST_START_TEST (test_good)
{
  static const char *const good[] = {
    "", " ", "null", "1", "\"a\"", "{}", "[]", " {} \r\n\t", "[1,-2.5e+10]",
    "{\"a\":[{\"b\":[]}],\"c\":true}", "[\"]]]}}}\"]", "[\"[[[{{{\"]",
    "[\"\\\"]\"]", "[\"\\\\\"]", "[\"/*\", \"'\", \"//#\"]", "[\"报告 😀\"]",
    "[\"\\b\\f\\n\\r\\t\\/\\u00e9\"]", "[\"a\nb\"]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    assert_good (good[i]);
}

GST_END_TEST;

GST_START_TEST (test_malformed)
{
  static const char *const bad[] = {
    "{", "[", "}", "]", "[]]", "{}}", "[[]", "\"", "\"a", "[\"a", "[\"a\\",
    "[\"a\\\"", "[\"a\\\"]", "[] []", "{}x", "[]\"\"", "[\"\\x\"]",
    "[\"\\0\"]", "[\"\\101\"]", "[\"\\u\"]", "[\"\\u12\"]", "[\"\\u12\",1]",
    "[\"\\uZZZZ\"]", "[\"\\u12", "[\"\\U00e9\"]", "['a']", "{'a':1}",
    "/**/[]", "[]//", "#\n[]", "[/*\"*/[[", "['\"',[", "var x = []", "[$5]",
    "[é]", "[a_b]", "[\"\\é\"]", "\xef\xbb\xbf[]", ",", ":", "1,2",
    "\"a\":1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_bad (bad[i], strlen (bad[i]));
}

GST_END_TEST;

GST_START_TEST (test_not_utf8)
{
  static const char *const bad[] = {
    "[\"\xff\"]", "[\"\xc3\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]",
    "[\"\xf4\x90\x80\x80\"]", "\x80", "[]\xfe",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_bad (bad[i], strlen (bad[i]));
}

GST_END_TEST;

GST_START_TEST (test_zero_bytes)
{
  static const char in_string[] = "[\"a\0b\"]";
  static const char in_escape[] = "[\"\\\0\"]";
  static const char behind[] = "[]\0";
  static const char before[] = "\0[]";

  assert_bad (in_string, sizeof in_string - 1);
  assert_bad (in_escape, sizeof in_escape - 1);
  assert_bad (behind, sizeof behind - 1);
  assert_bad (before, sizeof before - 1);
}

GST_END_TEST;

static char *
nest (guint depth, const char *open, const char *close)
{
  GString *json = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append (json, open);
  for (guint i = 0; i < depth; i++)
    g_string_append (json, close);
  return g_string_free (json, FALSE);
}

GST_START_TEST (test_depth)
{
  static const guint depths[] = { 65, 66, 1000, 100000 };
  g_autofree char *arrays = nest (64, "[", "]");
  g_autofree char *objects = nest (32, "[{\"a\":", "}]");
  g_autofree char *wide = g_strdup_printf ("[%s,%s]", "[[]],[{}]", "[[]]");

  assert_good (arrays);
  assert_good (wide);
  assert_good (objects);
  for (guint i = 0; i < G_N_ELEMENTS (depths); i++) {
    g_autofree char *deep = nest (depths[i], "[", "]");
    g_autofree char *deep_objects = nest (depths[i], "{\"a\":", "}");

    assert_bad (deep, strlen (deep));
    assert_bad (deep, depths[i]);
    assert_bad (deep_objects, strlen (deep_objects));
  }
}

GST_END_TEST;

/* json-glib takes a second value for the root, and newer ones abort. */
GST_START_TEST (test_one_value)
{
  static const char *const values[] = { "{}", "[]", "1", "\"a\"", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    for (guint j = 0; j < G_N_ELEMENTS (values); j++) {
      g_autofree char *spaced = g_strdup_printf ("%s %s\n", values[i],
          values[j]);
      g_autofree char *lines = g_strdup_printf (" %s\n%s", values[i],
          values[j]);

      assert_bad (spaced, strlen (spaced));
      assert_bad (lines, strlen (lines));
    }
  }
  assert_bad ("1[2]", 4);
  assert_bad ("\"a\"\"b\"", 6);
}

GST_END_TEST;

static char *
make_object (guint n_members)
{
  GString *json = g_string_new ("{\"m\":{},\"o\":{");

  for (guint i = 0; i < n_members; i++)
    g_string_append_printf (json, "%s\"%u\":\":,\"", i > 0 ? "," : "", i);
  g_string_append (json, "}}");
  return g_string_free (json, FALSE);
}

/* Their names may all have the same hash. */
GST_START_TEST (test_members)
{
  g_autofree char *most = make_object (RECTO_JSON_MAX_MEMBERS);
  g_autofree char *more = make_object (RECTO_JSON_MAX_MEMBERS + 1);
  g_autofree char *several = g_strdup_printf ("[%s,%s]", most, most);

  assert_good (most);
  assert_good (several);
  assert_bad (more, strlen (more));
}

GST_END_TEST;

GST_START_TEST (test_values)
{
  g_autoptr (GString) json = g_string_new ("[1");

  for (guint i = 0; i < RECTO_JSON_MAX_VALUES; i++)
    g_string_append (json, ",1");
  g_string_append_c (json, ']');
  assert_good (json->str);
  g_string_insert (json, 1, "1,");
  assert_bad (json->str, json->len);
}

GST_END_TEST;

GST_START_TEST (test_replaced)
{
  assert_becomes ("[\"a\\u0000b\"]", "[\"a\\ufffdb\"]");
  assert_becomes ("[\"\\u0000\\u0000\"]", "[\"\\ufffd\\ufffd\"]");
  assert_becomes ("[\"\\ud800\"]", "[\"\\ufffd\"]");
  assert_becomes ("[\"\\uDBFFx\"]", "[\"\\ufffdx\"]");
  assert_becomes ("[\"\\udc00\"]", "[\"\\ufffd\"]");
  assert_becomes ("[\"\\ude00\\ud83d\"]", "[\"\\ufffd\\ufffd\"]");
  assert_becomes ("[\"\\ud83d\\u0041\"]", "[\"\\ufffd\\u0041\"]");
  assert_becomes ("[\"\\ud83d\\n\"]", "[\"\\ufffd\\n\"]");
  assert_becomes ("[\"\\ud83d\\ud83d\\ude00\"]",
      "[\"\\ufffd\\ud83d\\ude00\"]");
  assert_becomes ("{\"\\u0000\":\"\\u0000\"}", "{\"\\ufffd\":\"\\ufffd\"}");
}

GST_END_TEST;

GST_START_TEST (test_left_alone)
{
  static const char *const same[] = {
    "[\"\\\\u0000\"]", "[\"\\\\\\\\u0000\"]", "[\"\\\\ud800\"]",
    "[\"\\u0001\"]", "[\"\\uffff\"]", "[\"\\ud83d\\ude00\"]",
    "[\"\\uDBFF\\uDFFF\"]", "[\"u0000\"]", "[\"\\ufffd\"]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    assert_becomes (same[i], same[i]);
}

GST_END_TEST;

/* A backslash before another takes away its meaning. */
GST_START_TEST (test_runs_of_backslashes)
{
  for (guint n = 1; n < 20; n++) {
    g_autofree char *run = g_strnfill (n, '\\');
    g_autofree char *json = g_strdup_printf ("[\"%su0000\"]", run);
    g_autofree char *expected = g_strdup_printf ("[\"%s%s\"]", run,
        n % 2 == 1 ? "ufffd" : "u0000");

    assert_becomes (json, expected);
  }
}

GST_END_TEST;

GST_START_TEST (test_parser_sees_all_of_it)
{
  char json[] = "[\"a\\u0000b\\ud800c\\ud83d\\ude00\"]";
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *array;

  fail_unless (recto_json_scan (json, strlen (json), NULL));
  fail_unless (json_parser_load_from_data (parser, json, -1, NULL));
  array = json_node_get_array (json_parser_get_root (parser));
  fail_unless_equals_string (json_array_get_string_element (array, 0),
      "a\xef\xbf\xbd" "b\xef\xbf\xbd" "c😀");
}

GST_END_TEST;

GST_START_TEST (test_every_cut)
{
  static const char json[] =
      "{\"a\":[1,\"\\u0000\\ud83d\\ude00é\\\\\",{\"b\":null}]}";

  assert_good (json);
  for (gsize size = 1; size < sizeof json - 1; size++)
    assert_bad (json, size);
}

GST_END_TEST;

/* What passes doesn't harm the parser, which is asked too. */
GST_START_TEST (test_random)
{
  static const char alphabet[] = "{}[]\"\\u0dD8cf:,'/*# 1e-";
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (JsonParser) parser = json_parser_new ();

  for (guint i = 0; i < 200000; i++) {
    char json[24];
    gsize size = g_rand_int_range (random, 0, sizeof json);

    for (gsize j = 0; j < size; j++)
      json[j] =
          alphabet[g_rand_int_range (random, 0, sizeof alphabet - 1)];
    json[size] = '\0';
    if (recto_json_scan (json, size, NULL))
      json_parser_load_from_data (parser, json, size, NULL);
  }
}

GST_END_TEST;

static const struct
{
  const char *json;
  const char *expected;
} numbers[] = {
  {"", ""},
  {"{}", "{}"},
  {"0.10000000000000001", "0.1"},
  {"{\"a\":-0.29999999999999999,\"b\":[1.0,12,true,null]}",
      "{\"a\":-0.3,\"b\":[1,12,true,null]}"},
  {"9.9999999999999995e-08", "1e-07"},
  {"0.1234567890123456", "0.1234567890123456"},
  {"\"0.10000000000000001\"", "\"0.10000000000000001\""},
  {"{\"a \\\" 1.50\":1.50}", "{\"a \\\" 1.50\":1.5}"},
  {"{\"\\\\\":2.50,\"x\":\"\\\\\\\" 2.50\"}",
      "{\"\\\\\":2.5,\"x\":\"\\\\\\\" 2.50\"}"},
  {"\"no end 1.50", "\"no end 1.50"},
  {"\"no end \\", "\"no end \\"},
};

GST_START_TEST (test_short_numbers)
{
  g_autofree char *json = recto_json_shorten_numbers (numbers[__i__].json);

  fail_unless_equals_string (json, numbers[__i__].expected);
}

GST_END_TEST;

static Suite *
jsonscan_suite (void)
{
  Suite *suite = suite_create ("jsonscan");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_good);
  tcase_add_test (tcase, test_malformed);
  tcase_add_test (tcase, test_not_utf8);
  tcase_add_test (tcase, test_zero_bytes);
  tcase_add_test (tcase, test_depth);
  tcase_add_test (tcase, test_one_value);
  tcase_add_test (tcase, test_members);
  tcase_add_test (tcase, test_values);
  tcase_add_test (tcase, test_replaced);
  tcase_add_test (tcase, test_left_alone);
  tcase_add_test (tcase, test_runs_of_backslashes);
  tcase_add_test (tcase, test_parser_sees_all_of_it);
  tcase_add_test (tcase, test_every_cut);
  tcase_add_test (tcase, test_random);
  tcase_add_loop_test (tcase, test_short_numbers, 0, G_N_ELEMENTS (numbers));

  return suite;
}

GST_CHECK_MAIN (jsonscan);
