/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * By libwebp itself: the module for gdk-pixbuf takes a damaged file for a good
 * one, and is often not installed.
 */

#include "config.h"

#include <webp/decode.h>

#include "picture.h"
#include "webp.h"

typedef struct
{
  Document parent;
  const guint8 *data;
  gsize size;
  guint width, height;
} Webp;

static gboolean
webp_describe (Document * document, guint page, PageInfo * info,
    GError ** error)
{
  Webp *self = (Webp *) document;

  info->width = picture_points (self->width, 0);
  info->height = picture_points (self->height, 0);
  return TRUE;
}

static GdkPixbuf *
decode (Webp * self, GError ** error)
{
  g_autoptr (GdkPixbuf) pixbuf = picture_new_pixbuf (self->width,
      self->height, error);

  if (!pixbuf)
    return NULL;

  if (!WebPDecodeRGBAInto (self->data, self->size,
          gdk_pixbuf_get_pixels (pixbuf), gdk_pixbuf_get_byte_length (pixbuf),
          gdk_pixbuf_get_rowstride (pixbuf))) {
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_RENDER_FAILED,
        "the image is damaged or incomplete");
    return NULL;
  }

  return g_steal_pointer (&pixbuf);
}

static gboolean
webp_draw (Document * document, guint page, Raster * raster,
    const Placement * placement, GError ** error)
{
  g_autoptr (GdkPixbuf) pixbuf = decode ((Webp *) document, error);

  return pixbuf && raster_draw_pixbuf (raster, placement, pixbuf, 1, error);
}

static void
webp_free (Document * document)
{
  g_free (document);
}

static const DocumentKind webp_kind = {
  webp_describe, webp_draw, NULL, webp_free,
};

Document *
webp_open (const guint8 * data, gsize size, GError ** error)
{
  WebPBitstreamFeatures features;
  Webp *self;

  if (WebPGetFeatures (data, size, &features) != VP8_STATUS_OK) {
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_DAMAGED,
        "the image is damaged or incomplete");
    return NULL;
  }
  if (features.has_animation) {
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_NOT_A_DOCUMENT,
        "the image is an animation");
    return NULL;
  }

  self = g_new0 (Webp, 1);
  self->parent.kind = &webp_kind;
  self->parent.n_pages = 1;
  self->data = data;
  self->size = size;
  self->width = features.width;
  self->height = features.height;
  return &self->parent;
}
