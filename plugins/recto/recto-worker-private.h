/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. A place for one child of the zygote, with its page buffer.
 */

#pragma once

#include <recto/recto-page-buffer-private.h>
#include <recto/recto-zygote-private.h>

G_BEGIN_DECLS

typedef enum
{
  RECTO_WORKER_FREE,            /* no child, or one that was killed */
  RECTO_WORKER_IDLE,
  RECTO_WORKER_BUSY,            /* somebody's own */
} RectoWorkerState;

typedef struct
{
  /* The pool's, under its lock. Who has made it busy may read them. */
  RectoWorkerState state;
  gconstpointer key;            /* what it serves; NULL: nothing yet */
  guint64 used;                 /* larger: later */
  gsize resident;               /* bytes of memory in the buffer */
  gboolean retired;             /* its child must not be used any more */
  RectoWorkerDeadline rest;     /* of a child without a request */

  /* Of who has made it busy. */
  gboolean opened;              /* the child has been told the document */
  RectoZygote *zygote;          /* the child's; NULL: there is no child */
  RectoWorkerProcess process;
  int channel;
  RectoWorkerLog log;
  RectoWorkerLogCounts counts;  /* of the last request */
  guint32 serial;
  RectoPageBuffer buffer;
} RectoWorker;

/* What became of a request. */
typedef enum
{
  RECTO_WORKER_REPLIED,
  RECTO_WORKER_DIED,
  RECTO_WORKER_LIED,
  RECTO_WORKER_CPU_EXPIRED,
  RECTO_WORKER_WALL_EXPIRED,
  RECTO_WORKER_CANCELLED,
  RECTO_WORKER_NO_FDS,
} RectoWorkerOutcome;

typedef struct
{
  guint cpu_seconds;            /* 0: no limit */
  guint seconds;                /* 0: no limit */
  guint log_bytes;              /* of the child's whole life */
} RectoWorkerLimits;

RectoWorker *      recto_worker_new       (void);

void               recto_worker_free      (RectoWorker             *self);

/* Ends the child; its memory may not be gone yet. */
void               recto_worker_kill      (RectoWorker             *self);

/* Ends the child, waits till it is gone and wipes what it left in the buffer.
 * FALSE: cancelled, to be tried again. */
gboolean           recto_worker_end       (RectoWorker             *self,
                                           int                     *wait_status,
                                           GCancellable            *cancellable);

/* For a worker without a child. */
gboolean           recto_worker_fork      (RectoWorker             *self,
                                           RectoZygote             *zygote,
                                           GCancellable            *cancellable,
                                           GError                 **error);

/* Whether an idle child still waits for requests. */
gboolean           recto_worker_is_usable (RectoWorker             *self);

/* Sends the buffer, and `document_fd` unless it is -1. The reply is of the
 * request, its status is a known one and what it says to be in the buffer is
 * not more than that holds. All else about it is to be checked. */
RectoWorkerOutcome recto_worker_call      (RectoWorker             *self,
                                           RectoWorkerRequest      *request,
                                           int                      document_fd,
                                           RectoWorkerReply        *reply,
                                           const RectoWorkerLimits *limits,
                                           GCancellable            *cancellable);

G_END_DECLS
