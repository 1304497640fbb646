/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pages of all that some locations name, one after the other.
 */

#pragma once

#include <recto/recto-run-private.h>

#include "document-choice.h"

G_BEGIN_DECLS

typedef struct _PageStream PageStream;

typedef struct
{
  const char *const *locations;
  RectoRenderer *renderer;
  const char *password;         /* nullable */
  PageRanges *ranges;           /* nullable; the stream takes them */
  guint max_pages;              /* of each document; 0: no limit */
  GstRectoChangedPolicy changed;
} PageStreamSettings;

typedef struct
{
  guint64 n_begun;              /* documents */
  guint64 n_done;               /* with those that were left out */
  guint64 n_left_out;
  guint64 n_failed;
  gint64 n_total;               /* -1 as long as it is not known */
  guint64 n_pages;
  LeftOut pages_left_out;
  guint64 n_copied;             /* pages that are recorded without reading */
} PageStreamStats;

typedef enum
{
  PAGE_STREAM_PAGE,
  PAGE_STREAM_END,
  PAGE_STREAM_CANCELLED,
  PAGE_STREAM_TROUBLE,
} PageStreamResult;

PageStream *      page_stream_new          (void);

void              page_stream_free         (PageStream                *self);

void              page_stream_start        (PageStream                *self,
                                            const PageStreamSettings  *settings);

void              page_stream_stop         (PageStream                *self);

/* What is recorded, and not read. After the start, before the first page. */
void              page_stream_set_run      (PageStream                *self,
                                            RectoRun                  *run);

/* Waits for the next page. `position` is its running number, from 0, and
 * `begins` whether it is the first of a document. An error is of trouble that
 * is no document's fault. */
PageStreamResult  page_stream_next         (PageStream                *self,
                                            RectoPage                **page,
                                            guint64                   *position,
                                            gboolean                  *begins,
                                            GError                   **error);

/* Between the two, page_stream_next() returns at once. From any thread. */
void              page_stream_cancel       (PageStream                *self);
void              page_stream_uncancel     (PageStream                *self);

/* There is no next page, until a seek or a new start. From any thread. */
void              page_stream_end          (PageStream                *self);

/* Whether there is one document and it is a file, so that any page can be the
 * next. From any thread. */
gboolean          page_stream_is_seekable  (PageStream                *self);

/* FALSE if it can't. */
gboolean          page_stream_seek         (PageStream                *self,
                                            guint64                    position);

/* How many pages there are if there is one document, -1 as long as that is not
 * known. From any thread. */
gint64            page_stream_get_length   (PageStream                *self);

/* Where the document that is read, or will be first, is; NULL if that is not
 * known. From any thread. */
char *            page_stream_dup_uri      (PageStream                *self);

/* From any thread. */
void              page_stream_get_stats    (PageStream                *self,
                                            PageStreamStats           *stats);

G_END_DECLS
