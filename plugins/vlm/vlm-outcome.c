/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-outcome.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <recto/recto-page-cause-private.h>

/* Findings */

static void
vlm_finding_clear (VlmFinding * self)
{
  answer_clear (&self->answer);
  g_clear_pointer (&self->finish_reason, g_free);
  self->is_set = FALSE;
}

void
vlm_finding_take (VlmFinding * self, Answer * answer,
    const char *finish_reason, guint rotation)
{
  vlm_finding_clear (self);
  self->answer = *answer;
  *answer = (Answer) { NULL, };
  self->finish_reason = g_strdup (finish_reason);
  self->rotation = rotation;
  self->is_set = TRUE;
}

static void
vlm_finding_describe (const VlmFinding * self, RectoResult * result)
{
  const Answer *answer = &self->answer;

  recto_result_set_finish_reason (result, self->finish_reason);
  recto_result_set_rotation (result, self->rotation);
  recto_result_set_language (result, answer->language);
  if (answer->is_table >= 0)
    recto_result_set_is_table (result, answer->is_table);
  if (answer->is_diagram >= 0)
    recto_result_set_is_diagram (result, answer->is_diagram);
  if (answer->is_rotation_valid == 0)
    recto_result_set_extra (result, "is_rotation_valid",
        g_variant_new_boolean (FALSE));
}

/* What is known */

void
vlm_outcome_init (VlmOutcome * self)
{
  self->began_at = g_get_monotonic_time ();
  self->input_tokens = self->output_tokens = -1;
}

void
vlm_outcome_clear (VlmOutcome * self)
{
  vlm_finding_clear (&self->valid);
  vlm_finding_clear (&self->truncated);
  vlm_finding_clear (&self->empty);
  g_clear_error (&self->error);
}

static void
add_tokens (gint64 * sum, gint64 n)
{
  if (n >= 0)
    *sum = MAX (*sum, 0) + n;
}

void
vlm_outcome_add_tokens (VlmOutcome * self, const ChatReply * reply)
{
  add_tokens (&self->input_tokens, reply->input_tokens);
  add_tokens (&self->output_tokens, reply->output_tokens);
}

void
vlm_outcome_set_error (VlmOutcome * self, RectoTextReason reason,
    GError * error)
{
  g_clear_error (&self->error);
  self->error = error;
  self->reason = reason;
}

/* Answering the task */

static RectoResult *
make_result (VlmOutcome * self, guint n_attempts, VlmContext * context)
{
  RectoResult *result = recto_result_new ();

  recto_result_set_model (result, context->model);
  recto_result_set_profile (result, context->profile);
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
return_finding (VlmOutcome * self, const VlmFinding * finding,
    guint n_attempts, VlmContext * context, RectoPageTask * task)
{
  g_autoptr (RectoResult) result = make_result (self, n_attempts, context);

  vlm_finding_describe (finding, result);
  recto_result_set_source (result, RECTO_TEXT_SOURCE_MODEL);
  recto_inference_return_text (context->options.element, task,
      finding->answer.text, result);
}

void
vlm_outcome_return_finding (VlmOutcome * self, const VlmFinding * finding,
    VlmContext * context, RectoPageTask * task)
{
  return_finding (self, finding, self->n_failed + 1, context, task);
}

static void
return_text_layer (VlmOutcome * self, const char *text, VlmContext * context,
    RectoPageTask * task)
{
  g_autoptr (RectoResult) result = make_result (self, self->n_failed, context);

  recto_result_set_fallback (result, "text-layer");
  recto_result_set_source (result, RECTO_TEXT_SOURCE_TEXT_LAYER);
  recto_result_set_reason (result, self->reason);
  VLM_CONTEXT_COUNT (context, fallbacks, 1);
  recto_inference_return_text (context->options.element, task, text, result);
}

/* Of RECTO_PAGE_ERROR or RECTO_PAGE_CAUSE. */
static GError *
make_error (VlmOutcome * self)
{
  if (self->has_died)
    return g_error_new (RECTO_PAGE_CAUSE, RECTO_PAGE_CAUSE_SERVER_DIED,
        _("Each time that it was asked for this page alone, the server died:"
            " %s"), self->error->message);
  if (self->error && self->error->domain == RECTO_PAGE_ERROR)
    return g_error_copy (self->error);
  return g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
      self->n_failed == 1 ? _("%s (%u attempt)") : _("%s (%u attempts)"),
      self->error ? self->error->message : _("There was no valid answer."),
      self->n_failed);
}

/* The engine's own placeholder would have neither text nor result. Only a
 * buffer without a page has to do with that. */
static void
return_failed_page (const char *text, RectoResult * result,
    RectoPageStatus status, const GError * error, RectoPageTask * task)
{
  RectoPage *page = recto_page_task_get_page (task);
  g_autoptr (RectoPage) failed = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  GstBuffer *buffer;

  if (page == NULL) {
    recto_page_task_return_error (task, g_error_new_literal (RECTO_PAGE_ERROR,
            status, error->message));
    return;
  }

  failed = recto_page_with_error (page, status, error);
  buffer = *text ? gst_buffer_new_wrapped_bytes (bytes) : gst_buffer_new ();
  recto_buffer_add_result (buffer, result);
  recto_buffer_add_page (buffer, failed);
  recto_page_task_return_buffer (task, buffer, NULL);
}

static void
return_failure (VlmOutcome * self, VlmContext * context, RectoPageTask * task)
{
  g_autoptr (RectoResult) result = make_result (self, self->n_failed, context);
  g_autoptr (GError) error = make_error (self);
  RectoPageStatus status = error->domain == RECTO_PAGE_ERROR ?
      (RectoPageStatus) error->code : RECTO_PAGE_INFER_FAILED;
  gboolean truncated = self->truncated.is_set;

  if (truncated)
    vlm_finding_describe (&self->truncated, result);
  recto_result_set_source (result, truncated ? RECTO_TEXT_SOURCE_MODEL :
      RECTO_TEXT_SOURCE_NONE);
  recto_result_set_reason (result, truncated ? RECTO_TEXT_REASON_TRUNCATED :
      self->reason);
  return_failed_page (truncated ? self->truncated.answer.text : "", result,
      truncated ? RECTO_PAGE_TRUNCATED_OUTPUT : status, error, task);
}

/* A page that the server has failed may well be read another time. */
gboolean
vlm_outcome_may_have_text_layer (VlmOutcome * self)
{
  return !self->valid.is_set && self->reason != RECTO_TEXT_REASON_SERVER_ERROR;
}

/* The last valid answer counts, upright or not, then the document's own text,
 * then what there is of an answer. */
void
vlm_outcome_return_fallback (VlmOutcome * self, const char *text_layer,
    VlmContext * context, RectoPageTask * task)
{
  if (self->valid.is_set)
    return_finding (self, &self->valid, self->n_failed, context, task);
  else if (text_layer && vlm_text_count_visible (text_layer) > 0)
    return_text_layer (self, text_layer, context, task);
  else
    return_failure (self, context, task);
}

guint
vlm_text_count_visible (const char *text)
{
  guint n = 0;

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    n += g_unichar_isgraph (g_utf8_get_char (p));
  return n;
}
