/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Regions of pages, and what a record has only where there is a value.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include <gst/check/gstcheck.h>

#include <jsonl/page-record.h>
#include <recto/recto-page-private.h>

#include "record-lines.h"

/* Regions */

/* Takes `region`. */
static RectoRegion *
put (RectoRegion * region, double x0, double y0, double x1, double y1)
{
  RectoRegion *placed = recto_region_with_box (region, x0, y0, x1, y1);

  recto_region_unref (region);
  return placed;
}

/* Takes `region` and `part`. */
static RectoRegion *
add_part (RectoRegion * region, RectoRegion * part)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  RectoRegion *whole;

  g_ptr_array_add (parts, part);
  whole = recto_region_with_parts (region, parts);
  recto_region_unref (part);
  recto_region_unref (region);
  return whole;
}

GST_START_TEST (test_region_knows_nothing)
{
  g_autoptr (RectoRegion) region = recto_region_new (RECTO_REGION_TOC, NULL);

  fail_unless_equals_int (recto_region_get_kind (region), RECTO_REGION_TOC);
  fail_unless (recto_region_get_text (region) == NULL);
  fail_if (recto_region_get_box (region, NULL, NULL, NULL, NULL));
  fail_if (recto_region_get_span (region, NULL, NULL));
  fail_unless (recto_region_get_confidence (region) < 0);
  fail_unless_equals_int (recto_region_get_level (region), 0);
  fail_unless (recto_region_get_angle (region) < 0);
  fail_unless_equals_int (recto_region_get_parent (region), -1);
  fail_unless (recto_region_get_parts (region) == NULL);
}

GST_END_TEST;

/* Each step makes another region; the one before stays as it was. */
GST_START_TEST (test_region_is_immutable)
{
  g_autoptr (RectoRegion) plain = recto_region_new (RECTO_REGION_HEADING, "A");
  g_autoptr (RectoRegion) spanned = recto_region_with_span (plain, 3, 4);
  g_autoptr (RectoRegion) sure = recto_region_with_confidence (spanned, 0.5);
  g_autoptr (RectoRegion) levelled = recto_region_with_level (sure, 2);
  g_autoptr (RectoRegion) turned = recto_region_with_angle (levelled, -90);
  g_autoptr (RectoRegion) region = recto_region_with_parent (turned, 7);
  guint start, end;

  fail_if (recto_region_get_span (plain, NULL, NULL));
  fail_unless (recto_region_get_span (region, &start, &end));
  fail_unless_equals_int (start, 3);
  fail_unless_equals_int (end, 4);
  fail_unless_equals_float (recto_region_get_confidence (region), 0.5);
  fail_unless_equals_int (recto_region_get_level (region), 2);
  fail_unless_equals_float (recto_region_get_angle (region), 270);
  fail_unless_equals_int (recto_region_get_parent (region), 7);
  fail_unless_equals_string (recto_region_get_text (region), "A");
}

GST_END_TEST;

GST_START_TEST (test_region_box)
{
  g_autoptr (RectoRegion) region = put (recto_region_new (RECTO_REGION_TEXT,
          NULL), 30, 40, 10, 20);
  double x0, y0, x1, y1;

  fail_unless (recto_region_get_box (region, &x0, &y0, &x1, &y1));
  fail_unless (x0 == 10 && y0 == 20 && x1 == 30 && y1 == 40);

  region = put (g_steal_pointer (&region), 1, 2, 1, 4);
  fail_if (recto_region_get_box (region, NULL, NULL, NULL, NULL));
  region = put (g_steal_pointer (&region), 1, 2, INFINITY, 4);
  fail_if (recto_region_get_box (region, NULL, NULL, NULL, NULL));
  region = put (g_steal_pointer (&region), 1, NAN, 3, 4);
  fail_if (recto_region_get_box (region, NULL, NULL, NULL, NULL));
}

GST_END_TEST;

GST_START_TEST (test_region_parts)
{
  g_autoptr (RectoRegion) line = add_part (recto_region_new (RECTO_REGION_TEXT,
          "a b"), recto_region_new (RECTO_REGION_TEXT, "a"));
  g_autoptr (RectoRegion) block = add_part (recto_region_new
      (RECTO_REGION_TEXT, NULL), recto_region_ref (line));
  GPtrArray *lines = recto_region_get_parts (block);

  fail_unless_equals_int (lines->len, 1);
  fail_unless (lines->pdata[0] == line);
  fail_unless_equals_int (recto_region_get_parts (line)->len, 1);
}

GST_END_TEST;

GST_START_TEST (test_regions_of_result)
{
  g_autoptr (RectoResult) result = recto_result_new ();
  g_autoptr (RectoRegion) plain = recto_region_new (RECTO_REGION_FIGURE, NULL);
  g_autoptr (RectoRegion) child = recto_region_with_parent (plain, 0);

  recto_result_add_region (result, plain);
  recto_result_add_region (result, child);
  fail_unless_equals_int (recto_result_get_regions (result)->len, 2);
  fail_unless (recto_result_get_regions (result)->pdata[1] == child);
}

GST_END_TEST;

/* Records */

static RectoPage *
make_page (const char *label, double width, double height)
{
  g_autoptr (RectoDocument) document = recto_document_new ("file:///a", "a");
  g_autoptr (RectoPage) page = recto_page_new (document, 3, FALSE);

  return recto_page_with_size (page, label, width, height);
}

/* Without its newline. */
static char *
write_record (const RectoPageRecord * record)
{
  g_autoptr (GString) line = g_string_new (NULL);

  recto_page_record_append_line (record, line);
  fail_unless_equals_int (line->str[line->len - 1], '\n');
  g_string_truncate (line, line->len - 1);
  return g_string_free (g_steal_pointer (&line), FALSE);
}

static void
assert_has (const RectoPageRecord * record, const char *members)
{
  g_autofree char *line = write_record (record);
  g_autoptr (JsonObject) parsed = parse_line (line);

  fail_unless (parsed != NULL);
  fail_unless (strstr (line, members) != NULL, "%s: %s", members, line);
}

static void
assert_lacks (const RectoPageRecord * record, const char *member)
{
  g_autofree char *line = write_record (record);
  g_autoptr (JsonObject) parsed = parse_line (line);

  fail_if (json_object_has_member (parsed, member), "%s", line);
}

GST_START_TEST (test_label)
{
  const char *const none[] = { NULL, "", "3" };
  RectoPageRecord record = {.attempt = 1,.text = "" };

  record.page = make_page ("iii", 1, 1);
  assert_has (&record, "\"extra\":{},\"label\":\"iii\",\"size\":");
  recto_page_unref (record.page);

  for (guint i = 0; i < G_N_ELEMENTS (none); i++) {
    record.page = make_page (none[i], 1, 1);
    assert_lacks (&record, "label");
    recto_page_unref (record.page);
  }
}

GST_END_TEST;

GST_START_TEST (test_size)
{
  RectoPageRecord record = {.attempt = 1,.text = "" };

  record.page = make_page (NULL, 612, 791.996);
  assert_has (&record, ",\"size\":[612,792]");
  recto_page_unref (record.page);
  record.page = make_page (NULL, 595.2756, 841.8898);
  assert_has (&record, ",\"size\":[595.28,841.89]");
  recto_page_unref (record.page);

  record.page = make_page (NULL, 0, 0);
  assert_lacks (&record, "size");
  recto_page_unref (record.page);
  record.page = make_page (NULL, 0.001, 9);
  assert_lacks (&record, "size");
  recto_page_unref (record.page);
  record.page = make_page (NULL, INFINITY, 9);
  assert_lacks (&record, "size");
  recto_page_unref (record.page);
}

GST_END_TEST;

GST_START_TEST (test_origin)
{
  g_autoptr (RectoResult) result = recto_result_new ();
  RectoPageRecord record = {.result = result,.attempt = 1,.text = "",
    .copied_from = "file:///b",.time = 1796032800
  };

  assert_lacks (&record, "source");
  assert_lacks (&record, "reason");
  recto_result_set_source (result, RECTO_TEXT_SOURCE_TEXT_LAYER);
  recto_result_set_reason (result, RECTO_TEXT_REASON_INVALID_ANSWER);
  recto_result_set_profile (result, "p");
  assert_has (&record, "\"extra\":{},\"source\":\"text-layer\","
      "\"reason\":\"invalid-answer\",\"profile\":\"p\","
      "\"copied_from\":{\"uri\":\"file:///b\"},"
      "\"time\":\"2026-11-30T10:00:00Z\",\"crc32\"");
}

GST_END_TEST;

/* A failed page without text is from nowhere; a document is no text at all. */
GST_START_TEST (test_no_source)
{
  g_autoptr (RectoPage) page = make_page (NULL, 0, 0);
  g_autoptr (GError) error = g_error_new_literal (RECTO_PAGE_ERROR,
      RECTO_PAGE_CRASHED, "It died.");
  g_autoptr (RectoPage) failed = recto_page_with_error (page,
      RECTO_PAGE_CRASHED, error);
  g_autoptr (RectoPage) whole = recto_page_new_failed_document
      (recto_page_get_document (page), RECTO_DOCUMENT_UNSUPPORTED, error);
  RectoPageRecord record = {.page = failed,.attempt = 1,.text = "" };

  assert_has (&record, ",\"source\":\"none\",");
  record = (RectoPageRecord) {.page = failed,.attempt = 1,.text = "a",
    .size = 1
  };
  assert_lacks (&record, "source");
  record = (RectoPageRecord) {.page = whole,.attempt = 1,.text = "" };
  assert_lacks (&record, "source");
}

GST_END_TEST;

/* With a box that `page` may clip. */
static void
assert_box (RectoPage * page, double x0, double y0, double x1, double y1,
    const char *expected)
{
  g_autoptr (RectoResult) result = recto_result_new ();
  g_autoptr (RectoRegion) region = put (recto_region_new (RECTO_REGION_LIST_ITEM,
          NULL), x0, y0, x1, y1);
  g_autofree char *members = g_strdup_printf
      (",\"text\":\"a\",\"regions\":[{\"kind\":\"list-item\"%s}],\"crc32\"",
      expected);
  RectoPageRecord record = {.page = page,.result = result,.attempt = 1,
    .text = "a",.size = 1
  };

  recto_result_add_region (result, region);
  assert_has (&record, members);
}

GST_START_TEST (test_boxes)
{
  g_autoptr (RectoPage) page = make_page (NULL, 100, 50);

  assert_box (page, 1.006, 2, 3.333, 4.5, ",\"box\":[1.01,2,3.33,4.5]");
  assert_box (page, -5, -6, 200, 300, ",\"box\":[0,0,100,50]");
  assert_box (page, 101, 2, 200, 3, "");
  assert_box (page, 1.001, 2, 1.002, 3, "");
  assert_box (NULL, -5, 2, 2000, 3000, ",\"box\":[0,2,2000,3000]");
}

GST_END_TEST;

GST_START_TEST (test_lines_and_words)
{
  g_autoptr (RectoResult) result = recto_result_new ();
  RectoRegion *word = put (recto_region_new (RECTO_REGION_TEXT, "a\xff"), 1, 2,
      3, 4);
  g_autoptr (RectoRegion) sure = recto_region_with_confidence (word, 0.25);
  g_autoptr (RectoRegion) block = add_part (recto_region_new
      (RECTO_REGION_TEXT, NULL), add_part (recto_region_new (RECTO_REGION_TEXT,
              "\xe2\x80\xa8"), g_steal_pointer (&sure)));
  RectoPageRecord record = {.result = result,.attempt = 1,.text = "" };

  recto_region_unref (word);
  recto_result_add_region (result, block);
  assert_has (&record, ",\"regions\":[{\"kind\":\"text\",\"lines\":[{"
      "\"text\":\"\\u2028\",\"words\":[{\"box\":[1,2,3,4],"
      "\"text\":\"a\xef\xbf\xbd\",\"confidence\":0.25}]}]}],");
}

GST_END_TEST;

static Suite *
page_record_suite (void)
{
  Suite *suite = suite_create ("pagerecord");
  TCase *regions = tcase_create ("regions");
  TCase *records = tcase_create ("records");

  suite_add_tcase (suite, regions);
  tcase_add_test (regions, test_region_knows_nothing);
  tcase_add_test (regions, test_region_is_immutable);
  tcase_add_test (regions, test_region_box);
  tcase_add_test (regions, test_region_parts);
  tcase_add_test (regions, test_regions_of_result);

  suite_add_tcase (suite, records);
  tcase_add_test (records, test_label);
  tcase_add_test (records, test_size);
  tcase_add_test (records, test_origin);
  tcase_add_test (records, test_no_source);
  tcase_add_test (records, test_boxes);
  tcase_add_test (records, test_lines_and_words);

  return suite;
}

GST_CHECK_MAIN (page_record);
