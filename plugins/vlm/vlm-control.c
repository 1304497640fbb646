/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-control.h"

/* To copy an image costs something, so not every one is. */
#define MAX_AGE (60 * G_USEC_PER_SEC)

/* A server that works generates one token sooner, unless it is busy with other
 * requests. */
#define TIMEOUT (120 * G_USEC_PER_SEC)

void
vlm_control_init (VlmControl * self, VlmClient * client, VlmCallFunc func,
    gpointer data)
{
  *self = (VlmControl) {
    .client = client,
    .func = func,
    .data = data,
  };
}

void
vlm_control_clear (VlmControl * self)
{
  g_clear_object (&self->body);
}

/* A copy: the page's own image would keep the page. */
void
vlm_control_offer (VlmControl * self, ChatRequest * request,
    const char *media_type, GBytes * image)
{
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GBytes) copy = NULL;
  gconstpointer data;
  gsize size;

  if (self->body && now - self->body_since < MAX_AGE)
    return;
  data = g_bytes_get_data (image, &size);
  copy = g_bytes_new (data, size);
  g_clear_object (&self->body);
  self->body = chat_request_open_control (request, media_type, copy);
  self->body_since = now;
}

static void
on_called (VlmCall * call, gpointer data)
{
  VlmControl *self = data;

  self->call = NULL;
  self->func (call, self->data);
}

gboolean
vlm_control_ask (VlmControl * self)
{
  if (self->body == NULL)
    return FALSE;
  if (self->call == NULL)
    self->call = vlm_client_call (self->client, "/chat/completions",
        image_body_dup (self->body), TIMEOUT, on_called, self);
  return TRUE;
}

void
vlm_control_cancel (VlmControl * self)
{
  vlm_call_cancel (&self->call);
}
