/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gsttextsink.h"

G_BEGIN_DECLS

/**
 * GstRectoMarkdownFormat:
 * @GST_RECTO_MARKDOWN_FORMAT_MARKDOWN: Markdown
 * @GST_RECTO_MARKDOWN_FORMAT_TEXT: plain text
 *
 * How markdownsink writes pages.
 *
 * Since: 1.0
 */
typedef enum
{
  GST_RECTO_MARKDOWN_FORMAT_MARKDOWN,
  GST_RECTO_MARKDOWN_FORMAT_TEXT,
} GstRectoMarkdownFormat;

#define GST_RECTO_TYPE_MARKDOWN_FORMAT (gst_recto_markdown_format_get_type ())
GType gst_recto_markdown_format_get_type (void);

#define GST_RECTO_TYPE_MARKDOWN_SINK (gst_recto_markdown_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstRectoMarkdownSink, gst_recto_markdown_sink, GST_RECTO,
    MARKDOWN_SINK, GstRectoTextSink)

GST_ELEMENT_REGISTER_DECLARE (markdownsink)

G_END_DECLS
