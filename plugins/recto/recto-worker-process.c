/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <signal.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-worker-process-private.h>

void
recto_worker_process_init (RectoWorkerProcess * self, pid_t pid)
{
  self->pid = pid;
  self->pidfd = pidfd_open (pid, 0);
}

void
recto_worker_process_clear (RectoWorkerProcess * self)
{
  if (self->pidfd >= 0)
    close (self->pidfd);
  self->pid = 0;
  self->pidfd = -1;
}

void
recto_worker_process_kill (RectoWorkerProcess * self)
{
  if (self->pidfd >= 0)
    pidfd_send_signal (self->pidfd, SIGKILL, NULL, 0);
  else if (self->pid > 0)
    kill (self->pid, SIGKILL);
}

static gint64
read_clock (clockid_t clock)
{
  struct timespec now;

  if (clock_gettime (clock, &now) < 0)
    return 0;
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

void
recto_worker_deadline_start (RectoWorkerDeadline * self,
    const RectoWorkerProcess * process, guint cpu_seconds, guint seconds)
{
  self->wall_end = 0;
  self->cpu_end = 0;

  if (seconds > 0)
    self->wall_end = g_get_monotonic_time () +
        (gint64) seconds * G_USEC_PER_SEC;

  if (cpu_seconds > 0 &&
      clock_getcpuclockid (process->pid, &self->cpu_clock) == 0)
    self->cpu_end = read_clock (self->cpu_clock) +
        (gint64) cpu_seconds * G_USEC_PER_SEC;
}

int
recto_worker_deadline_remaining (const RectoWorkerDeadline * self)
{
  gint64 remaining = G_MAXINT64;

  if (self->wall_end > 0)
    remaining = self->wall_end - g_get_monotonic_time ();
  /* A worker has one thread: what is left of its CPU time takes at least as
   * long on the wall. */
  if (self->cpu_end > 0)
    remaining = MIN (remaining, self->cpu_end - read_clock (self->cpu_clock));

  if (remaining == G_MAXINT64)
    return -1;
  if (remaining <= 0)
    return 0;
  return MIN (remaining / 1000 + 1, G_MAXINT);
}

gboolean
recto_worker_deadline_is_wall (const RectoWorkerDeadline * self)
{
  return self->wall_end > 0 && g_get_monotonic_time () >= self->wall_end;
}
