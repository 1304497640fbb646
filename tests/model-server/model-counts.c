/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model-counts.h"

#define WAIT_MAX (30 * G_USEC_PER_SEC)

void
model_counts_init (ModelCounts * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
}

void
model_counts_clear (ModelCounts * self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

static void
raise_peak (ModelCounts * self, ModelCount peak, ModelCount count)
{
  self->counts[peak] = MAX (self->counts[peak], self->counts[count]);
}

static void
raise_peaks (ModelCounts * self)
{
  raise_peak (self, MODEL_COUNT_PEAK_IN_FLIGHT, MODEL_COUNT_IN_FLIGHT);
  raise_peak (self, MODEL_COUNT_PEAK_CONNECTIONS, MODEL_COUNT_CONNECTIONS);
}

void
model_counts_add (ModelCounts * self, ModelCount count, gint64 n)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  self->counts[count] += n;
  raise_peaks (self);
  g_cond_broadcast (&self->cond);
}

guint64
model_counts_get (ModelCounts * self, ModelCount count)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->counts[count];
}

void
model_counts_reset (ModelCounts * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < MODEL_N_COUNTS; i++) {
    if (i != MODEL_COUNT_WAITING && i != MODEL_COUNT_IN_FLIGHT &&
        i != MODEL_COUNT_CONNECTIONS)
      self->counts[i] = 0;
  }
  raise_peaks (self);
}

gboolean
model_counts_wait (ModelCounts * self, ModelCondition condition,
    gpointer data)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  gint64 end = g_get_monotonic_time () + WAIT_MAX;

  while (!condition (self->counts, data)) {
    if (!g_cond_wait_until (&self->cond, &self->lock, end))
      return condition (self->counts, data);
  }
  return TRUE;
}
