/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-work-item-private.h>

#include "journal-writer.h"

/* What a crash may cost is at most this long ago. */
#define BATCH_TIME G_TIME_SPAN_SECOND
/* However long the texts are, and however many pages a document has. */
#define BATCH_BYTES (4 << 20)

/* Records that are yet to be committed. */
typedef struct
{
  GString *lines;
  RectoRecordCounts counts;
  GPtrArray *ended;             /* of RectoDocument, whose last page it has */
} Batch;

struct _RectoJournalWriter
{
  RectoJournal *journal;
  GstRectoSyncPolicy policy;
  RectoCommittedFunc committed;
  RectoCommitFailedFunc failed;
  gpointer data;

  GMutex lock;
  GCond changed;
  GThread *timer;               /* NULL unless the policy knows time */
  Batch *batch;
  gint64 due;                   /* monotonic time; 0: there is nothing */
  guint n_reporting;            /* commits that are yet to be reported */
  gboolean broken;
  gboolean stopping;
};

static Batch *
batch_new (void)
{
  Batch *self = g_new0 (Batch, 1);

  self->lines = g_string_new (NULL);
  self->ended = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

static void
batch_free (Batch * self)
{
  g_string_free (self->lines, TRUE);
  g_ptr_array_unref (self->ended);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Batch, batch_free)

static void
batch_add (Batch * self, const GString * line, const RectoPageRecord * record)
{
  g_string_append_len (self->lines, line->str, line->len);
  recto_record_counts_count (&self->counts, record, line->len);

  if (record->page && recto_page_is_last (record->page)
      && recto_page_get_document (record->page))
    g_ptr_array_add (self->ended,
        g_object_ref (recto_page_get_document (record->page)));
}

static gboolean
batch_is_due (const Batch * self, GstRectoSyncPolicy policy)
{
  if (self->lines->len >= BATCH_BYTES || self->ended->len > 0)
    return TRUE;
  if (policy == GST_RECTO_SYNC_BATCH)
    return self->counts.records >= RECTO_JOURNAL_BATCH;
  return policy != GST_RECTO_SYNC_DOCUMENT;
}

/* A document that may be the death of this process, too: that it got further
 * speaks for it, and is not to be lost with a batch. */
static gboolean
is_suspect (RectoJournalWriter * self, RectoPage * page)
{
  RectoDocument *document = page ? recto_page_get_document (page) : NULL;

  return document && recto_run_log_is_suspect (recto_journal_get_log
      (self->journal), recto_document_get_uri (document));
}

/* Without the lock: what is called here may do anything. */
static void
tell_committed (RectoJournalWriter * self, const Batch * batch)
{
  RectoRunLog *log = recto_journal_get_log (self->journal);

  self->committed (&batch->counts, self->data);
  for (guint i = 0; i < batch->ended->len; i++) {
    RectoDocument *document = g_ptr_array_index (batch->ended, i);
    RectoWorkItem *item = recto_document_get_work_item (document);

    recto_run_log_end (log, recto_document_get_uri (document));
    if (item)
      recto_work_item_commit (item);
  }
}

/* With the lock, which it releases. */
static gboolean
commit_and_unlock (RectoJournalWriter * self)
{
  g_autoptr (Batch) batch = NULL;
  g_autoptr (GError) error = NULL;
  gboolean durable = self->policy != GST_RECTO_SYNC_NONE;

  if (self->broken || self->batch->lines->len == 0) {
    gboolean broken = self->broken;

    g_mutex_unlock (&self->lock);
    return !broken;
  }

  batch = g_steal_pointer (&self->batch);
  self->batch = batch_new ();
  self->due = 0;
  self->n_reporting++;
  self->broken = !recto_journal_commit (self->journal, batch->lines->str,
      batch->lines->len, durable, &error);
  g_mutex_unlock (&self->lock);

  if (error)
    self->failed (error, self->data);
  else
    tell_committed (self, batch);

  g_mutex_lock (&self->lock);
  self->n_reporting--;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return error == NULL;
}

/* A closed valve or a slow model brings no record that would end a batch. */
static gpointer
commit_in_time (gpointer data)
{
  RectoJournalWriter *self = data;

  g_mutex_lock (&self->lock);
  while (!self->stopping) {
    if (self->due == 0) {
      g_cond_wait (&self->changed, &self->lock);
    } else if (g_get_monotonic_time () < self->due) {
      g_cond_wait_until (&self->changed, &self->lock, self->due);
    } else {
      commit_and_unlock (self);
      g_mutex_lock (&self->lock);
    }
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

RectoJournalWriter *
recto_journal_writer_new (RectoJournal * journal, GstRectoSyncPolicy policy,
    RectoCommittedFunc committed, RectoCommitFailedFunc failed, gpointer data)
{
  RectoJournalWriter *self = g_new0 (RectoJournalWriter, 1);

  self->journal = journal;
  self->policy = policy;
  self->committed = committed;
  self->failed = failed;
  self->data = data;
  self->batch = batch_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  if (policy == GST_RECTO_SYNC_BATCH)
    self->timer = g_thread_new ("recto-commit", commit_in_time, self);

  return self;
}

static void
stop_timer (RectoJournalWriter * self)
{
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  g_clear_pointer (&self->timer, g_thread_join);
}

void
recto_journal_writer_free (RectoJournalWriter * self)
{
  stop_timer (self);
  recto_journal_writer_commit (self);

  batch_free (self->batch);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* With the lock, which it releases. */
static gboolean
finish_put (RectoJournalWriter * self, gboolean commit)
{
  if (commit || batch_is_due (self->batch, self->policy))
    return commit_and_unlock (self);

  if (self->due == 0 && self->timer) {
    self->due = g_get_monotonic_time () + BATCH_TIME;
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);
  return TRUE;
}

gboolean
recto_journal_writer_put (RectoJournalWriter * self, const GString * line,
    const RectoPageRecord * record)
{
  g_mutex_lock (&self->lock);
  if (self->broken) {
    g_mutex_unlock (&self->lock);
    return FALSE;
  }

  batch_add (self->batch, line, record);
  return finish_put (self, is_suspect (self, record->page));
}

gboolean
recto_journal_writer_put_notice (RectoJournalWriter * self,
    const GString * line)
{
  g_mutex_lock (&self->lock);
  if (self->broken) {
    g_mutex_unlock (&self->lock);
    return FALSE;
  }

  g_string_append_len (self->batch->lines, line->str, line->len);
  return finish_put (self, FALSE);
}

gboolean
recto_journal_writer_commit (RectoJournalWriter * self)
{
  gboolean committed;

  g_mutex_lock (&self->lock);
  committed = commit_and_unlock (self);

  g_mutex_lock (&self->lock);
  while (self->n_reporting > 0)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  return committed;
}
