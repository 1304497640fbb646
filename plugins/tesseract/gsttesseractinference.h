/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto.h>

G_BEGIN_DECLS

#define GST_TYPE_RECTO_TESSERACT_INFERENCE \
  (gst_recto_tesseract_inference_get_type ())
G_DECLARE_FINAL_TYPE (GstRectoTesseractInference,
    gst_recto_tesseract_inference, GST_RECTO, TESSERACT_INFERENCE,
    RectoInference)

GST_ELEMENT_REGISTER_DECLARE (tesseractinference)

G_END_DECLS
