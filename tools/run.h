/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Runs a pipeline to its end, or to the user's interrupt.
 */

#pragma once

#include "pipeline.h"
#include "progress.h"

G_BEGIN_DECLS

typedef enum
{
  RUN_FINISHED,
  RUN_FAILED,
  RUN_INTERRUPTED,
} RunEnd;

/* Fills `tally` with what was done. */
RunEnd run_pipeline (Pipeline *pipeline,
                     Progress *progress,
                     gboolean  verbose,
                     Tally    *tally);

G_END_DECLS
