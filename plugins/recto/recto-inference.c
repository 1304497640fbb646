/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * RectoInference:
 *
 * Base class of elements that read images: image in, text out.
 *
 * It does what they have in common: it answers the `recto-image-request`
 * query, calls [vfunc@Recto.Inference.infer] in as many threads as pages may
 * be in flight, measures the time, and puts the text and its
 * [struct@Recto.Result] on the buffer. The images need not be pages of a
 * document.
 *
 * Since: 1.0
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto.h>

typedef struct
{
  GstPadQueryFunction parent_query;
} RectoInferencePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (RectoInference, recto_inference,
    RECTO_TYPE_PAGE_TRANSFORM)

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (RECTO_TEXT_CAPS));

static GstCaps *
recto_inference_set_caps (RectoPageTransform * transform, GstCaps * caps)
{
  return gst_static_pad_template_get_caps (&src_template);
}

static GstBuffer *
new_text_buffer (char *text, RectoResult * result)
{
  GstBuffer *buffer = gst_buffer_new_wrapped (text, strlen (text));

  if (result)
    recto_buffer_add_result (buffer, result);
  return buffer;
}

/**
 * recto_inference_return_text:
 * @self: an inference element
 * @task: the task to answer
 * @text: the text of the page
 * @result: (nullable): what else is known of it
 *
 * Answers @task with text, for an element that implements
 * [vfunc@Recto.PageTransform.submit] itself.
 *
 * Since: 1.0
 */
void
recto_inference_return_text (RectoInference * self, RectoPageTask * task,
    const char *text, RectoResult * result)
{
  g_return_if_fail (RECTO_IS_INFERENCE (self));
  g_return_if_fail (task != NULL);
  g_return_if_fail (text != NULL);

  recto_page_task_return_buffer (task,
      new_text_buffer (g_strdup (text), result), NULL);
}

static GstBuffer *
recto_inference_process (RectoPageTransform * transform,
    RectoPageTask * task, GstCaps ** caps, GError ** error)
{
  RectoInference *self = RECTO_INFERENCE (transform);
  g_autoptr (RectoResult) result = recto_result_new ();
  g_autoptr (GstSample) image = gst_sample_new
      (recto_page_task_get_buffer (task), recto_page_task_get_caps (task),
      NULL, NULL);
  gint64 start = g_get_monotonic_time ();
  char *text;

  text = RECTO_INFERENCE_GET_CLASS (self)->infer (self, image, result,
      recto_page_task_get_cancellable (task), error);
  if (text == NULL)
    return NULL;

  recto_result_set_seconds (result,
      (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);
  return new_text_buffer (text, result);
}

static void
answer_image_request (RectoInference * self, GstQuery * query)
{
  RectoInferenceClass *klass = RECTO_INFERENCE_GET_CLASS (self);
  RectoImageRequest request = { 0 };

  if (klass->describe_image)
    klass->describe_image (self, &request);
  recto_query_set_image_request (query, &request);
}

static gboolean
recto_inference_sink_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  RectoInference *self = RECTO_INFERENCE (parent);
  RectoInferencePrivate *priv = recto_inference_get_instance_private (self);

  if (recto_query_is_image_request (query)) {
    answer_image_request (self, query);
    return TRUE;
  }
  return priv->parent_query (pad, parent, query);
}

static void
recto_inference_constructed (GObject * object)
{
  RectoInference *self = RECTO_INFERENCE (object);
  RectoInferencePrivate *priv = recto_inference_get_instance_private (self);
  g_autoptr (GstPad) sinkpad = NULL;

  G_OBJECT_CLASS (recto_inference_parent_class)->constructed (object);

  sinkpad = gst_element_get_static_pad (GST_ELEMENT (self), "sink");
  if (sinkpad == NULL)
    return;

  priv->parent_query = GST_PAD_QUERYFUNC (sinkpad);
  gst_pad_set_query_function (sinkpad,
      GST_DEBUG_FUNCPTR (recto_inference_sink_query));
}

static void
recto_inference_class_init (RectoInferenceClass * klass)
{
  RectoPageTransformClass *transform_class =
      RECTO_PAGE_TRANSFORM_CLASS (klass);

  G_OBJECT_CLASS (klass)->constructed = recto_inference_constructed;
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass),
      &src_template);
  transform_class->set_caps = recto_inference_set_caps;
  transform_class->process = recto_inference_process;
}

static void
recto_inference_init (RectoInference * self)
{
}
