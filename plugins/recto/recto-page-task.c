/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-page-task-private.h>
#include <recto/recto-page-transform-private.h>

G_DEFINE_BOXED_TYPE (RectoPageTask, recto_page_task, recto_page_task_ref,
    recto_page_task_unref)

RectoPageTask *
recto_page_task_new (RectoPageTransform * transform, GstBuffer * buffer,
    GstCaps * caps, GstCaps * out_caps)
{
  RectoPageTask *self = g_new0 (RectoPageTask, 1);
  RectoPage *page = recto_buffer_get_page (buffer);

  g_atomic_ref_count_init (&self->ref_count);
  self->transform = g_object_ref (transform);
  self->buffer = buffer;
  self->caps = caps ? gst_caps_ref (caps) : NULL;
  self->out_caps = out_caps ? gst_caps_ref (out_caps) : NULL;
  self->page = page ? recto_page_ref (page) : NULL;
  self->pts = GST_BUFFER_PTS (buffer);
  self->duration = GST_BUFFER_DURATION (buffer);

  return self;
}

/**
 * recto_page_task_ref:
 * @self: a task
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
RectoPageTask *
recto_page_task_ref (RectoPageTask * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * recto_page_task_unref:
 * @self: (transfer full): a task
 *
 * Gives a reference back.
 *
 * Since: 1.0
 */
void
recto_page_task_unref (RectoPageTask * self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_object (&self->cancellable);
  gst_clear_buffer (&self->buffer);
  gst_clear_buffer (&self->out);
  gst_clear_caps (&self->caps);
  gst_clear_caps (&self->out_caps);
  g_clear_pointer (&self->page, recto_page_unref);
  g_object_unref (self->transform);
  g_free (self);
}

/**
 * recto_page_task_get_buffer:
 * @self: a task
 *
 * Gets the buffer to work on. It is let go of with the answer.
 *
 * Returns: (transfer none): a buffer
 *
 * Since: 1.0
 */
GstBuffer *
recto_page_task_get_buffer (RectoPageTask * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->buffer;
}

/**
 * recto_page_task_get_caps:
 * @self: a task
 *
 * Gets what the buffer holds.
 *
 * Returns: (transfer none) (nullable): caps
 *
 * Since: 1.0
 */
GstCaps *
recto_page_task_get_caps (RectoPageTask * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->caps;
}

/**
 * recto_page_task_get_page:
 * @self: a task
 *
 * Gets who the buffer is.
 *
 * Returns: (transfer none) (nullable): a page, or %NULL when the buffer says
 *   of no page
 *
 * Since: 1.0
 */
RectoPage *
recto_page_task_get_page (RectoPageTask * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->page;
}

/**
 * recto_page_task_get_cancellable:
 * @self: a task
 *
 * Gets what is cancelled when nobody waits for the answer any more, because
 * of a flush or the pipeline's end. The task still has to be answered.
 *
 * Returns: (transfer none): a cancellable
 *
 * Since: 1.0
 */
GCancellable *
recto_page_task_get_cancellable (RectoPageTask * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->cancellable;
}

static gboolean
copy_meta (GstBuffer * from, GstMeta ** meta, gpointer to)
{
  const GstMetaInfo *info = (*meta)->info;
  const char *const *tags = gst_meta_api_type_get_tags (info->api);
  GstMetaTransformCopy copy = { FALSE, 0, (gsize) - 1 };

  /* Metas with tags speak of the bytes, which are other ones now. */
  if (info->transform_func && (tags == NULL || tags[0] == NULL))
    info->transform_func (to, *meta, from, _gst_meta_transform_copy, &copy);

  return TRUE;
}

/* Makes @out the successor of what came in: its time and its metas. */
static GstBuffer *
inherit (RectoPageTask * self, GstBuffer * out)
{
  out = gst_buffer_make_writable (out);
  GST_BUFFER_PTS (out) = self->pts;
  GST_BUFFER_DURATION (out) = self->duration;
  gst_buffer_foreach_meta (self->buffer, copy_meta, out);

  return out;
}

static gboolean
claim (RectoPageTask * self)
{
  return g_atomic_int_compare_and_exchange (&self->answered, FALSE, TRUE);
}

static void
answer (RectoPageTask * self, GstBuffer * out, GstCaps * caps)
{
  gboolean was_failed = self->page && recto_page_is_failed (self->page);
  RectoPage *page;

  out = inherit (self, out);
  page = recto_buffer_get_page (out);
  recto_page_transform_finish (self->transform, self, out, caps,
      !was_failed && page && recto_page_is_failed (page), NULL);
}

/**
 * recto_page_task_return_buffer:
 * @self: a task
 * @buffer: (transfer full): what became of the page
 * @caps: (nullable): what @buffer holds; %NULL for what
 *   [vfunc@Recto.PageTransform.set_caps] said
 *
 * Answers with a new buffer. It gets the time and the metas of the one that
 * came in; a [struct@Recto.Page] that it already has is kept.
 *
 * Since: 1.0
 */
void
recto_page_task_return_buffer (RectoPageTask * self, GstBuffer * buffer,
    GstCaps * caps)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (GST_IS_BUFFER (buffer));

  if (claim (self))
    answer (self, buffer, caps);
  else
    gst_buffer_unref (buffer);
}

static GstBuffer *
make_placeholder (RectoPageTask * self, GstCaps ** caps, GError ** error)
{
  RectoPageTransformClass *klass =
      RECTO_PAGE_TRANSFORM_GET_CLASS (self->transform);

  return klass->make_placeholder (self->transform, self, caps, error);
}

static RectoPage *
fail_page (RectoPageTask * self, const GError * cause)
{
  RectoPageStatus status =
      RECTO_PAGE_TRANSFORM_GET_CLASS (self->transform)->failure_status;
  g_autoptr (RectoPage) page = NULL;

  if (cause->domain == RECTO_PAGE_ERROR && cause->code != RECTO_PAGE_OK)
    status = cause->code;

  if (self->page) {
    page = recto_page_ref (self->page);
  } else {
    g_autoptr (RectoDocument) nobody = recto_document_new (NULL, NULL);

    page = recto_page_new (nobody, 1, FALSE);
  }
  return recto_page_with_error (page, status, cause);
}

/* Answers with a placeholder for @page; NULL when it is the one that came. */
static void
answer_failed (RectoPageTask * self, RectoPage * page)
{
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GError) error = NULL;
  GstBuffer *placeholder = make_placeholder (self, &caps, &error);

  if (placeholder == NULL) {
    recto_page_transform_finish (self->transform, self, NULL, NULL, FALSE,
        g_steal_pointer (&error));
    return;
  }

  if (page)
    recto_buffer_add_page (placeholder, page);
  answer (self, placeholder, caps);
}

/**
 * recto_page_task_return_error:
 * @self: a task
 * @error: (transfer full): what went wrong
 *
 * Answers that the page has failed: a placeholder takes its place, and the
 * run goes on. An error of `RECTO_PAGE_ERROR` says the page's status; for
 * another the class does.
 *
 * Since: 1.0
 */
void
recto_page_task_return_error (RectoPageTask * self, GError * error)
{
  g_autoptr (GError) cause = error;
  g_autoptr (RectoPage) page = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (error != NULL);

  if (!claim (self))
    return;

  /* Nobody waits: not worth a placeholder. */
  if (g_cancellable_is_cancelled (self->cancellable)) {
    recto_page_transform_finish (self->transform, self, NULL, NULL, FALSE,
        g_steal_pointer (&cause));
    return;
  }

  page = fail_page (self, cause);
  answer_failed (self, page);
}

void
recto_page_task_drop (RectoPageTask * self)
{
  g_return_if_fail (self != NULL);

  if (claim (self))
    recto_page_transform_finish (self->transform, self, NULL, NULL, FALSE,
        NULL);
}

void
recto_page_task_pass_failed (RectoPageTask * self)
{
  if (claim (self))
    answer_failed (self, NULL);
}
