/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/base/gstbasesink.h>

#include "record-counts.h"

G_BEGIN_DECLS

#define GST_RECTO_TYPE_TEXT_SINK (gst_recto_text_sink_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstRectoTextSink, gst_recto_text_sink, GST_RECTO,
    TEXT_SINK, GstBaseSink)

/* Where records go is a subclass's choice; without one, to a new file or a
 * stream, each at once. */
struct _GstRectoTextSinkClass
{
  GstBaseSinkClass parent_class;

  gboolean      (*open)          (GstRectoTextSink       *self,
                                  const char             *location,
                                  GError                **error);

  /* `ended`: the stream came to its end. */
  gboolean      (*close)         (GstRectoTextSink       *self,
                                  gboolean                ended,
                                  GError                **error);

  /* In the streaming thread: */

  /* Appends what is to be written of a page. */
  void          (*append_record) (GstRectoTextSink       *self,
                                  const RectoPageRecord  *record,
                                  GString                *out);

  GstFlowReturn (*write)         (GstRectoTextSink       *self,
                                  const RectoPageRecord  *record);

  /* Writes what is left, at the end of the stream. */
  GstFlowReturn (*drain)         (GstRectoTextSink       *self);
};

/* From any thread: */

/* Counts what was written for good. */
void gst_recto_text_sink_add_counts (GstRectoTextSink         *self,
                                     const RectoRecordCounts  *counts);

void gst_recto_text_sink_post_error (GstRectoTextSink         *self,
                                     const GError             *error);

G_END_DECLS
