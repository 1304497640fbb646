/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a renderer can't do for reasons that are no page's.
 */

#pragma once

#include <recto/recto.h>

G_BEGIN_DECLS

/* Ends the run if the error is of that kind, and with it the task: a page that
 * was not tried has no record, and the next run reads it. */
void render_trouble_end_run (RectoPageTransform *transform,
                             RectoPageTask      *task,
                             const GError       *error);

G_END_DECLS
