/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the jobs of all pages share while the element runs.
 */

#pragma once

#include <recto/recto.h>

#include "chat-request.h"
#include "vlm-client.h"
#include "vlm-profile-types.h"
#include "vlm-render.h"
#include "vlm-server.h"
#include "vlm-stats.h"

G_BEGIN_DECLS

/* Times are in microseconds. */
typedef struct
{
  RectoInference *element;      /* whose tasks they are; not owned */
  VlmClient *client;
  VlmServer *server;
  VlmRender *render;
  const char *profile;          /* its name, for the records */
  guint n_attempts;
  gint64 timeout;               /* of an attempt */
  gint64 page_timeout;          /* of all of them, waiting for a server apart */
  guint max_tokens;             /* of an answer; 0: the server's choice */
  guint max_context;            /* tokens; 0: unknown */
  AnswerFormat answer;
  VlmRotation rotation;
  RectoImageRequest image;
  gboolean text_layer;          /* is used where the model fails */
} VlmOptions;

typedef struct
{
  VlmOptions options;
  char *profile;
  char *model;                  /* NULL until the server is ready */
  ChatRequest *request;         /* likewise */
  VlmStats stats;
} VlmContext;

#define VLM_CONTEXT_COUNT(self, what, n) \
  vlm_stats_add (&(self)->stats, &(self)->stats.counts.what, (n))

G_END_DECLS
