/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. The line in which a RectoPageTransform keeps its order: tasks
 * and the serialized events between them, from when they come in until they
 * are pushed. One thread adds at its tail, one takes from its head, and any
 * thread answers a task.
 */

#pragma once

#include <recto/recto-page-task-private.h>

G_BEGIN_DECLS

/* What stands in line: a serialized event or a task. */
typedef struct
{
  GstEvent *event;
  RectoPageTask *task;
} RectoPageItem;

typedef struct
{
  guint max_in_flight;
  guint max_pending;
  guint64 max_pending_bytes;    /* 0: no limit */
} RectoPageLimits;

typedef struct
{
  GMutex lock;
  GCond cond;

  RectoPageLimits limits;
  GQueue items;
  guint generation;             /* of flushes */
  GCancellable *cancellable;    /* of the tasks of this generation */
  gboolean flushing;
  gboolean ending;
  GstFlowReturn flow;           /* what downstream said last */

  guint n_running;              /* of all generations */
  guint n_pending;
  guint64 pending_bytes;
  guint64 n_done;
  guint peak_in_flight;
  guint peak_pending;
  guint64 peak_pending_bytes;

  /* Told once of a task that keeps others out, in the thread of who wants to
   * come in; nullable. */
  void (*on_stall) (RectoPageTransform *transform, RectoPageTask *task);
} RectoPageLine;

void            recto_page_line_init       (RectoPageLine         *self);

void            recto_page_line_clear      (RectoPageLine         *self);

void            recto_page_line_set_limits (RectoPageLine         *self,
                                            const RectoPageLimits *limits);

/* Waits for room and puts @task at the tail, running. Not FLOW_OK: it did
 * not, because of a flush or because downstream takes no more. */
GstFlowReturn   recto_page_line_admit      (RectoPageLine         *self,
                                            RectoPageTask         *task);

/* Puts @event, which it takes, at the tail. */
gboolean        recto_page_line_add_event  (RectoPageLine         *self,
                                            GstEvent              *event);

/* Whether the answer of a running task still matters. */
gboolean        recto_page_line_waits_for  (RectoPageLine         *self,
                                            RectoPageTask         *task);

/* The answer of a running task; with @out %NULL its place is given up. The
 * task runs until recto_page_line_end_task(). */
void            recto_page_line_answer     (RectoPageLine         *self,
                                            RectoPageTask         *task,
                                            GstBuffer             *out,
                                            GstCaps               *caps,
                                            gboolean               newly_failed);

void            recto_page_line_end_task   (RectoPageLine         *self);

/* Waits for the head to be an event or an answered task and takes it; NULL
 * when nothing is to be pushed any more. A task keeps its place until
 * recto_page_line_release(). */
RectoPageItem * recto_page_line_take       (RectoPageLine         *self);

void            recto_page_line_release    (RectoPageLine         *self,
                                            RectoPageTask         *task,
                                            gsize                  size,
                                            GstFlowReturn          flow);

/* Nothing is taken in any more; what is in line still comes out. Whoever waits
 * to come in does so until recto_page_line_close(). */
void            recto_page_line_end        (RectoPageLine         *self);

gboolean        recto_page_line_is_ending  (RectoPageLine         *self);

/* Sends everybody away with @flow. */
void            recto_page_line_close      (RectoPageLine         *self,
                                            GstFlowReturn          flow);

void            recto_page_item_free       (RectoPageItem         *item);

/* Nobody waits any more, and the running tasks are cancelled. */
void            recto_page_line_flush      (RectoPageLine         *self);

/* Opens the line again, empty. What is still running becomes void: it belongs
 * to an older generation. Returns what was in line. */
GQueue          recto_page_line_reset      (RectoPageLine         *self);

/* Waits until all has been pushed. FALSE when that won't happen. */
gboolean        recto_page_line_drain      (RectoPageLine         *self);

/* Waits for the running tasks, void ones as well. */
void            recto_page_line_join       (RectoPageLine         *self);

GstFlowReturn   recto_page_line_get_flow   (RectoPageLine         *self);

GstStructure *  recto_page_line_get_stats  (RectoPageLine         *self,
                                            guint64                n_failed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoPageItem, recto_page_item_free)

G_END_DECLS
