/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the element has counted. Any thread.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 requests;
  guint64 attempts_failed;
  guint64 waits;                /* for a server that is busy or gone */
  guint64 hedged;               /* attempts beside one that was slow */
  guint64 rotations;            /* images turned */
  guint64 fallbacks;
  guint64 input_tokens;
  guint64 output_tokens;
} VlmCounts;

typedef struct
{
  GMutex lock;
  VlmCounts counts;
} VlmStats;

void vlm_stats_init  (VlmStats        *self);

void vlm_stats_clear (VlmStats        *self);

/* `count` is one of `self->counts`. */
void vlm_stats_add   (VlmStats        *self,
                      guint64         *count,
                      guint64          n);

void vlm_stats_get   (VlmStats        *self,
                      VlmCounts       *counts);

G_END_DECLS
