/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-page-line-private.h>

void
recto_page_line_init (RectoPageLine * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->items);
  self->cancellable = g_cancellable_new ();
  self->flow = GST_FLOW_FLUSHING;       /* until the pad is active */
}

void
recto_page_line_clear (RectoPageLine * self)
{
  g_queue_clear_full (&self->items, (GDestroyNotify) recto_page_item_free);
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

void
recto_page_line_set_limits (RectoPageLine * self,
    const RectoPageLimits * limits)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  self->limits = *limits;
  g_cond_broadcast (&self->cond);
}

void
recto_page_item_free (RectoPageItem * item)
{
  gst_clear_event (&item->event);
  g_clear_pointer (&item->task, recto_page_task_unref);
  g_free (item);
}

/* From here to the next such line with the lock. */

static gboolean
is_open (RectoPageLine * self)
{
  return !self->flushing && self->flow == GST_FLOW_OK;
}

/* Waiting for bytes to go comes to an end, since the oldest page is in. */
static gboolean
has_room (RectoPageLine * self)
{
  const RectoPageLimits *limits = &self->limits;

  return !self->ending && self->n_running < limits->max_in_flight &&
      self->n_pending < limits->max_pending &&
      (limits->max_pending_bytes == 0 ||
      self->pending_bytes < limits->max_pending_bytes);
}

static gboolean
is_head_ready (RectoPageLine * self)
{
  RectoPageItem *head = g_queue_peek_head (&self->items);

  return head && (head->event || head->task->out || head->task->dropped);
}

/* Nothing more is taken in, and all that was is out. */
static gboolean
is_at_end (RectoPageLine * self)
{
  return self->ending && g_queue_is_empty (&self->items);
}

/* The oldest page keeps others from coming in, while fewer are worked on than
 * may be. It is told without the lock: whoever is told may look at us. */
static void
tell_stall (RectoPageLine * self)
{
  RectoPageItem *head = g_queue_peek_head (&self->items);
  g_autoptr (RectoPageTask) task = NULL;

  if (self->on_stall == NULL || is_head_ready (self) || head == NULL
      || head->task->told_stall || self->ending
      || self->n_running >= self->limits.max_in_flight)
    return;

  task = recto_page_task_ref (head->task);
  task->told_stall = TRUE;
  g_mutex_unlock (&self->lock);
  self->on_stall (task->transform, task);
  g_mutex_lock (&self->lock);
}

static void
add_item (RectoPageLine * self, GstEvent * event, RectoPageTask * task)
{
  RectoPageItem *item = g_new0 (RectoPageItem, 1);

  item->event = event;
  item->task = task;
  g_queue_push_tail (&self->items, item);
  g_cond_broadcast (&self->cond);
}

static GstFlowReturn
get_flow (RectoPageLine * self)
{
  return self->flushing ? GST_FLOW_FLUSHING : self->flow;
}

/* From here on without the lock. */

GstFlowReturn
recto_page_line_admit (RectoPageLine * self, RectoPageTask * task)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  while (is_open (self) && !has_room (self)) {
    tell_stall (self);
    if (is_open (self) && !has_room (self))
      g_cond_wait (&self->cond, &self->lock);
  }
  if (!is_open (self))
    return get_flow (self);

  task->generation = self->generation;
  task->cancellable = g_object_ref (self->cancellable);
  self->n_running++;
  self->n_pending++;
  self->peak_in_flight = MAX (self->peak_in_flight, self->n_running);
  self->peak_pending = MAX (self->peak_pending, self->n_pending);
  add_item (self, NULL, recto_page_task_ref (task));

  return GST_FLOW_OK;
}

gboolean
recto_page_line_add_event (RectoPageLine * self, GstEvent * event)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (!is_open (self)) {
    gst_event_unref (event);
    return FALSE;
  }
  add_item (self, event, NULL);
  return TRUE;
}

gboolean
recto_page_line_waits_for (RectoPageLine * self, RectoPageTask * task)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return task->generation == self->generation && is_open (self);
}

void
recto_page_line_answer (RectoPageLine * self, RectoPageTask * task,
    GstBuffer * out, GstCaps * caps, gboolean newly_failed)
{
  g_autoptr (GstBuffer) input G_GNUC_UNUSED =
      g_steal_pointer (&task->buffer);
  g_autoptr (GstBuffer) output = out;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (task->generation != self->generation)
    return;

  if (output == NULL) {
    task->dropped = TRUE;
    return;
  }

  self->pending_bytes += gst_buffer_get_size (output);
  self->peak_pending_bytes =
      MAX (self->peak_pending_bytes, self->pending_bytes);
  if (caps)
    gst_caps_replace (&task->out_caps, caps);
  task->newly_failed = newly_failed;
  task->out = g_steal_pointer (&output);
}

void
recto_page_line_end_task (RectoPageLine * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  self->n_running--;
  g_cond_broadcast (&self->cond);
}

RectoPageItem *
recto_page_line_take (RectoPageLine * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  while (is_open (self) && !is_head_ready (self) && !is_at_end (self))
    g_cond_wait (&self->cond, &self->lock);

  return is_open (self) ? g_queue_pop_head (&self->items) : NULL;
}

void
recto_page_line_release (RectoPageLine * self, RectoPageTask * task,
    gsize size, GstFlowReturn flow)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (task->generation != self->generation)
    return;

  self->n_pending--;
  self->pending_bytes -= size;
  if (!task->dropped)
    self->n_done++;
  if (self->flow == GST_FLOW_OK)
    self->flow = flow;
  g_cond_broadcast (&self->cond);
}

void
recto_page_line_end (RectoPageLine * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  self->ending = TRUE;
  g_cond_broadcast (&self->cond);
}

gboolean
recto_page_line_is_ending (RectoPageLine * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->ending;
}

void
recto_page_line_close (RectoPageLine * self, GstFlowReturn flow)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (self->flow == GST_FLOW_OK)
    self->flow = flow;
  g_cond_broadcast (&self->cond);
}

void
recto_page_line_flush (RectoPageLine * self)
{
  g_autoptr (GCancellable) cancellable = NULL;

  g_mutex_lock (&self->lock);
  self->flushing = TRUE;
  cancellable = g_object_ref (self->cancellable);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  /* Without the lock: whoever is cancelled may answer at once. */
  g_cancellable_cancel (cancellable);
}

GQueue
recto_page_line_reset (RectoPageLine * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  GQueue items = self->items;

  g_queue_init (&self->items);
  self->generation++;
  self->n_pending = 0;
  self->pending_bytes = 0;
  self->flushing = FALSE;
  self->ending = FALSE;
  self->flow = GST_FLOW_OK;
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();

  return items;
}

gboolean
recto_page_line_drain (RectoPageLine * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  while (is_open (self) &&
      (self->n_pending > 0 || !g_queue_is_empty (&self->items)))
    g_cond_wait (&self->cond, &self->lock);

  return is_open (self);
}

void
recto_page_line_join (RectoPageLine * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  while (self->n_running > 0)
    g_cond_wait (&self->cond, &self->lock);
}

GstFlowReturn
recto_page_line_get_flow (RectoPageLine * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return get_flow (self);
}

GstStructure *
recto_page_line_get_stats (RectoPageLine * self, guint64 n_failed)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return gst_structure_new ("recto-page-transform-stats",
      "in-flight", G_TYPE_UINT, self->n_running,
      "pending", G_TYPE_UINT, self->n_pending,
      "pending-bytes", G_TYPE_UINT64, self->pending_bytes,
      "peak-in-flight", G_TYPE_UINT, self->peak_in_flight,
      "peak-pending", G_TYPE_UINT, self->peak_pending,
      "peak-pending-bytes", G_TYPE_UINT64, self->peak_pending_bytes,
      "done", G_TYPE_UINT64, self->n_done,
      "failed", G_TYPE_UINT64, n_failed, NULL);
}
