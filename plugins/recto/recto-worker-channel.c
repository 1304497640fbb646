/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-worker-channel-private.h>

gboolean
recto_worker_channel_new (int *ours, int *theirs, GError ** error)
{
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not make a socket for a render worker: %s."),
        g_strerror (code));
    return FALSE;
  }

  *ours = fds[0];
  *theirs = fds[1];
  return TRUE;
}

static void
attach_fds (struct msghdr *message, const int *fds, guint n_fds)
{
  struct cmsghdr *header;

  message->msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
  header = CMSG_FIRSTHDR (message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
  memcpy (CMSG_DATA (header), fds, n_fds * sizeof (int));
}

/* One request is under way at a time, so there is always room for it: a
 * socket that would block belongs to a worker that does not read. */
gboolean
recto_worker_channel_send (int fd, const RectoWorkerRequest * request,
    const int *fds, guint n_fds)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (RECTO_WORKER_MAX_FDS * sizeof (int))];
  } control = { 0 };
  struct iovec data = { (gpointer) request, sizeof *request };
  struct msghdr message = {
    .msg_iov = &data,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
  };
  ssize_t sent;

  g_return_val_if_fail (n_fds <= RECTO_WORKER_MAX_FDS, FALSE);

  if (n_fds > 0)
    attach_fds (&message, fds, n_fds);
  else
    message.msg_control = NULL;

  do {
    sent = sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);

  return sent == sizeof *request;
}

/* What is waited for. A descriptor that is -1 never has anything. */
enum
{
  POLL_CHANNEL,
  POLL_CANCELLABLE,
  POLL_LOG,
  N_POLLED
};

static RectoChannelResult
wait_readable (struct pollfd *fds, RectoWorkerLog * log,
    const RectoWorkerDeadline * deadline, GCancellable * cancellable)
{
  for (;;) {
    int timeout = deadline ? recto_worker_deadline_remaining (deadline) : -1;
    int n_ready;

    fds[POLL_LOG].fd = log ? log->fd : -1;
    /* What has already come counts, however late we look. */
    n_ready = poll (fds, N_POLLED, timeout);
    if (g_cancellable_is_cancelled (cancellable))
      return RECTO_CHANNEL_CANCELLED;
    if (n_ready > 0 && fds[POLL_CHANNEL].revents)
      return RECTO_CHANNEL_OK;
    if (n_ready < 0 && errno != EINTR)
      return RECTO_CHANNEL_NO_FDS;
    /* A log may have something at any time. */
    if (n_ready >= 0 && timeout == 0)
      return RECTO_CHANNEL_EXPIRED;
    if (n_ready > 0 && fds[POLL_LOG].revents)
      recto_worker_log_read (log);
  }
}

static RectoChannelResult
wait_with_log (int fd, RectoWorkerLog * log,
    const RectoWorkerDeadline * deadline, GCancellable * cancellable)
{
  struct pollfd fds[N_POLLED] = {
    [POLL_CHANNEL] = {.fd = fd,.events = POLLIN},
    [POLL_CANCELLABLE] = {.fd = -1,.events = POLLIN},
    [POLL_LOG] = {.fd = -1,.events = POLLIN},
  };
  GPollFD cancel_fd;
  RectoChannelResult result;

  if (cancellable == NULL)
    return wait_readable (fds, log, deadline, NULL);

  if (!g_cancellable_make_pollfd (cancellable, &cancel_fd))
    return RECTO_CHANNEL_NO_FDS;
  fds[POLL_CANCELLABLE].fd = cancel_fd.fd;
  result = wait_readable (fds, log, deadline, cancellable);
  g_cancellable_release_fd (cancellable);

  return result;
}

RectoChannelResult
recto_worker_channel_wait (int fd, const RectoWorkerDeadline * deadline,
    GCancellable * cancellable)
{
  return wait_with_log (fd, NULL, deadline, cancellable);
}

/* There is no room for descriptors: the kernel closes those that come along,
 * and says so. */
static RectoChannelResult
read_reply (int fd, RectoWorkerReply * reply)
{
  struct iovec data = { reply, sizeof *reply };
  struct msghdr message = {.msg_iov = &data,.msg_iovlen = 1 };
  ssize_t n_read;

  do {
    n_read = recvmsg (fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (n_read < 0 && errno == EINTR);

  if (n_read <= 0)
    return RECTO_CHANNEL_CLOSED;
  if (n_read != sizeof *reply ||
      (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    return RECTO_CHANNEL_GARBAGE;
  return RECTO_CHANNEL_OK;
}

RectoChannelResult
recto_worker_channel_receive (int fd, RectoWorkerLog * log,
    RectoWorkerReply * reply, const RectoWorkerDeadline * deadline,
    GCancellable * cancellable)
{
  RectoChannelResult result = wait_with_log (fd, log, deadline, cancellable);

  return result == RECTO_CHANNEL_OK ? read_reply (fd, reply) : result;
}

gboolean
recto_worker_channel_is_quiet (int fd)
{
  struct pollfd poll_fd = {.fd = fd,.events = POLLIN };

  return poll (&poll_fd, 1, 0) == 0;
}

/* An empty message and the end look alike to recv(). */
gboolean
recto_worker_channel_is_hung_up (int fd)
{
  struct pollfd poll_fd = {.fd = fd };

  return poll (&poll_fd, 1, 0) == 1;
}

RectoChannelResult
recto_worker_channel_drain (int fd, const RectoWorkerDeadline * deadline,
    GCancellable * cancellable)
{
  RectoChannelResult result = RECTO_CHANNEL_OK;
  char byte;

  while (result == RECTO_CHANNEL_OK && !recto_worker_channel_is_hung_up (fd)) {
    result = recto_worker_channel_wait (fd, deadline, cancellable);
    if (result == RECTO_CHANNEL_OK)
      recv (fd, &byte, sizeof byte, MSG_DONTWAIT);
  }
  return result;
}
