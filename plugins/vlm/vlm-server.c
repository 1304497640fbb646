/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-server.h"

#include <glib/gi18n-lib.h>

#include "chat-reply.h"
#include "retry-after.h"
#include "vlm-model-choice.h"
#include "vlm-probe.h"
#include "vlm-server-errors.h"

GST_DEBUG_CATEGORY_STATIC (vlm_server_debug);
#define GST_CAT_DEFAULT vlm_server_debug

/* The first pause of a server that doesn't say how long, and the longest. Each
 * is twice the one before. */
#define FIRST_PAUSE (G_USEC_PER_SEC / 2)
#define MAX_PAUSE (60 * G_USEC_PER_SEC)

/* So much longer a request may wait after a pause, that not all come at once. */
#define JITTER 0.25

/* Between two words of trouble: one that comes and goes is not news. */
#define TROUBLE_INTERVAL (60 * G_USEC_PER_SEC)

/* Before a connection is tried again that this system could not make. */
#define LOCAL_FAULT_PAUSE G_USEC_PER_SEC

/* Pages that are refused before the first one is read: by then it is not the
 * pages. */
#define MAX_REFUSED 16

/* How often a server must fail to list its models before the one that was named
 * is asked for without the list. */
#define MAX_FAILED_LISTS 3

typedef enum
{
  STATE_STARTING,               /* whether it is there is not known yet */
  STATE_OPEN,
  STATE_PAUSED,                 /* it takes no more for a while */
  STATE_DOUBTED,                /* a probe looks whether it is there */
  STATE_DOWN,                   /* it is gone, and probed until it is back */
  STATE_ENDED,                  /* as is the run */
} State;

static const char *const state_names[] = {
  "starting", "open", "paused", "doubted", "down", "ended",
};

struct _VlmWait
{
  VlmServer *server;
  GList *link;                  /* in the server's list, NULL once it is due */
  Deadline *due;
  GFunc func;
  gpointer data;
};

struct _VlmServer
{
  VlmClient *client;
  VlmServerOptions options;
  VlmServerNames names;
  guint n_failed_lists;

  State state;
  GError *error;                /* once it is over */
  GQueue waits;
  VlmProbe *probe;
  Deadline *timer;              /* of the pause's end */
  gint64 state_since;           /* monotonic time */
  gint64 trouble_since;         /* 0: all is well */
  gint64 answered_at;           /* when it last read a page; 0: never */
  gint64 gone_at;               /* when it was last found gone */
  guint n_troubles;             /* in a row */
  gint64 reported_at;           /* of one; 0: never */
  guint n_refused;
};

/* Waiting */

static void
on_due (gpointer data)
{
  VlmWait *wait = data;

  wait->due = NULL;
  wait->func (wait->data, NULL);
  g_free (wait);
}

static void
make_due (VlmServer * self, VlmWait * wait, gint64 spread)
{
  gint64 now = g_get_monotonic_time ();

  g_clear_pointer (&wait->link, g_list_free_1);
  wait->due = deadline_queue_add (vlm_client_get_deadlines (self->client),
      now + spread * g_random_double (), on_due, wait);
}

static void
wake_all (VlmServer * self, gint64 spread)
{
  VlmWait *wait;

  while ((wait = g_queue_peek_head (&self->waits))) {
    g_queue_unlink (&self->waits, wait->link);
    make_due (self, wait, spread);
  }
}

VlmWait *
vlm_server_wait (VlmServer * self, GFunc func, gpointer data)
{
  VlmWait *wait = g_new0 (VlmWait, 1);

  wait->server = self;
  wait->func = func;
  wait->data = data;
  if (self->state == STATE_OPEN || self->state == STATE_ENDED) {
    make_due (self, wait, 0);
  } else {
    g_queue_push_tail (&self->waits, wait);
    wait->link = g_queue_peek_tail_link (&self->waits);
  }
  return wait;
}

void
vlm_wait_cancel (VlmWait ** wait)
{
  VlmWait *cancelled = g_steal_pointer (wait);

  if (cancelled == NULL)
    return;
  deadline_cancel (&cancelled->due);
  if (cancelled->link)
    g_queue_delete_link (&cancelled->server->waits, cancelled->link);
  g_free (cancelled);
}

/* States */

static void
set_state (VlmServer * self, State state)
{
  deadline_cancel (&self->timer);
  vlm_probe_cancel (self->probe);
  GST_DEBUG ("%s: %s → %s", self->names.url, state_names[self->state],
      state_names[state]);
  self->state = state;
  self->state_since = g_get_monotonic_time ();
}

static void
set_timer (VlmServer * self, gint64 wait, DeadlineFunc func)
{
  deadline_cancel (&self->timer);
  self->timer = deadline_queue_add (vlm_client_get_deadlines (self->client),
      g_get_monotonic_time () + wait, func, self);
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
  self->options.on_fatal (error, self->options.data);
  wake_all (self, 0);
}

static void
open_gate (VlmServer * self, gint64 spread)
{
  set_state (self, STATE_OPEN);
  wake_all (self, spread);
}

static void
note_success (VlmServer * self)
{
  self->trouble_since = 0;
  self->n_troubles = 0;
}

gboolean
vlm_server_has_answered_since (VlmServer * self, gint64 when)
{
  return self->answered_at > when;
}

gboolean
vlm_server_was_gone_since (VlmServer * self, gint64 when)
{
  return self->gone_at > when;
}

/* FALSE when there has been too much of it. */
static gboolean
note_trouble (VlmServer * self, const GError * cause)
{
  gint64 now = g_get_monotonic_time ();

  if (self->trouble_since == 0)
    self->trouble_since = self->state == STATE_DOUBTED ? self->state_since :
        now;
  if (self->options.max_outage == 0
      || now - self->trouble_since < self->options.max_outage)
    return TRUE;

  end_run (self, vlm_server_error_new_outage (&self->names,
          now - self->trouble_since, cause));
  return FALSE;
}

static void
report_trouble (VlmServer * self, const char *what, const GError * cause)
{
  gint64 now = g_get_monotonic_time ();
  g_autofree char *message = NULL;

  if (self->n_troubles++ > 0
      || (self->reported_at > 0 && now - self->reported_at < TROUBLE_INTERVAL))
    return;
  self->reported_at = now;
  message = g_strdup_printf ("%s: %s %s", self->names.url, what,
      cause->message);
  self->options.on_trouble (message, self->options.data);
}

/* Probes */

/* As long as the run waits for what a probe finds. A server that is doubted
 * may have had no trouble yet. */
static VlmProbeTime
get_probe_time (VlmServer * self)
{
  if (self->state == STATE_STARTING)
    return (VlmProbeTime) { self->state_since, self->options.ready_timeout };
  return (VlmProbeTime) {
    self->trouble_since ? self->trouble_since : self->state_since,
    self->options.max_outage,
  };
}

static void
begin_probe (VlmServer * self)
{
  const VlmProbeTime time = get_probe_time (self);

  vlm_probe_begin (self->probe, &time);
}

static void
repeat_probe (VlmServer * self)
{
  const VlmProbeTime time = get_probe_time (self);

  vlm_probe_repeat (self->probe, self->n_troubles, &time);
}

/* Takes `warning`. */
static void
start (VlmServer * self, char *warning)
{
  g_autofree char *message = warning;

  if (message)
    self->options.on_trouble (message, self->options.data);
  self->options.on_ready (self->names.model, self->options.data);
  note_success (self);
  open_gate (self, 0);
}

/* At the start nothing is known yet; later on any answer will do. */
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
  gint64 waited = g_get_monotonic_time () - self->state_since;
  gboolean is_late = self->options.ready_timeout > 0
      && waited >= self->options.ready_timeout;

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
  report_trouble (self, _("waiting for the server."), cause);
  repeat_probe (self);
}

static void
wait_for_return (VlmServer * self, const GError * cause)
{
  if (!note_trouble (self, cause))
    return;
  if (self->state != STATE_DOWN)
    set_state (self, STATE_DOWN);
  self->gone_at = g_get_monotonic_time ();
  report_trouble (self, _("the server is gone; waiting for it."), cause);
  repeat_probe (self);
}

static void
on_absent (VlmServer * self, VlmCall * call)
{
  g_autoptr (GError) cause = vlm_server_error_new_call (&self->names, call);

  if (self->state == STATE_STARTING)
    wait_for_start (self, call, cause);
  else
    wait_for_return (self, cause);
}

static void
on_untrusted (VlmServer * self, VlmCall * call)
{
  g_autoptr (GError) cause = vlm_server_error_new_call (&self->names, call);

  end_run (self, vlm_server_error_new_untrusted (&self->names, cause));
}

static void
on_probed (VlmProbeResult result, VlmCall * call, gpointer data)
{
  VlmServer *self = data;

  switch (result) {
    case VLM_PROBE_PRESENT:
      if (self->state == STATE_STARTING)
        take_first_answer (self, call);
      else
        open_gate (self, 0);
      break;
    case VLM_PROBE_ABSENT:
      on_absent (self, call);
      break;
    case VLM_PROBE_UNTRUSTED:
      on_untrusted (self, call);
      break;
  }
}

void
vlm_server_begin (VlmServer * self)
{
  self->state_since = g_get_monotonic_time ();
  begin_probe (self);
}

/* Verdicts */

static void
on_pause_over (gpointer data)
{
  VlmServer *self = data;
  gint64 paused = g_get_monotonic_time () - self->state_since;

  self->timer = NULL;
  open_gate (self, MAX (paused, FIRST_PAUSE) * JITTER);
}

static VlmVerdict
pause_all (VlmServer * self, gint64 wait, const char *what,
    const GError * cause)
{
  if (self->state != STATE_OPEN)
    return VLM_VERDICT_WAIT;
  if (!note_trouble (self, cause))
    return VLM_VERDICT_FATAL;
  report_trouble (self, what, cause);
  set_state (self, STATE_PAUSED);
  set_timer (self, wait, on_pause_over);
  return VLM_VERDICT_WAIT;
}

/* Of those that were under way when the first one was put off, none makes the
 * pause longer. */
static VlmVerdict
put_off (VlmServer * self, VlmCall * call, const GError * cause)
{
  const char *header = soup_message_headers_get_one (call->headers,
      "Retry-After");
  gint64 wait = retry_after_parse (header, g_get_real_time ());

  if (call->began_at < self->state_since)
    return VLM_VERDICT_WAIT;
  if (wait < 0) {
    wait = FIRST_PAUSE << MIN (self->n_troubles, 7);
    wait = MIN (wait, MAX_PAUSE) * (1 - JITTER * g_random_double ());
  }
  return pause_all (self, MAX (wait, FIRST_PAUSE),
      _("the server takes no more for now; waiting."), cause);
}

static VlmVerdict
go_down (VlmServer * self, const GError * cause)
{
  if (self->state != STATE_OPEN)
    return VLM_VERDICT_WAIT;
  wait_for_return (self, cause);
  return self->state == STATE_ENDED ? VLM_VERDICT_FATAL : VLM_VERDICT_WAIT;
}

/* It may be the page or the server: unless other pages were answered
 * meanwhile, no request is sent any more until that is known. */
static VlmVerdict
doubt (VlmServer * self, VlmCall * call)
{
  if (vlm_server_has_answered_since (self, call->began_at))
    return VLM_VERDICT_RETRY;
  if (self->state == STATE_OPEN) {
    set_state (self, STATE_DOUBTED);
    begin_probe (self);
  }
  return VLM_VERDICT_PROBE;
}

static VlmVerdict
end_with (VlmServer * self, GError * error)
{
  end_run (self, error);
  return VLM_VERDICT_FATAL;
}

static VlmVerdict
refuse (VlmServer * self, GError ** error)
{
  if (self->answered_at == 0 && self->names.unlisted)
    return end_with (self, vlm_server_error_new_unlisted (&self->names,
            *error));
  if (self->answered_at > 0 || ++self->n_refused < MAX_REFUSED)
    return VLM_VERDICT_REFUSED;
  end_run (self, vlm_server_error_new_refused (&self->names, MAX_REFUSED,
          *error));
  return VLM_VERDICT_FATAL;
}

/* Too many requests at a time pass; this does not. */
static gboolean
is_out_of_quota (VlmCall * call)
{
  return call->body != NULL
      && chat_reply_is_out_of_quota ((char *) call->body->data,
      call->body->len);
}

static VlmVerdict
judge_status (VlmServer * self, VlmCall * call, GError ** error)
{
  switch (call->status) {
    case SOUP_STATUS_PAYMENT_REQUIRED:
      return end_with (self,
          vlm_server_error_new_payment (&self->names, *error));
    case SOUP_STATUS_FORBIDDEN:
      /* Once others were let in, it is the page that is not. */
      if (self->answered_at > 0)
        return VLM_VERDICT_REFUSED;
      return end_with (self, vlm_server_error_new_denied (&self->names, call));
    case SOUP_STATUS_UNAUTHORIZED:
      return end_with (self, vlm_server_error_new_denied (&self->names, call));
    case SOUP_STATUS_NOT_FOUND:
      return end_with (self,
          vlm_server_error_new_not_found (&self->names, *error));
    case SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE:
      return VLM_VERDICT_SHRINK;
    case VLM_STATUS_TOO_MANY_REQUESTS:
      if (is_out_of_quota (call))
        return end_with (self,
            vlm_server_error_new_quota (&self->names, *error));
      return put_off (self, call, *error);
    case SOUP_STATUS_SERVICE_UNAVAILABLE:
      return put_off (self, call, *error);
    case SOUP_STATUS_BAD_GATEWAY:
    case SOUP_STATUS_GATEWAY_TIMEOUT:
      return doubt (self, call);
    case SOUP_STATUS_REQUEST_TIMEOUT:
      return VLM_VERDICT_RETRY;
    default:
      break;
  }
  if (SOUP_STATUS_IS_REDIRECTION (call->status)) {
    g_clear_error (error);
    *error = vlm_server_error_new_redirect (&self->names, call);
    return VLM_VERDICT_RETRY;
  }
  if (SOUP_STATUS_IS_CLIENT_ERROR (call->status))
    return refuse (self, error);
  return VLM_VERDICT_RETRY;
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

static VlmVerdict
judge_answer (VlmServer * self, VlmCall * call, GError ** error)
{
  if (call->status != SOUP_STATUS_OK) {
    *error = vlm_server_error_new_call (&self->names, call);
    return judge_status (self, call, error);
  }
  if (is_encoded (self, call, error)
      || !chat_reply_is_object ((char *) call->body->data, call->body->len,
          vlm_client_get_secrets (self->client), error))
    return VLM_VERDICT_RETRY;
  note_success (self);
  self->answered_at = g_get_monotonic_time ();
  return VLM_VERDICT_ANSWER;
}

VlmVerdict
vlm_server_judge (VlmServer * self, VlmCall * call, GError ** error)
{
  if (self->state == STATE_ENDED) {
    *error = g_error_copy (self->error);
    return VLM_VERDICT_FATAL;
  }
  if (call->error)
    *error = vlm_server_error_copy_as_sentence (call->error);

  switch (call->outcome) {
    case VLM_CALL_ANSWERED:
      return judge_answer (self, call, error);
    case VLM_CALL_NO_CONNECTION:
      return go_down (self, *error);
    case VLM_CALL_UNTRUSTED:
      return end_with (self,
          vlm_server_error_new_untrusted (&self->names, *error));
    case VLM_CALL_LOCAL_FAULT:
      /* It may come back when others are done. */
      return pause_all (self, LOCAL_FAULT_PAUSE,
          _("no connection can be made from here; waiting."), *error);
    case VLM_CALL_LOST:
    case VLM_CALL_TIMED_OUT:
      return doubt (self, call);
    case VLM_CALL_TOO_LONG:
    default:
      return VLM_VERDICT_RETRY;
  }
}

gboolean
vlm_server_is_open (VlmServer * self)
{
  return self->state == STATE_OPEN;
}

const GError *
vlm_server_get_error (VlmServer * self)
{
  return self->error;
}

/* The object */

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
  self->probe = vlm_probe_new (client, on_probed, self);
  g_queue_init (&self->waits);
  return self;
}

void
vlm_server_free (VlmServer * self)
{
  vlm_probe_free (self->probe);
  g_clear_error (&self->error);
  g_free (self->names.url);
  g_free (self->names.model);
  g_free (self->names.unlisted);
  g_free (self);
}
