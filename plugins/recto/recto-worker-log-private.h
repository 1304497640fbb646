/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. What a worker writes to its standard error. Libraries say
 * there what they could not do, and then go on as if nothing were missing: so
 * lines are counted. However much comes, little of it is held and little is
 * passed on.
 */

#pragma once

#include <sys/types.h>

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

#define RECTO_WORKER_LOG_LINE 1024

/* What there was since the last time. */
typedef struct
{
  guint n_lines;                /* empty ones don't count */
  guint64 n_dropped;            /* bytes that went nowhere */
} RectoWorkerLogCounts;

typedef struct
{
  int fd;                       /* to read from, does not block; -1: none */
  pid_t pid;                    /* the writer's */
  gsize max_bytes;              /* for the debug log */
  gsize n_kept;                 /* bytes that went there */

  RectoWorkerLogCounts counts;

  /* The last line, or what has come of it. */
  char line[RECTO_WORKER_LOG_LINE];
  gsize n_held;
  gsize line_bytes;             /* with those that there was no room for */
  gboolean ended;
} RectoWorkerLog;

/* A pipe; `theirs`, the caller's own, goes to the worker. */
gboolean recto_worker_log_open      (RectoWorkerLog       *self,
                                     int                  *theirs,
                                     GError              **error);

void     recto_worker_log_close     (RectoWorkerLog       *self);

/* Reads some of what has come, which is cheap enough to be done between two
 * looks at something else. FALSE when nothing more is there now. */
void     recto_worker_log_read      (RectoWorkerLog       *self);

/* Reads what had come before the call, and counts a line without an end. */
void     recto_worker_log_take      (RectoWorkerLog       *self,
                                     RectoWorkerLogCounts *counts);

/* What the last line says, shortened; NULL: nothing was said since the last
 * recto_worker_log_forget(). */
char *   recto_worker_log_dup_last  (RectoWorkerLog       *self);

void     recto_worker_log_forget    (RectoWorkerLog       *self);

/* What a worker has written anywhere, on one line: valid UTF-8 without control
 * characters, which a terminal obeys. */
char *   recto_worker_make_printable
                                    (const char           *bytes,
                                     gsize                 size);

G_END_DECLS
