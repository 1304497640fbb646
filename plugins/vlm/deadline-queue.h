/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Timers of a main context that come and go by the thousand: one GSource has
 * them all, since each source costs every turn of the loop. For the context's
 * own thread only.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _DeadlineQueue DeadlineQueue;
typedef struct _Deadline Deadline;
typedef void (*DeadlineFunc) (gpointer data);

DeadlineQueue * deadline_queue_new  (GMainContext   *context);

/* Nothing comes any more, but deadlines may still be cancelled. */
void            deadline_queue_stop (DeadlineQueue  *self);

void            deadline_queue_free (DeadlineQueue  *self);

/* `when` is monotonic time. The deadline is gone once `func` is called. */
Deadline *      deadline_queue_add  (DeadlineQueue  *self,
                                     gint64          when,
                                     DeadlineFunc    func,
                                     gpointer        data);

/* Clears the pointer; it may be NULL. */
void            deadline_cancel     (Deadline      **deadline);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeadlineQueue, deadline_queue_free)

G_END_DECLS
