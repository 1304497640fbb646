/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Images that are a document of one page. They are looked at when they are
 * opened and decoded when it is known how large they will be drawn, which
 * makes a photograph of a page cheap.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "picture.h"

#define PIECE 65536

/* Where an image does not say how large it is, or says what no scanner does. */
#define DEFAULT_DPI 72
#define MIN_DPI 20
#define MAX_DPI 10000

/* The most that the JPEG decoder makes an image smaller by. */
#define MAX_SHRINK 8

static const char *const type_names[] = {
  [PICTURE_PNG] = "png",
  [PICTURE_JPEG] = "jpeg",
};

typedef struct
{
  Document parent;
  PictureType type;
  const guint8 *data;
  gsize size;

  guint width, height;          /* pixels, as they are stored */
  guint orientation;            /* as EXIF says, 1 to 8 */
  double x_dpi, y_dpi;
} Picture;

/* One run of a decoder. */
typedef struct
{
  Picture *picture;
  guint shrink;
  gboolean too_large;
  guint n_rows;                 /* so far */
} Decoding;

static guint
shrunk (guint pixels, guint shrink)
{
  return (pixels + shrink - 1) / shrink;
}

/* A size of 0 tells the decoder that nobody wants the image. */
static void
on_size_prepared (GdkPixbufLoader * loader, int width, int height,
    Decoding * decoding)
{
  Picture *self = decoding->picture;
  guint64 n_pixels;

  self->width = MAX (width, 0);
  self->height = MAX (height, 0);
  n_pixels = (guint64) shrunk (self->width, decoding->shrink)
      * shrunk (self->height, decoding->shrink);

  decoding->too_large = n_pixels > DOCUMENT_MAX_IMAGE_BYTES / 4;
  if (decoding->too_large)
    gdk_pixbuf_loader_set_size (loader, 0, 0);
  else if (decoding->shrink > 1)
    gdk_pixbuf_loader_set_size (loader, shrunk (width, decoding->shrink),
        shrunk (height, decoding->shrink));
}

static void
on_area_updated (GdkPixbufLoader * loader, int x, int y, int width, int height,
    Decoding * decoding)
{
  decoding->n_rows = MAX (decoding->n_rows, (guint) MAX (y + height, 0));
}

static GdkPixbufLoader *
new_loader (Decoding * decoding)
{
  GdkPixbufLoader *loader =
      gdk_pixbuf_loader_new_with_type (type_names[decoding->picture->type],
      NULL);

  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size_prepared),
      decoding);
  g_signal_connect (loader, "area-updated", G_CALLBACK (on_area_updated),
      decoding);
  return loader;
}

static gboolean
feed (Picture * self, GdkPixbufLoader * loader, gboolean header_only,
    GError ** error)
{
  gsize offset, n;

  for (offset = 0; offset < self->size; offset += n) {
    n = MIN (self->size - offset, PIECE);
    if (!gdk_pixbuf_loader_write (loader, self->data + offset, n, error))
      return FALSE;
    if (header_only && gdk_pixbuf_loader_get_pixbuf (loader))
      break;
  }

  return TRUE;
}

void
picture_set_too_large (GError ** error, guint width, guint height)
{
  g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_MEMORY_LIMIT,
      "an image of %u by %u pixels takes more memory than there is", width,
      height);
}

/* For those who decode by themselves; it has an alpha channel, and rows
 * without gaps. */
GdkPixbuf *
picture_new_pixbuf (guint width, guint height, GError ** error)
{
  GdkPixbuf *pixbuf = NULL;

  if (width > 0 && height > 0
      && (guint64) width * height <= DOCUMENT_MAX_IMAGE_BYTES / 4)
    pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, TRUE, 8, width, height);
  if (!pixbuf)
    picture_set_too_large (error, width, height);
  return pixbuf;
}

static void
set_decoding_error (GError ** error, const Decoding * decoding,
    RectoWorkerStatus status, const GError * cause)
{
  const Picture *self = decoding->picture;

  if (decoding->too_large || g_error_matches (cause, GDK_PIXBUF_ERROR,
          GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY))
    picture_set_too_large (error, self->width, self->height);
  else
    g_set_error (error, DOCUMENT_ERROR, status, "the image is damaged: %s",
        cause ? cause->message : "it is incomplete");
}

/* Neither marker appears within compressed data. */
static gboolean
jpeg_has_end (const Picture * self)
{
  const guint8 *at = self->data + self->size;

  while (at - self->data >= 2) {
    at = memrchr (self->data, 0xff, at - self->data - 1);
    if (!at || at[1] == 0xda)
      return FALSE;
    if (at[1] == 0xd9)
      return TRUE;
    at++;
  }

  return FALSE;
}

static gboolean
png_has_end (const Picture * self)
{
  return memmem (self->data, self->size, "IEND\xae\x42\x60\x82", 8) != NULL;
}

/* The decoders draw what there is of an image that was cut off, and are
 * content. */
static gboolean
is_complete (const Decoding * decoding, GdkPixbuf * pixbuf)
{
  const Picture *self = decoding->picture;

  return pixbuf
      && decoding->n_rows >= (guint) gdk_pixbuf_get_height (pixbuf)
      && (self->type == PICTURE_JPEG ? jpeg_has_end (self)
      : png_has_end (self));
}

static GdkPixbuf *
decode (Picture * self, guint shrink, GError ** error)
{
  Decoding decoding = { .picture = self, .shrink = shrink };
  g_autoptr (GError) cause = NULL;
  g_autoptr (GdkPixbufLoader) loader = new_loader (&decoding);
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  feed (self, loader, FALSE, &cause);
  gdk_pixbuf_loader_close (loader, cause ? NULL : &cause);

  if (!cause)
    g_set_object (&pixbuf, gdk_pixbuf_loader_get_pixbuf (loader));
  if (is_complete (&decoding, pixbuf))
    return g_steal_pointer (&pixbuf);

  set_decoding_error (error, &decoding, RECTO_WORKER_RENDER_FAILED, cause);
  return NULL;
}

static double
parse_dpi (GdkPixbuf * pixbuf, const char *option)
{
  const char *value = gdk_pixbuf_get_option (pixbuf, option);

  return value ? g_ascii_strtod (value, NULL) : 0;
}

static void
take_options (Picture * self, GdkPixbuf * pixbuf)
{
  const char *orientation = gdk_pixbuf_get_option (pixbuf, "orientation");

  self->orientation = orientation ? CLAMP (atoi (orientation), 1, 8) : 1;
  self->x_dpi = parse_dpi (pixbuf, "x-dpi");
  self->y_dpi = parse_dpi (pixbuf, "y-dpi");
}

/* Reads the header. */
static gboolean
probe (Picture * self, GError ** error)
{
  Decoding decoding = { .picture = self, .shrink = 1 };
  g_autoptr (GError) cause = NULL;
  g_autoptr (GdkPixbufLoader) loader = NULL;
  GdkPixbuf *pixbuf = NULL;

  if (self->type == PICTURE_JPEG)
    decoding.shrink = MAX_SHRINK;

  loader = new_loader (&decoding);
  if (feed (self, loader, TRUE, &cause))
    pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf)
    take_options (self, pixbuf);
  else
    set_decoding_error (error, &decoding, RECTO_WORKER_DAMAGED, cause);

  gdk_pixbuf_loader_close (loader, NULL);
  return pixbuf != NULL;
}

double
picture_points (guint pixels, double dpi)
{
  if (!(dpi >= MIN_DPI && dpi <= MAX_DPI))
    dpi = DEFAULT_DPI;
  return pixels * 72 / dpi;
}

static gboolean
picture_describe (Document * document, guint page, PageInfo * info,
    GError ** error)
{
  Picture *self = (Picture *) document;
  double width = picture_points (self->width, self->x_dpi);
  double height = picture_points (self->height, self->y_dpi);

  info->width = self->orientation >= 5 ? height : width;
  info->height = self->orientation >= 5 ? width : height;
  return TRUE;
}

/* By how much the decoder may make the image smaller and still leave every
 * pixel that is drawn something to be made of. */
static guint
get_shrink (Picture * self, const Placement * placement)
{
  guint longest = MAX (placement->width, placement->height);
  guint shrink = self->type == PICTURE_JPEG ? MAX_SHRINK : 1;

  while (shrink > 1
      && MAX (self->width, self->height) / shrink < longest)
    shrink /= 2;
  return shrink;
}

static gboolean
picture_draw (Document * document, guint page, Raster * raster,
    const Placement * placement, GError ** error)
{
  Picture *self = (Picture *) document;
  g_autoptr (GdkPixbuf) pixbuf =
      decode (self, get_shrink (self, placement), error);

  return pixbuf && raster_draw_pixbuf (raster, placement, pixbuf,
      self->orientation, error);
}

static void
picture_free (Document * document)
{
  g_free (document);
}

static const DocumentKind picture_kind = {
  picture_describe, picture_draw, NULL, picture_free,
};

Document *
picture_open (PictureType type, const guint8 * data, gsize size,
    GError ** error)
{
  Picture *self = g_new0 (Picture, 1);
  self->parent.kind = &picture_kind;
  self->parent.n_pages = 1;
  self->type = type;
  self->data = data;
  self->size = size;

  if (!probe (self, error)) {
    picture_free (&self->parent);
    return NULL;
  }

  return &self->parent;
}
