/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"

G_NORETURN void
channel_protest (const char *what)
{
  g_printerr ("recto-render-worker: %s\n", what);
  _exit (EXIT_FAILURE);
}

static void
take_fds (Message * message, struct msghdr *header)
{
  struct cmsghdr *control;
  gsize size;

  message->n_fds = 0;
  for (control = CMSG_FIRSTHDR (header); control;
      control = CMSG_NXTHDR (header, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS
        || message->n_fds)
      channel_protest ("unexpected control message");

    size = control->cmsg_len - CMSG_LEN (0);
    if (size > sizeof (message->fds))
      channel_protest ("too many descriptors");
    memcpy (message->fds, CMSG_DATA (control), size);
    message->n_fds = size / sizeof (int);
  }
}

/* FALSE at the end of the file. */
gboolean
channel_receive (int socket, Message * message)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (sizeof (message->fds))];
  } control;
  struct iovec part = { &message->request, sizeof (message->request) };
  struct msghdr header = {
    .msg_iov = &part,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = sizeof (control.bytes),
  };
  gssize received;

  do {
    received = recvmsg (socket, &header, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);

  /* A parent that went away with a reply unread is no error of ours. */
  if (received == 0 || (received < 0 && errno == ECONNRESET))
    return FALSE;
  if (received != sizeof (message->request)
      || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
    channel_protest ("malformed request");

  take_fds (message, &header);
  return TRUE;
}

void
channel_send (int socket, const RectoWorkerReply * reply)
{
  gssize sent;

  do {
    sent = send (socket, reply, sizeof (*reply), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);

  /* Nobody is left to read it: the next receive sees the end. */
  if (sent < 0 && errno != EPIPE && errno != ECONNRESET)
    channel_protest ("cannot reply");
}

void
message_close (Message * message)
{
  while (message->n_fds > 0)
    close (message->fds[--message->n_fds]);
}
