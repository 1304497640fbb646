/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The regions of a page, as records have them.
 */

#pragma once

#include <json-glib/json-glib.h>
#include <recto/recto.h>

G_BEGIN_DECLS

/* `regions` of RectoRegion. Boxes are clipped to the page where its size is
 * known. */
JsonArray * recto_record_regions_new  (GPtrArray  *regions,
                                       RectoPage  *page);

/* With two decimals, which are enough for points. */
double      recto_record_round_points (double      points);

G_END_DECLS
