/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-worker-private.h>

/* What a killed process may take to go, in seconds. Longer than that, the
 * kernel waits for a disk or a server, and nobody knows for how long. */
#define END_TIMEOUT 10

RectoWorker *
recto_worker_new (void)
{
  RectoWorker *self = g_new0 (RectoWorker, 1);

  self->process.pidfd = -1;
  self->channel = -1;
  self->log.fd = -1;
  recto_page_buffer_init (&self->buffer);
  return self;
}

void
recto_worker_free (RectoWorker * self)
{
  int wait_status;

  recto_worker_end (self, &wait_status, NULL);
  recto_page_buffer_clear (&self->buffer);
  g_free (self);
}

void
recto_worker_kill (RectoWorker * self)
{
  if (self->zygote)
    recto_worker_process_kill (&self->process);
}

/* The process itself tells best. Its socket does where it can't. */
static RectoChannelResult
wait_for_end (RectoWorker * self, GCancellable * cancellable)
{
  RectoWorkerDeadline deadline;
  RectoChannelResult result;

  recto_worker_deadline_start (&deadline, &self->process, 0, END_TIMEOUT);
  if (self->process.pidfd >= 0)
    result = recto_worker_channel_wait (self->process.pidfd, &deadline,
        cancellable);
  else
    result = recto_worker_channel_drain (self->channel, &deadline,
        cancellable);

  if (result == RECTO_CHANNEL_NO_FDS && cancellable)
    return wait_for_end (self, NULL);
  return result;
}

static void
forget_child (RectoWorker * self)
{
  close (self->channel);
  self->channel = -1;
  recto_worker_log_close (&self->log);
  recto_worker_process_clear (&self->process);
  g_clear_pointer (&self->zygote, recto_zygote_unref);
  self->opened = FALSE;
}

gboolean
recto_worker_end (RectoWorker * self, int *wait_status,
    GCancellable * cancellable)
{
  RectoChannelResult result;

  *wait_status = 0;
  if (self->zygote == NULL)
    return TRUE;

  recto_worker_process_kill (&self->process);
  result = wait_for_end (self, cancellable);
  if (result == RECTO_CHANNEL_CANCELLED)
    return FALSE;

  if (result == RECTO_CHANNEL_OK) {
    if (!recto_zygote_reap (self->zygote, self->process.pid, wait_status,
            cancellable))
      return FALSE;
    recto_page_buffer_wipe (&self->buffer);
  } else {
    /* It may still write to the buffer, so that is lost with it. */
    recto_page_buffer_clear (&self->buffer);
  }

  forget_child (self);
  return TRUE;
}

gboolean
recto_worker_fork (RectoWorker * self, RectoZygote * zygote,
    GCancellable * cancellable, GError ** error)
{
  g_return_val_if_fail (self->zygote == NULL, FALSE);

  if (!recto_zygote_fork (zygote, &self->channel, &self->log, &self->process,
          cancellable, error))
    return FALSE;

  self->zygote = recto_zygote_ref (zygote);
  return TRUE;
}

gboolean
recto_worker_is_usable (RectoWorker * self)
{
  return self->zygote && recto_worker_channel_is_quiet (self->channel);
}

static RectoWorkerOutcome
outcome_of_failure (RectoChannelResult result,
    const RectoWorkerDeadline * deadline)
{
  switch (result) {
    case RECTO_CHANNEL_CLOSED:
      return RECTO_WORKER_DIED;
    case RECTO_CHANNEL_EXPIRED:
      return recto_worker_deadline_is_wall (deadline) ?
          RECTO_WORKER_WALL_EXPIRED : RECTO_WORKER_CPU_EXPIRED;
    case RECTO_CHANNEL_CANCELLED:
      return RECTO_WORKER_CANCELLED;
    case RECTO_CHANNEL_NO_FDS:
      return RECTO_WORKER_NO_FDS;
    default:
      return RECTO_WORKER_LIED;
  }
}

static gboolean
is_reply_to (RectoWorker * self, const RectoWorkerRequest * request,
    const RectoWorkerReply * reply)
{
  return reply->kind == request->kind && reply->serial == request->serial &&
      reply->status <= RECTO_WORKER_BUFFER_TOO_SMALL &&
      reply->size <= self->buffer.capacity;
}

/* What the child says of a request comes before its reply does. */
static RectoChannelResult
receive_reply (RectoWorker * self, RectoWorkerReply * reply,
    const RectoWorkerDeadline * deadline, GCancellable * cancellable)
{
  RectoChannelResult result = recto_worker_channel_receive (self->channel,
      &self->log, reply, deadline, cancellable);

  recto_worker_log_take (&self->log, &self->counts);
  return result;
}

RectoWorkerOutcome
recto_worker_call (RectoWorker * self, RectoWorkerRequest * request,
    int document_fd, RectoWorkerReply * reply,
    const RectoWorkerLimits * limits, GCancellable * cancellable)
{
  RectoWorkerDeadline deadline;
  RectoChannelResult result;
  int fds[RECTO_WORKER_MAX_FDS];
  guint n_fds = 0;

  if (document_fd >= 0)
    fds[n_fds++] = document_fd;
  fds[n_fds++] = self->buffer.fd;

  request->serial = ++self->serial;
  request->capacity = self->buffer.capacity;
  request->cpu_seconds = limits->cpu_seconds;
  self->counts = (RectoWorkerLogCounts) { 0 };
  self->log.max_bytes = limits->log_bytes;
  recto_worker_log_forget (&self->log);
  recto_worker_deadline_start (&deadline, &self->process, limits->cpu_seconds,
      limits->seconds);

  if (!recto_worker_channel_send (self->channel, request, fds, n_fds))
    return RECTO_WORKER_DIED;
  result = receive_reply (self, reply, &deadline, cancellable);
  if (result != RECTO_CHANNEL_OK)
    return outcome_of_failure (result, &deadline);
  return is_reply_to (self, request, reply) ?
      RECTO_WORKER_REPLIED : RECTO_WORKER_LIED;
}
