/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <poll.h>

#include "wait-readable.h"

gboolean
wait_readable (int fd, GCancellable * cancellable, GError ** error)
{
  struct pollfd fds[2] = { {.fd = fd,.events = POLLIN}, {.fd = -1} };
  GPollFD cancelled;
  int n;

  if (g_cancellable_make_pollfd (cancellable, &cancelled)) {
    fds[1].fd = cancelled.fd;
    fds[1].events = POLLIN;
  } else if (cancellable) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES,
        g_strerror (EMFILE));
    return FALSE;
  }

  do {
    n = poll (fds, G_N_ELEMENTS (fds), -1);
  } while (n < 0 && errno == EINTR);

  if (cancellable)
    g_cancellable_release_fd (cancellable);

  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}
