/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ends the process while the main thread waits for a pipeline or a server that
 * may hang: an engine of another project cannot be interrupted.
 */

#pragma once

#include "model-process.h"

G_BEGIN_DECLS

#define WATCHDOG_MAX_SIGNALS 3

typedef struct _Watchdog Watchdog;

/* The signals that end a run: SIGINT, SIGTERM and, unless the process ignores
 * it, as with nohup, SIGHUP. Returns how many there are. */
guint      watchdog_list_signals (int           signals[WATCHDOG_MAX_SIGNALS]);

/* From now on each of these signals ends the process at once with the exit
 * status of an interrupted run, and `server`, or NULL, with it. With `hurry`,
 * this also happens when most of a second has passed. NULL: there can be no
 * thread. */
Watchdog * watchdog_new          (ModelProcess *server,
                                  gboolean      hurry);

void       watchdog_free         (Watchdog     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Watchdog, watchdog_free)

G_END_DECLS
