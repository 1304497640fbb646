/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>

#include <recto/recto.h>
#include <recto/recto-cpus-private.h>
#include <recto/recto-waker-private.h>
#include <recto/recto-worker-pool-private.h>
#include <recto/recto-worker-watch-private.h>

GST_DEBUG_CATEGORY_STATIC (recto_worker_pool_debug);
#define GST_CAT_DEFAULT recto_worker_pool_debug

/* Zygotes that may die one after the other while somebody wants a child. */
#define MAX_ZYGOTES 5

/* CPU time that a child may take between two requests, in seconds. To wait for
 * the next one takes next to none. */
#define MAX_IDLE_CPU 1

struct _RectoWorkerPool
{
  GMutex lock;
  GCond changed;

  guint n_workers;
  RectoConfinement confinement;
  RectoPosture posture;
  gboolean has_posture;
  GPtrArray *workers;           /* at most n_workers + 1 */
  RectoZygote *zygote;          /* nullable */
  guint64 clock;                /* of uses, for the least recent one */
  RectoWorkerWatch watch;       /* of idle workers */

  RectoWorkerPoolStats stats;
};

static void
init_debug (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (recto_worker_pool_debug, "rectoworkerpool", 0,
        "pool of render workers");
    g_once_init_leave (&done, 1);
  }
}

/* With the lock. */
static void
kill_idle_worker (RectoWorker * worker)
{
  recto_worker_kill (worker);
  worker->state = RECTO_WORKER_FREE;
  worker->retired = TRUE;
  worker->key = NULL;
}

/* With the lock. What a document has taken over may go on by itself when its
 * page is done, where no limit of a page ends it. */
static gboolean
watch_idle_workers (gpointer data)
{
  RectoWorkerPool *self = data;
  guint n_idle = 0;

  for (guint i = 0; i < self->workers->len; i++) {
    RectoWorker *worker = g_ptr_array_index (self->workers, i);

    if (worker->state != RECTO_WORKER_IDLE)
      continue;
    if (recto_worker_deadline_remaining (&worker->rest) != 0) {
      n_idle++;
      continue;
    }
    GST_WARNING ("%p: process %d takes CPU time without a request, and is"
        " killed", self, worker->process.pid);
    kill_idle_worker (worker);
    self->stats.workers_lost++;
  }
  return n_idle > 0;
}

/* With the lock. */
static void
begin_rest (RectoWorkerPool * self, RectoWorker * worker)
{
  recto_worker_deadline_start (&worker->rest, &worker->process, MAX_IDLE_CPU,
      0);
  recto_worker_watch_begin (&self->watch);
}

RectoWorkerPool *
recto_worker_pool_new (void)
{
  RectoWorkerPool *self = g_new0 (RectoWorkerPool, 1);

  init_debug ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->workers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) recto_worker_free);
  self->n_workers = recto_count_cpus ();
  recto_worker_watch_init (&self->watch, &self->lock, watch_idle_workers,
      self);

  return self;
}

/* With the lock. */
static GPtrArray *
steal_unused_workers (RectoWorkerPool * self)
{
  GPtrArray *unused =
      g_ptr_array_new_with_free_func ((GDestroyNotify) recto_worker_free);

  for (guint i = self->workers->len; i > 0; i--) {
    RectoWorker *worker = g_ptr_array_index (self->workers, i - 1);

    if (worker->state != RECTO_WORKER_BUSY)
      g_ptr_array_add (unused,
          g_ptr_array_steal_index_fast (self->workers, i - 1));
  }
  return unused;
}

/* Without the lock. */
void
recto_worker_pool_stop (RectoWorkerPool * self)
{
  g_autoptr (GPtrArray) unused = NULL;
  g_autoptr (RectoZygote) zygote = NULL;

  g_mutex_lock (&self->lock);
  unused = steal_unused_workers (self);
  if (self->workers->len == 0)
    zygote = g_steal_pointer (&self->zygote);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  recto_worker_watch_end (&self->watch);

  /* All at once, so that one does not wait for each in turn. The zygote goes
   * with the last of them, having reaped it: not everywhere would somebody
   * else. */
  for (guint i = 0; i < unused->len; i++)
    recto_worker_kill (g_ptr_array_index (unused, i));
}

void
recto_worker_pool_free (RectoWorkerPool * self)
{
  recto_worker_pool_stop (self);
  g_ptr_array_unref (self->workers);

  recto_worker_watch_clear (&self->watch);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* From here on all functions hold the lock unless they say otherwise. */

static guint
count_alive (RectoWorkerPool * self)
{
  guint n_alive = 0;

  for (guint i = 0; i < self->workers->len; i++) {
    RectoWorker *worker = g_ptr_array_index (self->workers, i);

    n_alive += worker->state != RECTO_WORKER_FREE;
  }
  return n_alive;
}

static guint
count_of_key (RectoWorkerPool * self, gconstpointer key)
{
  guint n = 0;

  for (guint i = 0; i < self->workers->len; i++) {
    RectoWorker *worker = g_ptr_array_index (self->workers, i);

    n += worker->state == RECTO_WORKER_BUSY && worker->key == key;
  }
  return n;
}

/* The least recently used one of those in `state`. */
static RectoWorker *
find_worker (RectoWorkerPool * self, RectoWorkerState state)
{
  RectoWorker *found = NULL;

  for (guint i = 0; i < self->workers->len; i++) {
    RectoWorker *worker = g_ptr_array_index (self->workers, i);

    if (worker->state == state && (!found || worker->used < found->used))
      found = worker;
  }
  return found;
}

static RectoWorker *
find_idle_of_key (RectoWorkerPool * self, gconstpointer key)
{
  for (guint i = 0; i < self->workers->len; i++) {
    RectoWorker *worker = g_ptr_array_index (self->workers, i);

    if (worker->state == RECTO_WORKER_IDLE && worker->key == key)
      return worker;
  }
  return NULL;
}

static RectoWorker *
add_worker (RectoWorkerPool * self)
{
  RectoWorker *worker;

  if (self->workers->len > self->n_workers)
    return NULL;

  worker = recto_worker_new ();
  g_ptr_array_add (self->workers, worker);
  return worker;
}

static RectoWorker *
evict_worker (RectoWorkerPool * self, RectoWorkerPurpose purpose)
{
  RectoWorker *worker;

  if (purpose == RECTO_WORKER_FOR_OPENING &&
      find_worker (self, RECTO_WORKER_BUSY) != NULL)
    return NULL;

  worker = find_worker (self, RECTO_WORKER_IDLE);
  if (worker)
    worker->retired = TRUE;
  return worker;
}

static RectoWorker *
choose_worker (RectoWorkerPool * self, gconstpointer key,
    RectoWorkerPurpose purpose)
{
  RectoWorker *worker;

  if (count_of_key (self, key) >= self->n_workers)
    return NULL;

  if ((worker = find_idle_of_key (self, key)))
    return worker;
  /* A child that has seen no document yet is as good as a new one. */
  if ((worker = find_idle_of_key (self, NULL)))
    return worker;
  if ((worker = add_worker (self)))
    return worker;
  if ((worker = find_worker (self, RECTO_WORKER_FREE)))
    return worker;
  return evict_worker (self, purpose);
}

static void
update_peak (RectoWorkerPool * self)
{
  self->stats.peak_workers =
      MAX (self->stats.peak_workers, count_alive (self));
}

/* Without the lock. Waits till there is one. NULL: cancelled. */
static RectoWorker *
claim_worker (RectoWorkerPool * self, gconstpointer key,
    RectoWorkerPurpose purpose, GCancellable * cancellable)
{
  g_auto (RectoWaker) waker = { 0 };
  g_autoptr (GMutexLocker) locker = NULL;
  RectoWorker *worker = NULL;

  recto_waker_init (&waker, &self->lock, &self->changed, cancellable);
  locker = g_mutex_locker_new (&self->lock);
  while (!g_cancellable_is_cancelled (cancellable) &&
      !(worker = choose_worker (self, key, purpose)))
    g_cond_wait (&self->changed, &self->lock);

  if (worker) {
    worker->state = RECTO_WORKER_BUSY;
    worker->key = key;
    update_peak (self);
  }
  return worker;
}

static gboolean
is_zygote_usable (RectoWorkerPool * self)
{
  return self->zygote && !recto_zygote_is_dead (self->zygote) &&
      recto_zygote_matches (self->zygote, &self->confinement);
}

/* Without the lock. */
static RectoZygote *
ref_zygote (RectoWorkerPool * self, GError ** error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (!is_zygote_usable (self))
    g_clear_pointer (&self->zygote, recto_zygote_unref);
  if (self->zygote == NULL)
    self->zygote = recto_zygote_new (&self->confinement, error);

  return self->zygote ? recto_zygote_ref (self->zygote) : NULL;
}

static void
count_fork (RectoWorkerPool * self, const RectoPosture * posture)
{
  g_mutex_lock (&self->lock);
  self->stats.forks++;
  self->posture = *posture;
  self->has_posture = TRUE;
  g_mutex_unlock (&self->lock);
}

/* Without the lock. A zygote that turns out to be dead gets a successor, and
 * that may be killed as well before it is our turn. When so many die, there is
 * more wrong than that somebody killed them. */
static gboolean
fork_worker (RectoWorkerPool * self, RectoWorker * worker,
    GCancellable * cancellable, GError ** error)
{
  for (guint i = 1; i <= MAX_ZYGOTES; i++) {
    g_autoptr (RectoZygote) zygote = NULL;
    g_autoptr (GError) cause = NULL;
    RectoPosture posture;

    zygote = ref_zygote (self, error);
    if (zygote == NULL)
      return FALSE;
    if (recto_zygote_confine (zygote, &posture, cancellable, &cause) &&
        recto_worker_fork (worker, zygote, cancellable, &cause)) {
      count_fork (self, &posture);
      return TRUE;
    }
    if (i == MAX_ZYGOTES || !recto_zygote_is_dead (zygote) ||
        g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
        g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED)) {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
    GST_INFO ("%p: %s", self, cause->message);
  }
  return FALSE;
}

/* Without the lock: the worker is the caller's own. */
static gboolean
prepare_worker (RectoWorkerPool * self, RectoWorker * worker,
    GCancellable * cancellable, GError ** error)
{
  int wait_status;

  if (!worker->retired && recto_worker_is_usable (worker))
    return TRUE;

  if (!recto_worker_end (worker, &wait_status, cancellable)) {
    g_cancellable_set_error_if_cancelled (cancellable, error);
    return FALSE;
  }
  worker->retired = FALSE;

  return fork_worker (self, worker, cancellable, error);
}

RectoWorker *
recto_worker_pool_acquire (RectoWorkerPool * self, gconstpointer key,
    RectoWorkerPurpose purpose, GCancellable * cancellable, GError ** error)
{
  RectoWorker *worker = claim_worker (self, key, purpose, cancellable);

  if (worker == NULL) {
    g_cancellable_set_error_if_cancelled (cancellable, error);
    return NULL;
  }
  if (!prepare_worker (self, worker, cancellable, error)) {
    recto_worker_pool_release (self, worker, RECTO_WORKER_RETIRE);
    return NULL;
  }

  GST_LOG ("%p: process %d serves %p", self, worker->process.pid, key);
  return worker;
}

/* Takes what is too much out of the pool. */
static RectoWorker *
steal_surplus_worker (RectoWorkerPool * self)
{
  RectoWorker *worker;
  guint index;

  if (self->workers->len <= self->n_workers + 1)
    return NULL;

  worker = find_worker (self, RECTO_WORKER_FREE);
  if (worker == NULL)
    worker = find_worker (self, RECTO_WORKER_IDLE);
  if (worker && g_ptr_array_find (self->workers, worker, &index))
    g_ptr_array_steal_index_fast (self->workers, index);
  return worker;
}

/* Without the lock. */
static void
remove_surplus_workers (RectoWorkerPool * self)
{
  RectoWorker *worker;

  do {
    g_mutex_lock (&self->lock);
    worker = steal_surplus_worker (self);
    g_mutex_unlock (&self->lock);
    if (worker)
      recto_worker_free (worker);
  } while (worker);
}

void
recto_worker_pool_release (RectoWorkerPool * self, RectoWorker * worker,
    RectoWorkerFate fate)
{
  gboolean keep = fate == RECTO_WORKER_KEEP;

  if (!keep)
    recto_worker_kill (worker);
  recto_page_buffer_trim (&worker->buffer);

  g_mutex_lock (&self->lock);
  worker->state = keep ? RECTO_WORKER_IDLE : RECTO_WORKER_FREE;
  worker->retired = !keep;
  if (!keep)
    worker->key = NULL;
  worker->used = ++self->clock;
  worker->resident = recto_page_buffer_get_resident (&worker->buffer);
  self->stats.workers_lost += fate == RECTO_WORKER_LOST;
  if (keep)
    begin_rest (self, worker);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  remove_surplus_workers (self);
}

void
recto_worker_pool_forget (RectoWorkerPool * self, gconstpointer key)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  RectoWorker *worker;

  while ((worker = find_idle_of_key (self, key)))
    kill_idle_worker (worker);
  g_cond_broadcast (&self->changed);
}

void
recto_worker_pool_set_n_workers (RectoWorkerPool * self, guint n_workers)
{
  g_mutex_lock (&self->lock);
  self->n_workers = n_workers > 0 ? n_workers : recto_count_cpus ();
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  remove_surplus_workers (self);
}

void
recto_worker_pool_set_confinement (RectoWorkerPool * self,
    const RectoConfinement * confinement)
{
  gboolean same;

  g_mutex_lock (&self->lock);
  same = recto_confinement_equal (&self->confinement, confinement);
  self->confinement = *confinement;
  g_mutex_unlock (&self->lock);

  if (!same)
    recto_worker_pool_stop (self);
}

gboolean
recto_worker_pool_get_posture (RectoWorkerPool * self, RectoPosture * posture)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  *posture = self->posture;
  return self->has_posture;
}

guint
recto_worker_pool_get_n_workers (RectoWorkerPool * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->n_workers;
}

void
recto_worker_pool_count_page (RectoWorkerPool * self)
{
  g_mutex_lock (&self->lock);
  self->stats.pages_rendered++;
  g_mutex_unlock (&self->lock);
}

void
recto_worker_pool_count_log (RectoWorkerPool * self,
    const RectoWorkerLogCounts * counts)
{
  g_mutex_lock (&self->lock);
  self->stats.warnings += counts->n_lines;
  self->stats.log_bytes_dropped += counts->n_dropped;
  g_mutex_unlock (&self->lock);
}

void
recto_worker_pool_get_stats (RectoWorkerPool * self,
    RectoWorkerPoolStats * stats)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  *stats = self->stats;
  stats->workers = count_alive (self);
  stats->buffers = 0;
  stats->buffer_bytes = 0;
  for (guint i = 0; i < self->workers->len; i++) {
    RectoWorker *worker = g_ptr_array_index (self->workers, i);

    stats->buffers += worker->resident > 0;
    stats->buffer_bytes += worker->resident;
  }
}
