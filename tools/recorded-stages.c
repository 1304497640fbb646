/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "recorded-stages.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <recto/recto.h>

#define SOURCE "pdfsrc"

static gboolean
fail (GError ** error, const char *why)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      _("The log of the last run does not tell how to repeat it: %s Run"
          " “recto convert” with the options of that time and another"
          " --output."), why);
  return FALSE;
}

static GType
find_type (const char *factory_name)
{
  g_autoptr (GstElementFactory) found = gst_element_factory_find (factory_name);
  g_autoptr (GstPluginFeature) loaded = found == NULL ? NULL :
      gst_plugin_feature_load (GST_PLUGIN_FEATURE (found));

  return loaded == NULL ? G_TYPE_INVALID :
      gst_element_factory_get_element_type (GST_ELEMENT_FACTORY (loaded));
}

/* Only what works on pages: a log could be anybody's. */
static GType
find_stage_type (const char *factory_name)
{
  GType type = find_type (factory_name);

  return type != G_TYPE_INVALID && g_type_is_a (type,
      RECTO_TYPE_PAGE_TRANSFORM) ? type : G_TYPE_INVALID;
}

/* As a launch line has it, or NULL for what no property holds. */
static char *
value_to_text (JsonNode * node)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (!JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  switch (json_node_get_value_type (node)) {
    case G_TYPE_STRING:
      return json_node_dup_string (node);
    case G_TYPE_BOOLEAN:
      return g_strdup (json_node_get_boolean (node) ? "true" : "false");
    case G_TYPE_INT64:
      return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
    default:
      return g_strdup (g_ascii_dtostr (number, sizeof number,
              json_node_get_double (node)));
  }
}

/* Of a larger number a launch line would take the lower bits. The numbers that
 * a double can't tell from their neighbours are no ends of ranges. */
static gboolean
is_in_range (GParamSpec * pspec, JsonNode * node)
{
  double number = json_node_get_double (node);

  if (G_IS_PARAM_SPEC_INT (pspec))
    return number >= G_PARAM_SPEC_INT (pspec)->minimum
        && number <= G_PARAM_SPEC_INT (pspec)->maximum;
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return number >= G_PARAM_SPEC_UINT (pspec)->minimum
        && number <= G_PARAM_SPEC_UINT (pspec)->maximum;
  if (G_IS_PARAM_SPEC_UINT64 (pspec))
    return number >= G_PARAM_SPEC_UINT64 (pspec)->minimum
        && number <= G_PARAM_SPEC_UINT64 (pspec)->maximum;
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return number >= G_PARAM_SPEC_DOUBLE (pspec)->minimum
        && number <= G_PARAM_SPEC_DOUBLE (pspec)->maximum;
  return TRUE;
}

static gboolean
is_number (JsonNode * node)
{
  GType type = json_node_get_value_type (node);

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

/* FALSE when the property can't hold it. */
static gboolean
set_property (PipelineStage * stage, GParamSpec * pspec, JsonNode * node,
    GError ** error)
{
  g_autofree char *text = value_to_text (node);

  if (text == NULL)
    return TRUE;
  if (is_number (node) && !is_in_range (pspec, node))
    return fail (error, _("it is damaged."));
  pipeline_stage_set (stage, pspec->name, text);
  return TRUE;
}

static gboolean
is_string (JsonNode * node)
{
  return JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING;
}

/* Properties whose values are files, servers or what is sent to them. */
static gboolean
is_name_of_place (const char *property)
{
  static const char *const words[] = {
    "location", "locations", "file", "path", "folder", "directory", "dir",
    "root", "url", "uri", "server", "host", "proxy", "headers", "key",
    "password", "command", NULL
  };
  const char *dash = strrchr (property, '-');

  return g_strv_contains (words, dash != NULL ? dash + 1 : property);
}

/* A profile and the data of a language are known by name or by path; paths are
 * for the user to give. */
static gboolean
is_place (const char *property, JsonNode * node)
{
  const char *value = is_string (node) ? json_node_get_string (node) : "";

  if (is_name_of_place (property))
    return TRUE;
  if (g_str_equal (property, "profile"))
    return strchr (value, '/') != NULL;
  return g_str_equal (property, "language")
      && (*value == '/' || strstr (value, "..") != NULL);
}

/* What no property has the name of follows from others, such as the version
 * of a library: the sink sees whether it still is what it was, and so it does
 * where a place was left out. */
static gboolean
add_settings (PipelineStage * stage, GType type, JsonObject * settings,
    GError ** error)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, settings);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    GParamSpec *pspec = g_object_class_find_property ((GObjectClass *) klass,
        name);

    if (pspec != NULL && (pspec->flags & G_PARAM_WRITABLE)
        && !is_place (pspec->name, node)
        && !set_property (stage, pspec, node, error))
      return FALSE;
  }
  return TRUE;
}

/* The name of an element, and what is told of it. */
static gboolean
read_pair (JsonNode * node, const char **factory, JsonObject ** settings,
    GError ** error)
{
  JsonArray *pair = JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;
  JsonNode *name, *object;

  if (pair == NULL || json_array_get_length (pair) != 2)
    return fail (error, _("it is damaged."));
  name = json_array_get_element (pair, 0);
  object = json_array_get_element (pair, 1);
  if (!JSON_NODE_HOLDS_VALUE (name) || !JSON_NODE_HOLDS_OBJECT (object))
    return fail (error, _("it is damaged."));

  *factory = json_node_get_string (name);
  *settings = json_node_get_object (object);
  return *factory != NULL || fail (error, _("it is damaged."));
}

static gboolean
add_stage (PipelineOptions * options, JsonNode * node, GError ** error)
{
  const char *factory;
  JsonObject *settings;
  PipelineStage *stage;
  GType type;

  if (!read_pair (node, &factory, &settings, error))
    return FALSE;

  type = find_stage_type (factory);
  if (type == G_TYPE_INVALID) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        _("The last run had the element “%s”, which is not installed here, or"
            " reads no pages. Install it first."), factory);
    return FALSE;
  }
  stage = pipeline_options_add_stage (options, factory);
  if (stage == NULL)
    return fail (error, _("it had too many elements."));
  return add_settings (stage, type, settings, error);
}

/* The limits of that time. Of the sandbox the one who runs it says, since a
 * log could be anybody's. */
static gboolean
add_source_hints (PipelineOptions * options, JsonObject * hints,
    GError ** error)
{
  static const char *const limits[] = {
    "page-cpu-limit", "page-timeout", "page-memory-limit",
    "max-document-bytes", "max-pages",
  };

  GType type = find_type (SOURCE);
  g_autoptr (GTypeClass) klass = NULL;

  /* Of that the pipeline says more. */
  if (type == G_TYPE_INVALID)
    return TRUE;

  klass = g_type_class_ref (type);
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++) {
    GParamSpec *pspec = g_object_class_find_property ((GObjectClass *) klass,
        limits[i]);
    JsonNode *node = json_object_get_member (hints, limits[i]);

    if (node != NULL && JSON_NODE_HOLDS_VALUE (node)
        && json_node_get_value_type (node) == G_TYPE_INT64
        && !set_property (&options->source, pspec, node, error))
      return FALSE;
  }
  return TRUE;
}

/* Elements of one kind give their hints in the stream's order, but not all
 * elements give some. */
static gboolean
add_hints (PipelineOptions * options, guint * next, JsonNode * node,
    GError ** error)
{
  const char *factory;
  JsonObject *hints;

  if (!read_pair (node, &factory, &hints, error))
    return FALSE;
  if (g_str_equal (factory, SOURCE))
    return add_source_hints (options, hints, error);
  while (*next < options->n_stages) {
    PipelineStage *stage = &options->stages[(*next)++];

    if (g_str_equal (stage->factory, factory))
      return add_settings (stage, find_stage_type (factory), hints, error);
  }
  return fail (error, _("it is damaged."));
}

/* A log of a run without any may be of a time when there were none. */
static gboolean
add_all_hints (PipelineOptions * options, JsonObject * head, GError ** error)
{
  JsonNode *hints = json_object_get_member (head, "hints");
  JsonArray *array;
  guint next = 0;

  if (hints == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (hints))
    return fail (error, _("it is damaged."));

  array = json_node_get_array (hints);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    if (!add_hints (options, &next, json_array_get_element (array, i), error))
      return FALSE;
  }
  return TRUE;
}

gboolean
recorded_stages_add (PipelineOptions * options, JsonNode * head,
    GError ** error)
{
  JsonNode *elements = json_object_get_member (json_node_get_object (head),
      "elements");
  JsonArray *array;

  if (elements == NULL || !JSON_NODE_HOLDS_ARRAY (elements)
      || json_array_get_length (json_node_get_array (elements)) == 0)
    return fail (error, _("it names no elements."));

  array = json_node_get_array (elements);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    if (!add_stage (options, json_array_get_element (array, i), error))
      return FALSE;
  }
  return add_all_hints (options, json_node_get_object (head), error);
}

const char *
recorded_stages_get_hint (JsonNode * head, const char *factory,
    const char *name)
{
  JsonNode *hints = json_object_get_member (json_node_get_object (head),
      "hints");
  JsonArray *array = hints != NULL && JSON_NODE_HOLDS_ARRAY (hints) ?
      json_node_get_array (hints) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    const char *found;
    JsonObject *object;
    JsonNode *node;

    if (!read_pair (json_array_get_element (array, i), &found, &object, NULL)
        || !g_str_equal (found, factory))
      continue;
    node = json_object_get_member (object, name);
    return node != NULL && is_string (node) ? json_node_get_string (node) :
        NULL;
  }
  return NULL;
}
