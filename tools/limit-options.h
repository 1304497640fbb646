/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The options of commands that read documents about what a document may take
 * and how it is kept from the rest of the system.
 */

#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

/* What the source's properties are set to, but for the memory of the whole;
 * NULL where it is left as it is. */
typedef struct
{
  char *memory;
  char *page_cpu_limit;
  char *page_memory_limit;
  char *max_document_bytes;
  char *max_pages;
  char *sandbox;
} LimitOptions;

GOptionGroup * limit_options_create_group (LimitOptions        *self);

/* Checks what was given. */
gboolean       limit_options_check        (LimitOptions        *self,
                                           GError             **error);

void           limit_options_apply        (const LimitOptions  *self,
                                           PipelineOptions     *pipeline);

void           limit_options_clear        (LimitOptions        *self);

G_END_DECLS
