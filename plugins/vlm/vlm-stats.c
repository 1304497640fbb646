/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-stats.h"

void
vlm_stats_init (VlmStats * self)
{
  g_mutex_init (&self->lock);
}

void
vlm_stats_clear (VlmStats * self)
{
  g_mutex_clear (&self->lock);
}

void
vlm_stats_add (VlmStats * self, guint64 * count, guint64 n)
{
  g_mutex_lock (&self->lock);
  *count += n;
  g_mutex_unlock (&self->lock);
}

void
vlm_stats_get (VlmStats * self, VlmCounts * counts)
{
  g_mutex_lock (&self->lock);
  *counts = self->counts;
  g_mutex_unlock (&self->lock);
}
