/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-image.h"

/* What is sent when an image is too large for the server, and what is still
 * worth sending. */
#define SHRINK 0.7
#define MIN_LONGEST 256

void
vlm_image_init (VlmImage * self, RectoPageTask * task,
    const RectoImageRequest * request)
{
  GstBuffer *buffer = recto_page_task_get_buffer (task);
  GstCaps *caps = recto_page_task_get_caps (task);

  self->sample = gst_sample_new (buffer, caps, NULL, NULL);
  self->request = *request;
  self->bytes = vlm_render_map (buffer);
  self->media_type =
      g_intern_string (gst_structure_get_name (gst_caps_get_structure (caps,
              0)));
}

void
vlm_image_clear (VlmImage * self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_pointer (&self->sample, gst_sample_unref);
}

gboolean
vlm_image_turn (VlmImage * self, const Answer * answer, gboolean first)
{
  if (!vlm_page_rotation_follow (&self->rotation, answer, first))
    return FALSE;
  g_clear_pointer (&self->bytes, g_bytes_unref);
  return TRUE;
}

gboolean
vlm_image_shrink (VlmImage * self)
{
  guint longest = self->longest ? self->longest :
      vlm_render_get_longest (self->sample, &self->request);

  if (longest * SHRINK < MIN_LONGEST)
    return FALSE;
  self->longest = longest * SHRINK;
  g_clear_pointer (&self->bytes, g_bytes_unref);
  return TRUE;
}

void
vlm_image_make (VlmImage * self, VlmRender * render,
    GCancellable * cancellable, GAsyncReadyCallback callback, gpointer data)
{
  const ImageChange change = {
    .rotation = self->rotation.angle,
    .longest = self->longest,
    .request = self->request,
  };

  vlm_render_image (render, self->sample, &change, cancellable, callback,
      data);
}

gboolean
vlm_image_make_finish (VlmImage * self, GAsyncResult * result, GError ** error)
{
  self->bytes = vlm_render_image_finish (result, &self->media_type, error);
  return self->bytes != NULL;
}
