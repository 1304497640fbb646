/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "process-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <recto/recto-cpus-private.h>

/* What a run of any kind has, and what each page adds that is drawn or read at
 * a time: its thread, its engine's and its render worker. */
#define BASE_FDS 32
#define JOB_FDS 6
#define BASE_THREADS 16
#define JOB_THREADS 3
#define BASE_ADDRESSES (256ul << 20)
#define JOB_ADDRESSES (128ul << 20)

/* How many more descriptors there can be, up to `n_wanted`. */
static guint
count_descriptors (guint n_wanted)
{
  g_autofree int *fds = g_new (int, n_wanted);
  guint n = 0;

  while (n < n_wanted && (fds[n] = open ("/dev/null", O_RDONLY | O_CLOEXEC))
      >= 0)
    n++;
  for (guint i = 0; i < n; i++)
    close (fds[i]);
  return n;
}

static gboolean
check_descriptors (guint n_jobs, GError ** error)
{
  guint n_wanted = BASE_FDS + n_jobs * JOB_FDS;
  guint n = count_descriptors (n_wanted);

  if (n == n_wanted)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES,
      _("A run with --jobs %u opens up to %u files, and this process may open"
          " only %u more: raise the limit (ulimit -n), or lower --jobs."),
      n_jobs, n_wanted, n);
  return FALSE;
}

static gsize
get_stack_size (void)
{
  pthread_attr_t attributes;
  gsize size = 0;

  pthread_attr_init (&attributes);
  pthread_attr_getstacksize (&attributes, &size);
  pthread_attr_destroy (&attributes);
  return size;
}

/* Addresses alone, without memory behind them. */
static gboolean
can_map (gsize size)
{
  gpointer area = mmap (NULL, size, PROT_NONE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  return area != MAP_FAILED && munmap (area, size) == 0;
}

static guint
count_wanted_threads (guint n_jobs)
{
  return BASE_THREADS + n_jobs * JOB_THREADS;
}

static gboolean
refuse_addresses (guint n_jobs, GError ** error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
      _("A run with --jobs %u needs more address space than this process may"
          " have: raise the limit (ulimit -v), or lower --jobs."), n_jobs);
  return FALSE;
}

static gboolean
check_addresses (guint n_jobs, GError ** error)
{
  gsize stacks = count_wanted_threads (n_jobs) * get_stack_size ();

  return can_map (BASE_ADDRESSES + n_jobs * JOB_ADDRESSES + stacks)
      || refuse_addresses (n_jobs, error);
}

/* Until all may end. */
static gpointer
wait_for_end (gpointer lock)
{
  g_mutex_lock (lock);
  g_mutex_unlock (lock);
  return NULL;
}

/* How many more threads there can be, up to `n_wanted`, and whether one more
 * would lack addresses for its stack. */
static guint
count_threads (guint n_wanted, gboolean * lacks_addresses)
{
  g_autofree GThread **threads = g_new (GThread *, n_wanted);
  GMutex lock;
  guint n = 0;

  g_mutex_init (&lock);
  g_mutex_lock (&lock);
  while (n < n_wanted && (threads[n] = g_thread_try_new ("recto-trial",
              wait_for_end, &lock, NULL)) != NULL)
    n++;
  *lacks_addresses = !can_map (get_stack_size ());
  g_mutex_unlock (&lock);

  for (guint i = 0; i < n; i++)
    g_thread_join (threads[i]);
  g_mutex_clear (&lock);
  return n;
}

static gboolean
check_threads (guint n_jobs, GError ** error)
{
  guint n_wanted = count_wanted_threads (n_jobs);
  gboolean lacks_addresses;
  guint n = count_threads (n_wanted, &lacks_addresses);

  if (n == n_wanted)
    return TRUE;
  if (lacks_addresses)
    return refuse_addresses (n_jobs, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
      _("A run with --jobs %u has up to %u threads and processes, and the user"
          " or the container may have only %u more: raise the limit (ulimit -u,"
          " or that of the container), or lower --jobs."), n_jobs, n_wanted, n);
  return FALSE;
}

gboolean
process_limits_check (guint n_jobs, GError ** error)
{
  if (n_jobs == 0)
    n_jobs = recto_count_cpus ();

  return check_descriptors (n_jobs, error) && check_addresses (n_jobs, error)
      && check_threads (n_jobs, error);
}
