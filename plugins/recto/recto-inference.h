/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-page-transform.h>
#include <recto/recto-query.h>
#include <recto/recto-result.h>

G_BEGIN_DECLS

/**
 * RECTO_TEXT_CAPS:
 *
 * Caps of the text that inference elements make.
 *
 * Since: 1.0
 */
#define RECTO_TEXT_CAPS "text/x-raw, format = (string) utf8"

#define RECTO_TYPE_INFERENCE (recto_inference_get_type ())
RECTO_API
G_DECLARE_DERIVABLE_TYPE (RectoInference, recto_inference, RECTO, INFERENCE,
    RectoPageTransform)

/**
 * RectoInferenceClass:
 * @parent_class: the parent class
 * @infer: reads one image, in one of `max-in-flight` threads: returns the
 *   text and fills the result, or returns %NULL with an error set
 * @describe_image: fills in what images the element wants
 *
 * Image in, text out: a subclass brings a `sink` pad template with the images
 * that it takes, and @infer.
 *
 * Since: 1.0
 */
struct _RectoInferenceClass
{
  RectoPageTransformClass parent_class;

  char * (*infer)          (RectoInference     *self,
                            GstSample          *image,
                            RectoResult        *result,
                            GCancellable       *cancellable,
                            GError            **error);
  void   (*describe_image) (RectoInference     *self,
                            RectoImageRequest  *request);

  /*< private >*/
  gpointer padding[16];
};

RECTO_API
void recto_inference_return_text (RectoInference *self,
                                  RectoPageTask  *task,
                                  const char     *text,
                                  RectoResult    *result);

G_END_DECLS
