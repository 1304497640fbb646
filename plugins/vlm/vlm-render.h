/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is done about a page besides asking the model, by render workers: they
 * take their time, so threads wait for them.
 */

#pragma once

#include <recto/recto.h>

G_BEGIN_DECLS

typedef struct
{
  guint rotation;               /* counter-clockwise */
  guint longest;                /* pixels; 0: as large as it is */
  RectoImageRequest request;    /* what the model wants besides */
} ImageChange;

/* Another image of the one in `sample`, which is left as it is. The answer
 * comes in the thread-default main context. Errors are of RECTO_PAGE_ERROR or
 * G_IO_ERROR. */
void     vlm_render_image        (GstSample            *sample,
                                        const ImageChange    *change,
                                        GCancellable         *cancellable,
                                        GAsyncReadyCallback   callback,
                                        gpointer              data);

/* `media_type` is a constant. */
GBytes * vlm_render_image_finish (GAsyncResult         *result,
                                        const char          **media_type,
                                        GError              **error);

/* The longer side of the image in `sample`, in pixels. */
guint    vlm_render_get_longest         (GstSample            *sample,
                                        const RectoImageRequest *request);

/* The text that the page's document itself carries. */
void     vlm_render_read_text           (RectoPage            *page,
                                        GCancellable         *cancellable,
                                        GAsyncReadyCallback   callback,
                                        gpointer              data);

char *   vlm_render_read_text_finish    (GAsyncResult         *result,
                                        GError              **error);

/* The bytes of a buffer, which they hold, or NULL. */
GBytes * vlm_render_map                 (GstBuffer            *buffer);

G_END_DECLS
