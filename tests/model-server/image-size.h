/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How large an image is, as its head says.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* PNG or JPEG. */
gboolean image_size_read (const guint8 *data,
                          gsize         size,
                          guint        *width,
                          guint        *height);

G_END_DECLS
