/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_RECTO_MEMORY_VALVE (gst_recto_memory_valve_get_type ())
G_DECLARE_FINAL_TYPE (GstRectoMemoryValve, gst_recto_memory_valve, GST_RECTO,
    MEMORY_VALVE, GstElement)

GST_ELEMENT_REGISTER_DECLARE (memoryvalve);

G_END_DECLS
