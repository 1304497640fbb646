/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto.h>

G_BEGIN_DECLS

#define GST_TYPE_RECTO_PAGE_RASTERIZER (gst_recto_page_rasterizer_get_type ())
G_DECLARE_FINAL_TYPE (GstRectoPageRasterizer, gst_recto_page_rasterizer,
    GST_RECTO, PAGE_RASTERIZER, RectoPageTransform)

GST_ELEMENT_REGISTER_DECLARE (pagerasterizer);

G_END_DECLS
