/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"

#include <poppler.h>

#include "pdf.h"

typedef struct
{
  Document parent;
  PopplerDocument *poppler;
} Pdf;

static PopplerPage *
get_page (Document * document, guint page, GError ** error)
{
  Pdf *self = (Pdf *) document;
  PopplerPage *poppler = poppler_document_get_page (self->poppler, page - 1);

  if (!poppler)
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_RENDER_FAILED,
        "the document says that there is a page %u, but there is none", page);
  return poppler;
}

static gboolean
pdf_describe (Document * document, guint page, PageInfo * info,
    GError ** error)
{
  PopplerPage *poppler = get_page (document, page, error);

  if (!poppler)
    return FALSE;

  poppler_page_get_size (poppler, &info->width, &info->height);
  info->label = poppler_page_get_label (poppler);
  g_object_unref (poppler);
  return TRUE;
}

/* From an upright page in points to a rectangle in pixels, turned. */
static void
set_transform (cairo_t * cairo, const Placement * at, double width,
    double height)
{
  gboolean lying = at->rotation % 180 != 0;
  double x = (lying ? at->height : at->width) / width;
  double y = (lying ? at->width : at->height) / height;
  cairo_matrix_t matrix;

  switch (at->rotation) {
    case 90:
      cairo_matrix_init (&matrix, 0, -x, y, 0, 0, at->height);
      break;
    case 180:
      cairo_matrix_init (&matrix, -x, 0, 0, -y, at->width, at->height);
      break;
    case 270:
      cairo_matrix_init (&matrix, 0, x, -y, 0, at->width, 0);
      break;
    default:
      cairo_matrix_init (&matrix, x, 0, 0, y, 0, 0);
  }

  cairo_transform (cairo, &matrix);
}

static cairo_status_t
draw_on_surface (PopplerPage * page, cairo_surface_t * surface,
    const Placement * at)
{
  cairo_t *cairo = cairo_create (surface);
  cairo_status_t status;
  double width, height;

  poppler_page_get_size (page, &width, &height);

  cairo_translate (cairo, at->x, at->y);
  cairo_rectangle (cairo, 0, 0, at->width, at->height);
  cairo_clip (cairo);
  set_transform (cairo, at, width, height);
  poppler_page_render (page, cairo);

  status = cairo_status (cairo);
  cairo_destroy (cairo);
  cairo_surface_flush (surface);
  return status ? status : cairo_surface_status (surface);
}

static gboolean
pdf_draw (Document * document, guint page, Raster * raster,
    const Placement * placement, GError ** error)
{
  PopplerPage *poppler = get_page (document, page, error);
  cairo_surface_t *surface;
  cairo_status_t status;

  if (!poppler)
    return FALSE;

  surface = cairo_image_surface_create_for_data ((guint8 *) raster->pixels,
      CAIRO_FORMAT_RGB24, raster->width, raster->height, raster->width * 4);
  status = draw_on_surface (poppler, surface, placement);
  cairo_surface_destroy (surface);
  g_object_unref (poppler);

  if (status)
    g_set_error (error, DOCUMENT_ERROR, status == CAIRO_STATUS_NO_MEMORY
        ? RECTO_WORKER_MEMORY_LIMIT : RECTO_WORKER_RENDER_FAILED,
        "%s", cairo_status_to_string (status));
  return !status;
}

static char *
pdf_get_text (Document * document, guint page, GError ** error)
{
  PopplerPage *poppler = get_page (document, page, error);
  g_autofree char *text = NULL;

  if (!poppler)
    return NULL;

  text = poppler_page_get_text (poppler);
  g_object_unref (poppler);
  return g_utf8_make_valid (text ? text : "", -1);
}

static void
pdf_free (Document * document)
{
  Pdf *self = (Pdf *) document;

  g_clear_object (&self->poppler);
  g_free (self);
}

static const DocumentKind pdf_kind = {
  pdf_describe, pdf_draw, pdf_get_text, pdf_free,
};

static void
set_open_error (GError ** error, const GError * cause, const char *password)
{
  if (g_error_matches (cause, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED))
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_ENCRYPTED,
        password ? "the password is wrong"
        : "the document is encrypted and needs a password");
  else if (g_error_matches (cause, POPPLER_ERROR, POPPLER_ERROR_DAMAGED))
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_DAMAGED,
        "the PDF is damaged or incomplete");
  else
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_DAMAGED,
        "the PDF cannot be opened: %s", cause->message);
}

/* A wrong password is tried twice, in two encodings, and for the second time
 * poppler 22.12 reads bytes that it has freed; but not those of a stream. So
 * bytes, which are quicker, are for documents that need no password. */
static PopplerDocument *
open_poppler (const guint8 * data, gsize size, const char *password,
    gboolean * encrypted, GError ** error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) cause = NULL;
  PopplerDocument *poppler;

  poppler = poppler_document_new_from_bytes (bytes, NULL, &cause);
  *encrypted = g_error_matches (cause, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED);
  if (!poppler && password && *encrypted) {
    g_clear_error (&cause);
    stream = g_memory_input_stream_new_from_bytes (bytes);
    poppler = poppler_document_new_from_stream (stream, size, password, NULL,
        &cause);
  }

  if (!poppler)
    set_open_error (error, cause, password);
  return poppler;
}

Document *
pdf_open (const guint8 * data, gsize size, const char *password,
    GError ** error)
{
  gboolean encrypted;
  PopplerDocument *poppler = open_poppler (data, size, password, &encrypted,
      error);
  Pdf *self;

  if (!poppler)
    return NULL;

  self = g_new0 (Pdf, 1);
  self->parent.kind = &pdf_kind;
  self->parent.n_pages = MAX (poppler_document_get_n_pages (poppler), 0);
  self->parent.title = poppler_document_get_title (poppler);
  self->parent.encrypted = encrypted;
  self->poppler = poppler;
  return &self->parent;
}
