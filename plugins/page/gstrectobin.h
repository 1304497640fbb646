/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_RECTO_BIN (gst_recto_bin_get_type ())
G_DECLARE_FINAL_TYPE (GstRectoBin, gst_recto_bin, GST, RECTO_BIN, GstBin)

GST_ELEMENT_REGISTER_DECLARE (rectobin)

G_END_DECLS
