/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How a page is read: attempt by attempt, turned if it must be, until an
 * answer is good or there is nothing more to try. For the client's thread.
 */

#pragma once

#include "vlm-reader.h"

G_BEGIN_DECLS

typedef struct _VlmJob VlmJob;

/* What all readings share. */
struct _VlmReader
{
  VlmReaderOptions options;
  char *profile;
  char *model;
  ChatRequest *request;

  GHashTable *readings;         /* by their task; they remove themselves */
  GCancellable *watched;        /* of the tasks that come now */
  gulong watch;

  GMutex lock;
  VlmReaderStats stats;
};

void vlm_reader_count  (VlmReader     *self,
                         guint64        *what,
                         guint64         n);

void vlm_job_begin (VlmReader     *reader,
                         RectoPageTask  *task);

/* Begins the next attempt beside the one that runs. */
void vlm_job_hedge (VlmJob    *self);

/* Answers the task with nothing, whatever is under way. */
void vlm_job_drop  (VlmJob    *self);

gboolean vlm_job_is_cancelled
                        (VlmJob    *self);

G_END_DECLS
