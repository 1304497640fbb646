/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-page.h>

G_BEGIN_DECLS

/**
 * RectoPageTask:
 *
 * One page on its way through a [class@Recto.PageTransform].
 *
 * Whoever works on the page must answer, from any thread and in any order,
 * with [method@Recto.PageTask.return_buffer] or
 * [method@Recto.PageTask.return_error]: the pages behind it wait. The first
 * answer counts.
 *
 * Since: 1.0
 */
typedef struct _RectoPageTask RectoPageTask;

#define RECTO_TYPE_PAGE_TASK (recto_page_task_get_type ())

RECTO_API
GType           recto_page_task_get_type        (void);

RECTO_API
RectoPageTask * recto_page_task_ref             (RectoPageTask *self);

RECTO_API
void            recto_page_task_unref           (RectoPageTask *self);

RECTO_API
GstBuffer *     recto_page_task_get_buffer      (RectoPageTask *self);

RECTO_API
GstCaps *       recto_page_task_get_caps        (RectoPageTask *self);

RECTO_API
RectoPage *     recto_page_task_get_page        (RectoPageTask *self);

RECTO_API
GCancellable *  recto_page_task_get_cancellable (RectoPageTask *self);

RECTO_API
void            recto_page_task_return_buffer   (RectoPageTask *self,
                                                 GstBuffer     *buffer,
                                                 GstCaps       *caps);

RECTO_API
void            recto_page_task_return_error    (RectoPageTask *self,
                                                 GError        *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoPageTask, recto_page_task_unref)

G_END_DECLS
