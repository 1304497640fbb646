/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pages that are being read. For the client's thread, but where it says
 * something else.
 */

#pragma once

#include <recto/recto.h>

#include "chat-request.h"
#include "vlm-client.h"
#include "vlm-profile.h"
#include "vlm-server.h"

G_BEGIN_DECLS

/* Times are in microseconds. */
typedef struct
{
  RectoInference *element;      /* whose tasks they are; not owned */
  VlmClient *client;
  VlmServer *server;
  const char *profile;          /* its name, for the records */
  guint n_attempts;
  gint64 timeout;               /* of an attempt */
  gint64 page_timeout;          /* of all of them, waiting for a server apart */
  gint64 max_outage;            /* 0: no limit */
  guint max_tokens;             /* of an answer; 0: the server's choice */
  guint max_context;            /* tokens; 0: unknown */
  AnswerFormat answer;
  VlmRotation rotation;
  RectoImageRequest image;
  gboolean text_layer;          /* is used where the model fails */
} VlmReaderOptions;

typedef struct
{
  guint64 requests;
  guint64 attempts_failed;
  guint64 waits;                /* for a server that takes no more, or is gone */
  guint64 hedged;               /* attempts beside one that was slow */
  guint64 rotations;            /* images turned */
  guint64 fallbacks;
  guint64 input_tokens;
  guint64 output_tokens;
} VlmReaderStats;

typedef struct _VlmReader VlmReader;

/* Any thread. The client and the server outlive it. */
VlmReader * vlm_reader_new       (const VlmReaderOptions  *options);

/* Any thread, once the client's is no more. */
void         vlm_reader_free      (VlmReader               *self);

/* Before the server takes requests; takes `request`. */
void         vlm_reader_set_model (VlmReader               *self,
                                    const char               *model,
                                    ChatRequest              *request);

/* Reads the page of `task`, which it answers. */
void         vlm_reader_read      (VlmReader               *self,
                                    RectoPageTask            *task);

/* Others wait for this one: begins the next attempt beside the one that
 * runs. */
void         vlm_reader_hedge     (VlmReader               *self,
                                    RectoPageTask            *task);

/* The run is over: drops what is not done. */
void         vlm_reader_drop_all  (VlmReader               *self);

/* Any thread. */
void         vlm_reader_get_stats (VlmReader               *self,
                                    VlmReaderStats          *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmReader, vlm_reader_free)

G_END_DECLS
