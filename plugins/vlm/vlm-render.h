/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What render workers do for the element: they change images, and read the
 * text of documents. Workers take their time, so threads wait for them.
 */

#pragma once

#include <recto/recto.h>

G_BEGIN_DECLS

typedef struct
{
  guint rotation;               /* counter-clockwise */
  guint longest;                /* pixels; 0: as large as it is */
  RectoImageRequest request;    /* the model's other requirements */
} ImageChange;

typedef struct _VlmRender VlmRender;

/* Any thread. Processes and threads are started when they are needed. */
VlmRender * vlm_render_new              (void);

/* Any thread, once all calls are answered. Ends processes and threads. */
void        vlm_render_free             (VlmRender               *self);

/* Makes another image of the one in `sample`, which is left as it is. The
 * answer comes in the thread-default main context. Errors are of
 * RECTO_PAGE_ERROR or G_IO_ERROR. */
void        vlm_render_image            (VlmRender               *self,
                                         GstSample               *sample,
                                         const ImageChange       *change,
                                         GCancellable            *cancellable,
                                         GAsyncReadyCallback      callback,
                                         gpointer                 data);

/* `media_type` is a constant. */
GBytes *    vlm_render_image_finish     (GAsyncResult            *result,
                                         const char             **media_type,
                                         GError                 **error);

/* Reads the text that the page's document itself carries. The answer comes in
 * the thread-default main context. */
void        vlm_render_read_text        (VlmRender               *self,
                                         RectoPage               *page,
                                         GCancellable            *cancellable,
                                         GAsyncReadyCallback      callback,
                                         gpointer                 data);

char *      vlm_render_read_text_finish (GAsyncResult            *result,
                                         GError                 **error);

/* The longer side of the image in `sample`, in pixels. */
guint       vlm_render_get_longest      (GstSample               *sample,
                                         const RectoImageRequest *request);

/* The bytes of a buffer, which they hold, or NULL. */
GBytes *    vlm_render_map              (GstBuffer               *buffer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmRender, vlm_render_free)

G_END_DECLS
