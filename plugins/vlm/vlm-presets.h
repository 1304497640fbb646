/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The presets of vlminference: each profile is one, and there are no others.
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void vlm_presets_init (GstPresetInterface *iface);

G_END_DECLS
