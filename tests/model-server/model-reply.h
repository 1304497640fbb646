/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Replies, as the server makes them: what the model says, in a body, with a
 * head, and what is wrong with it.
 */

#pragma once

#include "model-output.h"
#include "model-server.h"

G_BEGIN_DECLS

struct _ModelReply
{
  guint status;
  GString *headers;             /* lines, without those that any reply has */
  char *content_type;
  GBytes *body;                 /* instead of what is below, if it is set */

  ModelFormat format;
  guint64 serial;
  char *model;
  char *text;                   /* of the page */
  char *content;                /* what is said instead of it, if it is set */
  char *raw_content;            /* as it stands between its quotes in the
                                 * JSON, if it is set */
  int rotation;
  char *finish_reason;
  gint64 n_prompt_tokens;
  gint64 n_completion_tokens;   /* -1: what fits */
  gboolean has_usage;

  gint64 delay;                 /* µs */
  ModelFault fault;
};

/* A good one. Takes the text. */
ModelReply * model_reply_new          (ModelFormat   format,
                                       guint64       serial,
                                       const char   *model,
                                       char         *text);

void         model_reply_free         (ModelReply   *self);

void         model_reply_set_json     (ModelReply   *self,
                                       guint         status,
                                       const char   *json);

/* An OpenAI-style one. */
void         model_reply_set_error    (ModelReply   *self,
                                       guint         status,
                                       const char   *message);

void         model_reply_set_models   (ModelReply   *self,
                                       const char *const *models);

/* The model's words in JSON. */
char *       model_reply_dup_raw_content (ModelReply *self);

/* What `body` is or would be. */
GBytes *     model_reply_dup_body     (ModelReply   *self);

/* The status line and all headers. */
char *       model_reply_dup_head     (ModelReply   *self,
                                       gsize         body_size,
                                       gboolean      keeps_alive);

/* Its fault included. */
void         model_reply_write        (ModelReply   *self,
                                       ModelOutput  *output,
                                       gboolean      keeps_alive);

/* The fault's two halves: what it makes of a reply before it is written, and
 * what of one that is. */
void         model_fault_shape_reply  (const ModelFault *self,
                                       ModelReply       *reply);

gboolean     model_fault_write        (const ModelFault *self,
                                       ModelReply       *reply,
                                       ModelOutput      *output);

void         model_fault_shape_output (const ModelFault *self,
                                       ModelOutput      *output,
                                       gsize             body_size);

G_END_DECLS
