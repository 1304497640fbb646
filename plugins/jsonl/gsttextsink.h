/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/base/gstbasesink.h>

#include "page-record.h"

G_BEGIN_DECLS

#define GST_RECTO_TYPE_TEXT_SINK (gst_recto_text_sink_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstRectoTextSink, gst_recto_text_sink, GST_RECTO,
    TEXT_SINK, GstBaseSink)

struct _GstRectoTextSinkClass
{
  GstBaseSinkClass parent_class;

  /* Appends what is to be written of a page. In the streaming thread. */
  void (*append_record) (GstRectoTextSink      *self,
                         const RectoPageRecord *record,
                         GString               *out);
};

G_END_DECLS
