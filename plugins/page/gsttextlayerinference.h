/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto.h>

G_BEGIN_DECLS

#define GST_TYPE_RECTO_TEXT_LAYER_INFERENCE \
  (gst_recto_text_layer_inference_get_type ())
G_DECLARE_FINAL_TYPE (GstRectoTextLayerInference,
    gst_recto_text_layer_inference, GST_RECTO, TEXT_LAYER_INFERENCE,
    RectoPageTransform)

GST_ELEMENT_REGISTER_DECLARE (textlayerinference);

G_END_DECLS
