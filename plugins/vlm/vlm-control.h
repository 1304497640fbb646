/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The control: a request that the server has answered before, for one token
 * this time. If it fails, it is not for what was asked. For the client's
 * thread.
 */

#pragma once

#include "chat-request.h"
#include "vlm-client.h"

G_BEGIN_DECLS

typedef struct
{
  VlmClient *client;
  VlmCallFunc func;
  gpointer data;
  ImageBody *body;              /* NULL: nothing was answered yet */
  gint64 body_since;            /* monotonic time */
  VlmCall *call;                /* NULL: none is under way */
} VlmControl;

void     vlm_control_init     (VlmControl  *self,
                               VlmClient   *client,
                               VlmCallFunc  func,
                               gpointer     data);

void     vlm_control_clear    (VlmControl  *self);

/* Keeps what was answered, unless it has something that is recent enough. */
void     vlm_control_offer    (VlmControl  *self,
                               ChatRequest *request,
                               const char  *media_type,
                               GBytes      *image);

/* Calls `func` once, unless the call is cancelled before. FALSE if there is no
 * control yet. Does nothing if one is under way. */
gboolean vlm_control_ask      (VlmControl  *self);

void     vlm_control_cancel   (VlmControl  *self);

G_END_DECLS
