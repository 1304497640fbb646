/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto-password-private.h>

#include "document-count.h"
#include "document-pages.h"
#include "page-stream.h"
#include "read-ahead.h"
#include "run-gate.h"

struct _PageStream
{
  ReadAhead *read_ahead;
  DocumentCount *count;
  RunGate *gate;

  /* These do not change between start and stop. */
  char **locations;
  RectoRenderer *renderer;
  char *password;
  DocumentChoice choice;        /* its run is known with the first page */

  /* Of the thread that asks for pages. */
  DocumentPages *current;
  gboolean waits;               /* `current`, before the gate */
  gboolean copies;              /* behind it, before anything is pushed */
  gboolean begins;              /* `current`, of which nothing is pushed */
  guint64 index;                /* of the next page in `current` */
  guint64 position;             /* of the next page in all */

  int ended;                    /* atomic: from outside, before the last page */

  GMutex lock;
  gboolean seekable;
  char *uri;
  gint64 length;
  PageStreamStats stats;
};

PageStream *
page_stream_new (void)
{
  PageStream *self = g_new0 (PageStream, 1);

  g_mutex_init (&self->lock);
  self->length = -1;
  self->read_ahead = read_ahead_new ();
  self->count = document_count_new ();
  self->gate = run_gate_new ();

  return self;
}

void
page_stream_free (PageStream * self)
{
  page_stream_stop (self);

  read_ahead_free (self->read_ahead);
  document_count_free (self->count);
  run_gate_free (self->gate);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
start_reading (PageStream * self)
{
  g_mutex_lock (&self->lock);
  self->stats = (PageStreamStats) { 0 };
  g_mutex_unlock (&self->lock);

  read_ahead_start (self->read_ahead, (const char *const *) self->locations,
      self->renderer, self->password, &self->choice);
}

/* A single file can be told of before it is opened. */
static void
look_for_single_file (PageStream * self)
{
  g_autofree char *path = NULL;

  if (self->locations[0] && self->locations[1] == NULL)
    path = document_walk_dup_file (self->locations[0]);

  g_mutex_lock (&self->lock);
  self->seekable = path != NULL;
  self->uri = path ? g_filename_to_uri (path, NULL, NULL) : NULL;
  g_mutex_unlock (&self->lock);
}

void
page_stream_start (PageStream * self, const PageStreamSettings * settings)
{
  page_stream_stop (self);

  self->locations = g_strdupv ((char **) settings->locations);
  self->renderer = g_object_ref (settings->renderer);
  self->password = g_strdup (settings->password);
  self->choice.ranges = settings->ranges;
  self->choice.max_pages = settings->max_pages;
  self->choice.changed = settings->changed;

  look_for_single_file (self);
  document_count_start (self->count, settings->locations);
  start_reading (self);
}

void
page_stream_stop (PageStream * self)
{
  read_ahead_stop (self->read_ahead);
  document_count_stop (self->count);

  g_clear_pointer (&self->current, document_pages_free);
  self->index = 0;
  self->position = 0;
  g_atomic_int_set (&self->ended, FALSE);

  g_clear_pointer (&self->locations, g_strfreev);
  g_clear_object (&self->renderer);
  recto_password_clear (&self->password);
  g_clear_pointer (&self->choice.ranges, page_ranges_free);
  page_stream_set_run (self, NULL);

  g_mutex_lock (&self->lock);
  self->seekable = FALSE;
  self->length = -1;
  g_clear_pointer (&self->uri, g_free);
  g_mutex_unlock (&self->lock);
}

void
page_stream_set_run (PageStream * self, RectoRun * run)
{
  g_clear_pointer (&self->choice.run, recto_run_unref);
  self->choice.run = run ? recto_run_ref (run) : NULL;
  run_gate_set_run (self->gate, run);
}

static void
begin_document (PageStream * self, DocumentOpener * opener)
{
  RectoDocument *document = document_opener_get_document (opener);

  self->current = document_pages_new (opener, &self->choice);
  self->waits = TRUE;
  self->begins = TRUE;

  g_mutex_lock (&self->lock);
  self->index = self->seekable ? self->position : 0;
  if (self->seekable)
    self->length = document_pages_get_length (self->current);
  g_free (self->uri);
  self->uri = g_strdup (recto_document_get_uri (document));
  self->stats.n_begun++;
  g_mutex_unlock (&self->lock);
}

static void
count_left_out_pages (PageStream * self, const LeftOut * left_out)
{
  g_mutex_lock (&self->lock);
  self->stats.pages_left_out.n_pages += left_out->n_pages;
  self->stats.pages_left_out.n_failed += left_out->n_failed;
  self->stats.pages_left_out.n_incomplete += left_out->n_incomplete;
  g_mutex_unlock (&self->lock);
}

/* FALSE if nothing is wrong but with the document. */
static gboolean
has_trouble (DocumentOpener * opener, GError ** error)
{
  const GError *trouble = document_opener_get_trouble (opener);

  if (trouble == NULL)
    return FALSE;

  g_propagate_error (error, g_error_copy (trouble));
  document_opener_free (opener);
  return TRUE;
}

/* FALSE if it is not. */
static gboolean
leave_out_document (PageStream * self, DocumentOpener * opener)
{
  LeftOut left_out;

  if (!document_opener_is_left_out (opener, &left_out))
    return FALSE;

  g_mutex_lock (&self->lock);
  self->stats.n_begun++;
  self->stats.n_done++;
  self->stats.n_left_out++;
  g_mutex_unlock (&self->lock);
  count_left_out_pages (self, &left_out);

  document_opener_free (opener);
  return TRUE;
}

static void
count_page (PageStream * self, RectoPage * page)
{
  g_mutex_lock (&self->lock);
  self->stats.n_pages += recto_page_get_number (page) > 0;
  self->stats.n_done += recto_page_is_last (page);
  self->stats.n_failed += recto_page_is_failed (page);
  g_mutex_unlock (&self->lock);
}

/* Goes to the next page of the document that is wanted. */
static gboolean
find_page (PageStream * self)
{
  LeftOut left_out = { 0 };
  guint64 index;

  if (self->current == NULL)
    return FALSE;

  index = document_pages_find (self->current, self->index, &left_out);
  if (left_out.n_pages > 0)
    count_left_out_pages (self, &left_out);
  self->position += index - self->index;
  self->index = index;
  return index < document_pages_get_length (self->current);
}

static void
quarantine (PageStream * self)
{
  document_pages_quarantine (self->current);

  g_mutex_lock (&self->lock);
  self->index = 0;
  if (self->seekable)
    self->length = document_pages_get_length (self->current);
  g_mutex_unlock (&self->lock);
}

/* A document that could not be opened has done all the harm it can, and the
 * name of a stream says nothing of what comes next time. */
static gboolean
pass_gate (PageStream * self)
{
  DocumentOpener *opener = document_pages_get_opener (self->current);
  gboolean recorded = document_opener_get_failed (opener) == NULL
      && !document_opener_is_stream (opener);

  switch (run_gate_pass (self->gate, document_opener_get_document (opener),
          recorded)) {
    case RUN_GATE_CANCELLED:
      return FALSE;
    case RUN_GATE_QUARANTINED:
      quarantine (self);
      return TRUE;
    default:
      return TRUE;
  }
}

/* If the same content is being read, its records can be copied when that is
 * settled. FALSE when it was cancelled. */
static gboolean
wait_for_content (PageStream * self)
{
  DocumentOpener *opener = document_pages_get_opener (self->current);

  return page_stream_is_seekable (self) || !document_opener_may_copy (opener)
      || run_gate_wait_for (self->gate, recto_document_get_sha256
      (document_opener_get_document (opener)));
}

static void
count_copied_page (PageStream * self, RectoPage * page)
{
  g_mutex_lock (&self->lock);
  self->stats.n_copied++;
  self->stats.n_done += recto_page_is_last (page);
  g_mutex_unlock (&self->lock);
}

static gboolean
copy_pages (PageStream * self)
{
  RectoPage *copied;

  while (document_pages_copy_next (self->current, self->index, &copied)) {
    if (copied)
      count_copied_page (self, copied);
    g_clear_pointer (&copied, recto_page_unref);
    if (run_gate_is_cancelled (self->gate))
      return FALSE;
  }
  return TRUE;
}

/* Does what comes before the first page of a document is pushed. FALSE when it
 * was cancelled. */
static gboolean
enter_document (PageStream * self)
{
  if (self->waits) {
    if (!wait_for_content (self) || !pass_gate (self))
      return FALSE;
    self->waits = FALSE;
    self->copies = TRUE;
  }
  if (self->copies && !copy_pages (self))
    return FALSE;
  self->copies = FALSE;
  return TRUE;
}

static gboolean
has_entered (PageStream * self)
{
  return !self->waits && !self->copies;
}

/* A document whose content is being read comes after all others. To wait for it
 * here would drain the pipeline. */
static gboolean
put_off_document (PageStream * self, DocumentOpener * opener)
{
  if (page_stream_is_seekable (self) || !document_opener_may_copy (opener)
      || !run_gate_has_begun (self->gate, recto_document_get_sha256
          (document_opener_get_document (opener)))
      || !read_ahead_put_off (self->read_ahead, opener))
    return FALSE;

  document_opener_free (opener);
  return TRUE;
}

static PageStreamResult
get_interruption (PageStream * self)
{
  return g_atomic_int_get (&self->ended) ? PAGE_STREAM_END :
      PAGE_STREAM_CANCELLED;
}

static PageStreamResult
find_document (PageStream * self, GError ** error)
{
  DocumentOpener *opener;

  g_clear_pointer (&self->current, document_pages_free);
  if (!read_ahead_next (self->read_ahead, &opener))
    return get_interruption (self);
  if (opener == NULL)
    return PAGE_STREAM_END;
  if (has_trouble (opener, error))
    return PAGE_STREAM_TROUBLE;

  if (!leave_out_document (self, opener) && !put_off_document (self, opener))
    begin_document (self, opener);
  return PAGE_STREAM_PAGE;
}

/* Goes to the next page in all. */
static PageStreamResult
find_next (PageStream * self, GError ** error)
{
  for (;;) {
    PageStreamResult result;

    if (find_page (self)) {
      if (has_entered (self))
        return PAGE_STREAM_PAGE;
      if (!enter_document (self))
        return get_interruption (self);
      continue;                 /* the page may be copied now */
    }

    result = find_document (self, error);
    if (result != PAGE_STREAM_PAGE)
      return result;
  }
}

PageStreamResult
page_stream_next (PageStream * self, RectoPage ** page, guint64 * position,
    gboolean * begins, GError ** error)
{
  PageStreamResult result;

  if (g_atomic_int_get (&self->ended))
    return PAGE_STREAM_END;

  result = find_next (self, error);
  if (result != PAGE_STREAM_PAGE)
    return result;

  *begins = self->begins;
  self->begins = FALSE;
  *page = document_pages_make (self->current, self->index++);
  *position = self->position++;
  count_page (self, *page);

  /* Its bytes are held by its pages alone from here on. */
  if (!find_page (self))
    g_clear_pointer (&self->current, document_pages_free);
  return PAGE_STREAM_PAGE;
}

void
page_stream_cancel (PageStream * self)
{
  read_ahead_cancel (self->read_ahead);
  run_gate_cancel (self->gate);
}

void
page_stream_uncancel (PageStream * self)
{
  run_gate_uncancel (self->gate);
  read_ahead_uncancel (self->read_ahead);
}

void
page_stream_end (PageStream * self)
{
  g_atomic_int_set (&self->ended, TRUE);
  read_ahead_cancel (self->read_ahead);
  run_gate_cancel (self->gate);
}

gboolean
page_stream_is_seekable (PageStream * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->seekable;
}

gboolean
page_stream_seek (PageStream * self, guint64 position)
{
  g_atomic_int_set (&self->ended, FALSE);

  if (position == self->position)
    return TRUE;
  if (!page_stream_is_seekable (self))
    return FALSE;

  self->position = position;
  if (self->current)
    self->index = position;
  else
    start_reading (self);
  return TRUE;
}

gint64
page_stream_get_length (PageStream * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->length;
}

char *
page_stream_dup_uri (PageStream * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return g_strdup (self->uri);
}

void
page_stream_get_stats (PageStream * self, PageStreamStats * stats)
{
  gint64 total = read_ahead_get_total (self->read_ahead);

  if (total < 0)
    total = document_count_get (self->count);

  g_mutex_lock (&self->lock);
  *stats = self->stats;
  g_mutex_unlock (&self->lock);
  stats->n_total = total;
}
