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

struct _VlmRender
{
  RectoRenderer *renderer;      /* of images without a document */
  GThreadPool *threads;         /* which wait for workers */
};

typedef struct _Job Job;

/* What a thread waits for; the data of a GTask. */
struct _Job
{
  void (*run) (VlmRender * self, Job * job, GTask * task);

  GstSample *sample;            /* for an image */
  ImageChange change;
  RectoPage *page;              /* for a text */
};

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

/* Threads */

static void
job_free (Job * self)
{
  g_clear_pointer (&self->sample, gst_sample_unref);
  g_clear_pointer (&self->page, recto_page_unref);
  g_free (self);
}

static void
run_task (gpointer data, gpointer self)
{
  g_autoptr (GTask) task = data;
  Job *job = g_task_get_task_data (task);

  if (!g_task_return_error_if_cancelled (task))
    job->run (self, job, task);
}

/* Takes `job`. GTask's own threads are few, and GLib needs them for things
 * that are done sooner. */
static void
start_task (VlmRender * self, Job * job, GCancellable * cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_thread_pool_push (self->threads, g_steal_pointer (&task), NULL);
}

VlmRender *
vlm_render_new (void)
{
  VlmRender *self = g_new0 (VlmRender, 1);

  self->renderer = recto_renderer_new ();
  self->threads = g_thread_pool_new (run_task, self,
      recto_renderer_get_n_workers (self->renderer), FALSE, NULL);
  return self;
}

void
vlm_render_free (VlmRender * self)
{
  g_thread_pool_free (self->threads, FALSE, TRUE);
  g_object_unref (self->renderer);
  g_free (self);
}

static RectoRenderer *
dup_renderer (VlmRender * self, RectoPage * page)
{
  RectoRenderer *renderer = page ?
      recto_document_get_renderer (recto_page_get_document (page)) : NULL;

  return g_object_ref (renderer ? renderer : self->renderer);
}

/* Changing images */

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
change_image (VlmRender * self, Job * job, GTask * task)
{
  GstBuffer *buffer = gst_sample_get_buffer (job->sample);
  g_autoptr (RectoRenderer) renderer =
      dup_renderer (self, recto_buffer_get_page (buffer));
  g_autoptr (GBytes) image = vlm_render_map (buffer);
  RectoRenderOptions options = make_options (job);
  g_auto (RectoRendering) rendering = { NULL };
  GError *error = NULL;

  if (image == NULL)
    g_task_return_new_error (task, RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        "%s", _("The image could not be read from memory."));
  else if (recto_renderer_render_image (renderer, image, &options, &rendering,
          g_task_get_cancellable (task), &error))
    g_task_return_pointer (task, g_steal_pointer (&rendering.data),
        (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

void
vlm_render_image (VlmRender * self, GstSample * sample,
    const ImageChange * change, GCancellable * cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
  Job *job = g_new0 (Job, 1);

  job->run = change_image;
  job->sample = gst_sample_ref (sample);
  job->change = *change;
  start_task (self, job, cancellable, callback, data);
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
read_text (VlmRender * self, Job * job, GTask * task)
{
  g_autoptr (RectoRenderer) renderer = dup_renderer (self, job->page);
  GError *error = NULL;
  char *text = recto_renderer_get_text (renderer, job->page, NULL,
      g_task_get_cancellable (task), &error);

  if (text)
    g_task_return_pointer (task, text, g_free);
  else
    g_task_return_error (task, error);
}

void
vlm_render_read_text (VlmRender * self, RectoPage * page,
    GCancellable * cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Job *job = g_new0 (Job, 1);

  job->run = read_text;
  job->page = recto_page_ref (page);
  start_task (self, job, cancellable, callback, data);
}

char *
vlm_render_read_text_finish (GAsyncResult * result, GError ** error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
