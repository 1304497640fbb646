/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tells what a document is by its bytes, whatever its name was.
 */

#include "config.h"

#include <string.h>

#include "document.h"
#include "pdf.h"
#include "picture.h"
#include "tiff.h"
#include "webp.h"

/* Readers look this far for the header of a PDF. */
#define PDF_HEADER_RANGE 1024

G_DEFINE_QUARK (recto-worker-error, document_error)

static gboolean
has_bytes (const guint8 * data, gsize size, gsize offset, const char *magic,
    gsize magic_size)
{
  return size >= offset + magic_size
      && memcmp (data + offset, magic, magic_size) == 0;
}

#define HAS_BYTES(offset, magic) \
  has_bytes (data, size, offset, magic, sizeof (magic) - 1)

static Document *
open_by_bytes (const guint8 * data, gsize size, const char *password,
    GError ** error)
{
  if (size == 0) {
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_NOT_A_DOCUMENT,
        "the file is empty");
    return NULL;
  }

  if (memmem (data, MIN (size, PDF_HEADER_RANGE), "%PDF", 4))
    return pdf_open (data, size, password, error);

  if (HAS_BYTES (0, "II*\0") || HAS_BYTES (0, "MM\0*")
      || HAS_BYTES (0, "II+\0") || HAS_BYTES (0, "MM\0+"))
    return tiff_open (data, size, error);

  if (HAS_BYTES (0, "\x89PNG\r\n\x1a\n"))
    return picture_open (PICTURE_PNG, data, size, error);

  if (HAS_BYTES (0, "\xff\xd8\xff"))
    return picture_open (PICTURE_JPEG, data, size, error);

  if (HAS_BYTES (0, "RIFF") && HAS_BYTES (8, "WEBP"))
    return webp_open (data, size, error);

  g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_NOT_A_DOCUMENT,
      "the file is no PDF, PNG, JPEG, TIFF or WebP");
  return NULL;
}

/* The bytes must outlive the document. */
Document *
document_open (const guint8 * data, gsize size, const char *password,
    GError ** error)
{
  Document *document = open_by_bytes (data, size, password, error);

  if (document && document->n_pages == 0) {
    g_clear_pointer (&document, document_free);
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_NO_PAGES,
        "the document has no pages");
  }

  return document;
}

static gboolean
has_page (Document * document, guint page, GError ** error)
{
  if (page >= 1 && page <= document->n_pages)
    return TRUE;

  g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_NO_SUCH_PAGE,
      "the document has %u pages, no page %u", document->n_pages, page);
  return FALSE;
}

gboolean
document_describe (Document * document, guint page, PageInfo * info,
    GError ** error)
{
  return has_page (document, page, error)
      && document->kind->describe (document, page, info, error);
}

/* `raster` is white. */
gboolean
document_draw (Document * document, guint page, Raster * raster,
    const Placement * placement, GError ** error)
{
  return has_page (document, page, error)
      && document->kind->draw (document, page, raster, placement, error);
}

/* Valid UTF-8, "" when there is no text. */
char *
document_get_text (Document * document, guint page, GError ** error)
{
  if (!has_page (document, page, error))
    return NULL;
  if (!document->kind->get_text)
    return g_strdup ("");
  return document->kind->get_text (document, page, error);
}

void
document_free (Document * document)
{
  g_free (document->title);
  document->kind->free (document);
}
