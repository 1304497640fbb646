/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-markdownsink
 * @title: markdownsink
 * @short_description: text of pages to one Markdown or plain text file
 *
 * Writes the text of every page, one after the other. As Markdown, a comment
 * before each names its document and number and, if the page failed, says
 * why. As plain text, a form feed ends each page, as pdftotext does; a page
 * that failed is empty.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 pdfsrc location=report.pdf ! textlayerinference ! markdownsink location=report.md
 * ]|
 * Writes the text that the report carries to one Markdown file.
 *
 * Since: 1.0
 */

#include "config.h"

#include <recto/recto-page-private.h>

#include "gstmarkdownsink.h"

struct _GstRectoMarkdownSink
{
  GstRectoTextSink parent;

  GstRectoMarkdownFormat format;        /* under the object lock */
};

enum
{
  PROP_0,
  PROP_FORMAT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* *INDENT-OFF* */
G_DEFINE_ENUM_TYPE (GstRectoMarkdownFormat, gst_recto_markdown_format,
    { GST_RECTO_MARKDOWN_FORMAT_MARKDOWN, "Markdown, with a comment before "
        "each page", "markdown" },
    { GST_RECTO_MARKDOWN_FORMAT_TEXT, "Plain text, with a form feed after "
        "each page", "text" })
/* *INDENT-ON* */

G_DEFINE_FINAL_TYPE (GstRectoMarkdownSink, gst_recto_markdown_sink,
    GST_RECTO_TYPE_TEXT_SINK)

GST_ELEMENT_REGISTER_DEFINE (markdownsink, "markdownsink", GST_RANK_NONE,
    GST_RECTO_TYPE_MARKDOWN_SINK)

/* Names and messages come from documents: none may end the comment, nor look
 * like another one. */
static void
append_escaped (GString * out, const char *string)
{
  g_autofree char *valid = g_utf8_make_valid (string, -1);
  char before = '\0';

  for (const char *p = valid; *p != '\0'; p++) {
    if (*p == '&')
      g_string_append (out, "&amp;");
    else if (g_ascii_iscntrl (*p) || (*p == '-' && before == '-'))
      g_string_append_printf (out, "&#%d;", *p);
    else
      g_string_append_c (out, *p);
    before = *p;
  }
}

/* What a comment says: “page 3 of x.pdf: render-failed: …”. */
static void
append_comment (GString * out, const RectoPageRecord * record)
{
  RectoDocument *document = record->page ?
      recto_page_get_document (record->page) : NULL;
  const char *name = document ? recto_document_get_name (document) : NULL;
  guint64 number = recto_page_record_get_number (record);

  if (name == NULL && document)
    name = recto_document_get_uri (document);

  if (number > 0)
    g_string_append_printf (out, " page %" G_GUINT64_FORMAT, number);
  if (number > 0 && name)
    g_string_append (out, " of");
  if (name) {
    g_string_append_c (out, ' ');
    append_escaped (out, name);
  }
  if (!recto_page_record_is_ok (record)) {
    g_string_append_printf (out, ": %s: ",
        recto_page_get_status_nick (record->page));
    append_escaped (out, recto_page_get_error (record->page)->message);
  }
}

/* Valid text without the empty lines at its end. */
static void
append_text (GString * out, const RectoPageRecord * record)
{
  g_autofree char *valid = g_utf8_make_valid (record->text, record->size);
  gsize length = strlen (valid);

  while (length > 0 && g_ascii_isspace (valid[length - 1]))
    length--;
  if (length == 0)
    return;

  g_string_append_len (out, valid, length);
  g_string_append_c (out, '\n');
}

static void
append_markdown (GString * out, const RectoPageRecord * record)
{
  g_string_append (out, "<!--");
  append_comment (out, record);
  g_string_append (out, " -->\n");
  append_text (out, record);
  g_string_append_c (out, '\n');
}

/* A form feed ends a page, so that there is none within. */
static void
append_plain (GString * out, const RectoPageRecord * record)
{
  gsize start = out->len;

  append_text (out, record);
  g_strdelimit (out->str + start, "\f", '\n');
  g_string_append_c (out, '\f');
}

static GstRectoMarkdownFormat
get_format (GstRectoMarkdownSink * self)
{
  GstRectoMarkdownFormat format;

  GST_OBJECT_LOCK (self);
  format = self->format;
  GST_OBJECT_UNLOCK (self);

  return format;
}

static void
gst_recto_markdown_sink_append_record (GstRectoTextSink * sink,
    const RectoPageRecord * record, GString * out)
{
  if (get_format (GST_RECTO_MARKDOWN_SINK (sink))
      == GST_RECTO_MARKDOWN_FORMAT_TEXT)
    append_plain (out, record);
  else
    append_markdown (out, record);
}

static void
gst_recto_markdown_sink_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  GstRectoMarkdownSink *self = GST_RECTO_MARKDOWN_SINK (object);

  switch (prop_id) {
    case PROP_FORMAT:
      GST_OBJECT_LOCK (self);
      self->format = g_value_get_enum (value);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
gst_recto_markdown_sink_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  GstRectoMarkdownSink *self = GST_RECTO_MARKDOWN_SINK (object);

  switch (prop_id) {
    case PROP_FORMAT:
      g_value_set_enum (value, get_format (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
gst_recto_markdown_sink_class_init (GstRectoMarkdownSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = gst_recto_markdown_sink_set_property;
  object_class->get_property = gst_recto_markdown_sink_get_property;

  properties[PROP_FORMAT] = g_param_spec_enum ("format", "Format",
      "How pages are written", GST_RECTO_TYPE_MARKDOWN_FORMAT,
      GST_RECTO_MARKDOWN_FORMAT_MARKDOWN, G_PARAM_READWRITE
      | GST_PARAM_MUTABLE_READY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Markdown sink", "Sink/File",
      "Writes the text of each page as Markdown or plain text",
      "The Recto authors");

  GST_RECTO_TEXT_SINK_CLASS (klass)->append_record =
      gst_recto_markdown_sink_append_record;

  gst_type_mark_as_plugin_api (GST_RECTO_TYPE_MARKDOWN_FORMAT, 0);
}

static void
gst_recto_markdown_sink_init (GstRectoMarkdownSink * self)
{
}
