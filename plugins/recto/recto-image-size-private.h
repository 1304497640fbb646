/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. What an encoded image says of its size, before anybody makes
 * room for it.
 */

#pragma once

#include <recto/recto-prelude.h>
#include <recto/recto-worker-protocol.h>

G_BEGIN_DECLS

/* Whether `data` begins as PNG or JPEG, whichever `format` is, and as one that
 * is `width` times `height` pixels. What comes behind is left to decoders. Of
 * what the standards allow only that is taken which our encoders may write, so
 * that no decoder finds another size. */
RECTO_API
gboolean recto_image_has_size (const guint8      *data,
                               gsize              size,
                               RectoWorkerFormat  format,
                               guint              width,
                               guint              height);

G_END_DECLS
