/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-server.h"

#include <glib/gi18n-lib.h>
#include <recto/recto-run-rule-private.h>

#include "chat-reply.h"
#include "excerpt.h"
#include "retry-after.h"
#include "url-secrets.h"

GST_DEBUG_CATEGORY_STATIC (vlm_server_debug);
#define GST_CAT_DEFAULT vlm_server_debug

/* The first pause of a server that doesn't say how long, and the longest. Each
 * is twice the one before. */
#define FIRST_PAUSE (G_USEC_PER_SEC / 2)
#define MAX_PAUSE (60 * G_USEC_PER_SEC)

/* So much longer a request may wait after a pause, that not all come at once. */
#define JITTER 0.25

/* libsoup has no name for it. */
#define TOO_MANY_REQUESTS 429

/* Between two words of trouble: one that comes and goes is not news. */
#define TROUBLE_INTERVAL (60 * G_USEC_PER_SEC)

#define PROBE_INTERVAL G_USEC_PER_SEC
#define MAX_PROBE_INTERVAL (30 * G_USEC_PER_SEC)
#define PROBE_TIMEOUT (30 * G_USEC_PER_SEC)

/* Pages that are refused before the first one is read: by then it is not the
 * pages. */
#define MAX_REFUSED 16

/* How often a server must fail to list its models before the one that was named
 * is asked for without the list. */
#define MAX_FAILED_LISTS 3

/* How much of where a server sends us is passed on, of its list of models, and
 * of how an answer is compressed. */
#define LOCATION_LENGTH 300
#define LIST_LENGTH 500
#define ENCODING_LENGTH 40

typedef enum
{
  STATE_STARTING,               /* it has to be found out first */
  STATE_OPEN,
  STATE_PAUSED,                 /* it takes no more for a while */
  STATE_DOUBTED,                /* somebody looks whether it is there */
  STATE_DOWN,                   /* nobody is there */
  STATE_ENDED,
} State;

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
  char *url;
  char *model;                  /* nullable */
  char *unlisted;               /* NULL, or the list that lacks the model */
  guint n_failed_lists;

  State state;
  GError *error;                /* once it is over */
  GQueue waits;
  VlmCall *probe;
  Deadline *timer;              /* of the next probe, or the pause's end */
  gint64 state_since;           /* monotonic time */
  gint64 trouble_since;         /* 0: all is well */
  gint64 answered_at;           /* when it last read a page; 0: never */
  gint64 gone_at;               /* when it was last found gone */
  guint n_troubles;             /* in a row */
  gint64 reported_at;               /* of one; 0: never */
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
  vlm_call_cancel (&self->probe);
  GST_DEBUG ("%s: from state %d to %d", self->url, self->state, state);
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
    self->trouble_since = now;
  if (self->options.max_outage == 0
      || now - self->trouble_since < self->options.max_outage)
    return TRUE;

  end_run (self, g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
          _("%s has answered no request for %u seconds (max-outage). What was"
              " read is recorded: run the same again to go on. %s"), self->url,
          (guint) ((now - self->trouble_since) / G_USEC_PER_SEC),
          cause->message));
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
  message = g_strdup_printf ("%s: %s %s", self->url, what, cause->message);
  self->options.on_trouble (message, self->options.data);
}

/* Probes */

static void begin_probe (gpointer data);

static void
probe_later (VlmServer * self)
{
  gint64 wait = PROBE_INTERVAL << MIN (self->n_troubles / 4, 5);

  set_timer (self, MIN (wait, MAX_PROBE_INTERVAL), begin_probe);
}

/* Of one that isn't there, or not yet. */
static gboolean
is_absent_status (guint status)
{
  return SOUP_STATUS_IS_SERVER_ERROR (status)
      || status == SOUP_STATUS_REQUEST_TIMEOUT || status == TOO_MANY_REQUESTS;
}

static char *
dup_words (VlmServer * self, VlmCall * call)
{
  if (call->body == NULL)
    return NULL;
  return chat_reply_dup_message ((char *) call->body->data, call->body->len,
      vlm_client_get_secrets (self->client));
}

static GError *
make_status_error (VlmServer * self, VlmCall * call)
{
  g_autofree char *words = dup_words (self, call);

  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
      words ? _("The server says: %u %s: %s") : _("The server says: %u %s"),
      call->status, call->reason, words);
}

/* Libraries and servers leave the stop to whoever quotes them. */
static const char *
get_stop (const char *sentence)
{
  return g_str_has_suffix (sentence, ".") || g_str_has_suffix (sentence, "。")
      || g_str_has_suffix (sentence, "!") ? "" : ".";
}

static GError *
copy_as_sentence (const GError * cause)
{
  return g_error_new (cause->domain, cause->code, "%s%s", cause->message,
      get_stop (cause->message));
}

static GError *
make_call_error (VlmServer * self, VlmCall * call)
{
  g_autoptr (GError) cause = call->error ? g_error_copy (call->error) :
      make_status_error (self, call);

  return copy_as_sentence (cause);
}

static char *
join_names (VlmServer * self, char **names)
{
  g_autofree char *list = g_strjoinv (", ", names);

  return *list == '\0' ? g_strdup (_("(none)")) :
      excerpt_new (list, LIST_LENGTH, vlm_client_get_secrets (self->client));
}

/* What is not asked for by name must have a name that records can hold. */
static gboolean
is_only_model (VlmServer * self, char **names)
{
  g_autofree char *redacted = NULL;

  if (g_strv_length (names) != 1)
    return FALSE;
  redacted = secrets_redact (vlm_client_get_secrets (self->client), names[0]);
  return g_str_equal (redacted, names[0]);
}

/* By its name, or by what Gemini and Ollama make of that. */
static gboolean
lists_model (char **names, const char *model)
{
  const char *const *list = (const char *const *) names;
  g_autofree char *below = g_strconcat ("models/", model, NULL);
  g_autofree char *tagged = g_strconcat (model, ":latest", NULL);

  return g_strv_contains (list, model) || g_strv_contains (list, below)
      || g_strv_contains (list, tagged);
}

/* A server may take more names than it lists. */
static void
warn_unlisted (VlmServer * self)
{
  g_autofree char *message = g_strdup_printf (_("%s does not list the model"
          " “%s”, which is asked for all the same. It lists: %s."), self->url,
      self->model, self->unlisted);

  self->options.on_trouble (message, self->options.data);
}

static void
warn_no_list (VlmServer * self, const GError * cause)
{
  g_autofree char *message = g_strdup_printf (_("%s does not list its models:"
          " %s The model “%s” is asked for all the same."), self->url,
      cause->message, self->model);

  self->options.on_trouble (message, self->options.data);
}

/* Of what the server lists; with an error set where that is not one model. */
static void
choose_model (VlmServer * self, char **names, GError ** error)
{
  g_autofree char *list = join_names (self, names);

  if (self->model == NULL && is_only_model (self, names)) {
    self->model = g_strdup (names[0]);
  } else if (self->model == NULL && g_strv_length (names) == 1) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        _("The name of the only model of %s, %s, has the API key or a header's"
            " value in it, which records must not have. Name the model as"
            " “model” (--model)."), self->url, list);
  } else if (self->model == NULL) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        _("Say which “model” of %s to use. It has: %s."), self->url, list);
  } else if (!lists_model (names, self->model)) {
    self->unlisted = g_steal_pointer (&list);
    warn_unlisted (self);
  }
}

static GError *
make_denied_error (VlmServer * self, VlmCall * call)
{
  g_autofree char *said = dup_words (self, call);
  const char *words = said ? said : call->reason;

  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      _("%s does not let us in: %s%s Give the key as “api-key-file” or in the"
          " environment variable RECTO_API_KEY."), self->url, words,
      get_stop (words));
}

static GError *
make_redirect_error (VlmServer * self, VlmCall * call)
{
  const char *location = soup_message_headers_get_one (call->headers,
      "Location");
  g_autofree char *valid = g_utf8_make_valid (location ? location : "", -1);
  g_autofree char *url = url_redact (valid);
  g_autofree char *where = excerpt_new (url, LOCATION_LENGTH,
      vlm_client_get_secrets (self->client));

  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      _("%s sends us to “%s”, where nobody has said that the pages may go. If"
          " they may, name that as the server."), self->url, where);
}

static GError *
make_payment_error (VlmServer * self, const GError * cause)
{
  return g_error_new (RECTO_RUN_RULE, RECTO_RUN_RULE_PAYMENT,
      _("%s wants to be paid: %s What was read is recorded: run the same again"
          " to go on."), self->url, cause->message);
}

static GError *
make_quota_error (VlmServer * self, const GError * cause)
{
  return g_error_new (RECTO_RUN_RULE, RECTO_RUN_RULE_QUOTA,
      _("The quota at %s is used up: %s What was read is recorded: run the same"
          " again once there is more of it."), self->url, cause->message);
}

static GError *
make_unlisted_error (VlmServer * self, const GError * cause)
{
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      _("%s has no model “%s”: %s It lists: %s."), self->url, self->model,
      cause->message, self->unlisted);
}

static GError *
make_not_found_error (VlmServer * self, const GError * cause)
{
  if (self->unlisted)
    return make_unlisted_error (self, cause);
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      _("%s does not read pages with the model “%s”: %s Look whether both are"
          " right: such a URL often ends in /v1."), self->url, self->model,
      cause->message);
}

static gboolean
is_denied (guint status)
{
  return status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_FORBIDDEN;
}

/* Not every server lists its models. */
static void
check_unlisted (VlmServer * self, VlmCall * call, GError ** error)
{
  if (self->model == NULL)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
        _("%s does not list its models (%u %s). Say which “model” to use, and"
            " look whether the URL is right: it often ends in /v1."),
        self->url, call->status, call->reason);
}

static void
check_models (VlmServer * self, VlmCall * call, GError ** error)
{
  g_autoptr (GError) cause = call->error ? copy_as_sentence (call->error) :
      NULL;
  g_auto (GStrv) names = NULL;

  if (cause == NULL)
    names = model_list_parse ((char *) call->body->data, call->body->len,
        vlm_client_get_secrets (self->client), &cause);
  if (names)
    choose_model (self, names, error);
  else if (self->model)
    warn_no_list (self, cause);
  else
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        _("%s does not list its models: %s Say which “model” to use, and look"
            " whether the URL is right: it often ends in /v1."), self->url,
        cause->message);
}

static GError *
make_unreachable_error (VlmServer * self, const GError * cause)
{
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
      _("%s can't be reached: %s Is the server running? “ready-timeout” says"
          " how long to wait for it."), self->url, cause->message);
}

static GError *
make_untrusted_error (VlmServer * self, const GError * cause)
{
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
      _("%s can't be trusted: %s If it is yours, name the file of the"
          " authority that signed its certificate as “ca-file”."), self->url,
      cause->message);
}

/* At the start nothing is known yet; later on any answer will do. */
static void
take_first_answer (VlmServer * self, VlmCall * call)
{
  GError *error = NULL;

  if (is_denied (call->status))
    error = make_denied_error (self, call);
  else if (SOUP_STATUS_IS_REDIRECTION (call->status))
    error = make_redirect_error (self, call);
  else if (call->status == SOUP_STATUS_OK)
    check_models (self, call, &error);
  else
    check_unlisted (self, call, &error);

  if (error) {
    end_run (self, error);
    return;
  }
  self->options.on_ready (self->model, self->options.data);
  note_success (self);
  open_gate (self, 0);
}

static void
start_without_list (VlmServer * self, const GError * cause)
{
  warn_no_list (self, cause);
  self->options.on_ready (self->model, self->options.data);
  note_success (self);
  open_gate (self, 0);
}

/* A list that fails may do so for ever, whatever becomes of pages; only of a
 * server that is loading its model it is not known before the time is up. */
static gboolean
may_start_without_list (VlmServer * self, VlmCall * call, gboolean is_late)
{
  if (self->model == NULL || call->outcome != VLM_CALL_ANSWERED
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
    start_without_list (self, cause);
    return;
  }
  if (is_late
      || g_error_matches (cause, G_RESOLVER_ERROR,
          G_RESOLVER_ERROR_NOT_FOUND)) {
    end_run (self, make_unreachable_error (self, cause));
    return;
  }
  report_trouble (self, _("waiting for the server."), cause);
  probe_later (self);
}

static void
wait_for_return (VlmServer * self, const GError * cause)
{
  if (!note_trouble (self, cause))
    return;
  self->state = STATE_DOWN;
  self->gone_at = g_get_monotonic_time ();
  report_trouble (self, _("the server is gone; waiting for it."), cause);
  probe_later (self);
}

/* A list that is too long was cut off. */
static gboolean
is_there (VlmCall * call)
{
  return (call->outcome == VLM_CALL_ANSWERED
      || call->outcome == VLM_CALL_TOO_LONG)
      && !is_absent_status (call->status);
}

static void
on_probed (VlmCall * call, gpointer data)
{
  VlmServer *self = data;
  gboolean starting = self->state == STATE_STARTING;
  g_autoptr (GError) cause = NULL;

  self->probe = NULL;
  if (call->outcome == VLM_CALL_UNTRUSTED) {
    cause = copy_as_sentence (call->error);
    end_run (self, make_untrusted_error (self, cause));
    return;
  }
  if (is_there (call)) {
    if (starting)
      take_first_answer (self, call);
    else
      open_gate (self, 0);
    return;
  }

  cause = make_call_error (self, call);
  if (starting)
    wait_for_start (self, call, cause);
  else
    wait_for_return (self, cause);
}

/* No longer than anybody waits for what it finds. */
static gint64
get_probe_timeout (VlmServer * self)
{
  gboolean starting = self->state == STATE_STARTING;
  gint64 limit = starting ? self->options.ready_timeout :
      self->options.max_outage;
  gint64 since = starting ? self->state_since : self->trouble_since;
  gint64 left = limit - (g_get_monotonic_time () - since);

  return limit == 0 ? PROBE_TIMEOUT :
      CLAMP (left, G_USEC_PER_SEC / 10, PROBE_TIMEOUT);
}

static void
begin_probe (gpointer data)
{
  VlmServer *self = data;

  self->timer = NULL;
  self->probe = vlm_client_call (self->client, "/models", NULL,
      get_probe_timeout (self), on_probed, self);
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
  set_state (self, STATE_DOWN);
  wait_for_return (self, cause);
  return self->state == STATE_ENDED ? VLM_VERDICT_FATAL : VLM_VERDICT_WAIT;
}

/* It may be the page or the server: unless others were answered meanwhile,
 * nobody is asked any more until that is known. */
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
  if (self->answered_at == 0 && self->unlisted)
    return end_with (self, make_unlisted_error (self, *error));
  if (self->answered_at > 0 || ++self->n_refused < MAX_REFUSED)
    return VLM_VERDICT_REFUSED;
  end_run (self, g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
          _("%s has refused the first %u pages, so it must be the settings."
              " %s"), self->url, MAX_REFUSED, (*error)->message));
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
      return end_with (self, make_payment_error (self, *error));
    case SOUP_STATUS_FORBIDDEN:
      /* Once others were let in, it is the page that is not. */
      if (self->answered_at > 0)
        return VLM_VERDICT_REFUSED;
      return end_with (self, make_denied_error (self, call));
    case SOUP_STATUS_UNAUTHORIZED:
      return end_with (self, make_denied_error (self, call));
    case SOUP_STATUS_NOT_FOUND:
      return end_with (self, make_not_found_error (self, *error));
    case SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE:
      return VLM_VERDICT_SHRINK;
    case TOO_MANY_REQUESTS:
      if (is_out_of_quota (call))
        return end_with (self, make_quota_error (self, *error));
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
    *error = make_redirect_error (self, call);
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
  g_autofree char *valid = NULL;
  g_autofree char *quoted = NULL;

  if (encoding == NULL || g_ascii_strcasecmp (encoding, "identity") == 0)
    return FALSE;
  valid = g_utf8_make_valid (encoding, -1);
  quoted = excerpt_new (valid, ENCODING_LENGTH,
      vlm_client_get_secrets (self->client));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      _("The server’s reply is compressed (“%s”), which was not asked for."),
      quoted);
  return TRUE;
}

static VlmVerdict
judge_answer (VlmServer * self, VlmCall * call, GError ** error)
{
  if (call->status != SOUP_STATUS_OK) {
    *error = make_call_error (self, call);
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
    *error = copy_as_sentence (call->error);

  switch (call->outcome) {
    case VLM_CALL_ANSWERED:
      return judge_answer (self, call, error);
    case VLM_CALL_NO_CONNECTION:
      return go_down (self, *error);
    case VLM_CALL_UNTRUSTED:
      return end_with (self, make_untrusted_error (self, *error));
    case VLM_CALL_LOCAL_FAULT:
      /* It may come back when others are done. */
      return pause_all (self, PROBE_INTERVAL,
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
  self->url = g_strdup (options->url);
  self->model = g_strdup (options->model);
  g_queue_init (&self->waits);
  return self;
}

void
vlm_server_free (VlmServer * self)
{
  g_clear_error (&self->error);
  g_free (self->url);
  g_free (self->model);
  g_free (self->unlisted);
  g_free (self);
}
