/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <sys/eventfd.h>
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
  ModelWatch waker;             /* an eventfd, for calls */
  gboolean ends;

  GMutex lock;
  GCond cond;                   /* a call was made */
  GQueue calls;
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

/* Calls */

static void
on_woken (guint32 events, gpointer data)
{
  ModelLoop *self = data;
  eventfd_t value;

  eventfd_read (self->waker.fd, &value);
}

static Call *
take_call (ModelLoop * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return g_queue_pop_head (&self->calls);
}

static void
end_call (ModelLoop * self, Call * call)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (!call->is_waited_for) {
    g_free (call);
    return;
  }
  call->is_done = TRUE;
  g_cond_broadcast (&self->cond);
}

static void
make_calls (ModelLoop * self)
{
  Call *call;

  while ((call = take_call (self))) {
    call->func (call->data);
    end_call (self, call);
  }
}

static gboolean
dispatch (GSource * source, GSourceFunc callback, gpointer data)
{
  ModelLoop *self = ((LoopSource *) source)->loop;

  run_timers (self);
  run_watches (self);
  make_calls (self);
  return G_SOURCE_CONTINUE;
}

static void
add_call (ModelLoop * self, Call * call)
{
  g_queue_push_tail (&self->calls, call);
  eventfd_write (self->waker.fd, 1);
}

static void
call_later (ModelLoop * self, ModelLoopFunc func, gpointer data)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  Call *call = g_new0 (Call, 1);

  call->func = func;
  call->data = data;
  add_call (self, call);
}

static void
call_and_wait (ModelLoop * self, ModelLoopFunc func, gpointer data)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  Call call = {.func = func,.data = data,.is_waited_for = TRUE };

  add_call (self, &call);
  while (!call.is_done)
    g_cond_wait (&self->cond, &self->lock);
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

static void
init_waker (ModelLoop * self)
{
  self->waker.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->waker.fd < 0)
    g_error ("eventfd: %s", g_strerror (errno));
  self->waker.func = on_woken;
  self->waker.data = self;
  model_loop_watch (self, &self->waker, EPOLLIN);
}

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
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->calls);
  init_waker (self);
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
  close (self->waker.fd);
  close (self->epoll);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

GMainContext *
model_loop_get_context (ModelLoop * self)
{
  return self->context;
}
