/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A TIFF is a document of as many pages as it has full images: scanners and fax
 * machines put a whole letter into one.
 */

#include "config.h"

#include <string.h>
#include <tiffio.h>

#include "picture.h"
#include "tiff.h"

#define MAX_PAGES 65535

typedef struct
{
  Document parent;
  TIFF *tiff;
  GArray *directories;          /* tdir_t of each page */
  const guint8 *data;
  toff_t size, offset;
  gboolean decoding;
  char problem[200];            /* what libtiff said last */
} Tiff;

typedef struct
{
  guint32 width, height;        /* pixels, as they are stored */
  guint16 orientation;
  double x_dpi, y_dpi;
} Image;

static tmsize_t
on_read (thandle_t handle, void *buffer, tmsize_t size)
{
  Tiff *self = handle;
  toff_t left = self->size - MIN (self->offset, self->size);

  if (size < 0)
    return -1;
  size = MIN ((toff_t) size, left);
  memcpy (buffer, self->data + self->offset, size);
  self->offset += size;
  return size;
}

static tmsize_t
on_write (thandle_t handle, void *buffer, tmsize_t size)
{
  return -1;
}

static toff_t
on_seek (thandle_t handle, toff_t offset, int whence)
{
  Tiff *self = handle;

  if (whence == SEEK_CUR)
    offset += self->offset;
  else if (whence == SEEK_END)
    offset += self->size;
  return self->offset = offset;
}

static int
on_close (thandle_t handle)
{
  return 0;
}

static toff_t
on_size (thandle_t handle)
{
  Tiff *self = handle;

  return self->size;
}

static int
on_map (thandle_t handle, void **base, toff_t * size)
{
  Tiff *self = handle;

  *base = (void *) self->data;
  *size = self->size;
  return 1;
}

static void
on_unmap (thandle_t handle, void *base, toff_t size)
{
}

static int
on_problem (TIFF * tiff, void *user_data, const char *module,
    const char *format, va_list args)
{
  Tiff *self = user_data;

  g_vsnprintf (self->problem, sizeof (self->problem), format, args);
  return 1;                     /* and nothing on standard error */
}

/* Of data they tell what is lost. Of directories they are mostly of tags that
 * only the scanner's maker knows, which many a good scan has. */
static int
on_warning (TIFF * tiff, void *user_data, const char *module,
    const char *format, va_list args)
{
  Tiff *self = user_data;

  if (self->decoding)
    g_logv ("libtiff", G_LOG_LEVEL_WARNING, format, args);
  return 1;
}

static TIFF *
open_tiff (Tiff * self)
{
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc ();
  TIFF *tiff;

  TIFFOpenOptionsSetMaxSingleMemAlloc (options, DOCUMENT_MAX_IMAGE_BYTES);
  TIFFOpenOptionsSetErrorHandlerExtR (options, on_problem, self);
  TIFFOpenOptionsSetWarningHandlerExtR (options, on_warning, self);
  tiff = TIFFClientOpenExt ("document", "r", self, on_read, on_write, on_seek,
      on_close, on_size, on_map, on_unmap, options);
  TIFFOpenOptionsFree (options);

  return tiff;
}

/* Thumbnails and masks are no pages of their own. */
static void
find_pages (Tiff * self)
{
  guint32 type;
  tdir_t i = 0;

  do {
    if (!TIFFGetField (self->tiff, TIFFTAG_SUBFILETYPE, &type))
      type = 0;
    if (!(type & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)))
      g_array_append_val (self->directories, i);
  } while (++i < MAX_PAGES && TIFFReadDirectory (self->tiff));
}

static gboolean
get_image (Tiff * self, guint page, Image * image, GError ** error)
{
  float x = 0, y = 0;
  guint16 unit;
  double per_inch;

  if (!TIFFSetDirectory (self->tiff,
          g_array_index (self->directories, tdir_t, page - 1))
      || !TIFFGetField (self->tiff, TIFFTAG_IMAGEWIDTH, &image->width)
      || !TIFFGetField (self->tiff, TIFFTAG_IMAGELENGTH, &image->height)) {
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_RENDER_FAILED,
        "the image is damaged: %s", self->problem);
    return FALSE;
  }

  TIFFGetFieldDefaulted (self->tiff, TIFFTAG_ORIENTATION, &image->orientation);
  if (image->orientation < 1 || image->orientation > 8)
    image->orientation = 1;

  TIFFGetFieldDefaulted (self->tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
  TIFFGetField (self->tiff, TIFFTAG_XRESOLUTION, &x);
  TIFFGetField (self->tiff, TIFFTAG_YRESOLUTION, &y);
  per_inch = unit == RESUNIT_INCH ? 1 : unit == RESUNIT_CENTIMETER ? 2.54 : 0;
  image->x_dpi = x * per_inch;
  image->y_dpi = y * per_inch;
  return TRUE;
}

static gboolean
tiff_describe (Document * document, guint page, PageInfo * info,
    GError ** error)
{
  Image image;
  double width, height;

  if (!get_image ((Tiff *) document, page, &image, error))
    return FALSE;

  width = picture_points (image.width, image.x_dpi);
  height = picture_points (image.height, image.y_dpi);
  info->width = image.orientation >= 5 ? height : width;
  info->height = image.orientation >= 5 ? width : height;
  return TRUE;
}

/* libtiff premultiplies; what is left to do is to let white shine through. */
static void
put_onto_white (guint32 * pixels, gsize n)
{
  guint32 pixel, white;
  gsize i;

  for (i = 0; i < n; i++) {
    pixel = pixels[i];
    white = 255 - TIFFGetA (pixel);
    pixels[i] = GUINT32_TO_LE (MIN (TIFFGetR (pixel) + white, 255)
        | MIN (TIFFGetG (pixel) + white, 255) << 8
        | MIN (TIFFGetB (pixel) + white, 255) << 16 | 0xff000000);
  }
}

static GdkPixbuf *
decode (Tiff * self, const Image * image, GError ** error)
{
  g_autoptr (GdkPixbuf) pixbuf = picture_new_pixbuf (image->width,
      image->height, error);
  guint32 *pixels;
  gboolean decoded;

  if (!pixbuf)
    return NULL;

  /* Asked for the orientation that it has, libtiff turns nothing. */
  pixels = (guint32 *) gdk_pixbuf_get_pixels (pixbuf);
  self->decoding = TRUE;
  decoded = TIFFReadRGBAImageOriented (self->tiff, image->width,
      image->height, pixels, image->orientation, TRUE);
  self->decoding = FALSE;
  if (!decoded) {
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_RENDER_FAILED,
        "the image is damaged: %s", self->problem);
    return NULL;
  }

  put_onto_white (pixels, (gsize) image->width * image->height);
  return g_steal_pointer (&pixbuf);
}

static gboolean
tiff_draw (Document * document, guint page, Raster * raster,
    const Placement * placement, GError ** error)
{
  Tiff *self = (Tiff *) document;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  Image image;

  if (get_image (self, page, &image, error))
    pixbuf = decode (self, &image, error);

  return pixbuf && raster_draw_pixbuf (raster, placement, pixbuf,
      image.orientation, error);
}

static void
tiff_free (Document * document)
{
  Tiff *self = (Tiff *) document;

  g_clear_pointer (&self->tiff, TIFFClose);
  g_array_unref (self->directories);
  g_free (self);
}

static const DocumentKind tiff_kind = {
  tiff_describe, tiff_draw, NULL, tiff_free,
};

Document *
tiff_open (const guint8 * data, gsize size, GError ** error)
{
  Tiff *self = g_new0 (Tiff, 1);

  self->parent.kind = &tiff_kind;
  self->directories = g_array_new (FALSE, FALSE, sizeof (tdir_t));
  self->data = data;
  self->size = size;

  self->tiff = open_tiff (self);
  if (!self->tiff) {
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_DAMAGED,
        "the image is damaged: %s", self->problem);
    tiff_free (&self->parent);
    return NULL;
  }

  find_pages (self);
  self->parent.n_pages = self->directories->len;
  return &self->parent;
}
