/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <sys/types.h>

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* A process that nobody has reaped yet. With a descriptor of its own it can't
 * be taken for another one, whatever becomes of its pid. */
typedef struct
{
  pid_t pid;
  int pidfd;                    /* -1 where the kernel has none for us */
} RectoWorkerProcess;

void     recto_worker_process_init       (RectoWorkerProcess *self,
                                          pid_t               pid);

void     recto_worker_process_clear      (RectoWorkerProcess *self);

void     recto_worker_process_kill       (RectoWorkerProcess *self);

/* How long a request may take. Only CPU time tells how hard a page is, wall
 * time depends on the machine's load and is there as a backstop. */
typedef struct
{
  gint64 wall_end;              /* monotonic microseconds, 0: no limit */
  clockid_t cpu_clock;
  gint64 cpu_end;               /* microseconds of cpu_clock, 0: no limit */
} RectoWorkerDeadline;

void     recto_worker_deadline_start     (RectoWorkerDeadline      *self,
                                          const RectoWorkerProcess *process,
                                          guint                     cpu_seconds,
                                          guint                     seconds);

/* Milliseconds before which it can't have passed: 0 when it has, -1 when it
 * never will. */
int      recto_worker_deadline_remaining (const RectoWorkerDeadline *self);

/* Of a deadline that has passed: whether it was not for CPU time. */
gboolean recto_worker_deadline_is_wall   (const RectoWorkerDeadline *self);

G_END_DECLS
