/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>

#include <recto/recto.h>

/* A block, a line, a word. */
#define MAX_DEPTH 3

struct _RectoRegion
{
  gatomicrefcount ref_count;

  RectoRegionKind kind;
  GRefString *text;             /* nullable */
  gboolean has_box;
  double x0, y0, x1, y1;        /* points */
  gboolean has_span;
  guint start, end;             /* code points */
  double confidence;            /* -1: not known */
  guint level;                  /* 0: not known */
  double angle;                 /* -1: not known */
  int parent;                   /* -1: none */
  GPtrArray *parts;             /* of RectoRegion; nullable */
  guint depth;                  /* 1 without parts */
};

G_DEFINE_BOXED_TYPE (RectoRegion, recto_region, recto_region_ref,
    recto_region_unref)

static RectoRegion *
new_region (RectoRegionKind kind)
{
  RectoRegion *self = g_new0 (RectoRegion, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->kind = kind;
  self->confidence = -1;
  self->angle = -1;
  self->parent = -1;
  self->depth = 1;
  return self;
}

/**
 * recto_region_new:
 * @kind: what the region is
 * @text: (nullable): what it says, in valid UTF-8
 *
 * Creates a region of which nothing else is known.
 *
 * Returns: (transfer full): a new region
 *
 * Since: 1.0
 */
RectoRegion *
recto_region_new (RectoRegionKind kind, const char *text)
{
  RectoRegion *self = new_region (kind);

  self->text = text ? g_ref_string_new (text) : NULL;
  return self;
}

/**
 * recto_region_ref:
 * @self: a region
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
RectoRegion *
recto_region_ref (RectoRegion * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * recto_region_unref:
 * @self: (transfer full): a region
 *
 * Gives a reference back.
 *
 * Since: 1.0
 */
void
recto_region_unref (RectoRegion * self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->text, g_ref_string_release);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  g_free (self);
}

/* What it points to is shared. */
static RectoRegion *
copy_region (RectoRegion * self)
{
  RectoRegion *copy = new_region (self->kind);

  *copy = *self;
  g_atomic_ref_count_init (&copy->ref_count);
  if (self->text)
    g_ref_string_acquire (self->text);
  if (self->parts)
    g_ptr_array_ref (self->parts);
  return copy;
}

static gboolean
is_box (double x0, double y0, double x1, double y1)
{
  return isfinite (x0) && isfinite (y0) && isfinite (x1) && isfinite (y1)
      && x0 != x1 && y0 != y1;
}

/**
 * recto_region_with_box:
 * @self: a region
 * @x0: the left side in points
 * @y0: the upper side
 * @x1: the right side
 * @y1: the lower side
 *
 * Makes the same region with its place on the upright page, as
 * [method@Recto.Page.get_size] measures it, from the upper left corner. Sides
 * that are the wrong way round are exchanged; with sides that are not finite
 * or leave nothing between them the region has no box.
 *
 * Returns: (transfer full): a new region
 *
 * Since: 1.0
 */
RectoRegion *
recto_region_with_box (RectoRegion * self, double x0, double y0,
    double x1, double y1)
{
  RectoRegion *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = copy_region (self);
  copy->has_box = is_box (x0, y0, x1, y1);
  copy->x0 = MIN (x0, x1);
  copy->y0 = MIN (y0, y1);
  copy->x1 = MAX (x0, x1);
  copy->y1 = MAX (y0, y1);

  return copy;
}

/**
 * recto_region_with_span:
 * @self: a region
 * @start: the number of code points before the region's text
 * @end: the same with the region's text, not less than @start
 *
 * Makes the same region with the place of its text in the text of the page.
 *
 * Returns: (transfer full): a new region
 *
 * Since: 1.0
 */
RectoRegion *
recto_region_with_span (RectoRegion * self, guint start, guint end)
{
  RectoRegion *copy;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (start <= end, NULL);

  copy = copy_region (self);
  copy->has_span = TRUE;
  copy->start = start;
  copy->end = end;

  return copy;
}

/**
 * recto_region_with_confidence:
 * @self: a region
 * @confidence: from 0 to 1
 *
 * Makes the same region with how sure the engine is of it.
 *
 * Returns: (transfer full): a new region
 *
 * Since: 1.0
 */
RectoRegion *
recto_region_with_confidence (RectoRegion * self, double confidence)
{
  RectoRegion *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = copy_region (self);
  copy->confidence = confidence;

  return copy;
}

/**
 * recto_region_with_level:
 * @self: a region
 * @level: from 1 for the highest
 *
 * Makes the same region with the level of a heading or of a list.
 *
 * Returns: (transfer full): a new region
 *
 * Since: 1.0
 */
RectoRegion *
recto_region_with_level (RectoRegion * self, guint level)
{
  RectoRegion *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = copy_region (self);
  copy->level = level;

  return copy;
}

/**
 * recto_region_with_angle:
 * @self: a region
 * @angle: degrees counter-clockwise, finite
 *
 * Makes the same region with how its text is turned against the upright page.
 *
 * Returns: (transfer full): a new region
 *
 * Since: 1.0
 */
RectoRegion *
recto_region_with_angle (RectoRegion * self, double angle)
{
  RectoRegion *copy;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (isfinite (angle), NULL);

  copy = copy_region (self);
  angle = fmod (angle, 360);
  copy->angle = angle < 0 ? angle + 360 : angle;

  return copy;
}

/**
 * recto_region_with_parent:
 * @self: a region
 * @parent: the index of the region that this one belongs to
 *
 * Makes the same region, belonging to an earlier one of the same page, such
 * as a caption to its figure.
 *
 * Returns: (transfer full): a new region
 *
 * Since: 1.0
 */
RectoRegion *
recto_region_with_parent (RectoRegion * self, guint parent)
{
  RectoRegion *copy;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (parent <= G_MAXINT, NULL);

  copy = copy_region (self);
  copy->parent = parent;

  return copy;
}

static guint
measure_depth (GPtrArray * parts)
{
  guint depth = 1;

  for (guint i = 0; i < parts->len; i++)
    depth = MAX (depth, 1 + ((RectoRegion *) parts->pdata[i])->depth);
  return depth;
}

static GPtrArray *
copy_parts (GPtrArray * parts)
{
  GPtrArray *copy = g_ptr_array_new_full (parts->len,
      (GDestroyNotify) recto_region_unref);

  for (guint i = 0; i < parts->len; i++)
    g_ptr_array_add (copy, recto_region_ref (parts->pdata[i]));
  return copy;
}

/**
 * recto_region_with_parts:
 * @self: a region
 * @parts: (element-type RectoRegion): regions
 *
 * Makes the same region with its parts in reading order: the lines of a
 * block or the words of a line. Words have no parts.
 *
 * Returns: (transfer full): a new region
 *
 * Since: 1.0
 */
RectoRegion *
recto_region_with_parts (RectoRegion * self, GPtrArray * parts)
{
  RectoRegion *copy;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (parts != NULL, NULL);
  g_return_val_if_fail (measure_depth (parts) <= MAX_DEPTH, NULL);

  copy = copy_region (self);
  g_clear_pointer (&copy->parts, g_ptr_array_unref);
  copy->parts = copy_parts (parts);
  copy->depth = measure_depth (parts);

  return copy;
}

/**
 * recto_region_get_kind:
 * @self: a region
 *
 * Gets what the region is.
 *
 * Returns: a kind
 *
 * Since: 1.0
 */
RectoRegionKind
recto_region_get_kind (RectoRegion * self)
{
  g_return_val_if_fail (self != NULL, RECTO_REGION_OTHER);

  return self->kind;
}

/**
 * recto_region_get_text:
 * @self: a region
 *
 * Gets what the region says.
 *
 * Returns: (nullable): its text, or %NULL when not known
 *
 * Since: 1.0
 */
const char *
recto_region_get_text (RectoRegion * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->text;
}

/**
 * recto_region_get_box:
 * @self: a region
 * @x0: (out) (optional): return location for the left side in points
 * @y0: (out) (optional): return location for the upper side
 * @x1: (out) (optional): return location for the right side
 * @y1: (out) (optional): return location for the lower side
 *
 * Gets where the region is on the upright page. @x0 is less than @x1, and @y0
 * less than @y1.
 *
 * Returns: %FALSE when the place is not known
 *
 * Since: 1.0
 */
gboolean
recto_region_get_box (RectoRegion * self, double *x0, double *y0,
    double *x1, double *y1)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (x0)
    *x0 = self->x0;
  if (y0)
    *y0 = self->y0;
  if (x1)
    *x1 = self->x1;
  if (y1)
    *y1 = self->y1;

  return self->has_box;
}

/**
 * recto_region_get_span:
 * @self: a region
 * @start: (out) (optional): return location for the code points before it
 * @end: (out) (optional): return location for the same and its own
 *
 * Gets where the region's text is in the text of the page.
 *
 * Returns: %FALSE when that is not known
 *
 * Since: 1.0
 */
gboolean
recto_region_get_span (RectoRegion * self, guint *start, guint *end)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (start)
    *start = self->start;
  if (end)
    *end = self->end;

  return self->has_span;
}

/**
 * recto_region_get_confidence:
 * @self: a region
 *
 * Gets how sure the engine is of the region.
 *
 * Returns: from 0 to 1, -1 when not known
 *
 * Since: 1.0
 */
double
recto_region_get_confidence (RectoRegion * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->confidence;
}

/**
 * recto_region_get_level:
 * @self: a region
 *
 * Gets the level of a heading or of a list.
 *
 * Returns: a level from 1, 0 when not known
 *
 * Since: 1.0
 */
guint
recto_region_get_level (RectoRegion * self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->level;
}

/**
 * recto_region_get_angle:
 * @self: a region
 *
 * Gets how the region's text is turned against the upright page.
 *
 * Returns: degrees counter-clockwise, from 0 to less than 360; -1 when not known
 *
 * Since: 1.0
 */
double
recto_region_get_angle (RectoRegion * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->angle;
}

/**
 * recto_region_get_parent:
 * @self: a region
 *
 * Gets which region of the page this one belongs to.
 *
 * Returns: an index, -1 when it belongs to none
 *
 * Since: 1.0
 */
int
recto_region_get_parent (RectoRegion * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->parent;
}

/**
 * recto_region_get_parts:
 * @self: a region
 *
 * Gets the lines of a block, or the words of a line.
 *
 * Returns: (transfer none) (nullable) (element-type RectoRegion): regions in
 *   reading order, or %NULL when not known
 *
 * Since: 1.0
 */
GPtrArray *
recto_region_get_parts (RectoRegion * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->parts;
}
