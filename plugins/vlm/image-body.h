/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The body of a request as a stream: what comes before the image, the image
 * in base64, what comes after. Nothing of it is held but the image, which is
 * encoded as it is read.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYPE_IMAGE_BODY (image_body_get_type ())
G_DECLARE_FINAL_TYPE (ImageBody, image_body, IMAGE, BODY, GInputStream)

ImageBody * image_body_new      (GBytes    *before,
                                 GBytes    *image,
                                 GBytes    *after);

/* The same, from its beginning. */
ImageBody * image_body_dup      (ImageBody *self);

/* All of it, in bytes. */
gint64      image_body_get_size (ImageBody *self);

G_END_DECLS
