/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <unistd.h>

#include "model-loop.h"

#define N_EVENTS 256

struct _ModelLoop
{
  GMainContext *context;
  GThread *thread;
  GSource *source;              /* of epoll and the timers */
  int epoll;
  GSequence *timers;            /* of ModelTimer, soonest first */
  gboolean ends;
};

struct _ModelTimer
{
  gint64 due;
  ModelLoopFunc func;
  gpointer data;
  GSequenceIter *place;
};

typedef struct
{
  GSource source;
  ModelLoop *loop;
} LoopSource;

typedef struct
{
  ModelLoopFunc func;
  gpointer data;
  gboolean is_waited_for;
  GMutex lock;
  GCond cond;
  gboolean is_done;
} Call;

/* Timers */

static int
compare_timers (gconstpointer a, gconstpointer b, gpointer data)
{
  const ModelTimer *left = a;
  const ModelTimer *right = b;

  return left->due < right->due ? -1 : left->due > right->due;
}

static ModelTimer *
get_first_timer (ModelLoop * self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->timers);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

static void
update_ready_time (ModelLoop * self)
{
  ModelTimer *timer = get_first_timer (self);

  g_source_set_ready_time (self->source, timer ? timer->due : -1);
}

ModelTimer *
model_loop_add_timer (ModelLoop * self, gint64 delay, ModelLoopFunc func,
    gpointer data)
{
  ModelTimer *timer = g_new0 (ModelTimer, 1);

  timer->due = g_get_monotonic_time () + delay;
  timer->func = func;
  timer->data = data;
  timer->place = g_sequence_insert_sorted (self->timers, timer,
      compare_timers, NULL);
  if (get_first_timer (self) == timer)
    update_ready_time (self);
  return timer;
}

void
model_loop_remove_timer (ModelLoop * self, ModelTimer * timer)
{
  g_sequence_remove (timer->place);
}

static void
run_timers (ModelLoop * self)
{
  gint64 now = g_get_monotonic_time ();
  ModelTimer *timer;

  while ((timer = get_first_timer (self)) && timer->due <= now) {
    ModelLoopFunc func = timer->func;
    gpointer data = timer->data;

    g_sequence_remove (timer->place);
    func (data);
  }
  update_ready_time (self);
}

/* Watches */

void
model_loop_watch (ModelLoop * self, ModelWatch * watch, guint32 events)
{
  struct epoll_event event = {.events = events,.data.ptr = watch };
  int operation = !events ? EPOLL_CTL_DEL : watch->events ? EPOLL_CTL_MOD :
      EPOLL_CTL_ADD;

  if (events == watch->events)
    return;
  if (epoll_ctl (self->epoll, operation, watch->fd, &event) != 0)
    g_error ("epoll_ctl: %s", g_strerror (errno));
  watch->events = events;
}

/* One that ends another one's watch does so in a call, which is not made from
 * here. */
static void
run_watches (ModelLoop * self)
{
  struct epoll_event events[N_EVENTS];
  int n = epoll_wait (self->epoll, events, N_EVENTS, 0);

  for (int i = 0; i < n; i++) {
    ModelWatch *watch = events[i].data.ptr;

    watch->func (events[i].events, watch->data);
  }
}

static gboolean
dispatch (GSource * source, GSourceFunc callback, gpointer data)
{
  ModelLoop *self = ((LoopSource *) source)->loop;

  run_timers (self);
  run_watches (self);
  return G_SOURCE_CONTINUE;
}

/* Calls */

static gboolean
make_call (gpointer data)
{
  Call *call = data;

  call->func (call->data);
  if (!call->is_waited_for) {
    g_free (call);
    return G_SOURCE_REMOVE;
  }

  g_mutex_lock (&call->lock);
  call->is_done = TRUE;
  g_cond_signal (&call->cond);
  g_mutex_unlock (&call->lock);
  return G_SOURCE_REMOVE;
}

static void
attach_call (ModelLoop * self, Call * call)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, make_call, call, NULL);
  g_source_attach (source, self->context);
}

static void
call_later (ModelLoop * self, ModelLoopFunc func, gpointer data)
{
  Call *call = g_new0 (Call, 1);

  call->func = func;
  call->data = data;
  attach_call (self, call);
}

static void
call_and_wait (ModelLoop * self, ModelLoopFunc func, gpointer data)
{
  Call call = {.func = func,.data = data,.is_waited_for = TRUE };

  g_mutex_init (&call.lock);
  g_cond_init (&call.cond);
  attach_call (self, &call);

  g_mutex_lock (&call.lock);
  while (!call.is_done)
    g_cond_wait (&call.cond, &call.lock);
  g_mutex_unlock (&call.lock);
  g_mutex_clear (&call.lock);
  g_cond_clear (&call.cond);
}

void
model_loop_call (ModelLoop * self, ModelLoopFunc func, gpointer data)
{
  if (g_thread_self () == self->thread)
    call_later (self, func, data);
  else
    call_and_wait (self, func, data);
}

/* Life */

static gpointer
run (gpointer data)
{
  ModelLoop *self = data;

  g_main_context_push_thread_default (self->context);
  while (!self->ends)
    g_main_context_iteration (self->context, TRUE);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
end (gpointer data)
{
  ModelLoop *self = data;

  self->ends = TRUE;
}

ModelLoop *
model_loop_new (void)
{
  static GSourceFuncs funcs = {.dispatch = dispatch };
  ModelLoop *self = g_new0 (ModelLoop, 1);

  self->epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll < 0)
    g_error ("epoll_create1: %s", g_strerror (errno));
  self->context = g_main_context_new ();
  self->timers = g_sequence_new (g_free);

  self->source = g_source_new (&funcs, sizeof (LoopSource));
  ((LoopSource *) self->source)->loop = self;
  g_source_add_unix_fd (self->source, self->epoll, G_IO_IN);
  g_source_attach (self->source, self->context);
  self->thread = g_thread_new ("model-server", run, self);

  return self;
}

void
model_loop_free (ModelLoop * self)
{
  call_and_wait (self, end, self);
  g_thread_join (self->thread);

  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_main_context_unref (self->context);
  g_sequence_free (self->timers);
  close (self->epoll);
  g_free (self);
}

GMainContext *
model_loop_get_context (ModelLoop * self)
{
  return self->context;
}
