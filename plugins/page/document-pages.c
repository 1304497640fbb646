/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto-page-private.h>

#include "document-pages.h"

struct _DocumentPages
{
  DocumentOpener *opener;
  const PageRanges *ranges;
  guint n_chosen;
  guint n_read;                 /* of those */
};

DocumentPages *
document_pages_new (DocumentOpener * opener, const PageRanges * ranges,
    guint max_pages)
{
  DocumentPages *self = g_new0 (DocumentPages, 1);
  RectoDocument *document = document_opener_get_document (opener);

  self->opener = opener;
  self->ranges = ranges;
  self->n_chosen = page_ranges_count (ranges,
      recto_document_get_n_pages (document));
  self->n_read = max_pages > 0 ? MIN (self->n_chosen, max_pages) :
      self->n_chosen;

  return self;
}

void
document_pages_free (DocumentPages * self)
{
  document_opener_free (self->opener);
  g_free (self);
}

RectoDocument *
document_pages_get_document (DocumentPages * self)
{
  return document_opener_get_document (self->opener);
}

/* Whether a page 0 follows the pages. */
static gboolean
has_page_0 (DocumentPages * self)
{
  return self->n_read == 0 || self->n_read < self->n_chosen;
}

guint64
document_pages_get_length (DocumentPages * self)
{
  return (guint64) self->n_read + (has_page_0 (self) ? 1 : 0);
}

static RectoPage *
make_page_0 (DocumentPages * self)
{
  RectoPage *failed = document_opener_get_failed (self->opener);
  RectoDocument *document = document_pages_get_document (self);
  g_autoptr (GError) error = NULL;

  if (failed)
    return recto_page_ref (failed);

  if (self->n_chosen > 0)
    error = g_error_new (RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_TOO_MANY_PAGES,
        _("Only the first %u of its %u pages are read, see “max-pages”."),
        self->n_read, self->n_chosen);
  else if (recto_document_get_n_pages (document) > 0)
    error = g_error_new (RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_NO_PAGES,
        _("None of its %u pages is among those asked for."),
        recto_document_get_n_pages (document));
  else
    error = g_error_new_literal (RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_NO_PAGES,
        _("It has no pages."));

  return recto_page_new_failed_document (document, error->code, error);
}

RectoPage *
document_pages_make (DocumentPages * self, guint64 index)
{
  if (index >= self->n_read)
    return make_page_0 (self);

  return recto_page_new_lazy (document_pages_get_document (self),
      page_ranges_nth (self->ranges, index),
      index + 1 == document_pages_get_length (self),
      document_opener_get_bytes (self->opener));
}
