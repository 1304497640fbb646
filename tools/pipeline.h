/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pipeline that converts documents, as a gst-launch line.
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  ENGINE_TESSERACT,
  ENGINE_TEXT_LAYER,
} Engine;

typedef enum
{
  FORMAT_JSONL,
  FORMAT_TEXT,
  FORMAT_MARKDOWN,
} Format;

/* File names are as the system has them, all else is UTF-8; NULL and 0 leave
 * an element's default where nothing else is said. */
typedef struct
{
  Engine engine;
  Format format;
  char **inputs;
  char *output;                 /* NULL: standard output */
  char *pages;
  char *language;
  char *password;
  guint n_jobs;
  int max_pages;                /* -1: the element's default */
} PipelineOptions;

typedef struct
{
  GstElement *bin;
  GstElement *source;
  GstElement *sink;
  /* The elements that do the work on a page, in order. */
  GstElement *stages[2];
  guint n_stages;
} Pipeline;

/* The line for a shell, or NULL when something isn't UTF-8. */
char *     pipeline_describe (const PipelineOptions  *options,
                              GError                **error);

gboolean   pipeline_build    (Pipeline               *self,
                              const PipelineOptions  *options,
                              GError                **error);
void       pipeline_clear    (Pipeline               *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pipeline, pipeline_clear)

G_END_DECLS
