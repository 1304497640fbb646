/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gst/check/gstcheck.h>
#include <jsonl/settings-difference.h>

#define NOW \
  "[('a', {'revision': <uint32 1>, 'size': <uint32 5>, 'ratio': <0.0>}), " \
  "('b', {'revision': <uint32 1>, 'model': <'m'>})]"

static char *
describe (const char *before, const char *settings, const char *changes)
{
  g_autoptr (GVariant) now = g_variant_new_parsed (settings);
  g_autoptr (GVariant) changed = g_variant_new_parsed (changes ? changes :
      settings);

  return recto_settings_difference_describe (before, now, changed);
}

static void
assert_difference (const char *before, const char *settings,
    const char *changes, const char *expected)
{
  g_autofree char *found = describe (before, settings, changes);

  fail_unless_equals_string (found, expected);
}

GST_START_TEST (test_settings)
{
  assert_difference ("[[\"a\",{\"size\":5,\"ratio\":0.0}],"
      "[\"b\",{\"model\":\"m\"}]]", NOW, NULL, NULL);
  assert_difference ("[[\"a\",{\"size\":4,\"ratio\":0.0}],"
      "[\"b\",{\"model\":\"n\"}]]", NOW, NULL,
      "a size: 4 → 5; b model: \"n\" → \"m\"");
}

GST_END_TEST;

GST_START_TEST (test_new_and_old_settings)
{
  static const char before[] = "[[\"a\",{\"size\":5,\"old\":[1,2]}],"
      "[\"b\",{\"model\":\"m\"}]]";

  assert_difference (before, NOW, NULL,
      "a ratio: unset → 0.0; a old: [1,2] → unset");
  /* A new setting at its default changes nothing. */
  assert_difference (before, NOW, "[('a', {'size': <uint32 5>}), "
      "('b', {'model': <'m'>})]", "a old: [1,2] → unset");
}

GST_END_TEST;

GST_START_TEST (test_revision)
{
  assert_difference ("[[\"a\",{}]]", "[('a', {'revision': <uint32 2>})]", NULL,
      "a revision: 1 → 2");
  assert_difference ("[[\"a\",{\"revision\":3}]]",
      "[('a', {'revision': <uint32 2>})]", NULL, "a revision: 3 → 2");
}

GST_END_TEST;

GST_START_TEST (test_chain)
{
  assert_difference ("[[\"b\",{\"model\":\"m\"}]]", NOW, NULL,
      "elements: \"b\" → \"a ! b\"");
}

GST_END_TEST;

GST_START_TEST (test_length)
{
  g_autofree char *filler = g_strnfill (100, 'x');
  g_autofree char *before = g_strdup_printf ("[[\"a\",{\"p\":\"%s1%s\"}]]",
      filler, filler);
  g_autofree char *now = g_strdup_printf ("[('a', {'p': <'%s2%s'>})]", filler,
      filler);
  GString *many = g_string_new ("[[\"a\",{\"s0\":0");
  g_autofree char *found = NULL;

  assert_difference (before, now, NULL, "a p: "
      "…xxxxxxxxxxxxx1xxxxxxxxxxxxxxxxxxxxxxxxxx… → "
      "…xxxxxxxxxxxxx2xxxxxxxxxxxxxxxxxxxxxxxxxx…");

  for (guint i = 1; i < 100; i++)
    g_string_append_printf (many, ",\"s%u\":\"%s\"", i, filler);
  g_string_append (many, "}]]");
  found = describe (many->str, "[('a', @a{sv} {})]", NULL);
  fail_unless (g_str_has_suffix (found, "; and 95 more"), "%s", found);
  fail_unless (strlen (found) < 400, "%s", found);
  g_string_free (many, TRUE);
}

GST_END_TEST;

GST_START_TEST (test_secret)
{
  assert_difference ("[[\"a\",{\"extra-body\":"
      "\"{\\\"key\\\":\\\"sesame\\\"}\"}]]",
      "[('a', {'extra-body': <'{}'>})]", NULL, "a extra-body");
}

GST_END_TEST;

/* A log could be anything. */
GST_START_TEST (test_damaged)
{
  static const char *const logs[] = {
    "", "{}", "7", "null", "[", "[1]", "[[\"a\"]]", "[[1,{}],[2,{}]]",
    "[[{},{}]]", "[[\"a\",[]]]", "[[null,{}],[null,{}]]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (logs); i++) {
    g_autofree char *found = describe (logs[i], NOW, NULL);

    fail_unless (found == NULL || g_str_has_prefix (found, "elements: "),
        "%s: %s", logs[i], found);
  }
  assert_difference (NULL, NOW, NULL, NULL);
  /* A terminal obeys neither this name nor this value. */
  assert_difference ("[[\"a\",{\"\\u001b[1m\":1,\"s\":\"\\u001b[2J\"}]]",
      "[('a', @a{sv} {})]", NULL, "a s: \"\\u001b[2J\" → unset");
}

GST_END_TEST;

static Suite *
settingsdifference_suite (void)
{
  Suite *suite = suite_create ("settingsdifference");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_settings);
  tcase_add_test (tcase, test_new_and_old_settings);
  tcase_add_test (tcase, test_revision);
  tcase_add_test (tcase, test_chain);
  tcase_add_test (tcase, test_length);
  tcase_add_test (tcase, test_secret);
  tcase_add_test (tcase, test_damaged);

  return suite;
}

GST_CHECK_MAIN (settingsdifference);
