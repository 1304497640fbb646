/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Asks a server for its models, which shows whether the server is there. For
 * the client's thread only.
 */

#pragma once

#include "vlm-client.h"

G_BEGIN_DECLS

typedef struct _VlmProbe VlmProbe;

typedef enum
{
  VLM_PROBE_PRESENT,            /* any answer of a server that works */
  VLM_PROBE_ABSENT,             /* gone, or not there yet */
  VLM_PROBE_UNTRUSTED,
} VlmProbeResult;

typedef void (*VlmProbeFunc) (VlmProbeResult result, VlmCall *call,
    gpointer data);

/* Monotonic time and microseconds: what the probe finds is of no use later
 * than `limit` after `since`. There is no such time if `limit` is 0. */
typedef struct
{
  gint64 since;
  gint64 limit;
} VlmProbeTime;

/* Any thread. `client` outlives it. */
VlmProbe * vlm_probe_new        (VlmClient             *client,
                                 VlmProbeFunc           func,
                                 gpointer               data);

/* Any thread, once that of the client has ended. */
void       vlm_probe_free       (VlmProbe              *self);

/* Calls `func` once, unless the probe is cancelled before. */
void       vlm_probe_begin      (VlmProbe              *self,
                                 const VlmProbeTime    *time);

/* The same, after a pause that grows with the failures before. */
void       vlm_probe_repeat     (VlmProbe              *self,
                                 guint                  n_failures,
                                 const VlmProbeTime    *time);

void       vlm_probe_cancel     (VlmProbe              *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmProbe, vlm_probe_free)

G_END_DECLS
