/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Buffers from one thread to others. GAsyncQueue's own lock is one that the
 * thread sanitizer doesn't see.
 */

#pragma once

#include <gst/gst.h>

typedef struct
{
  GMutex lock;
  GCond cond;
  GQueue buffers;
  gboolean ended;
} BufferQueue;

void        buffer_queue_init    (BufferQueue *self);

void        buffer_queue_clear   (BufferQueue *self);

void        buffer_queue_push    (BufferQueue *self,
                                  GstBuffer   *buffer);

/* No more come. */
void        buffer_queue_end     (BufferQueue *self);

/* Waits for the next one; NULL at the end. */
GstBuffer * buffer_queue_pop     (BufferQueue *self);

/* NULL when there is none now. */
GstBuffer * buffer_queue_try_pop (BufferQueue *self);

/* Lets go of all, and of the end. */
void        buffer_queue_flush   (BufferQueue *self);
