/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-jsonlsink
 * @title: jsonlsink
 * @short_description: text of pages to JSON lines
 *
 * Writes one JSON object a line for every page that comes, also for those
 * that failed, and for every document that could not be read. Installed
 * beside it, page-record.schema.json tells what the members mean.
 *
 * A line is written at once and whole: when the file system is full, the file
 * is cut back to its last whole line. A file that exists already is refused.
 *
 * The last member, crc32, is zlib's crc32() over all bytes of the line before
 * `,"crc32":`, in 8 hexadecimal digits.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -q pdfsrc location=report.pdf ! pagerasterizer ! tesseractinference ! jsonlsink location=-
 * ]|
 * Reads a report and writes a line a page to standard output.
 *
 * Since: 1.0
 */

#include "config.h"

#include "gstjsonlsink.h"

struct _GstRectoJsonlSink
{
  GstRectoTextSink parent;
};

G_DEFINE_FINAL_TYPE (GstRectoJsonlSink, gst_recto_jsonl_sink,
    GST_RECTO_TYPE_TEXT_SINK)

GST_ELEMENT_REGISTER_DEFINE (jsonlsink, "jsonlsink", GST_RANK_NONE,
    GST_RECTO_TYPE_JSONL_SINK)

static void
gst_recto_jsonl_sink_append_record (GstRectoTextSink * sink,
    const RectoPageRecord * record, GString * out)
{
  recto_page_record_append_line (record, out);
}

static void
gst_recto_jsonl_sink_class_init (GstRectoJsonlSinkClass * klass)
{
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "JSON lines sink", "Sink/File",
      "Writes the text of each page, and what is known of it, as a JSON line",
      "The Recto authors");

  GST_RECTO_TEXT_SINK_CLASS (klass)->append_record =
      gst_recto_jsonl_sink_append_record;
}

static void
gst_recto_jsonl_sink_init (GstRectoJsonlSink * self)
{
}
