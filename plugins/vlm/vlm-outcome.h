/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What was found out about a page, and how it is told downstream.
 */

#pragma once

#include <recto/recto.h>

#include "answer.h"

G_BEGIN_DECLS

typedef struct
{
  Answer answer;
  char *finish_reason;          /* nullable */
  guint rotation;               /* counter-clockwise, of the image */
  gboolean is_set;
} VlmOutcome;

/* Takes what is in `answer`. */
void vlm_outcome_take     (VlmOutcome        *self,
                            Answer             *answer,
                            const char         *finish_reason,
                            guint               rotation);

void vlm_outcome_clear    (VlmOutcome        *self);

void vlm_outcome_describe (const VlmOutcome  *self,
                            RectoResult        *result);

/* Answers a task with a page that failed as `status`, of which there may be
 * some text all the same. */
void vlm_outcome_fail     (RectoPageTask      *task,
                            const char         *text,
                            RectoResult        *result,
                            RectoPageStatus     status,
                            const GError       *error);

G_END_DECLS
