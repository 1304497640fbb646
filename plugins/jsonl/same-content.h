/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * GstRectoSameContent:
 * @GST_RECTO_SAME_CONTENT_COPY: its record is copied
 * @GST_RECTO_SAME_CONTENT_READ: it is read
 *
 * What happens to a page of a document that jsonlsink records under another
 * URI with the same bytes.
 *
 * Since: 1.0
 */
typedef enum
{
  GST_RECTO_SAME_CONTENT_COPY,
  GST_RECTO_SAME_CONTENT_READ,
} GstRectoSameContent;

#define GST_RECTO_TYPE_SAME_CONTENT (gst_recto_same_content_get_type ())
GType gst_recto_same_content_get_type (void);

G_END_DECLS
