/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "buffer-queue.h"

void
buffer_queue_init (BufferQueue * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->buffers);
  self->ended = FALSE;
}

void
buffer_queue_clear (BufferQueue * self)
{
  buffer_queue_flush (self);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

void
buffer_queue_push (BufferQueue * self, GstBuffer * buffer)
{
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->buffers, buffer);
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
buffer_queue_end (BufferQueue * self)
{
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

GstBuffer *
buffer_queue_pop (BufferQueue * self)
{
  GstBuffer *buffer;

  g_mutex_lock (&self->lock);
  while (g_queue_is_empty (&self->buffers) && !self->ended)
    g_cond_wait (&self->cond, &self->lock);
  buffer = g_queue_pop_head (&self->buffers);
  g_mutex_unlock (&self->lock);

  return buffer;
}

GstBuffer *
buffer_queue_try_pop (BufferQueue * self)
{
  GstBuffer *buffer;

  g_mutex_lock (&self->lock);
  buffer = g_queue_pop_head (&self->buffers);
  g_mutex_unlock (&self->lock);

  return buffer;
}

void
buffer_queue_flush (BufferQueue * self)
{
  GstBuffer *buffer;

  while ((buffer = buffer_queue_try_pop (self)))
    gst_buffer_unref (buffer);

  g_mutex_lock (&self->lock);
  self->ended = FALSE;
  g_mutex_unlock (&self->lock);
}
