/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is known about a page so far, and how its task is answered with that.
 */

#pragma once

#include <recto/recto.h>

#include "answer.h"
#include "chat-reply.h"
#include "vlm-context.h"

G_BEGIN_DECLS

/* An answer that may be the page's. */
typedef struct
{
  Answer answer;
  char *finish_reason;          /* nullable */
  guint rotation;               /* counter-clockwise, of the image */
  gboolean is_set;
} VlmFinding;

typedef struct
{
  VlmFinding valid;             /* the last one, upright or not */
  VlmFinding truncated;
  VlmFinding empty;             /* which there may be a reason to doubt */

  guint n_failed;               /* attempts */
  GError *error;                /* of the last one of them */
  RectoTextReason reason;       /* of that */
  gboolean has_died;            /* the server, of this page */

  gint64 began_at;
  gint64 input_tokens;          /* of all attempts; -1: unknown */
  gint64 output_tokens;
} VlmOutcome;

void     vlm_outcome_init              (VlmOutcome        *self);

void     vlm_outcome_clear             (VlmOutcome        *self);

/* Takes what is in `answer`. */
void     vlm_finding_take              (VlmFinding        *self,
                                        Answer            *answer,
                                        const char        *finish_reason,
                                        guint              rotation);

void     vlm_outcome_add_tokens        (VlmOutcome        *self,
                                        const ChatReply   *reply);

/* Takes `error`. */
void     vlm_outcome_set_error         (VlmOutcome        *self,
                                        RectoTextReason    reason,
                                        GError            *error);

/* These answer `task`. */

/* With the answer of the attempt that follows the failed ones. */
void     vlm_outcome_return_finding    (VlmOutcome        *self,
                                        const VlmFinding  *finding,
                                        VlmContext        *context,
                                        RectoPageTask     *task);

/* With the best that there is when no more is tried. `text_layer` is the
 * document's own text, or NULL. */
void     vlm_outcome_return_fallback   (VlmOutcome        *self,
                                        const char        *text_layer,
                                        VlmContext        *context,
                                        RectoPageTask     *task);

/* Whether the document's own text may be the page's in that case. */
gboolean vlm_outcome_may_have_text_layer
                                       (VlmOutcome        *self);

/* Characters that leave a mark on paper. */
guint    vlm_text_count_visible        (const char        *text);

G_END_DECLS
