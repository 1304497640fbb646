/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From what is asked of an image and the size of a page to pixels.
 */

#include "config.h"

#include <math.h>

#include "layout.h"

/* The most that cairo draws on. */
#define MAX_SIDE 32767

/* Points. Less would make a scale infinite, which no step makes smaller. */
#define MIN_LENGTH 1e-300

#define BLANK_SIDE 16

/* One side of the image. `min` and `max` are multiples of `multiple`. */
typedef struct
{
  double page;                  /* points */
  guint min, max;
  guint multiple;
} Side;

static guint
round_up (guint pixels, guint multiple)
{
  return (pixels + multiple - 1) / multiple * multiple;
}

/* A limit that leaves no multiple between itself and the other goes before
 * the wish for multiples. */
static void
side_init (Side * side, double page, guint min, guint max, guint multiple)
{
  side->page = page;
  side->max = max ? MIN (max, MAX_SIDE) : MAX_SIDE;
  side->min = CLAMP (min, 1, side->max);
  side->multiple = CLAMP (multiple, 1, MAX_SIDE);

  if (round_up (side->min, side->multiple) > side->max)
    side->multiple = 1;
  side->max -= side->max % side->multiple;
  side->min = round_up (side->min, side->multiple);
}

static void
side_set_exact (Side * side, guint exact)
{
  side->min = side->max = CLAMP (exact, side->min, side->max);
  side->multiple = 1;
}

static guint
side_drawn (const Side * side, double scale)
{
  return lround (fmin (side->page * scale, side->max));
}

static guint
side_image (const Side * side, double scale)
{
  return MAX (side->min, round_up (side_drawn (side, scale), side->multiple));
}

/* The scale that makes the image one step smaller on this side, 0 when it
 * cannot be. */
static double
side_shrink (const Side * side, double scale)
{
  guint image = side_image (side, scale);

  if (image <= side->min)
    return 0;
  return fmin (scale, (image - side->multiple) / side->page);
}

static double
wanted_scale (const RectoWorkerLayout * layout, double width, double height)
{
  if (layout->exact)
    return INFINITY;
  if (layout->dpi > 0)
    return layout->dpi / 72;
  if (layout->longest)
    return layout->longest / fmax (width, height);
  if (layout->shortest)
    return layout->shortest / fmin (width, height);
  return INFINITY;              /* as large as the sides allow */
}

static guint64
n_pixels (const Side * width, const Side * height, double scale)
{
  return (guint64) side_image (width, scale) * side_image (height, scale);
}

/* A page is shrunk no further than to the smallest image: what is downstream
 * may take no other size. */
static double
limit_pixels (const Side * width, const Side * height, double scale,
    guint max_pixels)
{
  double shrunk;

  if (max_pixels == 0)
    return scale;

  scale = fmin (scale, sqrt (max_pixels) / sqrt (width->page)
      / sqrt (height->page));
  while (n_pixels (width, height, scale) > max_pixels) {
    shrunk = fmax (side_shrink (width, scale), side_shrink (height, scale));
    if (shrunk == 0)
      break;
    scale = shrunk;
  }

  return scale;
}

static void
init_sides (const RectoWorkerLayout * layout, Side * width, Side * height,
    double page_width, double page_height)
{
  guint exact = layout->exact;

  side_init (width, page_width, layout->min_width, layout->max_width,
      layout->multiple);
  side_init (height, page_height, layout->min_height, layout->max_height,
      layout->multiple);

  if (exact && layout->max_pixels)
    exact = MIN (exact, sqrt (layout->max_pixels));
  if (exact) {
    side_set_exact (width, exact);
    side_set_exact (height, exact);
  }
}

/* Sizes are in points. FALSE when no model could read the page, however it
 * were drawn. */
gboolean
layout_place (const RectoWorkerLayout * layout, double page_width,
    double page_height, Placement * placement)
{
  gboolean lying = layout->rotation % 180 != 0;
  Side width, height;
  double scale;

  if (!(page_width >= MIN_LENGTH && page_width < INFINITY)
      || !(page_height >= MIN_LENGTH && page_height < INFINITY))
    return FALSE;

  init_sides (layout, &width, &height, lying ? page_height : page_width,
      lying ? page_width : page_height);

  scale = wanted_scale (layout, width.page, height.page);
  scale = fmin (scale, width.max / width.page);
  scale = fmin (scale, height.max / height.page);
  scale = limit_pixels (&width, &height, scale, layout->max_pixels);

  placement->rotation = layout->rotation;
  placement->width = side_drawn (&width, scale);
  placement->height = side_drawn (&height, scale);
  placement->image_width = side_image (&width, scale);
  placement->image_height = side_image (&height, scale);
  placement->x = (placement->image_width - placement->width) / 2;
  placement->y = (placement->image_height - placement->height) / 2;

  return MIN (placement->width, placement->height) >= RECTO_WORKER_MIN_SIDE;
}

/* The image that stands for a page that there is nothing of to draw. */
void
layout_place_blank (const RectoWorkerLayout * layout, Placement * placement)
{
  Side width, height;

  init_sides (layout, &width, &height, 1, 1);

  *placement = (Placement) {
    .image_width = CLAMP (BLANK_SIDE, width.min, width.max),
    .image_height = CLAMP (BLANK_SIDE, height.min, height.max),
  };
}
