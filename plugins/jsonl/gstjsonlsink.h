/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gsttextsink.h"

G_BEGIN_DECLS

#define GST_RECTO_TYPE_JSONL_SINK (gst_recto_jsonl_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstRectoJsonlSink, gst_recto_jsonl_sink, GST_RECTO,
    JSONL_SINK, GstRectoTextSink)

GST_ELEMENT_REGISTER_DECLARE (jsonlsink)

G_END_DECLS
