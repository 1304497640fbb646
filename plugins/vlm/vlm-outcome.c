/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-outcome.h"

#include <string.h>

void
vlm_outcome_clear (VlmOutcome * self)
{
  answer_clear (&self->answer);
  g_clear_pointer (&self->finish_reason, g_free);
  self->is_set = FALSE;
}

void
vlm_outcome_take (VlmOutcome * self, Answer * answer,
    const char *finish_reason, guint rotation)
{
  vlm_outcome_clear (self);
  self->answer = *answer;
  *answer = (Answer) { NULL, };
  self->finish_reason = g_strdup (finish_reason);
  self->rotation = rotation;
  self->is_set = TRUE;
}

void
vlm_outcome_describe (const VlmOutcome * self, RectoResult * result)
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

/* The engine's own placeholder would have neither text nor result; only what
 * is no page of anything has to do with that. */
void
vlm_outcome_fail (RectoPageTask * task, const char *text,
    RectoResult * result, RectoPageStatus status, const GError * error)
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
