/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes a record of each kind that there is to standard output, for
 * check-page-records.
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-page-private.h>

#define SHA256 \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static GstPad *sink_pad;

static void
push (RectoPage * page, RectoResult * result, const char *text)
{
  GstBuffer *buffer = gst_buffer_new_wrapped (g_strdup (text), strlen (text));

  if (page)
    recto_buffer_add_page (buffer, page);
  if (result)
    recto_buffer_add_result (buffer, result);
  if (gst_pad_chain (sink_pad, buffer) != GST_FLOW_OK)
    g_error ("the sink took no record");
}

static RectoDocument *
make_document (guint n_pages)
{
  return g_object_new (RECTO_TYPE_DOCUMENT, "uri", "file:///a%20b.pdf",
      "name", "a b.pdf", "n-pages", n_pages, "sha256", SHA256, NULL);
}

/* Takes what it adds to. */
#define ADD(region, what, ...) \
  do { \
    RectoRegion *added = recto_region_with_##what (region, __VA_ARGS__); \
    recto_region_unref (region); \
    region = added; \
  } while (0)

static RectoRegion *
make_part (const char *text, RectoRegion * part)
{
  RectoRegion *region = recto_region_new (RECTO_REGION_HEADING, text);
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();

  ADD (region, box, 72, 72.125, 144.5, 84);
  ADD (region, span, 0, 4);
  ADD (region, confidence, 0.9);
  if (part) {
    g_ptr_array_add (parts, part);
    ADD (region, parts, parts);
    recto_region_unref (part);
  }
  return region;
}

static void
add_full_region (RectoResult * result)
{
  RectoRegion *region = make_part ("Text", make_part ("Text",
          make_part ("Text", NULL)));

  ADD (region, level, 2);
  ADD (region, angle, 90);
  ADD (region, parent, 0);
  recto_result_add_region (result, region);
  recto_region_unref (region);
}

static void
add_kinds (RectoResult * result)
{
  g_autoptr (GEnumClass) kinds = g_type_class_ref (RECTO_TYPE_REGION_KIND);

  for (guint i = 0; i < kinds->n_values; i++) {
    g_autoptr (RectoRegion) region =
        recto_region_new (kinds->values[i].value, NULL);

    recto_result_add_region (result, region);
  }
}

static void
push_origins (void)
{
  g_autoptr (GEnumClass) sources = g_type_class_ref (RECTO_TYPE_TEXT_SOURCE);
  g_autoptr (GEnumClass) reasons = g_type_class_ref (RECTO_TYPE_TEXT_REASON);

  for (guint i = 0; i < MAX (sources->n_values, reasons->n_values); i++) {
    g_autoptr (RectoResult) result = recto_result_new ();

    if (i < sources->n_values)
      recto_result_set_source (result, sources->values[i].value);
    if (i < reasons->n_values)
      recto_result_set_reason (result, reasons->values[i].value);
    push (NULL, result, "Text");
  }
}

static void
push_read_page (void)
{
  g_autoptr (RectoDocument) document = make_document (1);
  g_autoptr (RectoPage) plain = recto_page_new (document, 1, TRUE);
  g_autoptr (RectoPage) sized = recto_page_with_size (plain, "iv", 595.276,
      841.89);
  g_autoptr (RectoPage) page = recto_page_with_warnings (sized, 2);
  g_autoptr (RectoResult) result = recto_result_new ();

  recto_result_set_model (result, "m");
  recto_result_set_language (result, "en");
  recto_result_set_rotation (result, 270);
  recto_result_set_is_table (result, FALSE);
  recto_result_set_is_diagram (result, TRUE);
  recto_result_set_input_tokens (result, 1200);
  recto_result_set_output_tokens (result, 0);
  recto_result_set_attempts (result, 1);
  recto_result_set_finish_reason (result, "stop");
  recto_result_set_fallback (result, "text-layer");
  recto_result_set_confidence (result, 0.93);
  recto_result_set_seconds (result, 1.5);
  recto_result_set_extra (result, "x:list", g_variant_new_parsed
      ("[<1>, <'a'>, <{'b': <true>}>]"));
  recto_result_set_source (result, RECTO_TEXT_SOURCE_TEXT_LAYER);
  recto_result_set_reason (result, RECTO_TEXT_REASON_TOO_SLOW);
  recto_result_set_profile (result, "p");
  add_kinds (result);
  add_full_region (result);

  push (page, result, "Text");
  push (page, NULL, "");
  push (NULL, result, "Text");
  push (NULL, NULL, "");
}

static void
push_failed_pages (void)
{
  g_autoptr (RectoDocument) document = make_document (3);
  g_autoptr (RectoPage) page = recto_page_new (document, 2, FALSE);
  g_autoptr (GEnumClass) statuses = g_type_class_ref (RECTO_TYPE_PAGE_STATUS);

  for (guint i = 0; i < statuses->n_values; i++) {
    int status = statuses->values[i].value;
    g_autoptr (GError) error = g_error_new_literal (RECTO_PAGE_ERROR, status,
        "It failed.");
    g_autoptr (RectoPage) failed = NULL;

    if (status == RECTO_PAGE_OK)
      continue;
    failed = recto_page_with_error (page, status, error);
    push (failed, NULL, status == RECTO_PAGE_TRUNCATED_OUTPUT
        || status == RECTO_PAGE_INCOMPLETE ? "Text" : "");
  }
}

static void
push_failed_documents (void)
{
  g_autoptr (RectoDocument) document = recto_document_new (NULL, NULL);
  g_autoptr (GEnumClass) statuses =
      g_type_class_ref (RECTO_TYPE_DOCUMENT_STATUS);

  for (guint i = 0; i < statuses->n_values; i++) {
    int status = statuses->values[i].value;
    g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR,
        G_IO_ERROR_NOT_FOUND, "It is gone.");
    g_autoptr (RectoPage) failed = NULL;

    if (status == RECTO_DOCUMENT_OK)
      continue;
    failed = recto_page_new_failed_document (document, status, error);
    push (failed, NULL, "");
  }
}

static void
ask_for_configuration (void)
{
  g_autoptr (GstQuery) query = recto_query_new_run ();

  if (!gst_pad_query (sink_pad, query))
    g_error ("the sink did not answer");
}

int
main (int argc, char **argv)
{
  GstElement *sink;
  GstSegment segment;

  gst_init (&argc, &argv);

  sink = gst_element_factory_make ("jsonlsink", NULL);
  g_object_set (sink, "location", "-", NULL);
  sink_pad = gst_element_get_static_pad (sink, "sink");
  if (gst_element_set_state (sink, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE)
    g_error ("the sink did not start");

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (sink_pad, gst_event_new_stream_start ("records"));
  gst_pad_send_event (sink_pad, gst_event_new_segment (&segment));

  push_read_page ();
  push_origins ();
  ask_for_configuration ();
  push_failed_pages ();
  push_failed_documents ();

  gst_element_set_state (sink, GST_STATE_NULL);
  gst_object_unref (sink_pad);
  gst_object_unref (sink);
  return 0;
}
