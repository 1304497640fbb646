/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The state of a server: whether it is there, has the model and takes requests
 * now, and what its answers mean for a page and for the run. All pages share
 * one opinion. For the client's thread, unless a function says otherwise.
 */

#pragma once

#include "chat-reply.h"
#include "chat-request.h"
#include "vlm-circuit.h"
#include "vlm-client.h"

G_BEGIN_DECLS

typedef struct _VlmServer VlmServer;

/* What to do about a page after a call. */
typedef enum
{
  VLM_VERDICT_ANSWER,           /* read the reply */
  VLM_VERDICT_RETRY,            /* try again; it was an attempt */
  VLM_VERDICT_WAIT,             /* wait; the server's failure may be one */
  VLM_VERDICT_BUSY,             /* wait; it was none */
  VLM_VERDICT_SHRINK,           /* send less */
  VLM_VERDICT_REFUSED,          /* this page is not taken */
  VLM_VERDICT_FATAL,            /* nor is any other: the run is over */
} VlmVerdict;

typedef struct
{
  const char *url;              /* for messages */
  const char *model;            /* nullable: the only one there is */
  gint64 timeout;               /* of a request, microseconds */
  gint64 ready_timeout;         /* microseconds; 0: no limit */
  gint64 max_outage;            /* microseconds; 0: no limit */

  /* Called in the client's thread. `error` is of GST_RESOURCE_ERROR, or of
   * RECTO_RUN_RULE where the same run again would only cost more. */
  void (*on_ready) (const char *model, gpointer data);
  void (*on_fatal) (const GError *error, gpointer data);
  void (*on_warning) (const char *message, gpointer data);

  /* The run waits for the server, and it goes on. */
  void (*on_waiting) (const char *message, gpointer data);
  void (*on_back) (const char *message, gpointer data);
  gpointer data;
} VlmServerOptions;

/* Any thread. `client` outlives it. */
VlmServer *    vlm_server_new       (VlmClient               *client,
                                     const VlmServerOptions  *options);

/* Any thread, once that of the client has ended. */
void           vlm_server_free      (VlmServer               *self);

/* Finds out whether the server is there and has the model. */
void           vlm_server_begin     (VlmServer               *self);

/* Says which requests may go out. */
VlmCircuit *   vlm_server_get_circuit
                                    (VlmServer               *self);

/* Ends the permit of a call that has ended, and says what that means. `reply`
 * is set for an answer, whose `error` is set where the model has not answered.
 * It is set otherwise, too, in the server's words as far as it has any. */
VlmVerdict     vlm_server_judge     (VlmServer               *self,
                                     VlmSuspect              *suspect,
                                     VlmCall                 *call,
                                     ChatReply               *reply,
                                     GError                 **error);

/* More time for a call whose timeout is over, in microseconds, or 0: time in
 * the server's queue is not the page's. */
gint64         vlm_server_get_more_time
                                    (VlmServer               *self,
                                     VlmCall                 *call);

/* What was just answered shows from now on whether the server is there. */
void           vlm_server_offer_control
                                    (VlmServer               *self,
                                     ChatRequest             *request,
                                     const char              *media_type,
                                     GBytes                  *image);

/* Whether any request was answered since `when`, monotonic time. */
gboolean       vlm_server_has_answered_since
                                    (VlmServer               *self,
                                     gint64                   when);

/* What ended the run, or NULL. */
const GError * vlm_server_get_error (VlmServer               *self);

G_END_DECLS
