/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <recto/recto-page-transform.h>

G_BEGIN_DECLS

/* What max-in-flight and max-pending mean while they are 0. */
RECTO_API
void recto_page_transform_set_automatic (RectoPageTransform *self,
                                         guint               max_in_flight,
                                         guint               max_pending);

/* Ends the run: no page is taken in any more, pages that are done are pushed,
 * and then @cause is posted, which may be of RECTO_RUN_RULE. Tasks in flight
 * still have to be answered, for instance by dropping them. Any thread. */
RECTO_API
void recto_page_transform_end_run       (RectoPageTransform *self,
                                         const GError       *cause);

/* Answers a task with nothing, for a run that ends: there is no word of its
 * page in what comes out, and so it is not done. */
RECTO_API
void recto_page_task_drop               (RectoPageTask      *self);

/* In the class, not for everybody:
 *
 * `stalled` is told once of a task behind which the window is full of finished
 * pages, in the streaming thread.
 *
 * `add_stats` adds to what the property `stats` tells.
 *
 * `describe_hints` adds what tells how to repeat a run and yet shapes no
 * output, such as where a server is, under the names of properties. It is
 * logged, and so nothing secret is among it. */

G_END_DECLS
