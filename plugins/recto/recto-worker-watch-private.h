/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. A thread that looks at something about once a second while
 * there is something to look at, and sleeps otherwise.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* With the lock. Returns whether there is something to look at again. */
typedef gboolean (*RectoWorkerWatchFunc) (gpointer data);

typedef struct
{
  GMutex *lock;
  RectoWorkerWatchFunc look;
  gpointer data;

  /* Under the lock. */
  GThread *thread;              /* NULL: there is none */
  GCond wake;
  gboolean asleep;
} RectoWorkerWatch;

void recto_worker_watch_init  (RectoWorkerWatch     *self,
                               GMutex               *lock,
                               RectoWorkerWatchFunc  look,
                               gpointer              data);

/* After recto_worker_watch_end(). */
void recto_worker_watch_clear (RectoWorkerWatch     *self);

/* With the lock: from now on there is something to look at. */
void recto_worker_watch_begin (RectoWorkerWatch     *self);

/* Without the lock. Ends the thread, which recto_worker_watch_begin() brings
 * back. */
void recto_worker_watch_end   (RectoWorkerWatch     *self);

G_END_DECLS
