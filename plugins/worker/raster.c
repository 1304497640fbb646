/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pixels, and what becomes of them in other formats. The loops over a row are
 * plain enough for the compiler to vectorize.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "document.h"
#include "raster.h"

#define HUGE_PAGE (2 << 20)

/* Where the kernel has huge pages to give, a fresh process takes three faults
 * for its first raster and not more than a thousand. */
static guint32 *
alloc_pixels (gsize n_pixels)
{
  gsize size = n_pixels * sizeof (guint32);
  void *pixels;

  if (size < HUGE_PAGE)
    return g_try_malloc (size);
  size = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
  pixels = aligned_alloc (HUGE_PAGE, size);
  if (pixels)
    madvise (pixels, size, MADV_HUGEPAGE);
  return pixels;
}

/* The memory is kept from page to page. */
gboolean
raster_alloc (Raster * raster, guint width, guint height)
{
  gsize n_pixels = (gsize) width * height;

  if (n_pixels > raster->n_allocated) {
    raster_clear (raster);
    raster->pixels = alloc_pixels (n_pixels);
    if (!raster->pixels)
      return FALSE;
    raster->n_allocated = n_pixels;
  }

  raster->width = width;
  raster->height = height;
  return TRUE;
}

void
raster_clear (Raster * raster)
{
  if (raster->n_allocated)
    free (raster->pixels);
  *raster = (Raster) { NULL, };
}

void
raster_fill_white (Raster * raster)
{
  memset (raster->pixels, 0xff,
      (gsize) raster->width * raster->height * sizeof (guint32));
}

static guint
red (guint32 pixel)
{
  return pixel >> 16 & 0xff;
}

static guint
green (guint32 pixel)
{
  return pixel >> 8 & 0xff;
}

static guint
blue (guint32 pixel)
{
  return pixel & 0xff;
}

static gboolean
row_is_colourless (const guint32 * pixels, guint width)
{
  guint32 differences = 0;
  guint i;

  for (i = 0; i < width; i++)
    differences |= pixels[i] ^ pixels[i] >> 8;

  return (differences & 0xffff) == 0;
}

gboolean
raster_is_colourless (const Raster * raster)
{
  guint y;

  for (y = 0; y < raster->height; y++)
    if (!row_is_colourless (raster->pixels + (gsize) y * raster->width,
            raster->width))
      return FALSE;

  return TRUE;
}

/* Four bytes are written for each pixel, and the last one again by the next:
 * quicker than three. */
void
raster_write_rgb (const guint32 * pixels, guint width, guint8 * out)
{
  guint32 packed;
  guint i;

  for (i = 0; i + 1 < width; i++, out += 3) {
    packed = GUINT32_TO_LE (GUINT32_SWAP_LE_BE (pixels[i]) >> 8);
    memcpy (out, &packed, sizeof (packed));
  }

  out[0] = red (pixels[i]);
  out[1] = green (pixels[i]);
  out[2] = blue (pixels[i]);
}

/* All there is to know of a row without colour. */
void
raster_write_red (const guint32 * pixels, guint width, guint8 * out)
{
  guint i;

  for (i = 0; i < width; i++)
    out[i] = red (pixels[i]);
}

/* ITU-R BT.601; the weights add up to 1, so that grey stays what it is. */
void
raster_write_luma (const guint32 * pixels, guint width, guint8 * out)
{
  guint i;

  for (i = 0; i < width; i++)
    out[i] = (19595 * red (pixels[i]) + 38470 * green (pixels[i])
        + 7471 * blue (pixels[i]) + (1 << 15)) >> 16;
}

/* As the default strides of GStreamer. */
guint
raster_stride (guint width, RectoWorkerFormat format)
{
  switch (format) {
    case RECTO_WORKER_BGRX:
      return width * 4;
    case RECTO_WORKER_RGB:
      return (width * 3 + 3) & ~3u;
    case RECTO_WORKER_GRAY8:
      return (width + 3) & ~3u;
    default:
      return 0;
  }
}

/* To RGB or GRAY8; the bytes between rows are 0. */
gsize
raster_convert (const Raster * raster, RectoWorkerFormat format, guint8 * out)
{
  guint bytes = format == RECTO_WORKER_RGB ? 3 : 1;
  guint stride = raster_stride (raster->width, format);
  const guint32 *row = raster->pixels;
  guint y;

  for (y = 0; y < raster->height; y++) {
    if (format == RECTO_WORKER_RGB)
      raster_write_rgb (row, raster->width, out);
    else
      raster_write_luma (row, raster->width, out);
    memset (out + raster->width * bytes, 0, stride - raster->width * bytes);
    row += raster->width;
    out += stride;
  }

  return (gsize) stride * raster->height;
}

static void
put_row_onto_white (guint8 * pixels, guint width)
{
  guint i, j, alpha;

  for (i = 0; i < width; i++, pixels += 4) {
    alpha = pixels[3];
    if (alpha == 255)
      continue;
    for (j = 0; j < 3; j++)
      pixels[j] = (pixels[j] * alpha + 255 * (255 - alpha) + 127) / 255;
    pixels[3] = 255;
  }
}

/* Before it is scaled: white that is blended later is no longer quite white. */
static void
put_onto_white (GdkPixbuf * pixbuf)
{
  guint8 *pixels = gdk_pixbuf_get_pixels (pixbuf);
  int y;

  for (y = 0; y < gdk_pixbuf_get_height (pixbuf); y++)
    put_row_onto_white (pixels + (gsize) y * gdk_pixbuf_get_rowstride (pixbuf),
        gdk_pixbuf_get_width (pixbuf));
}

/* `orientation` is what the EXIF tag of that name says. */
static GdkPixbuf *
turn_upright (GdkPixbuf * pixbuf, guint orientation)
{
  char digit[] = { '0' + orientation, '\0' };

  gdk_pixbuf_remove_option (pixbuf, "orientation");
  gdk_pixbuf_set_option (pixbuf, "orientation", digit);
  return gdk_pixbuf_apply_embedded_orientation (pixbuf);
}

static void
copy_row (const guint8 * pixels, guint n_channels, guint width, guint32 * out)
{
  guint i;

  for (i = 0; i < width; i++, pixels += n_channels)
    out[i] = 0xff000000 | pixels[0] << 16 | pixels[1] << 8 | pixels[2];
}

static void
copy_pixbuf (Raster * raster, const Placement * placement, GdkPixbuf * pixbuf)
{
  guint y;

  for (y = 0; y < placement->height; y++)
    copy_row (gdk_pixbuf_read_pixels (pixbuf)
        + (gsize) y * gdk_pixbuf_get_rowstride (pixbuf),
        gdk_pixbuf_get_n_channels (pixbuf), placement->width,
        raster->pixels + (gsize) (placement->y + y) * raster->width
        + placement->x);
}

/* Draws an image that fills the page, and changes it. It is scaled before it is
 * turned: that takes the least memory. */
gboolean
raster_draw_pixbuf (Raster * raster, const Placement * placement,
    GdkPixbuf * pixbuf, guint orientation, GError ** error)
{
  gboolean swapped = (orientation >= 5) != (placement->rotation % 180 != 0);
  g_autoptr (GdkPixbuf) scaled = NULL;
  g_autoptr (GdkPixbuf) upright = NULL;
  g_autoptr (GdkPixbuf) rotated = NULL;

  if (gdk_pixbuf_get_has_alpha (pixbuf))
    put_onto_white (pixbuf);

  scaled = gdk_pixbuf_scale_simple (pixbuf,
      swapped ? placement->height : placement->width,
      swapped ? placement->width : placement->height, GDK_INTERP_BILINEAR);
  if (scaled)
    upright = turn_upright (scaled, orientation);
  if (upright)
    rotated = gdk_pixbuf_rotate_simple (upright, placement->rotation);
  if (!rotated) {
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_MEMORY_LIMIT,
        "not enough memory to scale the image");
    return FALSE;
  }

  copy_pixbuf (raster, placement, rotated);
  return TRUE;
}
