/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The image of a page as it is sent: as it came, turned, or made smaller.
 */

#pragma once

#include <recto/recto.h>

#include "vlm-render.h"
#include "vlm-rotation.h"

G_BEGIN_DECLS

typedef struct
{
  GstSample *sample;            /* what came */
  RectoImageRequest request;    /* what the model wants */

  GBytes *bytes;                /* what is sent; NULL: to be made */
  const char *media_type;       /* of that, a constant */
  VlmPageRotation rotation;     /* of that */
  guint longest;                /* of that, in pixels; 0: as it came */
} VlmImage;

void     vlm_image_init   (VlmImage                *self,
                           RectoPageTask           *task,
                           const RectoImageRequest *request);

void     vlm_image_clear  (VlmImage                *self);

/* See vlm_page_rotation_follow(). */
gboolean vlm_image_turn   (VlmImage                *self,
                           const Answer            *answer,
                           gboolean                 first);

/* FALSE when it would be too small to be read. */
gboolean vlm_image_shrink (VlmImage                *self);

void     vlm_image_make   (VlmImage                *self,
                           VlmRender               *render,
                           GCancellable            *cancellable,
                           GAsyncReadyCallback      callback,
                           gpointer                 data);

gboolean vlm_image_make_finish
                          (VlmImage                *self,
                           GAsyncResult            *result,
                           GError                 **error);

G_END_DECLS
