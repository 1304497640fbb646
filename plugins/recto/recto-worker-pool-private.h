/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. The children of a zygote: each serves one document, at most
 * `n_workers` the same one, and there is never more than one in addition.
 * Thread-safe.
 */

#pragma once

#include <recto/recto-worker-private.h>

G_BEGIN_DECLS

typedef struct _RectoWorkerPool RectoWorkerPool;

typedef struct
{
  guint workers, peak_workers;
  guint buffers;
  guint64 buffer_bytes;
  guint64 forks;
  guint64 pages_rendered;
  guint64 workers_lost;
  guint64 warnings;
  guint64 log_bytes_dropped;
} RectoWorkerPoolStats;

typedef enum
{
  RECTO_WORKER_FOR_PAGE,
  /* Who opens a document is ahead of those who render: it takes no child away
   * that they may want, while one of them is at work and will give one back. */
  RECTO_WORKER_FOR_OPENING,
} RectoWorkerPurpose;

/* What a worker has gone through while somebody had it. */
typedef enum
{
  RECTO_WORKER_KEEP,
  RECTO_WORKER_RETIRE,          /* its child is not to be used again */
  RECTO_WORKER_LOST,            /* the same, and it was the child's fault */
} RectoWorkerFate;

RectoWorkerPool * recto_worker_pool_new           (void);

void              recto_worker_pool_free          (RectoWorkerPool       *self);

/* 0: as many as processors may be kept busy. */
void              recto_worker_pool_set_n_workers (RectoWorkerPool       *self,
                                                   guint                  n_workers);

/* What that came to, at least 1. */
guint             recto_worker_pool_get_n_workers (RectoWorkerPool       *self);

/* Of workers to come. When that is a change, those that are idle are ended;
 * those that are busy stay as they are. */
void              recto_worker_pool_set_confinement
                                                  (RectoWorkerPool       *self,
                                                   const RectoConfinement
                                                                         *confinement);

/* What that came to when workers were last started. FALSE: never yet. */
gboolean          recto_worker_pool_get_posture   (RectoWorkerPool       *self,
                                                   RectoPosture          *posture);

/* Leaves no process behind but those of workers that are busy. The next need
 * brings them back. */
void              recto_worker_pool_stop          (RectoWorkerPool       *self);

/* A worker with a child of `key`, busy with the caller alone. Waits for one. */
RectoWorker *     recto_worker_pool_acquire       (RectoWorkerPool       *self,
                                                   gconstpointer          key,
                                                   RectoWorkerPurpose     purpose,
                                                   GCancellable          *cancellable,
                                                   GError               **error);

void              recto_worker_pool_release       (RectoWorkerPool       *self,
                                                   RectoWorker           *worker,
                                                   RectoWorkerFate        fate);

/* Ends all children of `key`; none is busy. Does not wait for them. */
void              recto_worker_pool_forget        (RectoWorkerPool       *self,
                                                   gconstpointer          key);

void              recto_worker_pool_count_page    (RectoWorkerPool       *self);

/* What a worker wrote to its standard error. */
void              recto_worker_pool_count_log     (RectoWorkerPool       *self,
                                                   const RectoWorkerLogCounts
                                                                         *counts);

void              recto_worker_pool_get_stats     (RectoWorkerPool       *self,
                                                   RectoWorkerPoolStats  *stats);

G_END_DECLS
