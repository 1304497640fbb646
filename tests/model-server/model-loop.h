/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A thread that runs a main context, with an epoll of its own and timers in
 * it: what is asked of a main context for each of its sources each time it
 * turns is too much for thousands of connections.
 */

#pragma once

#include <sys/epoll.h>

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ModelLoop ModelLoop;
typedef struct _ModelTimer ModelTimer;
typedef void (*ModelLoopFunc) (gpointer data);
typedef void (*ModelWatchFunc) (guint32 events, gpointer data);

/* Zeroed but for what is filled in; lives as long as it is watched. */
typedef struct
{
  int fd;
  ModelWatchFunc func;
  gpointer data;
  guint32 events;               /* the loop's; 0: it isn't watched */
} ModelWatch;

ModelLoop *    model_loop_new          (void);

/* Nothing may be left in it. */
void           model_loop_free         (ModelLoop      *self);

GMainContext * model_loop_get_context  (ModelLoop      *self);

/* Calls `func` in the thread when that does nothing else, and waits for it
 * unless this is the thread. */
void           model_loop_call         (ModelLoop      *self,
                                        ModelLoopFunc   func,
                                        gpointer        data);

/* The rest is for the thread itself. */

/* EPOLLIN and so on; EPOLLERR and EPOLLHUP come unasked while there is a
 * watch, which 0 ends. */
void           model_loop_watch        (ModelLoop      *self,
                                        ModelWatch     *watch,
                                        guint32         events);

ModelTimer *   model_loop_add_timer    (ModelLoop      *self,
                                        gint64          delay,
                                        ModelLoopFunc   func,
                                        gpointer        data);

void           model_loop_remove_timer (ModelLoop      *self,
                                        ModelTimer     *timer);

G_END_DECLS
