/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The worker's end of a socket. Whoever breaks the protocol ends the process:
 * there is nobody to explain it to, and nothing to be saved.
 */

#pragma once

#include <glib.h>

#include <recto/recto-worker-protocol.h>

typedef struct
{
  RectoWorkerRequest request;
  int fds[RECTO_WORKER_MAX_FDS];
  guint n_fds;
} Message;

gboolean channel_receive    (int socket, Message *message);

void     channel_send       (int socket, const RectoWorkerReply *reply);

void     message_close      (Message *message);

G_NORETURN
void     channel_protest    (const char *what);
