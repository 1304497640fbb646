/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-server.h"

#include <glib/gi18n-lib.h>

#include "retry-after.h"
#include "vlm-control.h"
#include "vlm-model-choice.h"
#include "vlm-probe.h"
#include "vlm-server-errors.h"
#include "vlm-trouble.h"

GST_DEBUG_CATEGORY_STATIC (vlm_server_debug);
#define GST_CAT_DEFAULT vlm_server_debug

/* The first pause of a server that doesn't say how long, and the longest. Each
 * is twice the one before. */
#define FIRST_PAUSE (G_USEC_PER_SEC / 2)
#define MAX_PAUSE (60 * G_USEC_PER_SEC)

/* So much longer a request may wait after a pause, that not all come at once. */
#define JITTER 0.25

/* Before a connection is tried again that this system could not make. */
#define LOCAL_FAULT_PAUSE G_USEC_PER_SEC

/* How often a server may be too busy for a page, and for all others, before
 * one request at a time goes out. */
#define MAX_BUSY 4

/* And how often as the only page that is asked for, before it may be that
 * page's. */
#define MAX_BUSY_TRIALS 16

/* Pages that are refused before the first one is read: by then it is not the
 * pages. */
#define MAX_REFUSED 16

/* How often a server must fail to list its models before the one that was named
 * is asked for without the list. */
#define MAX_FAILED_LISTS 3

/* How long a server may fail all that it is asked before it has read a page. A
 * large model is loaded by then. */
#define MIN_START_LIMIT (120 * G_USEC_PER_SEC)

/* Between two looks whether requests that are under way at the end of that time
 * are answered; each has a timeout of its own. */
#define LIMIT_INTERVAL (2 * G_USEC_PER_SEC)

/* How long a server may have lost its model. */
#define MAX_UNLISTED (30 * G_USEC_PER_SEC)

/* How long a server may be silent before it is probed. */
#define MIN_SILENCE (60 * G_USEC_PER_SEC)

/* What a request may take in addition while older ones are under way. */
#define MORE_TIME (30 * G_USEC_PER_SEC)

typedef enum
{
  STATE_STARTING,               /* whether it is there is not known yet */
  STATE_READY,                  /* the circuit says the rest */
  STATE_PAUSED,                 /* it takes no more for a while */
  STATE_ENDED,                  /* as is the run */
} State;

static const char *const state_names[] = {
  "starting", "ready", "paused", "ended",
};

static const char *const circuit_names[] = {
  "held", "closed", "tripped", "ended",
};

/* Why the models are asked for. */
typedef enum
{
  PROBE_START,
  PROBE_LIMIT,                  /* no page was read for too long */
  PROBE_MODEL,                  /* it may have lost the model */
  PROBE_SILENCE,
} ProbeReason;

struct _VlmServer
{
  VlmClient *client;
  VlmServerOptions options;
  VlmServerNames names;
  guint n_failed_lists;

  State state;
  GError *error;                /* once it is over */
  VlmCircuit *circuit;
  VlmControl control;
  VlmTrouble trouble;
  VlmProbe *probe;
  ProbeReason probe_reason;
  Deadline *timer;              /* of the pause's end */
  Deadline *silence;            /* of a look at whether there are answers */
  gboolean is_silent;           /* and that is reported */
  gint64 state_since;           /* monotonic time */
  gint64 answered_at;           /* when it last read a page; 0: never */
  gint64 halved_at;             /* when fewer were asked at a time */
  gint64 latency;               /* of the slowest lately, microseconds */
  guint n_pauses;               /* in a row */
  guint n_failed_starts;
  gboolean has_given_up;        /* a page, before any was read */
  guint n_refused;
};

/* What the circuit does not know of a failed call. */
typedef enum
{
  EFFECT_NEUTRAL,
  EFFECT_ANSWERED,
  EFFECT_FAILED,
} Effect;

typedef struct
{
  Effect effect;
  VlmFailure failure;
  gint64 not_before;
} Judgement;

/* States */

static void
set_state (VlmServer * self, State state)
{
  deadline_cancel (&self->timer);
  GST_DEBUG ("%s: %s → %s", self->names.url, state_names[self->state],
      state_names[state]);
  self->state = state;
  self->state_since = g_get_monotonic_time ();
}

/* Takes `error`. */
static void
end_run (VlmServer * self, GError * error)
{
  if (self->state == STATE_ENDED) {
    g_error_free (error);
    return;
  }
  set_state (self, STATE_ENDED);
  self->error = error;
  vlm_probe_cancel (self->probe);
  vlm_control_cancel (&self->control);
  vlm_trouble_end (&self->trouble);
  deadline_cancel (&self->silence);
  self->options.on_fatal (error, self->options.data);
  vlm_circuit_end (self->circuit);
}

static void
open_gate (VlmServer * self, gint64 spread)
{
  set_state (self, STATE_READY);
  vlm_circuit_close (self->circuit, spread);
}

static void
on_circuit_state (VlmCircuitState state, gpointer data)
{
  VlmServer *self = data;

  GST_DEBUG ("%s: the circuit is %s", self->names.url, circuit_names[state]);
}

VlmCircuit *
vlm_server_get_circuit (VlmServer * self)
{
  return self->circuit;
}

gboolean
vlm_server_has_answered_since (VlmServer * self, gint64 when)
{
  return self->answered_at > when;
}

const GError *
vlm_server_get_error (VlmServer * self)
{
  return self->error;
}

/* Trouble */

static char *
dup_report (VlmServer * self, const char *what, const GError * cause)
{
  return g_strdup_printf ("%s: %s %s", self->names.url, what, cause->message);
}

static void
on_trouble_report (const char *what, const GError * cause, gpointer data)
{
  VlmServer *self = data;
  g_autofree char *message = dup_report (self, what, cause);

  self->options.on_waiting (message, self->options.data);
}

static void
note_success (VlmServer * self)
{
  g_autofree char *message = NULL;

  self->n_pauses = 0;
  if (self->trouble.since == 0 || !vlm_trouble_end (&self->trouble))
    return;
  message = g_strdup_printf (_("%s: the server is back."), self->names.url);
  self->options.on_back (message, self->options.data);
}

/* Probes */

static void
begin_probe (VlmServer * self, ProbeReason reason, gint64 since, gint64 limit)
{
  self->probe_reason = reason;
  vlm_probe_begin (self->probe, &(VlmProbeTime) { since, limit });
}

/* Takes `warning`. */
static void
start (VlmServer * self, char *warning)
{
  g_autofree char *message = warning;

  if (message)
    self->options.on_warning (message, self->options.data);
  self->options.on_ready (self->names.model, self->options.data);
  note_success (self);
  open_gate (self, 0);
}

static void
take_first_answer (VlmServer * self, VlmCall * call)
{
  char *warning = NULL;
  GError *error = NULL;

  if (vlm_model_choose (&self->names, call, &warning, &error))
    start (self, warning);
  else
    end_run (self, error);
}

/* A list that fails may do so for ever, whatever becomes of pages; only of a
 * server that is loading its model it is not known before the time is up. */
static gboolean
may_start_without_list (VlmServer * self, VlmCall * call, gboolean is_late)
{
  if (self->names.model == NULL || call->outcome != VLM_CALL_ANSWERED
      || !SOUP_STATUS_IS_SERVER_ERROR (call->status))
    return FALSE;
  return is_late || (call->status != SOUP_STATUS_SERVICE_UNAVAILABLE
      && ++self->n_failed_lists >= MAX_FAILED_LISTS);
}

static void
wait_for_start (VlmServer * self, VlmCall * call, const GError * cause)
{
  gint64 limit = self->options.ready_timeout;
  gint64 waited = g_get_monotonic_time () - self->state_since;
  gboolean is_late = limit > 0 && waited >= limit;

  if (may_start_without_list (self, call, is_late)) {
    start (self, vlm_model_dup_no_list (&self->names, cause));
    return;
  }
  if (is_late
      || g_error_matches (cause, G_RESOLVER_ERROR,
          G_RESOLVER_ERROR_NOT_FOUND)) {
    end_run (self, vlm_server_error_new_unreachable (&self->names, cause));
    return;
  }
  vlm_trouble_note (&self->trouble, _("waiting for the server."), cause);
  vlm_probe_repeat (self->probe, self->n_failed_starts++,
      &(VlmProbeTime) { self->state_since, limit });
}

static void
end_by_outage (VlmServer * self)
{
  end_run (self, vlm_server_error_new_outage (&self->names,
          g_get_monotonic_time () - self->trouble.since,
          self->trouble.cause));
}

/* The one page that it was asked for may be to blame. If it has failed several,
 * it is the server. */
static void
take_limit_probe (VlmServer * self, gboolean is_present)
{
  if (self->trouble.since == 0)
    return;
  if (is_present && vlm_circuit_get_in_flight (self->circuit) > 0) {
    vlm_trouble_extend (&self->trouble, LIMIT_INTERVAL);
  } else if (is_present && !self->has_given_up
      && vlm_circuit_give_up_only (self->circuit)) {
    self->has_given_up = TRUE;
    vlm_trouble_extend (&self->trouble, self->trouble.funcs.limit);
  } else {
    end_by_outage (self);
  }
}

static void
take_model_probe (VlmServer * self, VlmCall * call)
{
  if (self->trouble.since > 0 && vlm_model_is_gone (&self->names, call))
    end_run (self, vlm_server_error_new_not_found (&self->names,
            self->trouble.cause));
}

static void
take_silence_probe (VlmServer * self, VlmProbeResult result, VlmCall * call)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *message = NULL;

  if (result == VLM_PROBE_PRESENT)
    cause = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
        _("It lists its models, though."));
  else
    cause = vlm_server_error_new_call (&self->names, call);
  message = dup_report (self,
      _("the server has answered nothing for a while."), cause);
  self->options.on_warning (message, self->options.data);
}

static void
take_start_probe (VlmServer * self, VlmProbeResult result, VlmCall * call)
{
  g_autoptr (GError) cause = NULL;

  if (result == VLM_PROBE_PRESENT) {
    take_first_answer (self, call);
    return;
  }
  cause = vlm_server_error_new_call (&self->names, call);
  if (result == VLM_PROBE_UNTRUSTED)
    end_run (self, vlm_server_error_new_untrusted (&self->names, cause));
  else
    wait_for_start (self, call, cause);
}

static void
on_probed (VlmProbeResult result, VlmCall * call, gpointer data)
{
  VlmServer *self = data;

  switch (self->probe_reason) {
    case PROBE_START:
      take_start_probe (self, result, call);
      break;
    case PROBE_LIMIT:
      take_limit_probe (self, result == VLM_PROBE_PRESENT);
      break;
    case PROBE_MODEL:
      if (result == VLM_PROBE_PRESENT)
        take_model_probe (self, call);
      break;
    case PROBE_SILENCE:
      take_silence_probe (self, result, call);
      break;
  }
}

/* Before a page was read it may be that page, afterwards it is the server. */
static gint64
get_trouble_limit (const VlmServerOptions * options, gboolean has_answered)
{
  gint64 limit = MAX (options->ready_timeout, MIN_START_LIMIT);

  if (has_answered || options->ready_timeout == 0)
    return options->max_outage;
  return options->max_outage == 0 ? limit : MIN (limit, options->max_outage);
}

static void
on_trouble_limit (gpointer data)
{
  VlmServer *self = data;

  /* Its start has a limit of its own. */
  if (self->state == STATE_STARTING)
    return;
  if (self->answered_at > 0)
    end_by_outage (self);
  else
    begin_probe (self, PROBE_LIMIT, 0, 0);
}

/* Silence */

static void look_for_silence (gpointer data);

static void
watch_for_silence (VlmServer * self)
{
  self->silence = deadline_queue_add (vlm_client_get_deadlines (self->client),
      g_get_monotonic_time () + MIN_SILENCE / 2, look_for_silence, self);
}

static void
look_for_silence (gpointer data)
{
  VlmServer *self = data;
  gint64 now = g_get_monotonic_time ();
  gint64 asked_at = vlm_client_get_oldest (self->client);
  gint64 silent_since = MAX (asked_at, self->answered_at);
  gboolean is_silent = self->state == STATE_READY && asked_at > 0
      && now - silent_since > MAX (MIN_SILENCE, 2 * self->latency);

  if (is_silent && !self->is_silent && self->trouble.since == 0)
    begin_probe (self, PROBE_SILENCE, 0, 0);
  self->is_silent = is_silent;
  watch_for_silence (self);
}

/* The circuit's control */

static gboolean
ask_control (gpointer data)
{
  VlmServer *self = data;

  return vlm_control_ask (&self->control);
}

void
vlm_server_offer_control (VlmServer * self, ChatRequest * request,
    const char *media_type, GBytes * image)
{
  vlm_control_offer (&self->control, request, media_type, image);
}

/* Verdicts */

static VlmVerdict
end_with (VlmServer * self, GError * error)
{
  end_run (self, error);
  return VLM_VERDICT_FATAL;
}

static void
on_pause_over (gpointer data)
{
  VlmServer *self = data;
  gint64 paused = g_get_monotonic_time () - self->state_since;

  self->timer = NULL;
  open_gate (self, MAX (paused, FIRST_PAUSE) * JITTER);
}

static void
pause_all (VlmServer * self, gint64 wait, const char *what,
    const GError * cause)
{
  if (self->state != STATE_READY)
    return;
  self->n_pauses++;
  vlm_trouble_note (&self->trouble, what, cause);
  set_state (self, STATE_PAUSED);
  vlm_circuit_hold (self->circuit);
  self->timer = deadline_queue_add (vlm_client_get_deadlines (self->client),
      self->state_since + wait, on_pause_over, self);
}

/* `call` is of a page or of the control. */
static VlmVerdict
fail (VlmServer * self, VlmFailure failure, const GError * cause,
    Judgement * judgement)
{
  vlm_trouble_note (&self->trouble,
      _("the server fails; waiting for it."), cause);
  judgement->effect = EFFECT_FAILED;
  judgement->failure = failure;
  return VLM_VERDICT_WAIT;
}

static gint64
get_pause (VlmServer * self, VlmCall * call)
{
  const char *header = call->headers ?
      soup_message_headers_get_one (call->headers, "Retry-After") : NULL;
  gint64 wait = retry_after_parse (header, g_get_real_time ());

  if (wait < 0) {
    wait = FIRST_PAUSE << MIN (self->n_pauses, 7);
    wait = MIN (wait, MAX_PAUSE) * (1 - JITTER * g_random_double ());
  }
  return MAX (wait, FIRST_PAUSE);
}

/* Of those that were under way when the first one was put off, none makes the
 * pause longer. */
static VlmVerdict
put_off (VlmServer * self, VlmSuspect * suspect, VlmCall * call,
    const GError * cause, Judgement * judgement)
{
  gboolean is_tripped =
      vlm_circuit_get_state (self->circuit) == VLM_CIRCUIT_TRIPPED;
  gint64 wait = get_pause (self, call);

  if (suspect && !vlm_server_has_answered_since (self, call->began_at))
    suspect->n_busy++;
  if (is_tripped || suspect == NULL || suspect->n_busy >= MAX_BUSY) {
    judgement->not_before = g_get_monotonic_time () + wait;
    return fail (self, suspect && ++suspect->n_busy > MAX_BUSY_TRIALS ?
        VLM_FAILURE_STATUS : VLM_FAILURE_BUSY, cause, judgement);
  }
  if (call->began_at >= self->state_since)
    pause_all (self, wait, _("the server takes no more for now; waiting."),
        cause);
  return VLM_VERDICT_BUSY;
}

static VlmVerdict
refuse (VlmServer * self, const GError * cause)
{
  if (self->answered_at == 0 && self->names.unlisted)
    return end_with (self, vlm_server_error_new_unlisted (&self->names,
            cause));
  if (self->answered_at > 0 || ++self->n_refused < MAX_REFUSED)
    return VLM_VERDICT_REFUSED;
  return end_with (self, vlm_server_error_new_refused (&self->names,
          MAX_REFUSED, cause));
}

/* Too many requests at a time pass; this does not. */
static gboolean
is_out_of_quota (VlmCall * call)
{
  return call->body != NULL
      && chat_reply_is_out_of_quota ((char *) call->body->data,
      call->body->len);
}

/* A server that had the model may get it back. */
static void
look_for_model (VlmServer * self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->trouble.since > 0 && now - self->trouble.since >= MAX_UNLISTED)
    begin_probe (self, PROBE_MODEL, 0, 0);
}

/* Once others were let in, it is the server that has changed, or the page. */
static VlmVerdict
deny (VlmServer * self, VlmCall * call, guint status, const GError * cause,
    Judgement * judgement)
{
  if (self->answered_at > 0) {
    if (status == SOUP_STATUS_NOT_FOUND)
      look_for_model (self);
    return fail (self, VLM_FAILURE_STATUS, cause, judgement);
  }
  if (status == SOUP_STATUS_NOT_FOUND)
    return end_with (self, vlm_server_error_new_not_found (&self->names,
            cause));
  return end_with (self, vlm_server_error_new_denied (&self->names, call));
}

/* `status` may be said in the body of a reply whose own is 200. */
static VlmVerdict
judge_status (VlmServer * self, VlmSuspect * suspect, VlmCall * call,
    guint status, GError ** error, Judgement * judgement)
{
  switch (status) {
    case SOUP_STATUS_PAYMENT_REQUIRED:
      return end_with (self,
          vlm_server_error_new_payment (&self->names, *error));
    case SOUP_STATUS_UNAUTHORIZED:
    case SOUP_STATUS_FORBIDDEN:
    case SOUP_STATUS_NOT_FOUND:
      return deny (self, call, status, *error, judgement);
    case SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE:
      return VLM_VERDICT_SHRINK;
    case VLM_STATUS_TOO_MANY_REQUESTS:
      if (is_out_of_quota (call))
        return end_with (self,
            vlm_server_error_new_quota (&self->names, *error));
      return put_off (self, suspect, call, *error, judgement);
    case SOUP_STATUS_SERVICE_UNAVAILABLE:
      return put_off (self, suspect, call, *error, judgement);
    case SOUP_STATUS_REQUEST_TIMEOUT:
      return VLM_VERDICT_RETRY;
    default:
      break;
  }
  if (SOUP_STATUS_IS_REDIRECTION (status)) {
    g_clear_error (error);
    *error = vlm_server_error_new_redirect (&self->names, call);
    return VLM_VERDICT_RETRY;
  }
  if (SOUP_STATUS_IS_CLIENT_ERROR (status))
    return refuse (self, *error);
  return fail (self, VLM_FAILURE_STATUS, *error, judgement);
}

/* None was asked for, and nothing here decodes it. */
static gboolean
is_encoded (VlmServer * self, VlmCall * call, GError ** error)
{
  const char *encoding = soup_message_headers_get_one (call->headers,
      "Content-Encoding");

  if (encoding == NULL || g_ascii_strcasecmp (encoding, "identity") == 0)
    return FALSE;
  g_propagate_error (error,
      vlm_server_error_new_encoded (&self->names, encoding));
  return TRUE;
}

/* Of a proxy that says that all is well, and sends an error. */
static VlmVerdict
judge_error (VlmServer * self, VlmSuspect * suspect, VlmCall * call,
    GError ** error, Judgement * judgement)
{
  guint status = chat_reply_get_error_status ((char *) call->body->data,
      call->body->len);

  if (status == 0)
    return fail (self, VLM_FAILURE_STATUS, *error, judgement);
  return judge_status (self, suspect, call, status, error, judgement);
}

static void
note_answer (VlmServer * self, VlmCall * call)
{
  gint64 now = g_get_monotonic_time ();

  note_success (self);
  if (self->answered_at == 0)
    self->trouble.funcs.limit = get_trouble_limit (&self->options, TRUE);
  self->answered_at = now;
  self->latency = MAX (now - call->began_at, self->latency * 9 / 10);
}

static VlmVerdict
judge_answer (VlmServer * self, VlmSuspect * suspect, VlmCall * call,
    ChatReply * reply, GError ** error, Judgement * judgement)
{
  GError *cause = NULL;

  if (call->status != SOUP_STATUS_OK) {
    *error = vlm_server_error_new_call (&self->names, call);
    return judge_status (self, suspect, call, call->status, error, judgement);
  }
  if (is_encoded (self, call, error))
    return VLM_VERDICT_RETRY;
  if (!chat_reply_parse (reply, (char *) call->body->data, call->body->len,
          self->names.secrets, &cause)
      && cause->domain == G_IO_ERROR) {
    gboolean is_error = cause->code == G_IO_ERROR_FAILED;

    *error = vlm_server_error_copy_as_sentence (cause);
    g_error_free (cause);
    return is_error ? judge_error (self, suspect, call, error, judgement) :
        VLM_VERDICT_RETRY;
  }
  *error = cause;
  note_answer (self, call);
  judgement->effect = EFFECT_ANSWERED;
  return VLM_VERDICT_ANSWER;
}

/* While others are answered, it is this request that is late. */
static VlmVerdict
judge_late (VlmServer * self, VlmCall * call, const GError * cause,
    Judgement * judgement)
{
  if (!vlm_server_has_answered_since (self, call->began_at))
    return fail (self, VLM_FAILURE_STATUS, cause, judgement);
  return VLM_VERDICT_RETRY;
}

static VlmVerdict
judge_call (VlmServer * self, VlmSuspect * suspect, VlmCall * call,
    ChatReply * reply, GError ** error, Judgement * judgement)
{
  if (call->error)
    *error = vlm_server_error_copy_as_sentence (call->error);

  switch (call->outcome) {
    case VLM_CALL_ANSWERED:
      return judge_answer (self, suspect, call, reply, error, judgement);
    case VLM_CALL_NO_CONNECTION:
      return fail (self, VLM_FAILURE_UNSENT, *error, judgement);
    case VLM_CALL_UNTRUSTED:
      return end_with (self,
          vlm_server_error_new_untrusted (&self->names, *error));
    case VLM_CALL_LOCAL_FAULT:
      /* It may come back when others are done. */
      pause_all (self, LOCAL_FAULT_PAUSE,
          _("no connection can be made from here; waiting."), *error);
      return VLM_VERDICT_BUSY;
    case VLM_CALL_LOST:
      return fail (self, VLM_FAILURE_LOST, *error, judgement);
    case VLM_CALL_TIMED_OUT:
      return judge_late (self, call, *error, judgement);
    case VLM_CALL_TOO_LONG:
    default:
      return VLM_VERDICT_RETRY;
  }
}

VlmVerdict
vlm_server_judge (VlmServer * self, VlmSuspect * suspect, VlmCall * call,
    ChatReply * reply, GError ** error)
{
  Judgement judgement = { EFFECT_NEUTRAL, };
  VlmVerdict verdict;

  if (self->state == STATE_ENDED) {
    vlm_circuit_end_neutral (self->circuit, suspect);
    *error = g_error_copy (self->error);
    return VLM_VERDICT_FATAL;
  }
  verdict = judge_call (self, suspect, call, reply, error, &judgement);
  switch (judgement.effect) {
    case EFFECT_NEUTRAL:
      vlm_circuit_end_neutral (self->circuit, suspect);
      break;
    case EFFECT_ANSWERED:
      vlm_circuit_end_answered (self->circuit, suspect, call->began_at);
      break;
    case EFFECT_FAILED:
      vlm_circuit_end_failed (self->circuit, suspect, judgement.failure,
          judgement.not_before);
      break;
  }
  return verdict;
}

static void
on_control_called (VlmCall * call, gpointer data)
{
  VlmServer *self = data;
  g_auto (ChatReply) reply = { NULL, };
  g_autoptr (GError) error = NULL;
  Judgement judgement = { EFFECT_NEUTRAL, };
  VlmVerdict verdict;

  verdict = judge_call (self, NULL, call, &reply, &error, &judgement);
  if (self->state == STATE_ENDED)
    return;
  if (verdict == VLM_VERDICT_REFUSED || verdict == VLM_VERDICT_SHRINK) {
    vlm_control_clear (&self->control);
    vlm_circuit_lose_control (self->circuit);
    return;
  }
  if (judgement.effect != EFFECT_ANSWERED)
    fail (self, VLM_FAILURE_STATUS, error, &judgement);
  vlm_circuit_end_trial (self->circuit,
      judgement.effect == EFFECT_ANSWERED, call->began_at,
      judgement.not_before);
}

/* Time */

static void
ask_for_less (VlmServer * self, VlmCall * call)
{
  if (call->began_at < self->halved_at)
    return;
  vlm_circuit_halve (self->circuit);
  self->halved_at = g_get_monotonic_time ();
  GST_DEBUG ("%s: answers are late, %u requests at a time", self->names.url,
      vlm_circuit_get_limit (self->circuit));
}

/* The oldest request is the one that the others wait for. */
gint64
vlm_server_get_more_time (VlmServer * self, VlmCall * call)
{
  gint64 elapsed = g_get_monotonic_time () - call->began_at;
  gint64 more = 2 * self->latency - elapsed;

  if (vlm_circuit_get_state (self->circuit) != VLM_CIRCUIT_CLOSED)
    return 0;
  if (vlm_server_has_answered_since (self, call->began_at))
    ask_for_less (self, call);
  if (call->began_at > vlm_client_get_oldest (self->client))
    more = MAX (more, MIN (self->options.timeout / 4, MORE_TIME));
  return MAX (more, 0);
}

/* The object */

void
vlm_server_begin (VlmServer * self)
{
  DeadlineQueue *deadlines = vlm_client_get_deadlines (self->client);

  vlm_circuit_set_deadlines (self->circuit, deadlines);
  self->trouble.deadlines = deadlines;
  self->state_since = g_get_monotonic_time ();
  watch_for_silence (self);
  begin_probe (self, PROBE_START, self->state_since,
      self->options.ready_timeout);
}

VlmServer *
vlm_server_new (VlmClient * client, const VlmServerOptions * options)
{
  static gsize once = 0;
  VlmServer *self = g_new0 (VlmServer, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (vlm_server_debug, "recto-vlm-server", 0,
        "how model servers are");
    g_once_init_leave (&once, 1);
  }

  self->client = client;
  self->options = *options;
  self->names.url = g_strdup (options->url);
  self->names.model = g_strdup (options->model);
  self->names.secrets = vlm_client_get_secrets (client);
  self->circuit = vlm_circuit_new (&(VlmCircuitFuncs) {
        .ask_control = ask_control,
        .on_state = on_circuit_state,
        .data = self,
      });
  vlm_control_init (&self->control, client, on_control_called, self);
  vlm_trouble_init (&self->trouble, &(VlmTroubleFuncs) {
        .limit = get_trouble_limit (options, FALSE),
        .on_report = on_trouble_report,
        .on_limit = on_trouble_limit,
        .data = self,
      });
  self->probe = vlm_probe_new (client, on_probed, self);
  return self;
}

void
vlm_server_free (VlmServer * self)
{
  vlm_probe_free (self->probe);
  vlm_control_clear (&self->control);
  vlm_trouble_clear (&self->trouble);
  vlm_circuit_free (self->circuit);
  g_clear_error (&self->error);
  g_free (self->names.url);
  g_free (self->names.model);
  g_free (self->names.unlisted);
  g_free (self);
}
