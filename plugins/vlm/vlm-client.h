/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One thread that speaks HTTP with one server: many calls at a time, each with
 * a deadline and a bound. It judges nothing.
 */

#pragma once

#include <gst/gst.h>
#include <libsoup/soup.h>

#include "deadline-queue.h"
#include "image-body.h"
#include "secrets.h"

G_BEGIN_DECLS

/* libsoup has no name for it. */
#define VLM_STATUS_TOO_MANY_REQUESTS 429

typedef struct _VlmClient VlmClient;
typedef struct _VlmCall VlmCall;

typedef enum
{
  VLM_CALL_ANSWERED,            /* with whatever status */
  VLM_CALL_NO_CONNECTION,       /* nobody was reached */
  VLM_CALL_UNTRUSTED,           /* it is not who it should be */
  VLM_CALL_LOST,                /* the connection broke before the end */
  VLM_CALL_TIMED_OUT,
  VLM_CALL_TOO_LONG,            /* more than max_response_bytes */
  VLM_CALL_LOCAL_FAULT,         /* no descriptors or memory of our own */
} VlmCallOutcome;

/* The thread's own while `func` is called, and gone after that. */
struct _VlmCall
{
  VlmCallOutcome outcome;
  GError *error;                /* NULL if it was answered */
  gboolean was_idle;            /* the connection had been used before */
  guint status;
  char *reason;                 /* the status in words, without secrets */
  GByteArray *body;
  SoupMessageHeaders *headers;  /* of the answer; NULL: there was none */
  gint64 began_at;              /* monotonic time */
};

typedef void (*VlmCallFunc) (VlmCall *call, gpointer data);

/* When the timeout is over though the server has the request. Returns
 * microseconds that the call may take in addition, or 0. */
typedef gint64 (*VlmLateFunc) (VlmCall *call, gpointer data);

typedef struct
{
  const char *url;              /* of the API, such as http://host:8000/v1 */
  const char *api_key;          /* nullable */
  const char *ca_file;          /* nullable: trusted besides the system's */
  const GstStructure *extra_headers;    /* nullable */
  const char *proxy;            /* NULL: the system's, none for this machine */
  gsize max_response_bytes;
} VlmClientOptions;

/* Errors are of G_IO_ERROR or G_TLS_ERROR. */
VlmClient *     vlm_client_new           (const VlmClientOptions  *options,
                                          GError                 **error);

/* Ends the thread, and all calls without a word. */
void            vlm_client_free          (VlmClient               *self);

/* Calls `func` in the thread. Any thread may say so. */
void            vlm_client_invoke        (VlmClient               *self,
                                          GSourceFunc              func,
                                          gpointer                 data,
                                          GDestroyNotify           notify);

/* What requests carry and a server may quote: no word of a server's leaves this
 * folder before it was redacted. Any thread. */
const Secrets * vlm_client_get_secrets   (VlmClient               *self);

/* What follows is for the thread. */

DeadlineQueue * vlm_client_get_deadlines (VlmClient               *self);

/* Between the two the thread does not end. */
void            vlm_client_hold          (VlmClient               *self);

void            vlm_client_release       (VlmClient               *self);

/* `path` is below the API's URL. `timeout` is in microseconds and covers all
 * of the call. `body` is NULL for a GET, and taken. */
VlmCall *       vlm_client_call          (VlmClient               *self,
                                          const char              *path,
                                          ImageBody               *body,
                                          gint64                   timeout,
                                          VlmCallFunc              func,
                                          gpointer                 data);

/* `late` gets the same data as the function of the call. */
void            vlm_call_set_late_func   (VlmCall                 *call,
                                          VlmLateFunc              late);

/* When the oldest POST that is under way began, monotonic time; 0 if there is
 * none. */
gint64          vlm_client_get_oldest    (VlmClient               *self);

/* Clears the pointer, which may be NULL; `func` is not called any more. */
void            vlm_call_cancel          (VlmCall                **call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmClient, vlm_client_free)

G_END_DECLS
