/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#pragma once

#include "document.h"

typedef enum
{
  PICTURE_PNG,
  PICTURE_JPEG,
} PictureType;

Document *  picture_open          (PictureType type, const guint8 *data,
                                   gsize size, GError **error);

double      picture_points        (guint pixels, double dpi);

GdkPixbuf * picture_new_pixbuf    (guint width, guint height, GError **error);

void        picture_set_too_large (GError **error, guint width, guint height);
