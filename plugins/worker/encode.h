/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Raster to file, into memory that is given. 0 means that it is too small.
 */

#pragma once

#include <libdeflate.h>
#include <turbojpeg.h>

#include "raster.h"

/* What encoders keep from page to page, until the process ends. */
typedef struct
{
  struct libdeflate_compressor *deflate;
  tjhandle jpeg;
  guint8 *rows;
  gsize n_rows;                 /* bytes allocated */
} Encoder;

gsize encode_png  (Encoder *self, const Raster *raster, guint8 *out,
                   gsize capacity);

gsize encode_jpeg (Encoder *self, const Raster *raster, guint quality,
                   guint8 *out, gsize capacity);
