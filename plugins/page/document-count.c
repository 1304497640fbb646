/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "document-count.h"
#include "document-walk.h"
#include "sorted-folder.h"

struct _DocumentCount
{
  GMutex lock;
  DocumentWalk *walk;           /* NULL when there is nothing to count */
  GCancellable *cancellable;
  GThread *thread;
  gint64 total;
};

DocumentCount *
document_count_new (void)
{
  DocumentCount *self = g_new0 (DocumentCount, 1);

  g_mutex_init (&self->lock);
  self->cancellable = g_cancellable_new ();
  self->total = -1;

  return self;
}

void
document_count_free (DocumentCount * self)
{
  document_count_stop (self);

  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
document_count_start (DocumentCount * self, const char *const *locations)
{
  document_count_stop (self);

  if (!document_walk_is_repeatable (locations))
    return;

  g_mutex_lock (&self->lock);
  self->walk = document_walk_new (locations, SORTED_FOLDER_RUN_SIZE);
  g_mutex_unlock (&self->lock);
}

void
document_count_stop (DocumentCount * self)
{
  g_autoptr (DocumentWalk) walk = NULL;
  GThread *thread;

  /* Nobody starts a thread any more once there is no walk. */
  g_mutex_lock (&self->lock);
  walk = g_steal_pointer (&self->walk);
  thread = g_steal_pointer (&self->thread);
  g_cancellable_cancel (self->cancellable);
  g_mutex_unlock (&self->lock);

  if (thread)
    g_thread_join (thread);

  g_mutex_lock (&self->lock);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->total = -1;
  g_mutex_unlock (&self->lock);
}

typedef struct
{
  DocumentCount *self;
  DocumentWalk *walk;
  GCancellable *cancellable;
} Job;

static gpointer
count_documents (gpointer data)
{
  g_autofree Job *job = data;
  gint64 total = 0;
  gboolean complete;

  for (;;) {
    DocumentEntry *entry;

    complete = document_walk_next (job->walk, &entry, job->cancellable, NULL);
    if (!complete || entry == NULL)
      break;
    document_entry_free (entry);
    total++;
  }

  if (complete) {
    g_mutex_lock (&job->self->lock);
    job->self->total = total;
    g_mutex_unlock (&job->self->lock);
  }

  document_walk_free (job->walk);
  g_object_unref (job->cancellable);
  return NULL;
}

gint64
document_count_get (DocumentCount * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (self->walk) {
    Job *job = g_new (Job, 1);

    job->self = self;
    job->walk = g_steal_pointer (&self->walk);
    job->cancellable = g_object_ref (self->cancellable);
    self->thread = g_thread_new ("recto-count", count_documents, job);
  }
  return self->total;
}
