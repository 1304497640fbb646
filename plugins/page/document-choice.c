/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "document-choice.h"

guint
document_choice_count (const DocumentChoice * self, guint n_pages,
    guint * n_read)
{
  guint n_chosen = page_ranges_count (self->ranges, n_pages);

  *n_read = self->max_pages > 0 ? MIN (n_chosen, self->max_pages) : n_chosen;
  return n_chosen;
}

static RectoIndexSummary
find_document (const DocumentChoice * self, const DocumentVersion * version)
{
  return recto_run_find_document (self->run, version->uri, version->sha256);
}

static RectoIndexPage
find_page (const DocumentChoice * self, const DocumentVersion * version,
    guint number)
{
  return recto_run_find_page (self->run, version->uri, version->sha256,
      number);
}

/* It is asked for of a document that has more pages than are to be read, too:
 * who tries again may want more of them. */
static gboolean
wants_page_0 (const DocumentChoice * self, const DocumentVersion * version)
{
  RectoIndexPage found = find_page (self, version, 0);
  gboolean recorded = found.n_attempts > 0;

  if (recto_run_is_retry (self->run))
    return !found.settled
        && (recorded || find_document (self, version).failed);
  return !recorded;
}

gboolean
document_choice_wants (const DocumentChoice * self,
    const DocumentVersion * version, guint number, LeftOut * left_out)
{
  RectoIndexPage found;

  if (self->run == NULL)
    return TRUE;
  if (number == 0)
    return wants_page_0 (self, version);
  if (recto_run_wants_page (self->run, version->uri, version->sha256, number,
          &found))
    return TRUE;

  if (left_out) {
    left_out->n_pages += found.n_attempts > 0;
    left_out->n_failed += found.n_attempts > 0 && !found.ok && !found.settled;
    left_out->n_incomplete += !found.ok && found.settled;
  }
  return FALSE;
}

gboolean
document_choice_was_tried (const DocumentChoice * self,
    const DocumentVersion * version, guint number)
{
  return self->run && find_page (self, version, number).tried;
}

static gboolean
wants_any (const DocumentChoice * self, const DocumentVersion * version,
    guint n_pages, LeftOut * left_out)
{
  LeftOut found = { 0 };
  guint n_read, n_chosen = document_choice_count (self, n_pages, &n_read);

  for (guint i = 0; i < n_read; i++) {
    if (document_choice_wants (self, version,
            page_ranges_nth (self->ranges, i), &found))
      return TRUE;
  }
  if ((n_read == 0 || n_read < n_chosen)
      && document_choice_wants (self, version, 0, NULL))
    return TRUE;

  *left_out = found;
  return FALSE;
}

static gboolean
was_told_changed (const DocumentChoice * self,
    const DocumentVersion * version)
{
  return find_page (self, version, RECTO_PAGE_INDEX_CHANGED).n_attempts > 0;
}

/* It is told once. */
static DocumentVerdict
judge_changed (const DocumentChoice * self, const DocumentVersion * version,
    LeftOut * left_out)
{
  if (!was_told_changed (self, version))
    return DOCUMENT_HAS_CHANGED;

  *left_out = (LeftOut) {.n_pages = 1,.n_failed = 1 };
  return DOCUMENT_IS_LEFT_OUT;
}

/* Of what is not recorded, nothing has failed; but that a document can't be
 * read any more is worth knowing. */
static DocumentVerdict
judge_retry (const DocumentChoice * self, const DocumentVersion * version,
    const RectoIndexSummary * summary, gint64 n_pages, LeftOut * left_out)
{
  if (summary->settled)
    return DOCUMENT_IS_LEFT_OUT;
  if (version->sha256 == NULL || summary->failed)
    return DOCUMENT_IS_WANTED;
  if (summary->n_recorded == 0 && !was_told_changed (self, version)
      && !recto_run_find_document (self->run, version->uri, NULL).failed)
    return DOCUMENT_IS_LEFT_OUT;

  return n_pages < 0 || wants_any (self, version, n_pages, left_out) ?
      DOCUMENT_IS_WANTED : DOCUMENT_IS_LEFT_OUT;
}

gboolean
document_choice_is_outdated (const DocumentChoice * self,
    const DocumentVersion * version)
{
  return self->run && version->sha256 && !version->is_stream
      && !recto_run_is_latest (self->run, version->uri, version->sha256);
}

DocumentVerdict
document_choice_judge (const DocumentChoice * self,
    const DocumentVersion * version, gint64 n_pages, LeftOut * left_out)
{
  RectoIndexSummary summary;

  *left_out = (LeftOut) { 0 };
  if (self->run == NULL)
    return DOCUMENT_IS_WANTED;

  summary = find_document (self, version);
  if (summary.changed && !version->is_stream
      && self->changed == GST_RECTO_CHANGED_ERROR)
    return judge_changed (self, version, left_out);

  n_pages = n_pages < 0 ? summary.n_pages : n_pages;
  if (recto_run_is_retry (self->run))
    return judge_retry (self, version, &summary, n_pages, left_out);

  if (summary.failed) {
    *left_out = (LeftOut) {.n_pages = 1,.n_failed = !summary.settled };
    return document_choice_is_outdated (self, version) ? DOCUMENT_IS_WANTED :
        DOCUMENT_IS_LEFT_OUT;
  }
  return n_pages < 0 || wants_any (self, version, n_pages, left_out) ?
      DOCUMENT_IS_WANTED : DOCUMENT_IS_LEFT_OUT;
}
