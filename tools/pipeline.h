/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pipeline that converts documents, as a gst-launch line.
 */

#pragma once

#include <gst/gst.h>

#include "page/memory-plan.h"

G_BEGIN_DECLS

#define PIPELINE_MAX_STAGES 8

typedef enum
{
  FORMAT_JSONL,
  FORMAT_TEXT,
  FORMAT_MARKDOWN,
} Format;

/* An element that does work on a page. */
typedef struct
{
  char *factory;
  GPtrArray *settings;          /* name, value, name, value… */
} PipelineStage;

/* File names are as the system has them, all else is UTF-8; NULL and 0 leave
 * an element's default where nothing else is said. */
typedef struct
{
  PipelineStage source;         /* what is not named below; see
                                 * pipeline_stage_set() */
  PipelineStage stages[PIPELINE_MAX_STAGES];    /* in the stream's order */
  guint n_stages;
  Format format;
  char **inputs;
  char *output;                 /* NULL: standard output */
  char *pages;
  char *changed;
  char *settings_changed;
  char *sync;
  char *same_content;
  char *password;
  gboolean retry;
  gboolean incomplete;          /* a retry reads such pages again, too */
  guint n_jobs;
  guint64 memory;
  MemoryPlan plan;              /* see pipeline_options_plan() */
} PipelineOptions;

typedef struct
{
  GstElement *bin;
  GstElement *source;
  GstElement *sink;
  GstElement *stages[PIPELINE_MAX_STAGES];
  guint n_stages;
} Pipeline;

/* NULL when there are too many. */
PipelineStage *
           pipeline_options_add_stage (PipelineOptions        *self,
                                       const char             *factory);
/* A setting that is there already is replaced. */
void       pipeline_stage_set         (PipelineStage          *self,
                                       const char             *property,
                                       const char             *value);
/* The element alone, in no pipeline. */
GstElement *
           pipeline_make_stage        (const PipelineStage    *stage,
                                       GError                **error);
/* Divides the memory, once all else is known: a pipeline needs a plan. */
gboolean   pipeline_options_plan      (PipelineOptions        *self,
                                       GError                **error);
void       pipeline_options_clear     (PipelineOptions        *self);

/* The line for a shell, or NULL when something isn't UTF-8. */
char *     pipeline_describe          (const PipelineOptions  *options,
                                       GError                **error);

gboolean   pipeline_build             (Pipeline               *self,
                                       const PipelineOptions  *options,
                                       GError                **error);
void       pipeline_clear             (Pipeline               *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PipelineOptions, pipeline_options_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pipeline, pipeline_clear)

G_END_DECLS
