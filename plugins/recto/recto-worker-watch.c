/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-worker-watch-private.h>

#define PERIOD G_USEC_PER_SEC

void
recto_worker_watch_init (RectoWorkerWatch * self, GMutex * lock,
    RectoWorkerWatchFunc look, gpointer data)
{
  *self = (RectoWorkerWatch) {.lock = lock,.look = look,.data = data };
  g_cond_init (&self->wake);
}

void
recto_worker_watch_clear (RectoWorkerWatch * self)
{
  g_assert (self->thread == NULL);
  g_cond_clear (&self->wake);
}

/* Until another thread takes its place, or none does. */
static gpointer
watch (gpointer data)
{
  RectoWorkerWatch *self = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (self->lock);

  while (self->thread == g_thread_self ()) {
    self->asleep = !self->look (self->data);
    if (self->asleep)
      g_cond_wait (&self->wake, self->lock);
    else
      g_cond_wait_until (&self->wake, self->lock,
          g_get_monotonic_time () + PERIOD);
  }
  return NULL;
}

/* Without a thread for it, nothing is watched until the next call. */
void
recto_worker_watch_begin (RectoWorkerWatch * self)
{
  g_autoptr (GError) error = NULL;

  if (self->thread == NULL) {
    self->thread = g_thread_try_new ("recto-watch", watch, self, &error);
    if (self->thread == NULL)
      GST_WARNING ("idle render workers are not watched: %s", error->message);
  } else if (self->asleep) {
    self->asleep = FALSE;
    g_cond_broadcast (&self->wake);
  }
}

void
recto_worker_watch_end (RectoWorkerWatch * self)
{
  GThread *thread;

  g_mutex_lock (self->lock);
  thread = g_steal_pointer (&self->thread);
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (self->lock);

  if (thread)
    g_thread_join (thread);
}
