/* Tells ThreadSanitizer how GLib synchronizes:
 *
 *   meson setup build-tsan -Db_sanitize=thread && meson test -C build-tsan
 *
 * (with gcc). GMutex and GCond are made of futexes in a library that is not
 * instrumented, so that all seems to race. These take their place in a test
 * program, call them, and say what they order. GRecMutex and GRWLock are
 * pthread's, and GLib itself does not come here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "interpose.h"

INTERPOSED void
g_mutex_clear (GMutex * mutex)
{
  __tsan_mutex_destroy (mutex, 0);
  REAL (g_mutex_clear) (mutex);
}

INTERPOSED void
g_mutex_lock (GMutex * mutex)
{
  __tsan_mutex_pre_lock (mutex, 0);
  REAL (g_mutex_lock) (mutex);
  __tsan_mutex_post_lock (mutex, 0, 0);
}

INTERPOSED gboolean
g_mutex_trylock (GMutex * mutex)
{
  gboolean locked;

  __tsan_mutex_pre_lock (mutex, __tsan_mutex_try_lock);
  locked = REAL (g_mutex_trylock) (mutex);
  __tsan_mutex_post_lock (mutex, __tsan_mutex_try_lock |
      (locked ? 0 : __tsan_mutex_try_lock_failed), 0);
  return locked;
}

INTERPOSED void
g_mutex_unlock (GMutex * mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  REAL (g_mutex_unlock) (mutex);
  __tsan_mutex_post_unlock (mutex, 0);
}

/* Conditions: it is the mutex that orders. */

static void
leave_and_want (GMutex * mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  __tsan_mutex_post_unlock (mutex, 0);
  __tsan_mutex_pre_lock (mutex, 0);
}

INTERPOSED void
g_cond_wait (GCond * cond, GMutex * mutex)
{
  leave_and_want (mutex);
  REAL (g_cond_wait) (cond, mutex);
  __tsan_mutex_post_lock (mutex, 0, 0);
}

INTERPOSED gboolean
g_cond_wait_until (GCond * cond, GMutex * mutex, gint64 end_time)
{
  gboolean signalled;

  leave_and_want (mutex);
  signalled = REAL (g_cond_wait_until) (cond, mutex, end_time);
  __tsan_mutex_post_lock (mutex, 0, 0);
  return signalled;
}

/* What is set up once: later, the macros only look, by atomic operations. */

#undef g_once_init_enter
INTERPOSED gboolean
g_once_init_enter (volatile void *location)
{
  gboolean ours = REAL (g_once_init_enter) (location);

  __tsan_acquire ((gpointer) location);
  return ours;
}

#undef g_once_init_leave
INTERPOSED void
g_once_init_leave (volatile void *location, gsize result)
{
  __tsan_release ((gpointer) location);
  REAL (g_once_init_leave) (location, result);
}

/* Hand-over: by what is handed over, so that using one queue orders nothing. */

typedef struct
{
  GFunc func;
  gpointer user_data;
} Work;

static void
do_work (gpointer data, gpointer user_data)
{
  Work *work = user_data;

  __tsan_acquire (data);
  work->func (data, work->user_data);
  __tsan_release (work);
}

/* The pool may outlive g_thread_pool_free(), so the work is never freed. */
INTERPOSED GThreadPool *
g_thread_pool_new (GFunc func, gpointer user_data, gint max_threads,
    gboolean exclusive, GError ** error)
{
  Work work = { func, user_data };

  return REAL (g_thread_pool_new) (do_work, g_memdup2 (&work, sizeof work),
      max_threads, exclusive, error);
}

/* Who waits comes after all that was done. */
INTERPOSED void
g_thread_pool_free (GThreadPool * pool, gboolean immediate, gboolean wait)
{
  Work *work = pool->user_data;

  REAL (g_thread_pool_free) (pool, immediate, wait);
  if (wait)
    __tsan_acquire (work);
}

INTERPOSED gboolean
g_thread_pool_push (GThreadPool * pool, gpointer data, GError ** error)
{
  __tsan_release (data);
  return REAL (g_thread_pool_push) (pool, data, error);
}

INTERPOSED void
g_async_queue_push (GAsyncQueue * queue, gpointer data)
{
  __tsan_release (data);
  REAL (g_async_queue_push) (queue, data);
}

INTERPOSED gpointer
g_async_queue_timeout_pop (GAsyncQueue * queue, guint64 timeout)
{
  gpointer data = REAL (g_async_queue_timeout_pop) (queue, timeout);

  if (data)
    __tsan_acquire (data);
  return data;
}

typedef struct
{
  GSourceFunc func;
  gpointer user_data;
  GDestroyNotify notify;
} Errand;

static gboolean
do_errand (gpointer data)
{
  Errand *errand = data;

  __tsan_acquire (errand);
  return errand->func (errand->user_data);
}

static void
free_errand (gpointer data)
{
  Errand *errand = data;

  __tsan_acquire (errand);
  if (errand->notify)
    errand->notify (errand->user_data);
  g_free (errand);
}

/* Callbacks of other sources have other arguments. */
INTERPOSED void
g_source_set_callback (GSource * source, GSourceFunc func, gpointer data,
    GDestroyNotify notify)
{
  Errand *errand;

  if (source->source_funcs != &g_idle_funcs) {
    REAL (g_source_set_callback) (source, func, data, notify);
    return;
  }
  errand = g_new (Errand, 1);
  *errand = (Errand) { func, data, notify };
  __tsan_release (errand);
  REAL (g_source_set_callback) (source, do_errand, errand, free_errand);
}
