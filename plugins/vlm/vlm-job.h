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

typedef struct _PageReading PageReading;

/* What all readings share. */
struct _PageReader
{
  PageReaderOptions options;
  char *profile;
  char *model;
  ChatRequest *request;

  GHashTable *readings;         /* by their task; they remove themselves */
  GCancellable *watched;        /* of the tasks that come now */
  gulong watch;

  GMutex lock;
  PageReaderStats stats;
};

void page_reader_count  (PageReader     *self,
                         guint64        *what,
                         guint64         n);

void page_reading_begin (PageReader     *reader,
                         RectoPageTask  *task);

/* Begins the next attempt beside the one that runs. */
void page_reading_hurry (PageReading    *self);

/* Answers the task with nothing, whatever is under way. */
void page_reading_drop  (PageReading    *self);

gboolean page_reading_is_cancelled
                        (PageReading    *self);

G_END_DECLS
