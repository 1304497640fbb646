/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * PNG without row filters: pages are flat areas and repeated glyphs, which
 * filters only hide from the matcher.
 */

#include "config.h"

#include <string.h>

#include "encode.h"

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define SIGNATURE_SIZE 8
#define HEADER_SIZE 13
#define CHUNK_OVERHEAD 12       /* length, type and checksum */

#define GREY 0
#define TRUE_COLOUR 2

static guint8 *
put_uint32 (guint8 * out, guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (out, &value, sizeof (value));
  return out + sizeof (value);
}

/* Closes the chunk at `out`, whose `size` bytes of content are in place. */
static guint8 *
put_chunk (guint8 * out, const char *type, guint32 size)
{
  guint8 *start = put_uint32 (out, size);

  memcpy (start, type, 4);
  return put_uint32 (start + 4 + size, libdeflate_crc32 (0, start, 4 + size));
}

static guint8 *
put_header (guint8 * out, const Raster * raster, guint8 colour_type)
{
  const guint8 rest[] = { 8, colour_type, 0, 0, 0 };
  guint8 *content = out + 8;

  content = put_uint32 (content, raster->width);
  content = put_uint32 (content, raster->height);
  memcpy (content, rest, sizeof (rest));
  return put_chunk (out, "IHDR", HEADER_SIZE);
}

/* Each row starts with the number of its filter, 0. */
static void
fill_rows (Encoder * self, const Raster * raster, gsize row_size,
    guint8 colour_type)
{
  const guint32 *pixels = raster->pixels;
  guint8 *row = self->rows;
  guint y;

  for (y = 0; y < raster->height; y++) {
    row[0] = 0;
    if (colour_type == GREY)
      raster_write_red (pixels, raster->width, row + 1);
    else
      raster_write_rgb (pixels, raster->width, row + 1);
    pixels += raster->width;
    row += row_size;
  }
}

static void
reserve_rows (Encoder * self, gsize size)
{
  if (size <= self->n_rows)
    return;

  g_free (self->rows);
  self->rows = g_malloc (size);
  self->n_rows = size;
}

gsize
encode_png (Encoder * self, const Raster * raster, guint8 * out,
    gsize capacity)
{
  guint8 colour_type = raster_is_colourless (raster) ? GREY : TRUE_COLOUR;
  gsize row_size = 1 + (gsize) raster->width * (colour_type == GREY ? 1 : 3);
  gsize overhead = SIGNATURE_SIZE + HEADER_SIZE + 3 * CHUNK_OVERHEAD;
  guint8 *at = out;
  gsize size;

  if (capacity <= overhead)
    return 0;
  if (!self->deflate)
    self->deflate = libdeflate_alloc_compressor (1);
  if (!self->deflate)
    g_error ("no memory for a compressor");
  reserve_rows (self, row_size * raster->height);
  fill_rows (self, raster, row_size, colour_type);

  memcpy (at, SIGNATURE, SIGNATURE_SIZE);
  at = put_header (at + SIGNATURE_SIZE, raster, colour_type);
  size = libdeflate_zlib_compress (self->deflate, self->rows,
      row_size * raster->height, at + 8, capacity - overhead);
  if (size == 0 || size > G_MAXINT32)
    return 0;
  at = put_chunk (at, "IDAT", size);
  at = put_chunk (at, "IEND", 0);

  return at - out;
}
