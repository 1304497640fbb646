/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pipeline of a run that was, from the log beside its journal. Anyone may
 * have written that log: what it says of files, servers and other places is
 * for messages alone.
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

/* A word among the hints of the first element `factory`, or NULL. */
const char * recorded_stages_get_hint
                             (JsonNode         *head,
                              const char       *factory,
                              const char       *name);

G_END_DECLS
