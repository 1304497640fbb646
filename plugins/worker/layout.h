/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#pragma once

#include <glib.h>

#include <recto/recto-worker-protocol.h>

/* Where on an image a page is drawn, in pixels. */
typedef struct
{
  guint image_width, image_height;
  guint x, y;
  guint width, height;
  guint rotation;               /* of the page in there, counter-clockwise */
} Placement;

gboolean layout_place       (const RectoWorkerLayout *layout,
                             double page_width, double page_height,
                             Placement *placement);

void     layout_place_blank (const RectoWorkerLayout *layout,
                             Placement *placement);
