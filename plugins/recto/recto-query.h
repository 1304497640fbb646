/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

typedef struct _RectoImageRequest RectoImageRequest;

/**
 * RectoImageRequest:
 * @longest: the longer side in pixels, 0 for no wish
 * @shortest: the shorter side in pixels, 0 for no wish
 * @exact: both sides in pixels, the page centred on white, 0 for no wish
 * @multiple: both sides are to be multiples of this, 0 or 1 for no wish
 * @max_pixels: the most pixels that an image may have, 0 for no limit
 * @format: (nullable): a media type such as `image/png`, %NULL for no wish
 * @quality: JPEG quality from 1 to 100, 0 for no wish
 *
 * What an inference element wants of the images that it is sent: what the
 * model was trained with.
 *
 * Of @exact, @longest and @shortest the first that is set decides the size.
 *
 * Since: 1.0
 */
struct _RectoImageRequest
{
  guint longest;
  guint shortest;
  guint exact;
  guint multiple;
  guint max_pixels;
  const char *format;
  guint quality;

  /*< private >*/
  gpointer padding[8];
};

#define RECTO_TYPE_IMAGE_REQUEST (recto_image_request_get_type ())

RECTO_API
GType      recto_image_request_get_type  (void);

RECTO_API
GstQuery * recto_query_new_image_request (void);

RECTO_API
gboolean   recto_query_is_image_request  (GstQuery                *query);

RECTO_API
void       recto_query_set_image_request (GstQuery                *query,
                                          const RectoImageRequest *request);

RECTO_API
void       recto_query_get_image_request (GstQuery                *query,
                                          RectoImageRequest       *request);

RECTO_API
GstQuery * recto_query_new_run           (void);

RECTO_API
gboolean   recto_query_is_run            (GstQuery                *query);

RECTO_API
void       recto_query_add_run_config    (GstQuery                *query,
                                          const char              *name,
                                          guint                    revision,
                                          GVariant                *settings,
                                          GVariant                *defaults);

RECTO_API
GVariant * recto_query_get_run_config    (GstQuery                *query);

RECTO_API
char *     recto_query_get_run_digest    (GstQuery                *query);

G_END_DECLS
