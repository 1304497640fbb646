/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gst/check/gstcheck.h>

#include "page/page-ranges.h"

/* The pages that `text` chooses of `n_pages`, such as "1 2 3 7". */
static char *
choose (const char *text, guint n_pages)
{
  g_autoptr (GError) error = NULL;
  PageRanges *ranges = page_ranges_parse (text, &error);
  GString *pages = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < page_ranges_count (ranges, n_pages); i++)
    g_string_append_printf (pages, i ? " %u" : "%u",
        page_ranges_nth (ranges, i));
  g_clear_pointer (&ranges, page_ranges_free);

  return g_string_free (pages, FALSE);
}

static void
assert_pages (const char *text, guint n_pages, const char *expected)
{
  g_autofree char *pages = choose (text, n_pages);

  fail_unless_equals_string (pages, expected);
}

GST_START_TEST (test_chosen)
{
  assert_pages (NULL, 3, "1 2 3");
  assert_pages ("", 3, "1 2 3");
  assert_pages ("2", 3, "2");
  assert_pages ("1-3,7,10-", 12, "1 2 3 7 10 11 12");
  assert_pages ("1-3,7,10-", 8, "1 2 3 7");
  assert_pages (" 1 - 2 , 4 ", 5, "1 2 4");
  assert_pages ("2-4294967295", 3, "2 3");
}

GST_END_TEST;

GST_START_TEST (test_none)
{
  assert_pages ("4-", 3, "");
  assert_pages ("4", 3, "");
  assert_pages ("1-", 0, "");
  assert_pages (NULL, 0, "");
}

GST_END_TEST;

GST_START_TEST (test_each_page_once_and_in_order)
{
  assert_pages ("7,1-3", 9, "1 2 3 7");
  assert_pages ("1-4,2,3-6", 9, "1 2 3 4 5 6");
  assert_pages ("3-,1-,5", 4, "1 2 3 4");
  assert_pages ("1,2,3", 9, "1 2 3");
}

GST_END_TEST;

GST_START_TEST (test_refused)
{
  static const char *const texts[] = {
    "0", "0-3", "3-1", "a", "1-b", "1,,2", ",", "-", "-3", "1--2", "1;2",
    "1.5", "+1", "4294967296", "1-4294967296", " ", "1,",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    PageRanges *ranges = page_ranges_parse (texts[i], &error);

    fail_unless (ranges == NULL, "“%s” was taken", texts[i]);
    fail_unless (g_error_matches (error, G_IO_ERROR,
            G_IO_ERROR_INVALID_ARGUMENT));
    fail_unless (strstr (error->message, texts[i]) != NULL);
  }
}

GST_END_TEST;

static Suite *
pageranges_suite (void)
{
  Suite *suite = suite_create ("pageranges");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_chosen);
  tcase_add_test (tcase, test_none);
  tcase_add_test (tcase, test_each_page_once_and_in_order);
  tcase_add_test (tcase, test_refused);

  return suite;
}

GST_CHECK_MAIN (pageranges);
