/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "image-size.h"

static guint
read_be (const guint8 * data, guint n_bytes)
{
  guint value = 0;

  for (guint i = 0; i < n_bytes; i++)
    value = value << 8 | data[i];
  return value;
}

static gboolean
read_png (const guint8 * data, gsize size, guint * width, guint * height)
{
  if (size < 24 || memcmp (data, "\x89PNG\r\n\x1a\n", 8) != 0)
    return FALSE;
  *width = read_be (data + 16, 4);
  *height = read_be (data + 20, 4);
  return TRUE;
}

static gboolean
is_jpeg_frame (guint8 marker)
{
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
      marker != 0xcc;
}

static gboolean
read_jpeg (const guint8 * data, gsize size, guint * width, guint * height)
{
  gsize at = 2;

  if (size < 2 || data[0] != 0xff || data[1] != 0xd8)
    return FALSE;
  while (at + 9 <= size && data[at] == 0xff) {
    if (is_jpeg_frame (data[at + 1])) {
      *height = read_be (data + at + 5, 2);
      *width = read_be (data + at + 7, 2);
      return TRUE;
    }
    at += 2 + read_be (data + at + 2, 2);
  }
  return FALSE;
}

gboolean
image_size_read (const guint8 * data, gsize size, guint * width,
    guint * height)
{
  return read_png (data, size, width, height) ||
      read_jpeg (data, size, width, height);
}
