/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <recto/recto-image-size-private.h>

/* The signature of PNG, and the length and the type of the first chunk. */
#define PNG_HEAD "\x89PNG\r\n\x1a\n" "\0\0\0\x0d" "IHDR"
#define PNG_HEAD_SIZE 16

#define JPEG_START "\xff\xd8"
#define JPEG_START_SIZE 2

/* Markers of JPEG */
#define HUFFMAN_TABLES 0xc4
#define QUANTIZATION_TABLES 0xdb
#define RESTART_INTERVAL 0xdd
#define FIRST_APPLICATION 0xe0
#define LAST_APPLICATION 0xef
#define COMMENT 0xfe

static guint32
read_be (const guint8 * data, guint n_bytes)
{
  guint32 value = 0;

  for (guint i = 0; i < n_bytes; i++)
    value = value << 8 | data[i];
  return value;
}

static gboolean
png_has_size (const guint8 * data, gsize size, guint width, guint height)
{
  return size >= PNG_HEAD_SIZE + 8 &&
      memcmp (data, PNG_HEAD, PNG_HEAD_SIZE) == 0 &&
      read_be (data + PNG_HEAD_SIZE, 4) == width &&
      read_be (data + PNG_HEAD_SIZE + 4, 4) == height;
}

/* Baseline, extended and progressive. */
static gboolean
is_frame (guint8 marker)
{
  return marker >= 0xc0 && marker <= 0xc2;
}

static gboolean
may_precede_frame (guint8 marker)
{
  return marker == HUFFMAN_TABLES || marker == QUANTIZATION_TABLES ||
      marker == RESTART_INTERVAL || marker == COMMENT ||
      (marker >= FIRST_APPLICATION && marker <= LAST_APPLICATION);
}

/* A segment is a marker, its own length without that, and what is in it. In a
 * frame these are first the bits of a sample, and then the sides. */
static gboolean
jpeg_has_size (const guint8 * data, gsize size, guint width, guint height)
{
  gsize at = JPEG_START_SIZE;

  if (size < JPEG_START_SIZE ||
      memcmp (data, JPEG_START, JPEG_START_SIZE) != 0)
    return FALSE;

  while (size - at >= 9 && data[at] == 0xff) {
    guint length = read_be (data + at + 2, 2);

    if (is_frame (data[at + 1]))
      return read_be (data + at + 5, 2) == height &&
          read_be (data + at + 7, 2) == width;
    if (!may_precede_frame (data[at + 1]) || length < 2 ||
        length + 2 > size - at)
      return FALSE;
    at += length + 2;
  }
  return FALSE;
}

gboolean
recto_image_has_size (const guint8 * data, gsize size,
    RectoWorkerFormat format, guint width, guint height)
{
  switch (format) {
    case RECTO_WORKER_PNG:
      return png_has_size (data, size, width, height);
    case RECTO_WORKER_JPEG:
      return jpeg_has_size (data, size, width, height);
    default:
      g_return_val_if_reached (FALSE);
  }
}
