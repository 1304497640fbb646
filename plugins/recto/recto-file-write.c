/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-file-write-private.h>

/* The signals of a thread while they are blocked. */
typedef struct
{
  sigset_t pending;
  sigset_t mask;
} Signals;

static void
block_signals (Signals * self)
{
  sigset_t signals;

  sigemptyset (&signals);
  sigaddset (&signals, SIGPIPE);
  sigaddset (&signals, SIGXFSZ);
  pthread_sigmask (SIG_BLOCK, &signals, &self->mask);
  sigpending (&self->pending);
}

/* Takes a signal back that a system call has sent to its own thread. */
static void
discard_signal (int signal)
{
  const struct timespec at_once = { 0, 0 };
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, signal);
  while (sigtimedwait (&set, NULL, &at_once) < 0 && errno == EINTR);
}

/* `code` is the error of the system call, or 0. */
static void
restore_signals (const Signals * self, int code)
{
  if (code == EPIPE && !sigismember (&self->pending, SIGPIPE))
    discard_signal (SIGPIPE);
  if (code == EFBIG && !sigismember (&self->pending, SIGXFSZ))
    discard_signal (SIGXFSZ);
  pthread_sigmask (SIG_SETMASK, &self->mask, NULL);
  errno = code;
}

gssize
recto_file_write (int fd, gconstpointer data, gsize size)
{
  Signals signals;
  gssize n;

  block_signals (&signals);
  n = write (fd, data, size);
  restore_signals (&signals, n < 0 ? errno : 0);

  return n;
}

int
recto_file_truncate (int fd, goffset size)
{
  Signals signals;
  int result;

  block_signals (&signals);
  result = ftruncate (fd, size);
  restore_signals (&signals, result < 0 ? errno : 0);

  return result;
}

static gboolean
is_limited (int resource)
{
  struct rlimit limit;

  return getrlimit (resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

const char *
recto_file_strerror (int code)
{
  if (code == EFBIG)
    return _("the process may not make files so large, and memory with a "
        "descriptor counts as one; raise its limit (ulimit -f)");
  if (code == ENOMEM && is_limited (RLIMIT_AS))
    return _("the process may not have so much address space; raise its limit "
        "(ulimit -v)");
  if (code == EMFILE)
    return _("the process has too many files open; raise its limit "
        "(ulimit -n)");
  return g_strerror (code);
}
