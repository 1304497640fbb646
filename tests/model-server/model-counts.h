/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a server counts, and those who wait for it.
 */

#pragma once

#include "model-server.h"

G_BEGIN_DECLS

typedef struct
{
  GMutex lock;
  GCond cond;
  guint64 counts[MODEL_N_COUNTS];
} ModelCounts;

void     model_counts_init  (ModelCounts    *self);

void     model_counts_clear (ModelCounts    *self);

/* Peaks follow, what is counted all in all does not. */
void     model_counts_add   (ModelCounts    *self,
                             ModelCount      count,
                             gint64          n);

guint64  model_counts_get   (ModelCounts    *self,
                             ModelCount      count);

void     model_counts_reset (ModelCounts    *self);

gboolean model_counts_wait  (ModelCounts    *self,
                             ModelCondition  condition,
                             gpointer        data);

G_END_DECLS
