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
  const DocumentChoice *choice;
  guint n_chosen;
  guint n_read;                 /* of those */
  guint64 last;                 /* index of the last page that is pushed */

  guint64 n_tried;              /* pages that were tried to be copied */
  gboolean is_read;             /* one of these could not be copied */
  GByteArray *copied;           /* a bit for each page up to the last copy */
};

static gboolean
is_copied (DocumentPages * self, guint64 index)
{
  return index / 8 < self->copied->len
      && self->copied->data[index / 8] >> index % 8 & 1;
}

static void
set_copied (DocumentPages * self, guint64 index)
{
  static const guint8 none = 0;

  while (self->copied->len <= index / 8)
    g_byte_array_append (self->copied, &none, 1);
  self->copied->data[index / 8] |= 1 << index % 8;
}

/* Whether a page 0 follows the pages. */
static gboolean
has_page_0 (DocumentPages * self)
{
  return self->n_read == 0 || self->n_read < self->n_chosen;
}

static DocumentVersion
get_version (DocumentPages * self)
{
  RectoDocument *document = document_opener_get_document (self->opener);

  return (DocumentVersion) {
    .uri = recto_document_get_uri (document),
    .sha256 = recto_document_get_sha256 (document),
  };
}

static gboolean
wants (DocumentPages * self, guint64 index, LeftOut * left_out)
{
  DocumentVersion version = get_version (self);

  if (document_opener_get_failed (self->opener))
    return TRUE;
  if (is_copied (self, index))
    return FALSE;
  return document_choice_wants (self->choice, &version,
      index < self->n_read ? page_ranges_nth (self->choice->ranges, index) : 0,
      left_out);
}

static void
find_last (DocumentPages * self)
{
  while (self->last > 0 && !wants (self, self->last, NULL))
    self->last--;
}

DocumentPages *
document_pages_new (DocumentOpener * opener, const DocumentChoice * choice)
{
  DocumentPages *self = g_new0 (DocumentPages, 1);
  RectoDocument *document = document_opener_get_document (opener);

  self->opener = opener;
  self->choice = choice;
  self->n_chosen = document_choice_count (choice,
      recto_document_get_n_pages (document), &self->n_read);
  self->copied = g_byte_array_new ();
  self->last = document_pages_get_length (self) - 1;
  find_last (self);

  return self;
}

void
document_pages_free (DocumentPages * self)
{
  document_opener_free (self->opener);
  g_byte_array_unref (self->copied);
  g_free (self);
}

DocumentOpener *
document_pages_get_opener (DocumentPages * self)
{
  return self->opener;
}

void
document_pages_quarantine (DocumentPages * self)
{
  document_opener_quarantine (self->opener);
  self->n_chosen = 0;
  self->n_read = 0;
  self->last = 0;
}

guint64
document_pages_get_length (DocumentPages * self)
{
  return (guint64) self->n_read + (has_page_0 (self) ? 1 : 0);
}

guint64
document_pages_find (DocumentPages * self, guint64 index, LeftOut * left_out)
{
  const guint64 length = document_pages_get_length (self);

  while (index < length && !wants (self, index, left_out))
    index++;
  return index;
}

/* Copies are recorded before any page is pushed. A copy is the last page of the
 * document only if all its pages are copies. */
static RectoPage *
copy_page (DocumentPages * self, guint64 index)
{
  g_autoptr (RectoPage) page = NULL;

  if (index >= self->n_read)
    return NULL;
  page = recto_page_new (document_opener_get_document (self->opener),
      page_ranges_nth (self->choice->ranges, index),
      index == self->last && !self->is_read);
  return recto_run_copy_page (self->choice->run, page) ?
      g_steal_pointer (&page) : NULL;
}

gboolean
document_pages_copy_next (DocumentPages * self, guint64 start,
    RectoPage ** copied)
{
  guint64 index;

  *copied = NULL;
  if (!document_opener_may_copy (self->opener))
    return FALSE;
  index = document_pages_find (self, MAX (start, self->n_tried), NULL);
  if (index >= document_pages_get_length (self)) {
    find_last (self);
    return FALSE;
  }

  self->n_tried = index + 1;
  *copied = copy_page (self, index);
  if (*copied)
    set_copied (self, index);
  else
    self->is_read = TRUE;
  return TRUE;
}

static RectoPage *
make_page_0 (DocumentPages * self)
{
  RectoPage *failed = document_opener_get_failed (self->opener);
  RectoDocument *document = document_opener_get_document (self->opener);
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
  DocumentVersion version = get_version (self);
  guint number;

  if (index >= self->n_read)
    return make_page_0 (self);

  number = page_ranges_nth (self->choice->ranges, index);
  return recto_page_new_lazy (document_opener_get_document (self->opener),
      number, index == self->last,
      document_choice_was_tried (self->choice, &version, number),
      document_opener_get_bytes (self->opener));
}
