/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pages, documents and results: what they say, and that they stay with their
 * buffers.
 */

#include "config.h"

#include <gst/check/gstcheck.h>

#include <recto/recto.h>
#include <recto/recto-page-private.h>

static RectoDocument *
new_document (void)
{
  return g_object_new (RECTO_TYPE_DOCUMENT, "uri", "file:///a%20b.pdf", "name",
      "a b.pdf", "n-pages", 7, "title", "Ferry", "sha256", "0123", NULL);
}

static GError *
new_error (void)
{
  return g_error_new_literal (RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT,
      "It took too long.");
}

static void
assert_same_page (RectoPage * page, RectoPage * other)
{
  fail_unless (recto_page_get_document (page) ==
      recto_page_get_document (other));
  fail_unless_equals_int (recto_page_get_number (page),
      recto_page_get_number (other));
  fail_unless_equals_int (recto_page_is_last (page),
      recto_page_is_last (other));
}

GST_START_TEST (test_document)
{
  g_autoptr (RectoDocument) document = new_document ();
  g_autoptr (RectoDocument) unknown = recto_document_new (NULL, NULL);

  fail_unless_equals_string (recto_document_get_uri (document),
      "file:///a%20b.pdf");
  fail_unless_equals_string (recto_document_get_name (document), "a b.pdf");
  fail_unless_equals_int (recto_document_get_n_pages (document), 7);
  fail_unless_equals_string (recto_document_get_title (document), "Ferry");
  fail_unless_equals_string (recto_document_get_sha256 (document), "0123");
  fail_unless (recto_document_get_renderer (document) == NULL);

  fail_unless (recto_document_get_uri (unknown) == NULL);
  fail_unless (recto_document_get_name (unknown) == NULL);
  fail_unless_equals_int (recto_document_get_n_pages (unknown), 0);
  fail_unless (recto_document_get_title (unknown) == NULL);
  fail_unless (recto_document_get_sha256 (unknown) == NULL);
}

GST_END_TEST;

GST_START_TEST (test_page)
{
  g_autoptr (RectoDocument) document = new_document ();
  RectoPage *page = recto_page_new (document, 3, TRUE);

  fail_unless (recto_page_get_document (page) == document);
  fail_unless_equals_int (recto_page_get_number (page), 3);
  fail_unless (recto_page_is_last (page));
  fail_unless (recto_page_get_label (page) == NULL);
  fail_if (recto_page_get_size (page, NULL, NULL));
  fail_if (recto_page_is_failed (page));
  fail_unless_equals_int (recto_page_get_status (page), RECTO_PAGE_OK);
  fail_unless_equals_int (recto_page_get_document_status (page),
      RECTO_DOCUMENT_OK);
  fail_unless (recto_page_get_error (page) == NULL);

  /* A page holds its document, and lets go of it. */
  ASSERT_OBJECT_REFCOUNT (document, "document", 2);
  recto_page_unref (page);
  ASSERT_OBJECT_REFCOUNT (document, "document", 1);
}

GST_END_TEST;

GST_START_TEST (test_page_with_size)
{
  g_autoptr (RectoDocument) document = new_document ();
  g_autoptr (RectoPage) page = recto_page_new (document, 3, FALSE);
  g_autoptr (RectoPage) sized = recto_page_with_size (page, "iii", 595, 842);
  g_autoptr (RectoPage) again = recto_page_with_size (sized, NULL, 10, 20);
  double width, height;

  assert_same_page (page, sized);
  fail_unless_equals_string (recto_page_get_label (sized), "iii");
  fail_unless (recto_page_get_size (sized, &width, &height));
  fail_unless_equals_float (width, 595);
  fail_unless_equals_float (height, 842);

  /* Neither page changes for it. */
  fail_unless (page != sized);
  fail_if (recto_page_get_size (page, NULL, NULL));
  fail_unless (recto_page_get_label (page) == NULL);
  fail_unless (recto_page_get_label (again) == NULL);
  fail_unless_equals_string (recto_page_get_label (sized), "iii");
}

GST_END_TEST;

GST_START_TEST (test_page_with_warnings)
{
  g_autoptr (RectoDocument) document = new_document ();
  g_autoptr (RectoPage) page = recto_page_new (document, 3, FALSE);
  g_autoptr (RectoPage) clean = recto_page_with_warnings (page, 0);
  g_autoptr (RectoPage) bad = recto_page_with_warnings (clean, 2);
  g_autoptr (RectoPage) worse = recto_page_with_warnings (bad, 3);
  g_autoptr (RectoPage) sized = recto_page_with_size (bad, NULL, 10, 20);
  g_autoptr (GError) error = new_error ();
  g_autoptr (RectoPage) failed =
      recto_page_with_error (bad, RECTO_PAGE_TIMEOUT, error);

  assert_same_page (page, bad);
  fail_unless_equals_int64 (recto_page_get_warnings (page), -1);
  fail_unless_equals_int64 (recto_page_get_warnings (clean), 0);
  fail_unless_equals_int64 (recto_page_get_warnings (bad), 2);
  fail_unless_equals_int64 (recto_page_get_warnings (worse), 5);
  fail_unless_equals_int64 (recto_page_get_warnings (sized), 2);
  fail_unless_equals_int64 (recto_page_get_warnings (failed), 2);
}

GST_END_TEST;

GST_START_TEST (test_page_with_error)
{
  g_autoptr (RectoDocument) document = new_document ();
  g_autoptr (RectoPage) page = recto_page_new (document, 3, TRUE);
  g_autoptr (RectoPage) sized = recto_page_with_size (page, "iii", 595, 842);
  g_autoptr (GError) error = new_error ();
  g_autoptr (RectoPage) failed =
      recto_page_with_error (sized, RECTO_PAGE_TIMEOUT, error);
  g_autoptr (RectoPage) worse =
      recto_page_with_error (failed, RECTO_PAGE_CRASHED, error);

  assert_same_page (page, failed);
  fail_unless (recto_page_is_failed (failed));
  fail_unless_equals_int (recto_page_get_status (failed), RECTO_PAGE_TIMEOUT);
  g_assert_error (recto_page_get_error (failed), RECTO_PAGE_ERROR,
      RECTO_PAGE_TIMEOUT);
  fail_unless_equals_string (recto_page_get_error (failed)->message,
      "It took too long.");
  fail_unless_equals_string (recto_page_get_label (failed), "iii");
  fail_unless (recto_page_get_size (failed, NULL, NULL));

  fail_if (recto_page_is_failed (sized));
  fail_unless_equals_int (recto_page_get_status (sized), RECTO_PAGE_OK);
  fail_unless_equals_int (recto_page_get_status (failed), RECTO_PAGE_TIMEOUT);
  fail_unless_equals_int (recto_page_get_status (worse), RECTO_PAGE_CRASHED);

  /* The error is the page's own. */
  g_clear_error (&error);
  fail_unless_equals_string (recto_page_get_error (worse)->message,
      "It took too long.");
}

GST_END_TEST;

GST_START_TEST (test_failed_document)
{
  g_autoptr (RectoDocument) document = new_document ();
  g_autoptr (GError) error = g_error_new_literal (RECTO_DOCUMENT_ERROR,
      RECTO_DOCUMENT_ENCRYPTED, "It needs a password.");
  g_autoptr (RectoPage) page =
      recto_page_new_failed_document (document, RECTO_DOCUMENT_ENCRYPTED,
      error);
  g_autoptr (RectoPage) failed =
      recto_page_with_error (page, RECTO_PAGE_INFER_FAILED, error);

  fail_unless_equals_int (recto_page_get_number (page), 0);
  fail_unless (recto_page_is_last (page));
  fail_unless (recto_page_is_failed (page));
  fail_unless_equals_int (recto_page_get_status (page), RECTO_PAGE_OK);
  fail_unless_equals_int (recto_page_get_document_status (page),
      RECTO_DOCUMENT_ENCRYPTED);
  fail_unless_equals_int (recto_page_get_document_status (failed),
      RECTO_DOCUMENT_ENCRYPTED);
}

GST_END_TEST;

/* The bytes of a document are held while pages are still to be drawn. */
GST_START_TEST (test_bytes)
{
  g_autoptr (RectoRenderer) renderer = recto_renderer_new ();
  g_autoptr (RectoDocument) document = new_document ();
  g_autoptr (GError) error = new_error ();
  RectoDocumentBytes *bytes =
      recto_renderer_reserve (renderer, 1000, TRUE, NULL, NULL);
  RectoPage *page = recto_page_new_lazy (document, 1, FALSE, FALSE, bytes);
  g_autoptr (RectoPage) sized = NULL;
  g_autoptr (RectoPage) failed = NULL;
  g_autoptr (GstStructure) before = NULL;
  g_autoptr (GstStructure) after = NULL;
  guint64 held;

  recto_document_bytes_unref (bytes);
  fail_unless (recto_page_get_bytes (page) == bytes);
  sized = recto_page_with_size (page, NULL, 10, 10);
  failed = recto_page_with_error (page, RECTO_PAGE_CRASHED, error);
  fail_unless (recto_page_get_bytes (sized) == NULL);
  fail_unless (recto_page_get_bytes (failed) == NULL);

  before = recto_renderer_get_stats (renderer);
  gst_structure_get_uint64 (before, "document-bytes", &held);
  fail_unless_equals_uint64 (held, 1000);

  recto_page_unref (page);
  after = recto_renderer_get_stats (renderer);
  gst_structure_get_uint64 (after, "document-bytes", &held);
  fail_unless_equals_uint64 (held, 0);
  ASSERT_OBJECT_REFCOUNT (renderer, "renderer", 1);
}

GST_END_TEST;

/* The nicks are what records say. */
GST_START_TEST (test_status)
{
  static const char *pages[] = { "ok", "incomplete", "render-failed",
    "memory-limit", "timeout", "crashed", "degenerate", "infer-failed",
    "truncated-output", "skipped"
  };
  static const char *documents[] = { "ok", "partial", "encrypted", "damaged",
    "no-pages", "too-many-pages", "too-large", "quarantined", "changed",
    "unreadable", "unsupported", "skipped"
  };

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    fail_unless_equals_string (recto_page_status_to_string (i), pages[i]);
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    fail_unless_equals_string (recto_document_status_to_string (i),
        documents[i]);
  fail_unless (RECTO_PAGE_ERROR != RECTO_DOCUMENT_ERROR);
}

GST_END_TEST;

/* Metas */

typedef struct
{
  RectoDocument *document;
  RectoPage *page;
  RectoResult *result;
  GstBuffer *buffer;
} MetaFixture;

static MetaFixture
meta_fixture_new (void)
{
  RectoDocument *document = new_document ();
  MetaFixture self = {
    .document = document,
    .page = recto_page_new (document, 2, FALSE),
    .result = recto_result_new (),
    .buffer = gst_buffer_new_allocate (NULL, 100, NULL),
  };

  fail_unless (recto_buffer_get_page (self.buffer) == NULL);
  fail_unless (recto_buffer_get_result (self.buffer) == NULL);
  recto_buffer_add_page (self.buffer, self.page);
  recto_buffer_add_result (self.buffer, self.result);

  return self;
}

/* Takes @buffer. */
static void
assert_metas (MetaFixture * self, GstBuffer * buffer)
{
  fail_unless (recto_buffer_get_page (buffer) == self->page);
  fail_unless (recto_buffer_get_result (buffer) == self->result);
  gst_buffer_unref (buffer);
}

static void
meta_fixture_clear (MetaFixture * self)
{
  assert_metas (self, self->buffer);
  recto_page_unref (self->page);
  recto_result_unref (self->result);

  /* Only the page held it besides us. */
  ASSERT_OBJECT_REFCOUNT (self->document, "document", 1);
  g_object_unref (self->document);
}

GST_START_TEST (test_meta_of_copies)
{
  MetaFixture self = meta_fixture_new ();

  assert_metas (&self, gst_buffer_copy (self.buffer));
  assert_metas (&self, gst_buffer_copy_deep (self.buffer));
  assert_metas (&self, gst_buffer_copy_region (self.buffer,
          GST_BUFFER_COPY_ALL, 10, 20));
  assert_metas (&self, gst_buffer_make_writable (gst_buffer_ref (self.buffer)));
  meta_fixture_clear (&self);
}

GST_END_TEST;

GST_START_TEST (test_meta_is_copied_into)
{
  MetaFixture self = meta_fixture_new ();
  GstBuffer *other = gst_buffer_new ();
  RectoPage *own = recto_page_new (self.document, 5, TRUE);
  GstBuffer *knows = gst_buffer_new ();

  fail_unless (gst_buffer_copy_into (other, self.buffer, GST_BUFFER_COPY_META,
          0, -1));
  assert_metas (&self, other);

  /* Whoever has said what it is has said so. */
  recto_buffer_add_page (knows, own);
  gst_buffer_copy_into (knows, self.buffer, GST_BUFFER_COPY_META, 0, -1);
  fail_unless (recto_buffer_get_page (knows) == own);
  gst_buffer_unref (knows);
  recto_page_unref (own);

  meta_fixture_clear (&self);
}

GST_END_TEST;

GST_START_TEST (test_meta_is_replaced)
{
  MetaFixture self = meta_fixture_new ();
  GstBuffer *copy = gst_buffer_copy (self.buffer);
  RectoPage *other = recto_page_new (self.document, 5, TRUE);
  GType api = gst_buffer_get_meta (copy,
      g_type_from_name ("RectoPageMetaAPI"))->info->api;

  recto_buffer_add_page (copy, other);
  fail_unless (recto_buffer_get_page (copy) == other);
  fail_unless_equals_int (gst_buffer_get_n_meta (copy, api), 1);
  gst_buffer_unref (copy);
  recto_page_unref (other);

  /* The original is another buffer. */
  meta_fixture_clear (&self);
}

GST_END_TEST;

/* What every stock element goes by when it decides which metas to keep. */
GST_START_TEST (test_meta_has_no_tags)
{
  static const char *apis[] = { "RectoPageMetaAPI", "RectoResultMetaAPI" };
  MetaFixture self = meta_fixture_new ();

  for (guint i = 0; i < G_N_ELEMENTS (apis); i++) {
    GType api = g_type_from_name (apis[i]);
    const char *const *tags;

    fail_unless (api != 0, "%s", apis[i]);
    tags = gst_meta_api_type_get_tags (api);
    fail_unless (tags == NULL || tags[0] == NULL);
  }
  meta_fixture_clear (&self);
}

GST_END_TEST;

/* Results */

GST_START_TEST (test_result_knows_nothing)
{
  g_autoptr (RectoResult) result = recto_result_new ();

  fail_unless (recto_result_get_model (result) == NULL);
  fail_unless (recto_result_get_language (result) == NULL);
  fail_unless (recto_result_get_rotation (result) < 0);
  fail_unless (recto_result_get_is_table (result) < 0);
  fail_unless (recto_result_get_is_diagram (result) < 0);
  fail_unless (recto_result_get_input_tokens (result) < 0);
  fail_unless (recto_result_get_output_tokens (result) < 0);
  fail_unless_equals_int (recto_result_get_attempts (result), 0);
  fail_unless (recto_result_get_finish_reason (result) == NULL);
  fail_unless (recto_result_get_fallback (result) == NULL);
  fail_unless_equals_int (recto_result_get_source (result),
      RECTO_TEXT_SOURCE_UNKNOWN);
  fail_unless_equals_int (recto_result_get_reason (result),
      RECTO_TEXT_REASON_UNKNOWN);
  fail_unless (recto_result_get_profile (result) == NULL);
  fail_unless_equals_int (recto_result_get_regions (result)->len, 0);
  fail_unless (recto_result_get_confidence (result) < 0);
  fail_unless (recto_result_get_seconds (result) < 0);
  fail_unless_equals_int (g_variant_n_children (recto_result_get_extra
          (result)), 0);
}

GST_END_TEST;

GST_START_TEST (test_result)
{
  g_autoptr (RectoResult) result = recto_result_new ();

  recto_result_set_model (result, "m");
  recto_result_set_language (result, "en");
  recto_result_set_rotation (result, 90);
  recto_result_set_is_table (result, FALSE);
  recto_result_set_is_diagram (result, TRUE);
  recto_result_set_input_tokens (result, 0);
  recto_result_set_output_tokens (result, G_GINT64_CONSTANT (5000000000));
  recto_result_set_attempts (result, 3);
  recto_result_set_finish_reason (result, "stop");
  recto_result_set_fallback (result, "text-layer");
  recto_result_set_confidence (result, 0.5);
  recto_result_set_seconds (result, 1.25);
  recto_result_set_source (result, RECTO_TEXT_SOURCE_OCR);
  recto_result_set_reason (result, RECTO_TEXT_REASON_ROUTED);
  recto_result_set_profile (result, "p");

  fail_unless_equals_string (recto_result_get_model (result), "m");
  fail_unless_equals_string (recto_result_get_language (result), "en");
  fail_unless_equals_int (recto_result_get_rotation (result), 90);
  fail_unless_equals_int (recto_result_get_is_table (result), FALSE);
  fail_unless_equals_int (recto_result_get_is_diagram (result), TRUE);
  fail_unless_equals_int64 (recto_result_get_input_tokens (result), 0);
  fail_unless_equals_int64 (recto_result_get_output_tokens (result),
      G_GINT64_CONSTANT (5000000000));
  fail_unless_equals_int (recto_result_get_attempts (result), 3);
  fail_unless_equals_string (recto_result_get_finish_reason (result), "stop");
  fail_unless_equals_string (recto_result_get_fallback (result),
      "text-layer");
  fail_unless_equals_float (recto_result_get_confidence (result), 0.5);
  fail_unless_equals_float (recto_result_get_seconds (result), 1.25);
  fail_unless_equals_int (recto_result_get_source (result),
      RECTO_TEXT_SOURCE_OCR);
  fail_unless_equals_int (recto_result_get_reason (result),
      RECTO_TEXT_REASON_ROUTED);
  fail_unless_equals_string (recto_result_get_profile (result), "p");
}

GST_END_TEST;

GST_START_TEST (test_result_extra)
{
  g_autoptr (RectoResult) result = recto_result_new ();
  g_autoptr (GVariant) extra = NULL;
  const char *words;
  gint32 number;

  recto_result_set_extra (result, "words", g_variant_new_string ("old"));
  recto_result_set_extra (result, "words", g_variant_new_string ("new"));
  recto_result_set_extra (result, "number", g_variant_new_int32 (5));

  extra = g_variant_ref (recto_result_get_extra (result));
  recto_result_set_extra (result, "number", NULL);
  fail_unless_equals_int (g_variant_n_children (recto_result_get_extra
          (result)), 1);

  /* What was got does not change any more. */
  fail_unless (g_variant_is_of_type (extra, G_VARIANT_TYPE_VARDICT));
  fail_unless_equals_int (g_variant_n_children (extra), 2);
  fail_unless (g_variant_lookup (extra, "words", "&s", &words));
  fail_unless_equals_string (words, "new");
  fail_unless (g_variant_lookup (extra, "number", "i", &number));
  fail_unless_equals_int (number, 5);
}

GST_END_TEST;

static Suite *
page_suite (void)
{
  Suite *suite = suite_create ("page");
  TCase *pages = tcase_create ("pages");
  TCase *metas = tcase_create ("metas");
  TCase *results = tcase_create ("results");

  suite_add_tcase (suite, pages);
  tcase_add_test (pages, test_document);
  tcase_add_test (pages, test_page);
  tcase_add_test (pages, test_page_with_size);
  tcase_add_test (pages, test_page_with_warnings);
  tcase_add_test (pages, test_page_with_error);
  tcase_add_test (pages, test_failed_document);
  tcase_add_test (pages, test_bytes);
  tcase_add_test (pages, test_status);

  suite_add_tcase (suite, metas);
  tcase_add_test (metas, test_meta_of_copies);
  tcase_add_test (metas, test_meta_is_copied_into);
  tcase_add_test (metas, test_meta_is_replaced);
  tcase_add_test (metas, test_meta_has_no_tags);

  suite_add_tcase (suite, results);
  tcase_add_test (results, test_result_knows_nothing);
  tcase_add_test (results, test_result);
  tcase_add_test (results, test_result_extra);

  return suite;
}

GST_CHECK_MAIN (page);
