/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "deadline-queue.h"

struct _DeadlineQueue
{
  GSource source;
  GSequence *deadlines;         /* the next one first */
};

struct _Deadline
{
  DeadlineQueue *queue;
  GSequenceIter *place;
  gint64 when;
  DeadlineFunc func;
  gpointer data;
};

static Deadline *
peek (DeadlineQueue * self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->deadlines);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

static void
arm (DeadlineQueue * self)
{
  Deadline *next = peek (self);

  g_source_set_ready_time (&self->source, next ? next->when : -1);
}

/* What a function adds is called in the next turn at the earliest. */
static gboolean
dispatch (GSource * source, GSourceFunc callback, gpointer user_data)
{
  DeadlineQueue *self = (DeadlineQueue *) source;
  gint64 now = g_source_get_time (source);
  Deadline *next;

  while ((next = peek (self)) && next->when <= now) {
    Deadline due = *next;

    g_sequence_remove (next->place);
    due.func (due.data);
  }
  arm (self);
  return G_SOURCE_CONTINUE;
}

static void
finalize (GSource * source)
{
  DeadlineQueue *self = (DeadlineQueue *) source;

  g_sequence_free (self->deadlines);
}

static GSourceFuncs source_funcs = {
  .dispatch = dispatch,
  .finalize = finalize,
};

DeadlineQueue *
deadline_queue_new (GMainContext * context)
{
  GSource *source = g_source_new (&source_funcs, sizeof (DeadlineQueue));
  DeadlineQueue *self = (DeadlineQueue *) source;

  self->deadlines = g_sequence_new (g_free);
  g_source_set_static_name (source, "deadlines");
  g_source_attach (source, context);
  return self;
}

void
deadline_queue_stop (DeadlineQueue * self)
{
  g_source_destroy (&self->source);
}

void
deadline_queue_free (DeadlineQueue * self)
{
  g_source_destroy (&self->source);
  g_source_unref (&self->source);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  gint64 x = ((const Deadline *) a)->when;
  gint64 y = ((const Deadline *) b)->when;

  return (x > y) - (x < y);
}

Deadline *
deadline_queue_add (DeadlineQueue * self, gint64 when, DeadlineFunc func,
    gpointer data)
{
  Deadline *deadline = g_new (Deadline, 1);

  *deadline = (Deadline) { self, NULL, when, func, data };
  deadline->place = g_sequence_insert_sorted (self->deadlines, deadline,
      compare, NULL);
  arm (self);
  return deadline;
}

void
deadline_cancel (Deadline ** deadline)
{
  Deadline *cancelled = g_steal_pointer (deadline);
  DeadlineQueue *queue;

  if (cancelled == NULL)
    return;
  queue = cancelled->queue;
  g_sequence_remove (cancelled->place);
  arm (queue);
}
