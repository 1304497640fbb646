/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which pages of a document are read: of those that were asked for, those that
 * the run wants. May be asked from any thread.
 */

#pragma once

#include <recto/recto-run-private.h>

#include "changed-policy.h"
#include "page-ranges.h"

G_BEGIN_DECLS

typedef struct
{
  RectoRun *run;                /* nullable: nothing is recorded */
  GstRectoChangedPolicy changed;
  PageRanges *ranges;           /* nullable */
  guint max_pages;              /* of each document; 0: no limit */
} DocumentChoice;

/* A document as far as records know it. */
typedef struct
{
  const char *uri;              /* nullable */
  const char *sha256;           /* nullable: it can't be read */
  gboolean is_stream;           /* what is read there changes by nature */
} DocumentVersion;

typedef enum
{
  DOCUMENT_IS_WANTED,           /* or some of it */
  DOCUMENT_IS_LEFT_OUT,
  DOCUMENT_HAS_CHANGED,         /* which is an error */
} DocumentVerdict;

/* What is left out because it is recorded. A document that failed as a whole
 * counts as one page. */
typedef struct
{
  guint64 n_pages;
  guint64 n_failed;             /* of those */
  guint64 n_incomplete;         /* pages of those that were read in part */
} LeftOut;

/* How many of `n_pages` pages were asked for; sets `n_read` to how many of
 * them are read of one document. */
guint            document_choice_count    (const DocumentChoice   *self,
                                           guint                   n_pages,
                                           guint                  *n_read);

/* Whether an earlier run has tried the page. */
gboolean         document_choice_was_tried
                                          (const DocumentChoice   *self,
                                           const DocumentVersion  *version,
                                           guint                   number);

/* `number` 0: the page that says why there are no pages, or not all. Adds the
 * page to `left_out`, which may be NULL, if that is what it is. */
gboolean         document_choice_wants    (const DocumentChoice   *self,
                                           const DocumentVersion  *version,
                                           guint                   number,
                                           LeftOut                *left_out);

/* `n_pages` -1: the document is not open yet, and records may know it. */
DocumentVerdict  document_choice_judge    (const DocumentChoice   *self,
                                           const DocumentVersion  *version,
                                           gint64                  n_pages,
                                           LeftOut                *left_out);

/* Whether other versions of the document were recorded since this one was. */
gboolean         document_choice_is_outdated
                                          (const DocumentChoice   *self,
                                           const DocumentVersion  *version);

G_END_DECLS
