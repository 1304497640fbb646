/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pipeline of a run that was, from the log beside its journal.
 */

#pragma once

#include <json-glib/json-glib.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* Puts the elements of the run `head`, their settings and hints into `options`.
 * GStreamer must be initialized. */
gboolean recorded_stages_add (PipelineOptions  *options,
                              JsonNode         *head,
                              GError          **error);

G_END_DECLS
