/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-waker-private.h>

/* With the lock, so that it can't fall between a look at the cancellable and
 * the wait. */
static void
wake_up (GCancellable * cancellable, RectoWaker * self)
{
  g_mutex_lock (self->lock);
  g_cond_broadcast (self->cond);
  g_mutex_unlock (self->lock);
}

void
recto_waker_init (RectoWaker * self, GMutex * lock, GCond * cond,
    GCancellable * cancellable)
{
  self->lock = lock;
  self->cond = cond;
  self->cancellable = cancellable;
  self->handler = 0;
  if (cancellable)
    self->handler = g_cancellable_connect (cancellable,
        G_CALLBACK (wake_up), self, NULL);
}

void
recto_waker_clear (RectoWaker * self)
{
  g_cancellable_disconnect (self->cancellable, self->handler);
}
