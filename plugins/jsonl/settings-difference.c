/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings-difference.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

/* What comes after so many differences is only counted. */
#define MAX_LISTED 5
/* Characters of a value. */
#define MAX_EXCERPT 40
/* Of what two long values have in common, so many are enough. */
#define MAX_COMMON 12

#define REVISION "revision"

typedef struct
{
  GString *text;
  guint n;
} Difference;

/* A name, which the log may have as anything, and the settings. */
typedef struct
{
  const char *name;
  JsonObject *settings;
} Element;

static gboolean
get_element (JsonArray * list, guint place, Element * element)
{
  JsonNode *node = json_array_get_element (list, place);
  JsonArray *pair = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) :
      NULL;
  JsonNode *settings;

  if (pair == NULL || json_array_get_length (pair) != 2)
    return FALSE;
  settings = json_array_get_element (pair, 1);
  if (!JSON_NODE_HOLDS_OBJECT (settings))
    return FALSE;

  element->name = json_node_get_string (json_array_get_element (pair, 0));
  element->settings = json_node_get_object (settings);
  return element->name != NULL;
}

/* JSON escapes what a terminal would obey. */
static char *
value_to_text (JsonNode * value)
{
  return value ? json_to_string (value, FALSE) : g_strdup (_("unset"));
}

/* Where two long values begin to differ, and a little before. */
static const char *
find_start (const char *text, const char *other)
{
  const char *start = text;

  while (*start != '\0' && *start == other[start - text])
    start++;
  if (start - text <= MAX_EXCERPT / 2)
    return text;
  start -= MAX_COMMON;
  return g_utf8_find_prev_char (text, start);
}

static void
append_excerpt (GString * out, const char *text, const char *start)
{
  const char *end = g_utf8_strlen (start, -1) > MAX_EXCERPT ?
      g_utf8_offset_to_pointer (start, MAX_EXCERPT) : NULL;

  if (start > text)
    g_string_append (out, "…");
  g_string_append_len (out, start, end ? end - start : -1);
  if (end != NULL)
    g_string_append (out, "…");
}

/* What is added to a request could hold a key, and is not shown. */
static gboolean
may_be_secret (const char *name)
{
  return g_str_equal (name, "extra-body");
}

/* `name`: a setting of the element, or NULL */
static void
add (Difference * self, const char *element, const char *name,
    JsonNode * before, JsonNode * now)
{
  g_autofree char *old = value_to_text (before), *new = value_to_text (now);

  if (self->n++ >= MAX_LISTED)
    return;
  g_string_append_printf (self->text, "%s%s%s%s", self->n > 1 ? "; " : "",
      element, name ? " " : "", name ? name : "");
  if (name != NULL && may_be_secret (name))
    return;
  g_string_append (self->text, ": ");
  append_excerpt (self->text, old, find_start (old, new));
  g_string_append (self->text, " → ");
  append_excerpt (self->text, new, find_start (new, old));
}

/* What the log of then does not name was at its default, or was not there
 * yet: a default of today changes nothing. */
static void
compare_setting (Difference * self, const Element * before, const char *name,
    JsonNode * now, gboolean is_changed)
{
  JsonNode *old = json_object_get_member (before->settings, name);
  g_autoptr (JsonNode) first = NULL;

  if (old == NULL && g_str_equal (name, REVISION))
    old = first = json_node_init_int (json_node_alloc (), 1);
  if (old == NULL ? is_changed : !json_node_equal (old, now))
    add (self, before->name, name, old, now);
}

/* A log could be from anywhere, and a terminal obeys control characters. */
static gboolean
is_name (const char *text)
{
  return strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-")
      == strlen (text) && strlen (text) <= MAX_EXCERPT;
}

static void
compare_element (Difference * self, const Element * before,
    const Element * now, const Element * changes)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init_ordered (&iter, now->settings);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    compare_setting (self, before, name, value,
        json_object_has_member (changes->settings, name));

  json_object_iter_init_ordered (&iter, before->settings);
  while (json_object_iter_next_ordered (&iter, &name, &value)) {
    if (is_name (name) && !json_object_has_member (now->settings, name))
      add (self, before->name, name, value, NULL);
  }
}

static gboolean
is_same_chain (JsonArray * before, JsonArray * now)
{
  guint n = json_array_get_length (now);

  if (json_array_get_length (before) != n)
    return FALSE;
  for (guint i = 0; i < n; i++) {
    Element one, other;

    if (!get_element (before, i, &one) || !get_element (now, i, &other)
        || !g_str_equal (one.name, other.name))
      return FALSE;
  }
  return TRUE;
}

/* The names of elements, from the first to the last. */
static JsonNode *
list_names (JsonArray * list)
{
  GString *names = g_string_new (NULL);
  JsonNode *node = json_node_alloc ();

  for (guint i = 0; i < json_array_get_length (list); i++) {
    Element element;

    if (get_element (list, i, &element))
      g_string_append_printf (names, "%s%s", i > 0 ? " ! " : "", element.name);
  }
  json_node_init_string (node, names->str);
  g_string_free (names, TRUE);
  return node;
}

static void
compare (Difference * self, JsonArray * before, JsonArray * now,
    JsonArray * changes)
{
  if (!is_same_chain (before, now)) {
    g_autoptr (JsonNode) old = list_names (before), new = list_names (now);

    add (self, _("elements"), NULL, old, new);
    return;
  }
  for (guint i = 0; i < json_array_get_length (now); i++) {
    Element old, new, changed;

    if (get_element (before, i, &old) && get_element (now, i, &new)
        && get_element (changes, i, &changed))
      compare_element (self, &old, &new, &changed);
  }
}

static JsonNode *
to_json (GVariant * list)
{
  g_autofree char *text = json_gvariant_serialize_data (list, NULL);

  return json_from_string (text, NULL);
}

char *
recto_settings_difference_describe (const char *before, GVariant * settings,
    GVariant * changes)
{
  g_autoptr (JsonNode) old = before ? json_from_string (before, NULL) : NULL;
  g_autoptr (JsonNode) now = to_json (settings);
  g_autoptr (JsonNode) changed = to_json (changes);
  Difference self = { 0 };

  if (old == NULL || !JSON_NODE_HOLDS_ARRAY (old))
    return NULL;

  self.text = g_string_new (NULL);
  compare (&self, json_node_get_array (old), json_node_get_array (now),
      json_node_get_array (changed));
  if (self.n > MAX_LISTED)
    g_string_append_printf (self.text, ngettext ("; and %u more",
            "; and %u more", self.n - MAX_LISTED), self.n - MAX_LISTED);
  return g_string_free (self.text, self.n == 0);
}
