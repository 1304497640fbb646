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
#include "vlm-outcome.h"
#include "vlm-render.h"

GST_DEBUG_CATEGORY_EXTERN (gst_recto_vlm_inference_debug);
#define GST_CAT_DEFAULT gst_recto_vlm_inference_debug

/* One, and another beside it when it is slow. */
#define MAX_CALLS 2

/* How often it is not held against a page that the server was gone after it:
 * one that ends it every time is another matter. */
#define MAX_EXCUSES 8

/* How often a server may put off a page while it takes others. */
#define MAX_PUT_OFF 20

/* Between attempts that the server failed: twice as long each time. */
#define FIRST_DELAY (G_USEC_PER_SEC / 10)
#define MAX_DELAY (5 * G_USEC_PER_SEC)

/* What is sent when an image is too large for the server, and what is still
 * worth sending. */
#define SHRINK 0.7
#define MIN_LONGEST 256

/* Characters of a document's own text that are more than a page number, and
 * that a model would not overlook. */
#define MIN_TEXT 50

typedef struct
{
  VlmJob *reading;
  VlmCall *call;                /* NULL: there is none */
} Attempt;

struct _VlmJob
{
  VlmReader *reader;
  RectoPageTask *task;
  gint64 began_at;

  GstSample *sample;            /* what came */
  GBytes *image;                /* what is sent; NULL: to be made */
  const char *media_type;       /* of that, a constant */
  guint rotation;               /* of that, counter-clockwise */
  guint longest;                /* of that; 0: as it came */

  Attempt attempts[MAX_CALLS];
  guint n_failed;               /* attempts that count */
  guint n_excused;
  guint n_put_off;
  gboolean was_lost;            /* with a connection that had been idle */
  GError *doubt;                /* of an attempt that may be no attempt */
  RectoTextReason doubt_reason;
  gint64 doubted_since;         /* when that began */
  gboolean wants_hedge;             /* others wait for it */
  gint64 expires_at;            /* 0: nothing was sent yet */
  gint64 waits_since;
  gint64 waited;
  VlmWait *wait;
  Deadline *delay;

  gboolean turns;               /* it was not upright to begin with */
  VlmOutcome valid;            /* the last one, upright or not */
  VlmOutcome truncated;
  VlmOutcome empty;            /* which there may be a reason to doubt */
  GError *error;                /* of the last attempt that failed */
  RectoTextReason reason;       /* of that */
  gint64 input_tokens;          /* of all attempts; -1: not told */
  gint64 output_tokens;

  guint n_jobs;                 /* of vlm-render, still to answer */
  gboolean is_done;
};

static void step (VlmJob * self);

#define COUNT(self, what, n) \
  vlm_reader_count ((self)->reader, &(self)->reader->stats.what, (n))

static guint
count_calls (VlmJob * self)
{
  guint n = 0;

  for (guint i = 0; i < MAX_CALLS; i++)
    n += self->attempts[i].call != NULL;
  return n;
}

/* The end */

static void
free_when_idle (VlmJob * self)
{
  if (!self->is_done || self->n_jobs > 0)
    return;

  vlm_outcome_clear (&self->valid);
  vlm_outcome_clear (&self->truncated);
  vlm_outcome_clear (&self->empty);
  g_clear_error (&self->error);
  g_clear_error (&self->doubt);
  gst_sample_unref (self->sample);
  recto_page_task_unref (self->task);
  g_free (self);
}

static void
cancel_calls (VlmJob * self)
{
  for (guint i = 0; i < MAX_CALLS; i++)
    vlm_call_cancel (&self->attempts[i].call);
}

static void
cancel_all (VlmJob * self)
{
  cancel_calls (self);
  vlm_wait_cancel (&self->wait);
  deadline_cancel (&self->delay);
}

/* With the task answered. */
static void
end (VlmJob * self)
{
  cancel_all (self);
  g_clear_pointer (&self->image, g_bytes_unref);
  g_hash_table_remove (self->reader->readings, self->task);
  self->is_done = TRUE;
  free_when_idle (self);
}

void
vlm_job_drop (VlmJob * self)
{
  recto_page_task_drop (self->task);
  end (self);
}

gboolean
vlm_job_is_cancelled (VlmJob * self)
{
  return g_cancellable_is_cancelled (recto_page_task_get_cancellable
      (self->task));
}

static RectoResult *
make_result (VlmJob * self, guint n_attempts)
{
  RectoResult *result = recto_result_new ();

  recto_result_set_model (result, self->reader->model);
  recto_result_set_profile (result, self->reader->profile);
  recto_result_set_attempts (result, MAX (n_attempts, 1));
  if (self->input_tokens >= 0)
    recto_result_set_input_tokens (result, self->input_tokens);
  if (self->output_tokens >= 0)
    recto_result_set_output_tokens (result, self->output_tokens);
  recto_result_set_seconds (result, (g_get_monotonic_time ()
          - self->began_at) / (double) G_USEC_PER_SEC);
  return result;
}

static void
end_with_finding (VlmJob * self, const VlmOutcome * finding,
    guint n_attempts)
{
  g_autoptr (RectoResult) result = make_result (self, n_attempts);

  vlm_outcome_describe (finding, result);
  recto_result_set_source (result, RECTO_TEXT_SOURCE_MODEL);
  recto_inference_return_text (self->reader->options.element, self->task,
      finding->answer.text, result);
  end (self);
}

static void
end_with_text_layer (VlmJob * self, const char *text)
{
  g_autoptr (RectoResult) result = make_result (self, self->n_failed);

  recto_result_set_fallback (result, "text-layer");
  recto_result_set_source (result, RECTO_TEXT_SOURCE_TEXT_LAYER);
  recto_result_set_reason (result, self->reason);
  COUNT (self, fallbacks, 1);
  recto_inference_return_text (self->reader->options.element, self->task, text,
      result);
  end (self);
}

static void
end_with_failure (VlmJob * self)
{
  g_autoptr (RectoResult) result = make_result (self, self->n_failed);
  gboolean truncated = self->truncated.is_set;
  g_autoptr (GError) error = NULL;

  if (self->error && self->error->domain == RECTO_PAGE_ERROR)
    error = g_error_copy (self->error);
  else
    error = g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        self->n_failed == 1 ? _("%s (%u attempt)") : _("%s (%u attempts)"),
        self->error ? self->error->message : _("There was no valid answer."),
        self->n_failed);

  if (truncated)
    vlm_outcome_describe (&self->truncated, result);
  recto_result_set_source (result, truncated ? RECTO_TEXT_SOURCE_MODEL :
      RECTO_TEXT_SOURCE_NONE);
  recto_result_set_reason (result, truncated ? RECTO_TEXT_REASON_TRUNCATED :
      self->reason);
  vlm_outcome_fail (self->task, truncated ? self->truncated.answer.text : "",
      result, truncated ? RECTO_PAGE_TRUNCATED_OUTPUT : error->code, error);
  end (self);
}

/* Jobs of vlm-render keep the client's thread, and the reading. */

static void
begin_job (VlmJob * self)
{
  self->n_jobs++;
  vlm_client_hold (self->reader->options.client);
}

/* FALSE when nobody is interested any more. */
static gboolean
end_job (VlmJob * self)
{
  gboolean wanted = !self->is_done;

  vlm_client_release (self->reader->options.client);
  self->n_jobs--;
  free_when_idle (self);
  return wanted;
}

static void
read_text_layer (VlmJob * self, GAsyncReadyCallback callback)
{
  begin_job (self);
  vlm_render_read_text (recto_page_task_get_page (self->task),
      recto_page_task_get_cancellable (self->task), callback, self);
}

static gboolean
has_document (VlmJob * self)
{
  RectoPage *page = recto_page_task_get_page (self->task);

  return page && recto_document_get_renderer (recto_page_get_document (page));
}

static guint
count_visible (const char *text)
{
  guint n = 0;

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    n += g_unichar_isgraph (g_utf8_get_char (p));
  return n;
}

static void
on_fallback_read (GObject * source, GAsyncResult * result, gpointer data)
{
  VlmJob *self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = vlm_render_read_text_finish (result, &error);

  if (!end_job (self))
    return;
  if (error)
    GST_DEBUG ("no text layer: %s", error->message);
  if (text && count_visible (text) > 0)
    end_with_text_layer (self, text);
  else
    end_with_failure (self);
}

/* There is nothing more to try: the last valid answer counts, upright or
 * not, then what the document itself says, then what there is of an answer. */
static void
conclude (VlmJob * self)
{
  cancel_all (self);
  if (self->valid.is_set)
    end_with_finding (self, &self->valid, self->n_failed);
  else if (self->reader->options.text_layer && has_document (self))
    read_text_layer (self, on_fallback_read);
  else
    end_with_failure (self);
}

/* Images */

static void
on_image_changed (GObject * source, GAsyncResult * result, gpointer data)
{
  VlmJob *self = data;
  g_autoptr (GError) error = NULL;
  const char *media_type;
  g_autoptr (GBytes) image =
      vlm_render_image_finish (result, &media_type, &error);

  if (!end_job (self))
    return;
  if (image == NULL) {
    g_clear_error (&self->error);
    self->error = g_steal_pointer (&error);
    self->reason = RECTO_TEXT_REASON_UNKNOWN;
    conclude (self);
    return;
  }
  self->image = g_steal_pointer (&image);
  self->media_type = media_type;
  step (self);
}

static void
make_image (VlmJob * self)
{
  ImageChange change = {
    .rotation = self->rotation,
    .longest = self->longest,
    .request = self->reader->options.image,
  };

  begin_job (self);
  vlm_render_image (self->sample, &change,
      recto_page_task_get_cancellable (self->task), on_image_changed, self);
}

static void
turn (VlmJob * self, guint correction)
{
  if (correction == 0)
    return;
  self->rotation = (self->rotation + correction) % 360;
  g_clear_pointer (&self->image, g_bytes_unref);
  COUNT (self, rotations, 1);
}

/* FALSE when it would be too small to be read. */
static gboolean
shrink (VlmJob * self)
{
  guint longest = self->longest ? self->longest :
      vlm_render_get_longest (self->sample, &self->reader->options.image);

  if (longest * SHRINK < MIN_LONGEST)
    return FALSE;
  self->longest = longest * SHRINK;
  g_clear_pointer (&self->image, g_bytes_unref);
  return TRUE;
}

/* Takes `error`. */
static void
fail_attempt (VlmJob * self, RectoTextReason reason, GError * error)
{
  self->n_failed++;
  COUNT (self, attempts_failed, 1);
  GST_DEBUG ("attempt %u failed: %s", self->n_failed, error->message);
  g_clear_error (&self->error);
  self->error = error;
  self->reason = reason;
}

/* What comes between attempts */

static void
on_delayed (gpointer data)
{
  VlmJob *self = data;

  self->delay = NULL;
  step (self);
}

static void
step_later (VlmJob * self, guint n_before)
{
  gint64 delay = MIN (FIRST_DELAY << MIN (n_before, 8), MAX_DELAY);

  if (self->delay == NULL)
    self->delay = deadline_queue_add (vlm_client_get_deadlines
        (self->reader->options.client), g_get_monotonic_time ()
        + delay * g_random_double_range (0.5, 1), on_delayed, self);
}

/* That nothing is left to try with is the reason where no attempt has one. */
static void
give_up (VlmJob * self, RectoTextReason reason)
{
  if (self->reason == RECTO_TEXT_REASON_UNKNOWN)
    self->reason = reason;
  conclude (self);
}

/* Whoever waits for a server does not use up a page's time. But one that takes
 * others and never this page, or breaks down of it again and again, is another
 * matter: a single outage of that length ends the run. */
static gboolean
note_waited (VlmJob * self)
{
  gint64 max_outage = self->reader->options.max_outage;
  gint64 waited = g_get_monotonic_time () - self->waits_since;

  if (self->expires_at)
    self->expires_at += waited;
  self->waited += waited;
  return max_outage == 0 || self->waited < 2 * max_outage;
}

/* Nothing that was asked of a server that was gone was an attempt, nor did it
 * take any of the page's time. */
static void
settle_doubt (VlmJob * self)
{
  g_autoptr (GError) doubt = g_steal_pointer (&self->doubt);

  if (doubt == NULL)
    return;
  if (vlm_server_was_gone_since (self->reader->options.server,
          self->doubted_since) && ++self->n_excused <= MAX_EXCUSES)
    self->expires_at = 0;
  else
    fail_attempt (self, self->doubt_reason, g_steal_pointer (&doubt));
}

static void
on_waited (gpointer data, gpointer unused)
{
  VlmJob *self = data;

  self->wait = NULL;
  settle_doubt (self);
  if (note_waited (self))
    step (self);
  else
    give_up (self, RECTO_TEXT_REASON_SERVER_ERROR);
}

static void
wait_for_server (VlmJob * self)
{
  if (self->wait)
    return;
  self->waits_since = g_get_monotonic_time ();
  self->wait = vlm_server_wait (self->reader->options.server, on_waited, self);
  COUNT (self, waits, 1);
}

/* Attempts */

static void
add_tokens (gint64 * sum, gint64 n)
{
  if (n >= 0)
    *sum = MAX (*sum, 0) + n;
}

static void
count_tokens (VlmJob * self, const ChatReply * reply)
{
  add_tokens (&self->input_tokens, reply->input_tokens);
  add_tokens (&self->output_tokens, reply->output_tokens);
  COUNT (self, input_tokens, MAX (reply->input_tokens, 0));
  COUNT (self, output_tokens, MAX (reply->output_tokens, 0));
}

/* An answer that was parsed is whole unless this says why not. */
static GError *
find_flaw (VlmJob * self, const ChatReply * reply)
{
  guint max_context = self->reader->options.max_context;

  if (g_strcmp0 (reply->finish_reason, FINISH_STOP) != 0)
    return g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("The model stopped before the end of the page (“%s”)."),
        reply->finish_reason ? reply->finish_reason : "");
  if (max_context > 0 && reply->total_tokens > max_context)
    return g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("The page took more than %u tokens."), max_context);
  return NULL;
}

/* What is wrong with an answer that does not count. The words are those of
 * OpenAI's API. */
static RectoTextReason
find_reason (VlmJob * self, const ChatReply * reply)
{
  guint max_context = self->reader->options.max_context;

  if (g_strcmp0 (reply->finish_reason, FINISH_LENGTH) == 0
      || (max_context > 0 && reply->total_tokens > max_context))
    return RECTO_TEXT_REASON_TRUNCATED;
  if (g_strcmp0 (reply->finish_reason, "content_filter") == 0)
    return RECTO_TEXT_REASON_REFUSED;
  return RECTO_TEXT_REASON_INVALID_ANSWER;
}

static gboolean
is_upright (VlmJob * self, const Answer * answer)
{
  return self->reader->options.rotation == VLM_ROTATION_NONE
      || answer->is_rotation_valid != 0;
}

/* The first attempt decides whether the page is to be turned; then each answer
 * is followed, from where the image is by now. */
static void
follow_rotation (VlmJob * self, const Answer * answer)
{
  if (self->n_failed == 0)
    self->turns = TRUE;
  if (self->turns) {
    cancel_calls (self);
    turn (self, answer->rotation);
  }
}

static void
on_doubt_read (GObject * source, GAsyncResult * result, gpointer data)
{
  VlmJob *self = data;
  g_autofree char *text = vlm_render_read_text_finish (result, NULL);

  if (!end_job (self))
    return;
  if (text == NULL || count_visible (text) < MIN_TEXT) {
    end_with_finding (self, &self->empty, self->n_failed + 1);
    return;
  }
  fail_attempt (self, RECTO_TEXT_REASON_INVALID_ANSWER,
      g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
          _("The model says that the page is empty, but the document has text"
              " on it.")));
  step (self);
}

/* A page that is empty is rare enough to be looked at twice. */
static void
accept (VlmJob * self, Answer * answer, const char *finish_reason)
{
  VlmOutcome *finding = *answer->text ? &self->valid : &self->empty;

  vlm_outcome_take (finding, answer, finish_reason, self->rotation);
  cancel_all (self);
  if (finding == &self->empty && has_document (self))
    read_text_layer (self, on_doubt_read);
  else
    end_with_finding (self, finding, self->n_failed + 1);
}

static void
take_answer (VlmJob * self, const ChatReply * reply, Answer * answer)
{
  g_autoptr (GError) flaw = find_flaw (self, reply);
  gboolean upright = is_upright (self, answer);
  guint rotation = self->rotation;

  if (!upright)
    follow_rotation (self, answer);

  if (flaw == NULL && upright) {
    accept (self, answer, reply->finish_reason);
    return;
  }
  if (flaw == NULL) {
    flaw = g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("The model says that the page is not upright."));
    vlm_outcome_take (&self->valid, answer, reply->finish_reason, rotation);
  } else if (g_strcmp0 (reply->finish_reason, FINISH_LENGTH) == 0
      && *answer->text) {
    vlm_outcome_take (&self->truncated, answer, reply->finish_reason,
        rotation);
  }
  fail_attempt (self, find_reason (self, reply), g_steal_pointer (&flaw));
  step (self);
}

static void
read_reply (VlmJob * self, GByteArray * body)
{
  const Secrets *secrets =
      vlm_client_get_secrets (self->reader->options.client);
  g_auto (ChatReply) reply = { NULL, };
  g_auto (Answer) answer = { NULL, };
  RectoTextReason reason = RECTO_TEXT_REASON_SERVER_ERROR;
  GError *error = NULL;
  gboolean is_good = chat_reply_parse (&reply, (char *) body->data, body->len,
      secrets, &error);

  chat_reply_apply_limit (&reply, self->reader->options.max_tokens);
  count_tokens (self, &reply);
  if (error && error->domain == RECTO_PAGE_ERROR)
    reason = RECTO_TEXT_REASON_INVALID_ANSWER;
  if (is_good) {
    if (answer_parse (&answer, self->reader->options.answer, reply.content,
            secrets, &error)) {
      take_answer (self, &reply, &answer);
      return;
    }
    reason = find_reason (self, &reply);
  }
  fail_attempt (self, reason, error);
  step (self);
}

/* Of a call that brought no answer to read. */
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
take_idle_loss (VlmJob * self, VlmCall * call)
{
  if (call->outcome != VLM_CALL_LOST || !call->was_idle || self->was_lost)
    return FALSE;
  self->was_lost = TRUE;
  step (self);
  return TRUE;
}

/* Takes `error`. */
static void
take_doubt (VlmJob * self, VlmCall * call, GError * error)
{
  g_clear_error (&self->doubt);
  self->doubt = error;
  self->doubt_reason = get_call_reason (call);
  self->doubted_since = call->began_at;
  wait_for_server (self);
}

static void
take_refusal (VlmJob * self, GError * error)
{
  fail_attempt (self, RECTO_TEXT_REASON_REFUSED, error);
  conclude (self);
}

/* Takes `error`. */
static void
take_put_off (VlmJob * self, VlmCall * call, GError * error)
{
  if (vlm_server_has_answered_since (self->reader->options.server,
          call->began_at) && ++self->n_put_off > MAX_PUT_OFF) {
    take_refusal (self, error);
    return;
  }
  g_error_free (error);
  wait_for_server (self);
}

static void
on_called (VlmCall * call, gpointer data)
{
  Attempt *attempt = data;
  VlmJob *self = attempt->reading;
  GError *error = NULL;

  attempt->call = NULL;
  if (take_idle_loss (self, call))
    return;

  switch (vlm_server_judge (self->reader->options.server, call, &error)) {
    case VLM_VERDICT_ANSWER:
      read_reply (self, call->body);
      break;
    case VLM_VERDICT_RETRY:
      fail_attempt (self, get_call_reason (call), error);
      step_later (self, self->n_failed - 1);
      break;
    case VLM_VERDICT_PROBE:
      take_doubt (self, call, error);
      break;
    case VLM_VERDICT_WAIT:
      take_put_off (self, call, error);
      break;
    case VLM_VERDICT_SHRINK:
      if (shrink (self)) {
        g_error_free (error);
        step (self);
      } else {
        take_refusal (self, error);
      }
      break;
    case VLM_VERDICT_REFUSED:
      take_refusal (self, error);
      break;
    case VLM_VERDICT_FATAL:
      g_error_free (error);
      vlm_job_drop (self);
      break;
  }
}

static gint64
get_time_left (VlmJob * self)
{
  const VlmReaderOptions *options = &self->reader->options;
  gint64 now = g_get_monotonic_time ();

  if (self->expires_at == 0)
    self->expires_at = now + options->page_timeout;
  return MIN (options->timeout, self->expires_at - now);
}

static void
send_request (VlmJob * self, gint64 timeout)
{
  guint index = self->n_failed + count_calls (self);
  Attempt *attempt = &self->attempts[self->attempts[0].call ? 1 : 0];
  ImageBody *body = chat_request_open (self->reader->request, index,
      self->media_type, self->image);

  COUNT (self, requests, 1);
  attempt->call = vlm_client_call (self->reader->options.client,
      "/chat/completions", body, timeout, on_called, attempt);

  if (self->wants_hedge)
    vlm_job_hedge (self);
}

static gboolean
may_try (VlmJob * self)
{
  return self->n_failed + count_calls (self)
      < self->reader->options.n_attempts;
}

/* Does what comes next, unless something is under way already. */
static void
step (VlmJob * self)
{
  gint64 timeout;

  if (vlm_server_get_error (self->reader->options.server)) {
    vlm_job_drop (self);
    return;
  }
  if (count_calls (self) > 0 || self->n_jobs > 0 || self->wait || self->delay)
    return;

  if (!may_try (self)) {
    conclude (self);
  } else if (self->image == NULL) {
    make_image (self);
  } else if (!vlm_server_is_open (self->reader->options.server)) {
    wait_for_server (self);
  } else if ((timeout = get_time_left (self)) <= 0) {
    give_up (self, RECTO_TEXT_REASON_TOO_SLOW);
  } else {
    send_request (self, timeout);
  }
}

/* In the rotation protocol an attempt needs the answer to the one before. */
void
vlm_job_hedge (VlmJob * self)
{
  gint64 timeout;

  /* If there is none to stand beside yet, then when there is. */
  self->wants_hedge = count_calls (self) == 0;
  if (count_calls (self) != 1 || self->turns || !may_try (self)
      || self->image == NULL
      || !vlm_server_is_open (self->reader->options.server))
    return;
  timeout = get_time_left (self);
  if (timeout <= 0)
    return;
  COUNT (self, hedged, 1);
  send_request (self, timeout);
}

static void
begin (VlmJob * self)
{
  GstBuffer *buffer = recto_page_task_get_buffer (self->task);
  GstCaps *caps = recto_page_task_get_caps (self->task);

  self->sample = gst_sample_new (buffer, caps, NULL, NULL);
  self->image = vlm_render_map (buffer);
  self->media_type =
      g_intern_string (gst_structure_get_name (gst_caps_get_structure (caps,
              0)));
  for (guint i = 0; i < MAX_CALLS; i++)
    self->attempts[i].reading = self;
  step (self);
}

void
vlm_job_begin (VlmReader * reader, RectoPageTask * task)
{
  VlmJob *self = g_new0 (VlmJob, 1);

  self->reader = reader;
  self->task = recto_page_task_ref (task);
  self->began_at = g_get_monotonic_time ();
  self->input_tokens = self->output_tokens = -1;
  g_hash_table_insert (reader->readings, task, self);
  begin (self);
}
