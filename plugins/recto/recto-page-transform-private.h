/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <recto/recto-page-transform.h>

G_BEGIN_DECLS

/* What max-in-flight and max-pending mean while they are 0. */
RECTO_API
void recto_page_transform_set_automatic (RectoPageTransform *self,
                                         guint               max_in_flight,
                                         guint               max_pending);

G_END_DECLS
