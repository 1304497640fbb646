/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "journal-status.h"

#include <string.h>

#define COPIED_FROM ",\"copied_from\":{\"uri\":"

/* So many attempts, or more, count as one number. */
#define MANY 16

void
journal_status_clear (JournalStatus * self)
{
  name_counts_clear (&self->documents);
  name_counts_clear (&self->pages);
  name_counts_clear (&self->fallbacks);
  name_counts_clear (&self->attempts);
  name_counts_clear (&self->requests);
}

static void
count_number (NameCounts * counts, guint64 number)
{
  g_autofree char *name = NULL;

  if (number == 0)
    return;
  name = number < MANY ? g_strdup_printf ("%u", (guint) number) :
      g_strdup_printf ("%u+", MANY);
  name_counts_add (counts, name, -1, 1);
}

/* The value of a member that comes after the status. What looks like one within
 * a string has backslashes before its quotes. */
static const char *
find_member (const RectoRecordLine * line, const char *member)
{
  const char *end = line->data + line->size;
  const char *found = memmem (line->status, end - line->status, member,
      strlen (member));

  return found != NULL ? found + strlen (member) : NULL;
}

/* No line ends in a digit. */
static guint64
get_count (const RectoRecordLine * line, const char *member)
{
  const char *value = find_member (line, member);

  return value != NULL && g_ascii_isdigit (*value) ?
      g_ascii_strtoull (value, NULL, 10) : 0;
}

static void
count_fallback (JournalStatus * self, const RectoRecordLine * line)
{
  const char *value = find_member (line, ",\"fallback\":");
  const char *end;

  if (value == NULL || *value++ != '"')
    return;
  end = memchr (value, '"', line->data + line->size - value);
  if (end != NULL)
    name_counts_add (&self->fallbacks, value, end - value, 1);
}

static void
count_page (JournalStatus * self, const RectoRecordLine * line)
{
  name_counts_add (&self->pages, line->status, line->status_length, 1);
  count_number (&self->attempts, line->attempt);
  count_number (&self->requests, get_count (line, ",\"attempts\":"));
  count_fallback (self, line);
  self->n_with_warnings += line->warnings > 0;
  self->n_copied += find_member (line, COPIED_FROM) != NULL;
  self->input_tokens += get_count (line, ",\"input_tokens\":");
  self->output_tokens += get_count (line, ",\"output_tokens\":");
}

/* What the pages of a document make of it. */
typedef struct
{
  guint n_pages;                /* that are recorded */
  guint n_failed;
} Pages;

static Pages
look_up_pages (const NewestRecord * record)
{
  RectoIndexSummary summary = recto_page_index_find_document (record->index,
      &record->document);
  guint n_left = summary.n_recorded
      - recto_page_index_find_page (record->index, &record->document,
      0).n_attempts;
  Pages pages = { 0, 0 };

  for (guint64 page = 1; n_left > 0 && page < RECTO_PAGE_INDEX_MAX_PAGES;
      page++) {
    RectoIndexPage found = recto_page_index_find_page (record->index,
        &record->document, page);

    if (found.n_attempts == 0)
      continue;
    n_left -= MIN (found.n_attempts, n_left);
    pages.n_pages++;
    if (!found.ok)
      pages.n_failed++;
  }
  return pages;
}

/* Adds `n`, 1 or -1. */
static void
count_by_pages (JournalStatus * self, const NewestRecord * record, Pages pages,
    int n)
{
  name_counts_add (&self->documents, pages.n_failed > 0 ? "partial" : "ok", -1,
      n);
  if (record->line->pages > pages.n_pages)
    self->n_incomplete += n;
}

/* A document is known when the last record of its pages has come. One that
 * stands for the document as a whole says better how it is, if it is the
 * newest. */
static void
count_document (JournalStatus * self, const NewestRecord * record)
{
  const RectoRecordLine *line = record->line;

  if (line->page == 0) {
    Pages pages = look_up_pages (record);

    if (pages.n_pages > 0)
      count_by_pages (self, record, pages, -1);
    name_counts_add (&self->documents, line->status, line->status_length, 1);
  } else if (!recto_page_index_has_later_pages (record->index,
          &record->document)) {
    count_by_pages (self, record, look_up_pages (record), 1);
  }
}

void
journal_status_add (JournalStatus * self, const NewestRecord * record)
{
  if (record->line->page > 0)
    count_page (self, record->line);
  if (record->line->uri != NULL || record->line->sha256 != NULL)
    count_document (self, record);
}
