/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. The parent's end of a worker's socket.
 */

#pragma once

#include <gio/gio.h>

#include <recto/recto-worker-log-private.h>
#include <recto/recto-worker-process-private.h>
#include <recto/recto-worker-protocol.h>

G_BEGIN_DECLS

typedef enum
{
  RECTO_CHANNEL_OK,
  RECTO_CHANNEL_CLOSED,         /* nobody is at the other end */
  RECTO_CHANNEL_GARBAGE,        /* what came is no reply */
  RECTO_CHANNEL_EXPIRED,
  RECTO_CHANNEL_CANCELLED,
  RECTO_CHANNEL_NO_FDS,         /* none left to watch the cancellable with */
} RectoChannelResult;

gboolean           recto_worker_channel_new     (int                       *ours,
                                                 int                       *theirs,
                                                 GError                   **error);

gboolean           recto_worker_channel_send    (int                        fd,
                                                 const RectoWorkerRequest  *request,
                                                 const int                 *fds,
                                                 guint                      n_fds);

/* Reads `log`, unless it is NULL, while it waits. */
RectoChannelResult recto_worker_channel_receive (int                        fd,
                                                 RectoWorkerLog            *log,
                                                 RectoWorkerReply          *reply,
                                                 const RectoWorkerDeadline *deadline,
                                                 GCancellable              *cancellable);

/* Waits till `fd` can be read from or has come to its end. */
RectoChannelResult recto_worker_channel_wait    (int                        fd,
                                                 const RectoWorkerDeadline *deadline,
                                                 GCancellable              *cancellable);

/* Whether there is nothing to be read and somebody at the other end. */
gboolean           recto_worker_channel_is_quiet
                                                (int                        fd);

/* Whether nobody is at the other end any more. */
gboolean           recto_worker_channel_is_hung_up
                                                (int                        fd);

/* Waits till the other end is closed, whatever else comes before. */
RectoChannelResult recto_worker_channel_drain   (int                        fd,
                                                 const RectoWorkerDeadline *deadline,
                                                 GCancellable              *cancellable);

G_END_DECLS
