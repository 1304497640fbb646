/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A server of models that the user has us start: a process, and whatever it
 * starts itself, which lives as long as a run. If it dies before, it is started
 * again, a few times.
 */

#pragma once

#include <vlm/secrets.h>

#include "progress.h"

G_BEGIN_DECLS

typedef struct _ModelProcess ModelProcess;
typedef void (*ModelProcessFunc) (gpointer data);

/* Starts `command`, which is split into words as by a shell. `progress`
 * shows when it starts and ends, and with `verbose` all that it writes, without
 * `secrets`, which outlive the process.
 *
 * From the main thread alone: the kernel ends the process with the thread that
 * started it. */
ModelProcess * model_process_start (const char        *command,
                                    const Secrets     *secrets,
                                    Progress          *progress,
                                    gboolean           verbose,
                                    GError           **error);

/* Calls `func` in the main loop when it is started no more. */
void           model_process_watch (ModelProcess      *self,
                                    ModelProcessFunc   func,
                                    gpointer           data);

/* Ends it, which may take some seconds, and less than one with `hurry`. */
void           model_process_end   (ModelProcess      *self,
                                    gboolean           hurry);

/* The same at once, from any thread, for a process that ends itself: what has
 * become of it is not looked at. */
void           model_process_kill  (ModelProcess      *self);

/* Ends it, if it has not ended. */
void           model_process_free  (ModelProcess      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelProcess, model_process_free)

G_END_DECLS
