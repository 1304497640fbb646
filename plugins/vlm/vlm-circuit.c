/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-circuit.h"

#include "vlm-interval.h"

/* From a failure to the first trial: what is under way may be answered
 * meanwhile, which spares it. */
#define FIRST_INTERVAL (G_USEC_PER_SEC / 2)

/* Deaths after which a page is asked alone, and after which of those it is not
 * asked any more. */
#define MAX_DEATHS 2
#define MAX_DEATHS_ALONE 2

struct _VlmWait
{
  VlmCircuit *circuit;
  VlmSuspect *suspect;
  GList link;                   /* in the circuit's waits, until it is due */
  Deadline *due;
  VlmTurn turn;                 /* once it is due */
  VlmTurnFunc func;
  gpointer data;
};

struct _VlmCircuit
{
  VlmCircuitFuncs funcs;
  DeadlineQueue *deadlines;
  VlmCircuitState state;
  GQueue waits;

  guint n_out;                  /* permits */
  guint limit;                  /* of those; G_MAXUINT: none */
  guint n_in_time;              /* answers since the limit was changed */
  guint64 n_sent;               /* permits so far */
  const VlmSuspect *alone;      /* has the only permit; nullable */
  gint64 proven_at;             /* when the last request that was answered
                                 * began */

  /* Since it tripped. */
  guint64 trip;                 /* its number */
  gint64 tripped_at;
  guint n_failed;               /* pages */
  guint n_failed_trials;
  gboolean is_tried;            /* a trial is under way */
  const VlmSuspect *trial;      /* whose; NULL: the control */
  Deadline *timer;              /* of the next one */
};

static void pump (VlmCircuit * self, gint64 spread);

/* Waits */

/* Whether the trial under way is of that page, or of the control if `suspect`
 * is NULL. */
static gboolean
is_trial (const VlmCircuit * self, const VlmSuspect * suspect)
{
  return self->is_tried && self->trial == suspect;
}

/* Between a permit and its use. */
static gboolean
is_overtaken (const VlmWait * wait)
{
  const VlmCircuit *circuit = wait->circuit;

  return wait->turn == VLM_TURN_SEND && circuit->state != VLM_CIRCUIT_CLOSED
      && !is_trial (circuit, wait->suspect);
}

static void
on_due (gpointer data)
{
  VlmWait *wait = data;

  wait->due = NULL;
  if (is_overtaken (wait)) {
    g_queue_push_head_link (&wait->circuit->waits, &wait->link);
    vlm_circuit_end_neutral (wait->circuit, wait->suspect);
    return;
  }
  wait->func (wait->turn, wait->data);
  g_free (wait);
}

static void
make_due (VlmCircuit * self, VlmWait * wait, VlmTurn turn, gint64 spread)
{
  g_queue_unlink (&self->waits, &wait->link);
  wait->turn = turn;
  wait->due = deadline_queue_add (self->deadlines,
      g_get_monotonic_time () + spread * g_random_double (), on_due, wait);
}

VlmWait *
vlm_circuit_wait (VlmCircuit * self, VlmSuspect * suspect, VlmTurnFunc func,
    gpointer data)
{
  VlmWait *wait = g_new0 (VlmWait, 1);

  wait->circuit = self;
  wait->suspect = suspect;
  wait->link.data = wait;
  wait->func = func;
  wait->data = data;
  g_queue_push_tail_link (&self->waits, &wait->link);
  pump (self, 0);
  return wait;
}

void
vlm_wait_cancel (VlmWait ** wait)
{
  VlmWait *self = g_steal_pointer (wait);

  if (self == NULL)
    return;
  if (self->due == NULL)
    g_queue_unlink (&self->circuit->waits, &self->link);
  else if (self->turn == VLM_TURN_SEND)
    vlm_circuit_end_neutral (self->circuit, self->suspect);
  deadline_cancel (&self->due);
  g_free (self);
}

gboolean
vlm_circuit_give_up_only (VlmCircuit * self)
{
  VlmWait *wait = g_queue_peek_head (&self->waits);

  if (self->waits.length != 1 || self->n_out > 0
      || wait->suspect->n_failures < 2)
    return FALSE;
  make_due (self, wait, VLM_TURN_GIVE_UP, 0);
  return TRUE;
}

/* Permits */

static void
give_permit (VlmCircuit * self, VlmSuspect * suspect)
{
  suspect->was_alone = self->n_out == 0;
  suspect->sent = ++self->n_sent;
  self->n_out++;
}

static void
send (VlmCircuit * self, VlmWait * wait, gint64 spread)
{
  give_permit (self, wait->suspect);
  make_due (self, wait, VLM_TURN_SEND, spread);
}

static void
end_permit (VlmCircuit * self, VlmSuspect * suspect)
{
  self->n_out--;
  if (self->alone == suspect)
    self->alone = NULL;
  if (suspect->sent != self->n_sent)
    suspect->was_alone = FALSE;
}

static gboolean
must_be_alone (const VlmSuspect * suspect)
{
  return suspect->n_deaths >= MAX_DEATHS;
}

static gboolean
may_take (VlmCircuit * self)
{
  return self->state == VLM_CIRCUIT_CLOSED && self->alone == NULL
      && self->n_out < self->limit;
}

gboolean
vlm_circuit_take_permit (VlmCircuit * self, VlmSuspect * suspect)
{
  if (!may_take (self) || !g_queue_is_empty (&self->waits)
      || suspect->is_charged || must_be_alone (suspect))
    return FALSE;
  give_permit (self, suspect);
  return TRUE;
}

gboolean
vlm_circuit_take_second_permit (VlmCircuit * self, VlmSuspect * suspect)
{
  return suspect->n_failures == 0 && vlm_circuit_take_permit (self, suspect);
}

guint
vlm_circuit_get_in_flight (VlmCircuit * self)
{
  return self->n_out;
}

guint
vlm_circuit_get_limit (VlmCircuit * self)
{
  return self->limit;
}

void
vlm_circuit_halve (VlmCircuit * self)
{
  self->limit = MAX (MIN (self->limit, self->n_out) / 2, 1);
  self->n_in_time = 0;
}

/* By one for as many answers as there are requests at a time. */
static void
raise_limit (VlmCircuit * self)
{
  if (self->limit == G_MAXUINT || ++self->n_in_time < self->limit)
    return;
  self->limit++;
  self->n_in_time = 0;
}

/* States */

static void
end_try (VlmCircuit * self)
{
  self->is_tried = FALSE;
  self->trial = NULL;
}

static void
set_state (VlmCircuit * self, VlmCircuitState state)
{
  deadline_cancel (&self->timer);
  end_try (self);
  self->state = state;
  self->funcs.on_state (state, self->funcs.data);
}

/* Where one page failed, and no trial, it may have been that page. */
static gboolean
has_single_failure (VlmCircuit * self)
{
  return self->n_failed < 2 && self->n_failed_trials == 0;
}

static void
judge_failure (VlmCircuit * self, VlmSuspect * suspect)
{
  if (suspect->n_failures == 0 || suspect->trip != self->trip)
    return;
  if (!has_single_failure (self)) {
    suspect->is_charged = FALSE;
    suspect->n_deaths++;
  } else if (!suspect->was_lost) {
    return;
  }
  if (suspect->died_alone)
    suspect->n_deaths_alone++;
}

/* Of those that failed since the circuit tripped. */
static void
judge_failures (VlmCircuit * self)
{
  for (GList * l = self->waits.head; l; l = l->next)
    judge_failure (self, ((VlmWait *) l->data)->suspect);
}

void
vlm_circuit_close (VlmCircuit * self, gint64 spread)
{
  if (self->state == VLM_CIRCUIT_TRIPPED)
    judge_failures (self);
  set_state (self, VLM_CIRCUIT_CLOSED);
  pump (self, spread);
}

void
vlm_circuit_hold (VlmCircuit * self)
{
  set_state (self, VLM_CIRCUIT_HELD);
}

void
vlm_circuit_end (VlmCircuit * self)
{
  set_state (self, VLM_CIRCUIT_ENDED);
  pump (self, 0);
}

VlmCircuitState
vlm_circuit_get_state (VlmCircuit * self)
{
  return self->state;
}

/* Trials */

static VlmWait *
find_unsuspected (VlmCircuit * self)
{
  for (GList * l = self->waits.head; l; l = l->next) {
    VlmWait *wait = l->data;

    if (wait->suspect->n_failures == 0)
      return wait;
  }
  return NULL;
}

static void
try_page (VlmCircuit * self, VlmWait * wait)
{
  self->is_tried = TRUE;
  self->trial = wait->suspect;
  send (self, wait, 0);
}

/* FALSE: there is none. */
static gboolean
try_control (VlmCircuit * self)
{
  self->trial = NULL;
  self->is_tried = self->funcs.ask_control (self->funcs.data);
  return self->is_tried;
}

static void
try_any (gpointer data)
{
  VlmCircuit *self = data;
  VlmWait *wait = find_unsuspected (self);

  self->timer = NULL;
  if (g_queue_is_empty (&self->waits))
    return;
  if (wait)
    try_page (self, wait);
  else if (!try_control (self))
    /* The one that failed last is the last. */
    try_page (self, g_queue_peek_head (&self->waits));
}

static void
try_at (VlmCircuit * self, gint64 when)
{
  deadline_cancel (&self->timer);
  self->timer = deadline_queue_add (self->deadlines, when, try_any, self);
}

static void
trip (VlmCircuit * self)
{
  set_state (self, VLM_CIRCUIT_TRIPPED);
  self->trip++;
  self->tripped_at = g_get_monotonic_time ();
  self->n_failed = 0;
  self->n_failed_trials = 0;
}

/* What failed in an outage was no attempt, whenever it failed. */
static void
fail_trial (VlmCircuit * self, gint64 not_before)
{
  gint64 interval = vlm_interval_get (self->n_failed_trials++);

  end_try (self);
  for (GList * l = self->waits.head; l; l = l->next) {
    VlmSuspect *suspect = ((VlmWait *) l->data)->suspect;

    if (suspect->is_charged)
      suspect->trip = self->trip;
    suspect->is_charged = FALSE;
  }
  try_at (self, MAX (not_before, g_get_monotonic_time () + interval));
}

static void
note_answer (VlmCircuit * self, gint64 began_at)
{
  self->proven_at = MAX (self->proven_at, began_at);
  if (self->state == VLM_CIRCUIT_TRIPPED
      && (began_at > self->tripped_at || has_single_failure (self)))
    vlm_circuit_close (self, 0);
}

void
vlm_circuit_end_trial (VlmCircuit * self, gboolean is_answered,
    gint64 began_at, gint64 not_before)
{
  end_try (self);
  if (is_answered) {
    note_answer (self, began_at);
  } else {
    if (self->state == VLM_CIRCUIT_CLOSED)
      trip (self);
    if (self->state == VLM_CIRCUIT_TRIPPED)
      fail_trial (self, not_before);
  }
  pump (self, 0);
}

void
vlm_circuit_lose_control (VlmCircuit * self)
{
  if (is_trial (self, NULL))
    end_try (self);
  pump (self, 0);
}

/* The ends of permits */

void
vlm_circuit_end_answered (VlmCircuit * self, VlmSuspect * suspect,
    gint64 began_at)
{
  end_permit (self, suspect);
  raise_limit (self);
  note_answer (self, began_at);
  pump (self, 0);
}

static void
suspect_page (VlmCircuit * self, VlmSuspect * suspect, gboolean was_lost,
    gboolean was_trial)
{
  gboolean is_again = suspect->n_failures > 0 && suspect->trip == self->trip;

  suspect->failed_at = g_get_monotonic_time ();
  if (!is_again)
    self->n_failed++;
  /* The other one of two requests for a page says nothing more. */
  if (is_again && !was_trial)
    return;
  suspect->n_failures++;
  suspect->trip = self->trip;
  suspect->was_lost = was_lost;
  suspect->died_alone = suspect->was_alone && !was_trial;
  suspect->is_charged = suspect->n_failures > 1 && !was_trial
      && self->state == VLM_CIRCUIT_TRIPPED;
}

void
vlm_circuit_end_failed (VlmCircuit * self, VlmSuspect * suspect,
    VlmFailure failure, gint64 not_before)
{
  gboolean was_trial = is_trial (self, suspect);

  end_permit (self, suspect);
  if (self->state == VLM_CIRCUIT_CLOSED) {
    trip (self);
    try_at (self, MAX (not_before, self->tripped_at + FIRST_INTERVAL));
  }
  if (failure == VLM_FAILURE_STATUS || failure == VLM_FAILURE_LOST)
    suspect_page (self, suspect, failure == VLM_FAILURE_LOST, was_trial);
  if (was_trial)
    fail_trial (self, not_before);
  pump (self, 0);
}

void
vlm_circuit_end_neutral (VlmCircuit * self, VlmSuspect * suspect)
{
  end_permit (self, suspect);
  if (is_trial (self, suspect))
    end_try (self);
  pump (self, 0);
}

/* Going on */

/* What is known of a page by now; FALSE when it has to wait. */
static gboolean
find_verdict (VlmCircuit * self, VlmSuspect * suspect, VlmTurn * turn)
{
  if (suspect->n_deaths_alone >= MAX_DEATHS_ALONE) {
    *turn = VLM_TURN_DIED;
    return TRUE;
  }
  if (!suspect->is_charged || self->proven_at <= suspect->failed_at)
    return FALSE;
  suspect->is_charged = FALSE;
  *turn = VLM_TURN_CHARGE;
  return TRUE;
}

/* Lets go on what may; FALSE when it, and all that came after it, has to
 * wait for those that are under way. */
static gboolean
pass (VlmCircuit * self, VlmWait * wait, gint64 spread)
{
  VlmTurn turn;

  if (find_verdict (self, wait->suspect, &turn)) {
    make_due (self, wait, turn, spread);
    return TRUE;
  }
  if (wait->suspect->is_charged)
    return TRUE;
  if (!may_take (self)
      || (must_be_alone (wait->suspect) && self->n_out > 0))
    return FALSE;
  if (must_be_alone (wait->suspect))
    self->alone = wait->suspect;
  send (self, wait, spread);
  return TRUE;
}

/* Where there is no control, the page that has waited longest is asked once
 * more. */
static void
prove (VlmCircuit * self)
{
  VlmWait *wait = self->waits.head->data;

  if (try_control (self))
    return;
  wait->suspect->is_charged = FALSE;
  send (self, wait, 0);
}

static void
pump_closed (VlmCircuit * self, gint64 spread)
{
  GList *next;

  for (GList * l = self->waits.head; l; l = next) {
    next = l->next;
    if (!pass (self, l->data, spread))
      return;
  }
  /* All that wait need an answer to another page. */
  if (self->waits.head && self->n_out == 0 && !self->is_tried)
    prove (self);
}

static void
end_all (VlmCircuit * self)
{
  while (self->waits.head)
    make_due (self, self->waits.head->data, VLM_TURN_END, 0);
}

static void
pump (VlmCircuit * self, gint64 spread)
{
  switch (self->state) {
    case VLM_CIRCUIT_HELD:
      break;
    case VLM_CIRCUIT_CLOSED:
      pump_closed (self, spread);
      break;
    case VLM_CIRCUIT_TRIPPED:
      if (self->waits.head && self->timer == NULL && !self->is_tried)
        try_at (self, g_get_monotonic_time () + vlm_interval_get (0));
      break;
    case VLM_CIRCUIT_ENDED:
      end_all (self);
      break;
  }
}

/* The object */

VlmCircuit *
vlm_circuit_new (const VlmCircuitFuncs * funcs)
{
  VlmCircuit *self = g_new0 (VlmCircuit, 1);

  self->funcs = *funcs;
  self->state = VLM_CIRCUIT_HELD;
  self->limit = G_MAXUINT;
  g_queue_init (&self->waits);
  return self;
}

void
vlm_circuit_free (VlmCircuit * self)
{
  g_assert (g_queue_is_empty (&self->waits));

  g_free (self);
}

void
vlm_circuit_set_deadlines (VlmCircuit * self, DeadlineQueue * deadlines)
{
  self->deadlines = deadlines;
}
