/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-work-item-private.h>

struct _RectoWorkItem
{
  gatomicrefcount ref_count;
  int committed;                /* atomic */

  RectoWorkItemFunc settled;
  gpointer data;
  GDestroyNotify destroy;
};

RectoWorkItem *
recto_work_item_new (RectoWorkItemFunc settled, gpointer data,
    GDestroyNotify destroy)
{
  RectoWorkItem *self = g_new0 (RectoWorkItem, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->settled = settled;
  self->data = data;
  self->destroy = destroy;

  return self;
}

RectoWorkItem *
recto_work_item_ref (RectoWorkItem * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
recto_work_item_unref (RectoWorkItem * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (!self->committed)
    self->settled (FALSE, self->data);
  if (self->destroy)
    self->destroy (self->data);
  g_free (self);
}

void
recto_work_item_commit (RectoWorkItem * self)
{
  if (g_atomic_int_compare_and_exchange (&self->committed, FALSE, TRUE))
    self->settled (TRUE, self->data);
}
