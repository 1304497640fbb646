/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-render.h"

#include <glib/gi18n-lib.h>
#include <recto/recto-renderer-private.h>

#define DEFAULT_QUALITY 90

/* Where neither caps nor the model say how large an image is. */
#define DEFAULT_LONGEST 1288

typedef struct
{
  GstBuffer *buffer;
  GstMapInfo info;
} Mapping;

static void
mapping_free (Mapping * self)
{
  gst_buffer_unmap (self->buffer, &self->info);
  gst_buffer_unref (self->buffer);
  g_free (self);
}

GBytes *
vlm_render_map (GstBuffer * buffer)
{
  Mapping *self = g_new0 (Mapping, 1);

  if (!gst_buffer_map (buffer, &self->info, GST_MAP_READ)) {
    g_free (self);
    return NULL;
  }
  self->buffer = gst_buffer_ref (buffer);
  return g_bytes_new_with_free_func (self->info.data, self->info.size,
      (GDestroyNotify) mapping_free, self);
}

static RectoRenderer *
dup_renderer (RectoPage * page)
{
  RectoRenderer *renderer = page ?
      recto_document_get_renderer (recto_page_get_document (page)) : NULL;

  return renderer ? g_object_ref (renderer) : recto_renderer_new ();
}

/* Changing images */

typedef struct
{
  GstSample *sample;
  ImageChange change;
} Job;

static void
job_free (Job * self)
{
  gst_sample_unref (self->sample);
  g_free (self);
}

static GstStructure *
get_structure (GstSample * sample)
{
  return gst_caps_get_structure (gst_sample_get_caps (sample), 0);
}

guint
vlm_render_get_longest (GstSample * sample, const RectoImageRequest * request)
{
  int width, height;

  if (gst_structure_get_int (get_structure (sample), "width", &width)
      && gst_structure_get_int (get_structure (sample), "height", &height))
    return MAX (width, height);
  return request->longest ? request->longest : DEFAULT_LONGEST;
}

/* What isn't JPEG becomes PNG, which loses nothing. */
static RectoRenderOptions
make_options (Job * self)
{
  const RectoImageRequest *request = &self->change.request;
  guint longest = self->change.longest ? self->change.longest :
      vlm_render_get_longest (self->sample, request);

  return (RectoRenderOptions) {
    .format = gst_structure_has_name (get_structure (self->sample),
        "image/jpeg") ? RECTO_WORKER_JPEG : RECTO_WORKER_PNG,
    .quality = request->quality ? request->quality : DEFAULT_QUALITY,
    .layout = {
      .exact = self->change.longest > 0 ? 0 : request->exact,
      .longest = longest,
      .multiple = request->multiple,
      .max_pixels = request->max_pixels,
      .max_width = MAX (longest, request->exact) + request->multiple,
      .max_height = MAX (longest, request->exact) + request->multiple,
      .rotation = self->change.rotation,
    },
  };
}

static void
change_image (GTask * task, gpointer source, gpointer data,
    GCancellable * cancellable)
{
  Job *self = data;
  GstBuffer *buffer = gst_sample_get_buffer (self->sample);
  g_autoptr (RectoRenderer) renderer =
      dup_renderer (recto_buffer_get_page (buffer));
  g_autoptr (GBytes) image = vlm_render_map (buffer);
  RectoRenderOptions options = make_options (self);
  g_auto (RectoRendering) rendering = { NULL };
  GError *error = NULL;

  if (image == NULL)
    g_task_return_new_error (task, RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        "%s", _("The image could not be read from memory."));
  else if (recto_renderer_render_image (renderer, image, &options, &rendering,
          cancellable, &error))
    g_task_return_pointer (task, g_steal_pointer (&rendering.data),
        (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

void
vlm_render_image (GstSample * sample, const ImageChange * change,
    GCancellable * cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Job *job = g_new0 (Job, 1);

  job->sample = gst_sample_ref (sample);
  job->change = *change;
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, change_image);
}

GBytes *
vlm_render_image_finish (GAsyncResult * result, const char **media_type,
    GError ** error)
{
  Job *job = g_task_get_task_data (G_TASK (result));

  *media_type = make_options (job).format == RECTO_WORKER_JPEG ?
      "image/jpeg" : "image/png";
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Text layers */

static void
read_text (GTask * task, gpointer source, gpointer data,
    GCancellable * cancellable)
{
  RectoPage *page = data;
  g_autoptr (RectoRenderer) renderer = dup_renderer (page);
  GError *error = NULL;
  char *text = recto_renderer_get_text (renderer, page, NULL, cancellable,
      &error);

  if (text)
    g_task_return_pointer (task, text, g_free);
  else
    g_task_return_error (task, error);
}

void
vlm_render_read_text (RectoPage * page, GCancellable * cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, recto_page_ref (page),
      (GDestroyNotify) recto_page_unref);
  g_task_run_in_thread (task, read_text);
}

char *
vlm_render_read_text_finish (GAsyncResult * result, GError ** error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
