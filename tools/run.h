/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Runs a pipeline to its end, or to a signal.
 */

#pragma once

#include "model-process.h"
#include "pipeline.h"
#include "progress.h"

G_BEGIN_DECLS

typedef enum
{
  RUN_FINISHED,
  RUN_FAILED,
  RUN_ENDED_BY_RULE,            /* its own, such as one about payment */
  RUN_INTERRUPTED,              /* by a signal */
} RunEnd;

/* Fills `tally` with what was done. `server`, or NULL, is what the pipeline
 * can't do without, and is ended with it. After a signal the pages in work have
 * `grace` seconds (0: no limit); after a second one, the process ends within a
 * second whatever hangs. */
RunEnd run_pipeline (Pipeline     *pipeline,
                     ModelProcess *server,
                     Progress     *progress,
                     gboolean      verbose,
                     guint         grace,
                     Tally        *tally);

G_END_DECLS
