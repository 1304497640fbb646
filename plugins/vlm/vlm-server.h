/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How the server is: whether it is there, has the model and takes requests
 * now, and what its answers mean for the page and for the run. All that ask it
 * share one opinion. For the client's thread, unless a function says otherwise.
 */

#pragma once

#include "vlm-client.h"

G_BEGIN_DECLS

typedef struct _VlmServer VlmServer;
typedef struct _VlmWait VlmWait;

/* What to do about a page after a call. */
typedef enum
{
  VLM_VERDICT_ANSWER,           /* read the body */
  VLM_VERDICT_RETRY,            /* try again; it was an attempt */
  VLM_VERDICT_PROBE,            /* wait; it was one if the server was there */
  VLM_VERDICT_WAIT,             /* wait for the server; it was no attempt */
  VLM_VERDICT_SHRINK,           /* send less */
  VLM_VERDICT_REFUSED,          /* this page is not taken */
  VLM_VERDICT_FATAL,            /* nor is any other: the run is over */
} VlmVerdict;

typedef struct
{
  const char *url;              /* for messages */
  const char *model;            /* nullable: the only one there is */
  gint64 ready_timeout;         /* microseconds; 0: no limit */
  gint64 max_outage;            /* microseconds; 0: no limit */

  /* Called in the client's thread. `error` is of GST_RESOURCE_ERROR, or of
   * RECTO_RUN_RULE where the same run again would only cost more. */
  void (*on_ready) (const char *model, gpointer data);
  void (*on_fatal) (const GError *error, gpointer data);
  void (*on_trouble) (const char *message, gpointer data);
  gpointer data;
} VlmServerOptions;

/* Any thread. `client` outlives it. */
VlmServer *    vlm_server_new       (VlmClient               *client,
                                     const VlmServerOptions  *options);

/* Any thread, once that of the client is no more. */
void           vlm_server_free      (VlmServer               *self);

/* Finds out whether the server is there and has the model. */
void           vlm_server_begin     (VlmServer               *self);

/* What became of a call. `error` is set except for an answer: it reports in the
 * server's words, as far as it has any. */
VlmVerdict     vlm_server_judge     (VlmServer               *self,
                                     VlmCall                 *call,
                                     GError                 **error);

/* Whether requests are taken. */
gboolean       vlm_server_is_open   (VlmServer               *self);

/* Whether any request was answered since `when`, monotonic time. */
gboolean       vlm_server_has_answered_since
                                    (VlmServer               *self,
                                     gint64                   when);

/* Whether the server was found gone at some time since `when`. */
gboolean       vlm_server_was_gone_since
                                    (VlmServer               *self,
                                     gint64                   when);

/* What ended the run, or NULL. */
const GError * vlm_server_get_error (VlmServer               *self);

/* Calls `func` when requests are taken again, or never will be. */
VlmWait *      vlm_server_wait      (VlmServer               *self,
                                     GFunc                    func,
                                     gpointer                 data);

/* Clears the pointer, which may be NULL. */
void           vlm_wait_cancel      (VlmWait                **wait);

G_END_DECLS
