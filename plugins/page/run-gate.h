/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Decides when a document of a run may begin. One that was being read when a
 * process died is let through alone: when all before it are settled, and no
 * other one follows until it is. If the process dies three times in a row with
 * the document alone, and no page of it is recorded, it is quarantined. When
 * no document is settled for half an hour, the next one waits no longer.
 */

#pragma once

#include <recto/recto-run-private.h>

G_BEGIN_DECLS

typedef struct _RunGate RunGate;

typedef enum
{
  RUN_GATE_OPEN,
  RUN_GATE_QUARANTINED,         /* the process died of it too often */
  RUN_GATE_CANCELLED,           /* to be asked again */
} RunGateResult;

RunGate *      run_gate_new       (void);

void           run_gate_free      (RunGate        *self);

/* Forgets what is under way, for another run. `run`: nullable. */
void           run_gate_set_run   (RunGate        *self,
                                   RectoRun       *run);

/* Waits until the document may be pushed, and gives it the work item that it
 * is settled with. `recorded`: that it begins is noted under its URI. */
RunGateResult  run_gate_pass      (RunGate        *self,
                                   RectoDocument  *document,
                                   gboolean        recorded);

/* Whether a document with these bytes has passed and is not settled. */
gboolean       run_gate_has_begun  (RunGate       *self,
                                    const char    *sha256);

/* Waits until there is none. FALSE when it was cancelled. */
gboolean       run_gate_wait_for   (RunGate       *self,
                                    const char    *sha256);

gboolean       run_gate_is_cancelled
                                   (RunGate       *self);

/* Between the two nothing waits. From any thread. */
void           run_gate_cancel    (RunGate        *self);
void           run_gate_uncancel  (RunGate        *self);

G_END_DECLS
