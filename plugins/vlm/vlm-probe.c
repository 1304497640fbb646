/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-probe.h"

#include "vlm-interval.h"

#define MIN_TIMEOUT (G_USEC_PER_SEC / 10)
#define MAX_TIMEOUT (30 * G_USEC_PER_SEC)

struct _VlmProbe
{
  VlmClient *client;
  VlmProbeFunc func;
  gpointer data;

  VlmProbeTime time;
  VlmCall *call;                /* NULL: none is under way */
  Deadline *timer;              /* of the next call */
};

/* Asking */

static gboolean
is_absent_status (guint status)
{
  return SOUP_STATUS_IS_SERVER_ERROR (status)
      || status == SOUP_STATUS_REQUEST_TIMEOUT
      || status == VLM_STATUS_TOO_MANY_REQUESTS;
}

/* A list that is too long was cut off. */
static VlmProbeResult
get_result (const VlmCall * call)
{
  if (call->outcome == VLM_CALL_UNTRUSTED)
    return VLM_PROBE_UNTRUSTED;
  if ((call->outcome == VLM_CALL_ANSWERED
          || call->outcome == VLM_CALL_TOO_LONG)
      && !is_absent_status (call->status))
    return VLM_PROBE_PRESENT;
  return VLM_PROBE_ABSENT;
}

static void
on_called (VlmCall * call, gpointer data)
{
  VlmProbe *self = data;

  self->call = NULL;
  self->func (get_result (call), call, self->data);
}

static gint64
get_timeout (VlmProbe * self)
{
  gint64 elapsed = g_get_monotonic_time () - self->time.since;

  return self->time.limit == 0 ? MAX_TIMEOUT :
      CLAMP (self->time.limit - elapsed, MIN_TIMEOUT, MAX_TIMEOUT);
}

static void
begin (gpointer data)
{
  VlmProbe *self = data;

  self->timer = NULL;
  self->call = vlm_client_call (self->client, "/models", NULL,
      get_timeout (self), on_called, self);
}

void
vlm_probe_begin (VlmProbe * self, const VlmProbeTime * time)
{
  vlm_probe_cancel (self);
  self->time = *time;
  begin (self);
}

void
vlm_probe_repeat (VlmProbe * self, guint n_failures,
    const VlmProbeTime * time)
{
  vlm_probe_cancel (self);
  self->time = *time;
  self->timer = deadline_queue_add (vlm_client_get_deadlines (self->client),
      g_get_monotonic_time () + vlm_interval_get (n_failures), begin, self);
}

void
vlm_probe_cancel (VlmProbe * self)
{
  deadline_cancel (&self->timer);
  vlm_call_cancel (&self->call);
}

VlmProbe *
vlm_probe_new (VlmClient * client, VlmProbeFunc func, gpointer data)
{
  VlmProbe *self = g_new0 (VlmProbe, 1);

  self->client = client;
  self->func = func;
  self->data = data;
  return self;
}

void
vlm_probe_free (VlmProbe * self)
{
  g_free (self);
}
