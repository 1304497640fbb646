/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"

#include <string.h>

#include "encode.h"

static gsize
compress (Encoder * self, const Raster * raster, guint quality,
    int subsampling, guint8 * out, gsize capacity)
{
  unsigned long size = capacity;

  if (tjCompress2 (self->jpeg, (const guint8 *) raster->pixels, raster->width,
          0, raster->height, TJPF_BGRX, &out, &size, subsampling, quality,
          TJFLAG_NOREALLOC) < 0)
    return 0;
  return size;
}

/* For buffers that are smaller than the largest image that might come out. */
static gsize
compress_and_copy (Encoder * self, const Raster * raster, guint quality,
    int subsampling, guint8 * out, gsize capacity)
{
  gsize most = tjBufSize (raster->width, raster->height, subsampling);
  g_autofree guint8 *copy = g_malloc (most);
  gsize size;

  size = compress (self, raster, quality, subsampling, copy, most);
  if (size > capacity)
    return 0;
  memcpy (out, copy, size);
  return size;
}

gsize
encode_jpeg (Encoder * self, const Raster * raster, guint quality,
    guint8 * out, gsize capacity)
{
  int subsampling = raster_is_colourless (raster) ? TJSAMP_GRAY : TJSAMP_420;

  if (!self->jpeg)
    self->jpeg = tjInitCompress ();
  if (!self->jpeg)
    g_error ("no memory for a compressor");
  if (tjBufSize (raster->width, raster->height, subsampling) > capacity)
    return compress_and_copy (self, raster, quality, subsampling, out,
        capacity);
  return compress (self, raster, quality, subsampling, out, capacity);
}
