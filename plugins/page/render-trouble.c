/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto-page-transform-private.h>
#include <recto/recto-renderer-private.h>

#include "render-trouble.h"

void
render_trouble_end_run (RectoPageTransform * transform, RectoPageTask * task,
    const GError * error)
{
  g_autoptr (GError) cause = NULL;

  if (error->domain != RECTO_RENDERER_ERROR)
    return;

  cause = g_error_new_literal (GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED,
      error->message);
  recto_page_transform_end_run (transform, cause);
  recto_page_task_drop (task);
}
