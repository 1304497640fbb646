/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-job.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <recto/recto-page-transform-private.h>

#include "answer.h"
#include "finish-reason.h"
#include "chat-reply.h"
#include "vlm-flaw.h"
#include "vlm-image.h"
#include "vlm-outcome.h"

GST_DEBUG_CATEGORY_EXTERN (gst_recto_vlm_inference_debug);
#define GST_CAT_DEFAULT gst_recto_vlm_inference_debug

/* One, and another beside it when it is slow. */
#define MAX_CALLS 2

/* How often a server may put off a page while it takes others. */
#define MAX_PUT_OFF 20

/* Between attempts that the server failed: twice as long each time. */
#define FIRST_DELAY (G_USEC_PER_SEC / 10)
#define MAX_DELAY (5 * G_USEC_PER_SEC)

/* Characters of a document's own text that are more than a page number, and
 * that a model would not overlook. */
#define MIN_TEXT 50

/*
 *                 +--------------------- retry ----------------------+
 *                 v                                                  |
 *     PREPARING ----> CALLING ----> BACKING_OFF -------------------->|
 *       |  |            |  |  |                                      |
 *       |  |            |  |  +---> CHECKING_EMPTY ----------------->|
 *       |  |            |  |          |                              |
 *       |  +---------------+------> WAITING_FOR_SERVER ------------->|
 *       |               |             |                              |
 *       +---------------+-------------+---> FALLING_BACK
 *                       |             |       |
 *                       +-------------+-------+-------> DONE
 */
typedef enum
{
  STATE_PREPARING,              /* the next attempt, and the image for it */
  STATE_CALLING,                /* one attempt is under way, or two */
  STATE_BACKING_OFF,            /* after an attempt that the server failed */
  STATE_WAITING_FOR_SERVER,
  /* Attempts that are still under way do not count any more. */
  STATE_CHECKING_EMPTY,         /* whether the document has text on the page */
  STATE_FALLING_BACK,           /* no attempt is left */
  STATE_DONE,                   /* the task is answered */
} State;

static const char *const state_names[] = {
  "preparing", "calling", "backing off", "waiting for the server",
  "checking an empty answer", "falling back", "done",
};

typedef struct
{
  VlmJob *job;
  VlmCall *call;                /* NULL: there is none */
} Attempt;

struct _VlmJob
{
  VlmContext *context;
  RectoPageTask *task;
  VlmJobFunc on_done;
  gpointer data;

  State state;
  VlmOutcome outcome;

  VlmImage image;
  guint n_renders;              /* under way, in whatever state */

  Attempt attempts[MAX_CALLS];  /* while calling */
  gboolean wants_hedge;         /* others wait for the page */
  gboolean was_lost;            /* with a connection that had been idle */
  gint64 expires_at;            /* 0: nothing was sent yet */

  Deadline *delay;              /* while backing off */

  VlmSuspect suspect;
  VlmWait *wait;                /* while waiting for the server */
  gint64 waits_since;
  guint n_put_off;
  GError *failure;              /* the last one of the server */
  gboolean has_failed;          /* since it was asked, which may be an attempt */
  RectoTextReason failure_reason;
};

static void go_to (VlmJob * self, State state);

#define COUNT(self, what, n) VLM_CONTEXT_COUNT ((self)->context, what, (n))

static guint
count_calls (VlmJob * self)
{
  guint n = 0;

  for (guint i = 0; i < MAX_CALLS; i++)
    n += self->attempts[i].call != NULL;
  return n;
}

static VlmCircuit *
get_circuit (VlmJob * self)
{
  return vlm_server_get_circuit (self->context->options.server);
}

static void
cancel_calls (VlmJob * self)
{
  for (guint i = 0; i < MAX_CALLS; i++) {
    if (self->attempts[i].call == NULL)
      continue;
    vlm_call_cancel (&self->attempts[i].call);
    vlm_circuit_end_neutral (get_circuit (self), &self->suspect);
  }
}

/* States */

static void
log_state (VlmJob * self, State state)
{
  RectoPage *page = recto_page_task_get_page (self->task);

  GST_DEBUG_OBJECT (self->context->options.element, "%s, page %u: %s → %s",
      page ? recto_document_get_name (recto_page_get_document (page)) : "?",
      page ? recto_page_get_number (page) : 0, state_names[self->state],
      state_names[state]);
}

/* Ends what only the state before needs. */
static void
set_state (VlmJob * self, State state)
{
  if (self->state == state)
    return;
  log_state (self, state);
  self->state = state;
  if (state != STATE_CALLING)
    cancel_calls (self);
  deadline_cancel (&self->delay);
  vlm_wait_cancel (&self->wait);
}

static void
free_when_idle (VlmJob * self)
{
  if (self->state != STATE_DONE || self->n_renders > 0)
    return;

  vlm_outcome_clear (&self->outcome);
  g_clear_error (&self->failure);
  vlm_image_clear (&self->image);
  recto_page_task_unref (self->task);
  g_free (self);
}

static void
end (VlmJob * self)
{
  g_clear_pointer (&self->image.bytes, g_bytes_unref);
  self->on_done (self, self->data);
  free_when_idle (self);
}

void
vlm_job_drop (VlmJob * self)
{
  recto_page_task_drop (self->task);
  go_to (self, STATE_DONE);
}

/* Render workers keep the client's thread, and the job. */

static void
begin_render (VlmJob * self)
{
  self->n_renders++;
  vlm_client_hold (self->context->options.client);
}

/* FALSE when the result is of no use any more. */
static gboolean
end_render (VlmJob * self)
{
  gboolean wanted = self->state != STATE_DONE;

  vlm_client_release (self->context->options.client);
  self->n_renders--;
  free_when_idle (self);
  return wanted;
}

static void
read_text_layer (VlmJob * self, GAsyncReadyCallback callback)
{
  begin_render (self);
  vlm_render_read_text (self->context->options.render,
      recto_page_task_get_page (self->task),
      recto_page_task_get_cancellable (self->task), callback, self);
}

static gboolean
has_document (VlmJob * self)
{
  RectoPage *page = recto_page_task_get_page (self->task);

  return page && recto_document_get_renderer (recto_page_get_document (page));
}

/* Falling back */

static void
on_fallback_read (GObject * source, GAsyncResult * result, gpointer data)
{
  VlmJob *self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = vlm_render_read_text_finish (result, &error);

  if (!end_render (self))
    return;
  if (error)
    GST_DEBUG ("no text layer: %s", error->message);
  vlm_outcome_return_fallback (&self->outcome, text, self->context,
      self->task);
  go_to (self, STATE_DONE);
}

static void
fall_back (VlmJob * self)
{
  if (vlm_outcome_may_have_text_layer (&self->outcome)
      && self->context->options.text_layer && has_document (self)) {
    read_text_layer (self, on_fallback_read);
    return;
  }
  vlm_outcome_return_fallback (&self->outcome, NULL, self->context,
      self->task);
  go_to (self, STATE_DONE);
}

/* That nothing is left to try with is the reason where no attempt has one. */
static void
give_up (VlmJob * self, RectoTextReason reason)
{
  if (self->outcome.reason == RECTO_TEXT_REASON_UNKNOWN)
    self->outcome.reason = reason;
  go_to (self, STATE_FALLING_BACK);
}

/* Takes `error`. */
static void
fail_attempt (VlmJob * self, RectoTextReason reason, GError * error)
{
  self->outcome.n_failed++;
  COUNT (self, attempts_failed, 1);
  GST_DEBUG ("attempt %u failed: %s", self->outcome.n_failed, error->message);
  vlm_outcome_set_error (&self->outcome, reason, error);
}

/* Preparing an attempt */

static void prepare (VlmJob * self);

static void
on_image_made (GObject * source, GAsyncResult * result, gpointer data)
{
  VlmJob *self = data;
  g_autoptr (GError) error = NULL;
  gboolean made = vlm_image_make_finish (&self->image, result, &error);

  if (!end_render (self))
    return;
  if (made) {
    prepare (self);
    return;
  }
  vlm_outcome_set_error (&self->outcome, RECTO_TEXT_REASON_UNKNOWN,
      g_steal_pointer (&error));
  go_to (self, STATE_FALLING_BACK);
}

static void
make_image (VlmJob * self)
{
  begin_render (self);
  vlm_image_make (&self->image, self->context->options.render,
      recto_page_task_get_cancellable (self->task), on_image_made, self);
}

static gboolean
may_try (VlmJob * self)
{
  return self->outcome.n_failed + count_calls (self)
      < self->context->options.n_attempts;
}

static gint64
get_time_left (VlmJob * self)
{
  const VlmOptions *options = &self->context->options;
  gint64 now = g_get_monotonic_time ();

  if (self->expires_at == 0)
    self->expires_at = now + options->page_timeout;
  return MIN (options->timeout, self->expires_at - now);
}

static void
prepare (VlmJob * self)
{
  if (vlm_server_get_error (self->context->options.server))
    vlm_job_drop (self);
  else if (!may_try (self))
    go_to (self, STATE_FALLING_BACK);
  else if (self->image.bytes == NULL)
    make_image (self);
  else if (get_time_left (self) <= 0)
    give_up (self, RECTO_TEXT_REASON_TOO_SLOW);
  else if (vlm_circuit_take_permit (get_circuit (self), &self->suspect))
    go_to (self, STATE_CALLING);
  else
    go_to (self, STATE_WAITING_FOR_SERVER);
}

/* Backing off */

static void
on_delayed (gpointer data)
{
  VlmJob *self = data;

  self->delay = NULL;
  go_to (self, STATE_PREPARING);
}

static void
back_off (VlmJob * self)
{
  guint n_before = self->outcome.n_failed - 1;
  gint64 delay = MIN (FIRST_DELAY << MIN (n_before, 8), MAX_DELAY);

  self->delay = deadline_queue_add (vlm_client_get_deadlines
      (self->context->options.client), g_get_monotonic_time ()
      + delay * g_random_double_range (0.5, 1), on_delayed, self);
}

/* Waiting for the server */

/* That uses up none of a page's time, nor does what was no attempt. */
static void
restore_time (VlmJob * self)
{
  if (self->has_failed)
    self->expires_at = 0;
  else if (self->expires_at)
    self->expires_at += g_get_monotonic_time () - self->waits_since;
  self->has_failed = FALSE;
}

static void
charge (VlmJob * self, State next)
{
  fail_attempt (self, self->failure_reason, g_error_copy (self->failure));
  self->has_failed = FALSE;
  go_to (self, next);
}

static void
on_turn (VlmTurn turn, gpointer data)
{
  VlmJob *self = data;

  self->wait = NULL;
  switch (turn) {
    case VLM_TURN_SEND:
      restore_time (self);
      go_to (self, STATE_CALLING);
      break;
    case VLM_TURN_CHARGE:
      charge (self, may_try (self) ? STATE_BACKING_OFF : STATE_FALLING_BACK);
      break;
    case VLM_TURN_DIED:
      self->outcome.has_died = TRUE;
      charge (self, STATE_FALLING_BACK);
      break;
    case VLM_TURN_GIVE_UP:
      charge (self, STATE_FALLING_BACK);
      break;
    case VLM_TURN_END:
      vlm_job_drop (self);
      break;
  }
}

static void
wait_for_server (VlmJob * self)
{
  self->waits_since = g_get_monotonic_time ();
  self->wait = vlm_circuit_wait (get_circuit (self), &self->suspect, on_turn,
      self);
  COUNT (self, waits, 1);
}

/* Answers. What is made of one leads to the next state. */

static void
count_tokens (VlmJob * self, const ChatReply * reply)
{
  vlm_outcome_add_tokens (&self->outcome, reply);
  COUNT (self, input_tokens, MAX (reply->input_tokens, 0));
  COUNT (self, output_tokens, MAX (reply->output_tokens, 0));
}

/* An attempt that is followed needs the answer to the one before. */
static void
follow_rotation (VlmJob * self, const Answer * answer)
{
  if (vlm_image_turn (&self->image, answer, self->outcome.n_failed == 0))
    COUNT (self, rotations, 1);
  if (self->image.rotation.follows)
    cancel_calls (self);
}

static void
on_empty_checked (GObject * source, GAsyncResult * result, gpointer data)
{
  VlmJob *self = data;
  g_autofree char *text = vlm_render_read_text_finish (result, NULL);

  if (!end_render (self))
    return;
  if (text == NULL || vlm_text_count_visible (text) < MIN_TEXT) {
    vlm_outcome_return_finding (&self->outcome, &self->outcome.empty,
        self->context, self->task);
    go_to (self, STATE_DONE);
    return;
  }
  fail_attempt (self, RECTO_TEXT_REASON_INVALID_ANSWER,
      g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
          _("The model says that the page is empty, but the document has text"
              " on it.")));
  go_to (self, STATE_PREPARING);
}

/* A page that is empty is rare enough to be looked at twice. */
static State
accept (VlmJob * self, Answer * answer, const char *finish_reason)
{
  VlmOutcome *outcome = &self->outcome;
  VlmFinding *finding = *answer->text ? &outcome->valid : &outcome->empty;

  vlm_finding_take (finding, answer, finish_reason, self->image.rotation.angle);
  if (finding == &outcome->empty && has_document (self))
    return STATE_CHECKING_EMPTY;
  vlm_outcome_return_finding (outcome, finding, self->context, self->task);
  return STATE_DONE;
}

static State
take_answer (VlmJob * self, const ChatReply * reply, Answer * answer)
{
  guint max_context = self->context->options.max_context;
  g_autoptr (GError) flaw = vlm_flaw_find (reply, max_context);
  gboolean upright =
      vlm_rotation_is_upright (self->context->options.rotation, answer);
  guint rotation = self->image.rotation.angle;

  if (!upright)
    follow_rotation (self, answer);

  if (flaw == NULL && upright)
    return accept (self, answer, reply->finish_reason);
  if (flaw == NULL) {
    flaw = g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("The model says that the page is not upright."));
    vlm_finding_take (&self->outcome.valid, answer, reply->finish_reason,
        rotation);
  } else if (g_strcmp0 (reply->finish_reason, FINISH_LENGTH) == 0
      && *answer->text) {
    vlm_finding_take (&self->outcome.truncated, answer, reply->finish_reason,
        rotation);
  }
  fail_attempt (self, vlm_flaw_get_reason (reply, max_context),
      g_steal_pointer (&flaw));
  return STATE_PREPARING;
}

static void
offer_control (VlmJob * self)
{
  if (self->image.bytes)
    vlm_server_offer_control (self->context->options.server,
        self->context->request, self->image.media_type, self->image.bytes);
}

/* `error` is what the reply lacks; it is taken. */
static State
read_reply (VlmJob * self, ChatReply * reply, GError * error)
{
  const VlmOptions *options = &self->context->options;
  const Secrets *secrets = vlm_client_get_secrets (options->client);
  g_auto (Answer) answer = { NULL, };
  RectoTextReason reason = RECTO_TEXT_REASON_INVALID_ANSWER;

  chat_reply_apply_limit (reply, options->max_tokens);
  count_tokens (self, reply);
  offer_control (self);
  if (error == NULL) {
    if (answer_parse (&answer, options->answer, reply->content, secrets,
            &error))
      return take_answer (self, reply, &answer);
    reason = vlm_flaw_get_reason (reply, options->max_context);
  }
  fail_attempt (self, reason, error);
  return STATE_PREPARING;
}

/* Calls that brought no answer to read */

static RectoTextReason
get_call_reason (const VlmCall * call)
{
  if (call->outcome == VLM_CALL_TIMED_OUT
      || call->status == SOUP_STATUS_REQUEST_TIMEOUT)
    return RECTO_TEXT_REASON_TOO_SLOW;
  if (call->outcome == VLM_CALL_TOO_LONG)
    return RECTO_TEXT_REASON_INVALID_ANSWER;
  return RECTO_TEXT_REASON_SERVER_ERROR;
}

/* A server may close a connection that was idle just as it is used. */
static gboolean
is_idle_loss (VlmJob * self, const VlmCall * call)
{
  if (call->outcome != VLM_CALL_LOST || !call->was_idle || self->was_lost)
    return FALSE;
  self->was_lost = TRUE;
  return TRUE;
}

/* Takes `error`. */
static State
note_failure (VlmJob * self, const VlmCall * call, GError * error)
{
  g_clear_error (&self->failure);
  self->failure = error;
  self->has_failed = TRUE;
  self->failure_reason = get_call_reason (call);
  return STATE_WAITING_FOR_SERVER;
}

static gboolean
may_be_put_off (VlmJob * self, const VlmCall * call)
{
  return !vlm_server_has_answered_since (self->context->options.server,
      call->began_at) || ++self->n_put_off <= MAX_PUT_OFF;
}

/* What a call that has ended means for the page: which of them were attempts,
 * and what comes next. */
static State
judge_call (VlmJob * self, VlmCall * call)
{
  g_autoptr (GError) error = NULL;
  g_auto (ChatReply) reply = { NULL, };

  if (is_idle_loss (self, call)) {
    vlm_circuit_end_neutral (get_circuit (self), &self->suspect);
    return STATE_PREPARING;
  }

  switch (vlm_server_judge (self->context->options.server, &self->suspect,
          call, &reply, &error)) {
    case VLM_VERDICT_ANSWER:
      return read_reply (self, &reply, g_steal_pointer (&error));
    case VLM_VERDICT_RETRY:
      fail_attempt (self, get_call_reason (call), g_steal_pointer (&error));
      return STATE_BACKING_OFF;
    case VLM_VERDICT_WAIT:
      return note_failure (self, call, g_steal_pointer (&error));
    case VLM_VERDICT_BUSY:
      if (may_be_put_off (self, call))
        return STATE_WAITING_FOR_SERVER;
      fail_attempt (self, RECTO_TEXT_REASON_SERVER_ERROR,
          g_steal_pointer (&error));
      return STATE_FALLING_BACK;
    case VLM_VERDICT_SHRINK:
      if (vlm_image_shrink (&self->image)) {
        cancel_calls (self);
        return STATE_PREPARING;
      }
      break;
    case VLM_VERDICT_REFUSED:
      break;
    case VLM_VERDICT_FATAL:
      recto_page_task_drop (self->task);
      return STATE_DONE;
  }
  fail_attempt (self, RECTO_TEXT_REASON_REFUSED, g_steal_pointer (&error));
  return STATE_FALLING_BACK;
}

/* An attempt that is left goes on, unless it does not count any more. */
static void
on_called (VlmCall * call, gpointer data)
{
  Attempt *attempt = data;
  VlmJob *self = attempt->job;
  State next;

  attempt->call = NULL;
  next = judge_call (self, call);
  if (count_calls (self) == 0 || next >= STATE_CHECKING_EMPTY)
    go_to (self, next);
}

/* Calling */

static gint64
on_late (VlmCall * call, gpointer data)
{
  VlmJob *self = ((Attempt *) data)->job;
  gint64 more = vlm_server_get_more_time (self->context->options.server, call);

  self->expires_at += more;
  return more;
}

static void
send_request (VlmJob * self)
{
  guint index = self->outcome.n_failed + count_calls (self);
  Attempt *attempt = &self->attempts[self->attempts[0].call ? 1 : 0];
  ImageBody *body = chat_request_open (self->context->request, index,
      self->image.media_type, self->image.bytes);

  COUNT (self, requests, 1);
  attempt->call = vlm_client_call (self->context->options.client,
      "/chat/completions", body, MAX (get_time_left (self), 1), on_called,
      attempt);
  vlm_call_set_late_func (attempt->call, on_late);

  if (self->wants_hedge)
    vlm_job_hedge (self);
}

/* In the rotation protocol an attempt needs the answer to the one before. */
void
vlm_job_hedge (VlmJob * self)
{
  /* If there is none to stand beside yet, then when there is. */
  self->wants_hedge = count_calls (self) == 0;
  if (count_calls (self) != 1 || self->image.rotation.follows || !may_try (self)
      || self->image.bytes == NULL || get_time_left (self) <= 0
      || !vlm_circuit_take_second_permit (get_circuit (self), &self->suspect))
    return;
  COUNT (self, hedged, 1);
  send_request (self);
}

/* The job may be gone after this. */
static void
go_to (VlmJob * self, State state)
{
  set_state (self, state);
  switch (state) {
    case STATE_PREPARING:
      prepare (self);
      break;
    case STATE_CALLING:
      send_request (self);
      break;
    case STATE_BACKING_OFF:
      back_off (self);
      break;
    case STATE_WAITING_FOR_SERVER:
      wait_for_server (self);
      break;
    case STATE_CHECKING_EMPTY:
      read_text_layer (self, on_empty_checked);
      break;
    case STATE_FALLING_BACK:
      fall_back (self);
      break;
    case STATE_DONE:
      end (self);
      break;
  }
}

/* The job */

VlmJob *
vlm_job_new (VlmContext * context, RectoPageTask * task, VlmJobFunc on_done,
    gpointer data)
{
  VlmJob *self = g_new0 (VlmJob, 1);

  self->context = context;
  self->task = recto_page_task_ref (task);
  self->on_done = on_done;
  self->data = data;
  vlm_outcome_init (&self->outcome);
  vlm_image_init (&self->image, task, &context->options.image);
  for (guint i = 0; i < MAX_CALLS; i++)
    self->attempts[i].job = self;
  return self;
}

void
vlm_job_start (VlmJob * self)
{
  go_to (self, STATE_PREPARING);
}

RectoPageTask *
vlm_job_get_task (VlmJob * self)
{
  return self->task;
}

gboolean
vlm_job_is_cancelled (VlmJob * self)
{
  return g_cancellable_is_cancelled (recto_page_task_get_cancellable
      (self->task));
}
