/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto.h>

G_BEGIN_DECLS

#define GST_TYPE_RECTO_VLM_INFERENCE (gst_recto_vlm_inference_get_type ())
G_DECLARE_FINAL_TYPE (GstRectoVlmInference, gst_recto_vlm_inference, GST,
    RECTO_VLM_INFERENCE, RectoInference)

GST_ELEMENT_REGISTER_DECLARE (vlminference)

G_END_DECLS
