/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A pipeline from its options to its summary and exit status.
 */

#pragma once

#include "commands.h"
#include "pipeline.h"

G_BEGIN_DECLS

/* What a user wants besides the pipeline. */
typedef struct
{
  const char *server_command;   /* NULL: none is started */
  const char *api_key_file;     /* NULL: the key is in the environment */
  gboolean quiet;
  gboolean verbose;
  guint grace;                  /* seconds for an interrupt; 0: no limit */
} ConversionManner;

#define CONVERSION_GRACE 30

/* GStreamer must be initialized. */
ExitCode conversion_run (const PipelineOptions   *options,
                         const ConversionManner  *manner);

G_END_DECLS
