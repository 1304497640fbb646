/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. How an element tells of bad pages without flooding a bus
 * that nobody may read: the first 20 one by one, then a summary every 10 s.
 */

#pragma once

#include <recto/recto-page.h>

G_BEGIN_DECLS

typedef struct
{
  GstElement *element;          /* not owned */
  GMutex lock;
  guint64 n_failed;
  guint64 n_untold;
  gint64 told_at;               /* monotonic time, 0: never */
  RectoPage *excess;            /* the first one more than max-errors */
} RectoFailures;

RECTO_API
void    recto_failures_init   (RectoFailures *self,
                               GstElement    *element);

RECTO_API
void    recto_failures_clear  (RectoFailures *self);

/* Forgets what was counted, for a new run. */
RECTO_API
void    recto_failures_reset  (RectoFailures *self);

/* Counts and tells of a failed page. FALSE when it is more than `max_errors`
 * (-1: no limit): the element pushes it and then gives up. */
RECTO_API
gboolean
        recto_failures_add    (RectoFailures *self,
                               RectoPage     *page,
                               int            max_errors);

/* Ends the run with an error that says so. */
RECTO_API
void    recto_failures_give_up
                              (RectoFailures *self);

/* Tells of what was left untold, at the end of a stream. */
RECTO_API
void    recto_failures_flush  (RectoFailures *self);

RECTO_API
guint64 recto_failures_count  (RectoFailures *self);

G_END_DECLS
