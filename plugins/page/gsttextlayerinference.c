/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-textlayerinference
 * @title: textlayerinference
 *
 * The text that a document itself carries, for what was born digital. Pages
 * need not be rendered. A page that is an image has no text, which is no
 * failure.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q pdfsrc location=data/samples/prose.pdf ! textlayerinference ! jsonlsink location=-
 * ]|
 *
 * Since: 1.0
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-page-private.h>

#include "gsttextlayerinference.h"
#include "render-trouble.h"

struct _GstRectoTextLayerInference
{
  RectoPageTransform parent;
};

G_DEFINE_FINAL_TYPE (GstRectoTextLayerInference,
    gst_recto_text_layer_inference, RECTO_TYPE_PAGE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (textlayerinference, "textlayerinference",
    GST_RANK_NONE, GST_TYPE_RECTO_TEXT_LAYER_INFERENCE);

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (RECTO_PAGE_CAPS
        "; image/png; image/jpeg; video/x-raw"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (RECTO_TEXT_CAPS));

static GstCaps *
gst_recto_text_layer_inference_set_caps (RectoPageTransform * transform,
    GstCaps * caps)
{
  return gst_static_pad_template_get_caps (&src_template);
}

static char *
read_text (RectoPageTask * task, RectoPage ** described, GError ** error)
{
  RectoPage *page = recto_page_task_get_page (task);
  RectoRenderer *renderer = NULL;

  if (page)
    renderer = recto_document_get_renderer (recto_page_get_document (page));
  if (renderer == NULL) {
    g_set_error_literal (error, RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("There is no document to take the text from; put pdfsrc before "
            "this element."));
    return NULL;
  }
  return recto_renderer_get_text (renderer, page, described,
      recto_page_task_get_cancellable (task), error);
}

static GstBuffer *
gst_recto_text_layer_inference_process (RectoPageTransform * transform,
    RectoPageTask * task, GstCaps ** caps, GError ** error)
{
  g_autoptr (RectoPage) page = NULL;
  g_autoptr (RectoResult) result = NULL;
  gint64 start = g_get_monotonic_time ();
  GstBuffer *buffer;
  char *text = read_text (task, &page, error);

  if (text == NULL) {
    render_trouble_end_run (transform, task, *error);
    return NULL;
  }

  result = recto_result_new ();
  recto_result_set_model (result, "text-layer");
  recto_result_set_source (result, RECTO_TEXT_SOURCE_TEXT_LAYER);
  recto_result_set_seconds (result,
      (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);

  buffer = gst_buffer_new_wrapped (text, strlen (text));
  recto_buffer_add_result (buffer, result);

  /* This one no longer needs its document's bytes. */
  recto_buffer_add_page (buffer, page);

  return buffer;
}

static void
gst_recto_text_layer_inference_describe_config (RectoPageTransform *
    transform, GVariantDict * config)
{
  /* The element has no settings. */
}

static void
gst_recto_text_layer_inference_class_init (GstRectoTextLayerInferenceClass *
    klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  RectoPageTransformClass *transform_class =
      RECTO_PAGE_TRANSFORM_CLASS (klass);

  gst_element_class_set_static_metadata (element_class,
      "Text layer", "Filter/Converter/Text",
      "Takes the text that documents themselves carry",
      "The Recto developers");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);

  transform_class->set_caps = gst_recto_text_layer_inference_set_caps;
  transform_class->process = gst_recto_text_layer_inference_process;
  transform_class->describe_config =
      gst_recto_text_layer_inference_describe_config;
}

static void
gst_recto_text_layer_inference_init (GstRectoTextLayerInference * self)
{
}
