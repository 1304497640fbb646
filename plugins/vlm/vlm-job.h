/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How one page is read: attempt by attempt, turned if it must be, until an
 * answer is good or there is nothing more to try. For the client's thread.
 */

#pragma once

#include "vlm-context.h"

G_BEGIN_DECLS

typedef struct _VlmJob VlmJob;

typedef void (*VlmJobFunc) (VlmJob *job, gpointer data);

/* `on_done` is called once, when the task is answered. The job frees itself
 * after that; the context outlives it. */
VlmJob *        vlm_job_new          (VlmContext     *context,
                                      RectoPageTask  *task,
                                      VlmJobFunc      on_done,
                                      gpointer        data);

void            vlm_job_start        (VlmJob         *self);

/* Begins the next attempt beside the one that runs. */
void            vlm_job_hedge        (VlmJob         *self);

/* Answers the task with nothing, whatever is under way. */
void            vlm_job_drop         (VlmJob         *self);

RectoPageTask * vlm_job_get_task     (VlmJob         *self);

gboolean        vlm_job_is_cancelled (VlmJob         *self);

G_END_DECLS
