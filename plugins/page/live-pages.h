/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How many pages are alive: buffers that were marked, and all that was made
 * of them. Each carries a token in a meta without tags, which our engine and
 * every stock converter and encoder copy. What came of a page counts once,
 * until the last of it is gone; a pool that takes a buffer back clears it.
 *
 * Pages may outlive whoever marked them. All of it is for any thread.
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _LivePages LivePages;

typedef enum
{
  LIVE_PAGES_ROOM,
  LIVE_PAGES_FULL,              /* still, when the time had come */
  LIVE_PAGES_CANCELLED,
} LivePagesResult;

LivePages *     live_pages_new             (void);

LivePages *     live_pages_ref             (LivePages *self);
void            live_pages_unref           (LivePages *self);

/* One page more. The buffer is writable. */
void            live_pages_mark            (LivePages *self,
                                            GstBuffer *buffer);

/* Waits until fewer than `max` are alive, or until it is `end` on the
 * monotonic clock. */
LivePagesResult live_pages_wait            (LivePages *self,
                                            guint      max,
                                            gint64     end);

/* Between the two nothing waits. */
void            live_pages_cancel          (LivePages *self);
void            live_pages_uncancel        (LivePages *self);

guint           live_pages_count           (LivePages *self);

/* The most there were since the start or the last reset. */
guint           live_pages_get_peak        (LivePages *self);
void            live_pages_reset_peak      (LivePages *self);

/* When the last one went, on the monotonic clock; 0: none has. */
gint64          live_pages_get_released_at (LivePages *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LivePages, live_pages_unref)

G_END_DECLS
