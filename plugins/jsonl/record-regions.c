/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>

#include <recto/recto-enum-nick-private.h>

#include "record-regions.h"

typedef struct
{
  double width;                 /* points; infinite when not known */
  double height;
} Sheet;

typedef JsonObject *(*MakeFunc) (RectoRegion * region, const Sheet * sheet);

double
recto_record_round_points (double points)
{
  return round (points * 100) / 100;
}

static double
fit (double side, double most)
{
  return recto_record_round_points (CLAMP (side, 0, most));
}

/* None where nothing of it is on the page. */
static void
set_box (JsonObject * object, RectoRegion * region, const Sheet * sheet)
{
  double sides[4];
  JsonArray *box;

  if (!recto_region_get_box (region, &sides[0], &sides[1], &sides[2],
          &sides[3]))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    sides[i] = fit (sides[i], i % 2 == 0 ? sheet->width : sheet->height);
  if (sides[0] >= sides[2] || sides[1] >= sides[3])
    return;

  box = json_array_sized_new (G_N_ELEMENTS (sides));
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    json_array_add_double_element (box, sides[i]);
  json_object_set_array_member (object, "box", box);
}

static void
set_text (JsonObject * object, RectoRegion * region)
{
  const char *text = recto_region_get_text (region);
  g_autofree char *valid = text ? g_utf8_make_valid (text, -1) : NULL;

  if (valid)
    json_object_set_string_member (object, "text", valid);
}

static void
set_span (JsonObject * object, RectoRegion * region)
{
  guint start, end;
  JsonArray *span;

  if (!recto_region_get_span (region, &start, &end))
    return;
  span = json_array_sized_new (2);
  json_array_add_int_element (span, start);
  json_array_add_int_element (span, end);
  json_object_set_array_member (object, "span", span);
}

static void
set_confidence (JsonObject * object, RectoRegion * region)
{
  double confidence = recto_region_get_confidence (region);

  if (confidence >= 0 && confidence <= 1)
    json_object_set_double_member (object, "confidence", confidence);
}

static void
set_parts (JsonObject * object, const char *name, RectoRegion * region,
    const Sheet * sheet, MakeFunc make)
{
  GPtrArray *parts = recto_region_get_parts (region);
  JsonArray *array;

  if (parts == NULL || parts->len == 0)
    return;
  array = json_array_sized_new (parts->len);
  for (guint i = 0; i < parts->len; i++)
    json_array_add_object_element (array, make (parts->pdata[i], sheet));
  json_object_set_array_member (object, name, array);
}

static JsonObject *
make_word (RectoRegion * region, const Sheet * sheet)
{
  JsonObject *object = json_object_new ();

  set_box (object, region, sheet);
  set_text (object, region);
  set_span (object, region);
  set_confidence (object, region);
  return object;
}

static JsonObject *
make_line (RectoRegion * region, const Sheet * sheet)
{
  JsonObject *object = make_word (region, sheet);

  set_parts (object, "words", region, sheet, make_word);
  return object;
}

static JsonObject *
make_region (RectoRegion * region, const Sheet * sheet)
{
  JsonObject *object = json_object_new ();
  guint level = recto_region_get_level (region);
  double angle = recto_region_get_angle (region);
  int parent = recto_region_get_parent (region);

  json_object_set_string_member (object, "kind",
      recto_enum_get_nick (RECTO_TYPE_REGION_KIND,
          recto_region_get_kind (region)));
  set_box (object, region, sheet);
  set_text (object, region);
  set_span (object, region);
  set_confidence (object, region);
  if (level > 0)
    json_object_set_int_member (object, "level", level);
  if (angle >= 0)
    json_object_set_double_member (object, "angle",
        fmod (recto_record_round_points (angle), 360));
  if (parent >= 0)
    json_object_set_int_member (object, "parent", parent);
  set_parts (object, "lines", region, sheet, make_line);
  return object;
}

JsonArray *
recto_record_regions_new (GPtrArray * regions, RectoPage * page)
{
  JsonArray *array = json_array_sized_new (regions->len);
  Sheet sheet = { INFINITY, INFINITY };

  if (page && !recto_page_get_size (page, &sheet.width, &sheet.height))
    sheet = (Sheet) { INFINITY, INFINITY };
  for (guint i = 0; i < regions->len; i++)
    json_array_add_object_element (array,
        make_region (regions->pdata[i], &sheet));
  return array;
}
