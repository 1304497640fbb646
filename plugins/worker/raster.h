/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

#include <recto/recto-worker-protocol.h>

#include "layout.h"

/* BGRx pixels, as cairo draws them, in rows without gaps. */
typedef struct
{
  guint32 *pixels;
  guint width, height;
  gsize n_allocated;            /* pixels; 0 when they are somebody else's */
} Raster;

gboolean raster_alloc         (Raster *raster, guint width, guint height);

void     raster_clear         (Raster *raster);

void     raster_fill_white    (Raster *raster);

gboolean raster_is_colourless (const Raster *raster);

void     raster_write_rgb     (const guint32 *pixels, guint width,
                               guint8 *out);

void     raster_write_red     (const guint32 *pixels, guint width,
                               guint8 *out);

void     raster_write_luma    (const guint32 *pixels, guint width,
                               guint8 *out);

gsize    raster_convert       (const Raster *raster, RectoWorkerFormat format,
                               guint8 *out);

guint    raster_stride        (guint width, RectoWorkerFormat format);

gboolean raster_draw_pixbuf   (Raster *raster, const Placement *placement,
                               GdkPixbuf *pixbuf, guint orientation,
                               GError **error);
