/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tool says while it works, on standard error: one line that is
 * rewritten on a terminal, a line now and then elsewhere, and in between what
 * is to stay.
 */

#pragma once

#include <glib.h>

#include "name-counts.h"

G_BEGIN_DECLS

/* How far a run is. */
typedef struct
{
  guint documents;            /* done in this run */
  guint documents_total;      /* 0: unknown */
  guint pages_read;           /* with those that were copied */
  guint pages_incomplete;     /* of those that were read: not whole */
  guint pages_copied;
  guint pages_failed;
  guint pages_fallen_back;    /* of those that were read, not by the model */
  guint pages_with_warnings;
  guint pages_total;          /* 0: unknown */
  /* Recorded by earlier runs. */
  guint documents_skipped;
  guint pages_skipped;
  guint pages_skipped_failed; /* of which these are recorded as failed */
  guint pages_skipped_incomplete;     /* and these as incomplete */
  double seconds;
  double seconds_waited;      /* of those, for a server */
  gboolean is_waiting;        /* now */
  NameCounts failures;        /* by status, once the run is over */
} Tally;

typedef enum
{
  PROGRESS_QUIET,
  PROGRESS_LINES,
  PROGRESS_TERMINAL,
  PROGRESS_SUMMARY,             /* records share the terminal with us */
} ProgressStyle;

typedef struct
{
  ProgressStyle style;
  gboolean is_drawn;            /* a line stands on the terminal */
  gint64 told_at;               /* monotonic time */
} Progress;

/* `to_stdout`: whether records go to standard output. */
void progress_init      (Progress    *self,
                         gboolean     quiet,
                         gboolean     to_stdout);

/* Whether there is a use in updates. */
gboolean
     progress_is_live   (Progress    *self);

/* Cheap to call several times a second. */
void progress_update    (Progress    *self,
                         const Tally *tally);

/* Something to keep: a line of its own, unless the tool is to be quiet. */
void progress_say       (Progress    *self,
                         const char  *message);

/* The same for what even a quiet tool says. */
void progress_complain  (Progress    *self,
                         const char  *message);

/* `output` is where the records are, or NULL. */
void progress_summarize (Progress    *self,
                         const Tally *tally,
                         const char  *output);

/* That parts of pages may be missing, if so. */
void progress_tell_warnings
                        (Progress    *self,
                         const Tally *tally);

/* What was recorded already, if anything was; `output` is where. */
void progress_tell_skipped
                        (Progress    *self,
                         const Tally *tally,
                         const char  *output);

/* For whoever prints what may hold anything: what a terminal obeys is
 * escaped. */
char *
     progress_make_printable
                        (const char  *text);

G_END_DECLS
