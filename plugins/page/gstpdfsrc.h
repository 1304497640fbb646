/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/base/gstpushsrc.h>

G_BEGIN_DECLS

#define GST_TYPE_RECTO_PDF_SRC (gst_recto_pdf_src_get_type ())
G_DECLARE_FINAL_TYPE (GstRectoPdfSrc, gst_recto_pdf_src, GST, RECTO_PDF_SRC,
    GstPushSrc)

GST_ELEMENT_REGISTER_DECLARE (pdfsrc);

G_END_DECLS
