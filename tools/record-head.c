/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "record-head.h"

#include <string.h>

#include <recto/recto-json-scan-private.h>

#define TEXT "\"text\":"

/* The quote that ends the string at `p`, or `end`. */
static const char *
find_string_end (const char *p, const char *end)
{
  for (p++; p < end && *p != '"'; p++) {
    if (*p == '\\')
      p++;
  }
  return MIN (p, end);
}

static gboolean
is_text (const char *p, const char *end)
{
  return (gsize) (end - p) >= strlen (TEXT)
      && memcmp (p, TEXT, strlen (TEXT)) == 0;
}

/* Where the members before the text end: it is by far the most of a line. A
 * region has a text, too, and so may have what an element adds, but deeper in
 * the line. */
static gsize
find_head_end (const RectoRecordLine * line)
{
  const char *end = line->data + line->size - RECTO_RECORD_LINE_TAIL;
  const char *comma = NULL;
  guint depth = 0;

  for (const char *p = line->data; p < end; p++) {
    if (*p == '"') {
      if (depth == 1 && comma && comma + 1 == p && is_text (p, end))
        return comma - line->data;
      p = find_string_end (p, end);
    } else if (*p == ',') {
      comma = p;
    } else if (*p == '{' || *p == '[') {
      depth++;
    } else if (*p == '}' || *p == ']') {
      depth--;
    }
  }
  return end - line->data;
}

JsonNode *
record_head_parse (JsonParser * parser, const RectoRecordLine * line)
{
  g_autofree char *json = g_strdup_printf ("%.*s}",
      (int) find_head_end (line), line->data);
  JsonNode *root;

  if (!recto_json_scan (json, strlen (json), NULL)
      || !json_parser_load_from_data (parser, json, -1, NULL))
    return NULL;
  root = json_parser_steal_root (parser);
  if (root != NULL && !JSON_NODE_HOLDS_OBJECT (root))
    g_clear_pointer (&root, json_node_unref);

  return root;
}

static JsonNode *
get_value (JsonNode * object, const char *name)
{
  JsonNode *node = json_object_get_member (json_node_get_object (object),
      name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

const char *
record_head_get_string (JsonNode * head, const char *name)
{
  JsonNode *node = get_value (head, name);

  return node != NULL ? json_node_get_string (node) : NULL;
}

const char *
record_head_get_error_message (JsonNode * head)
{
  JsonNode *error = json_object_get_member (json_node_get_object (head),
      "error");

  return error != NULL && JSON_NODE_HOLDS_OBJECT (error) ?
      record_head_get_string (error, "message") : NULL;
}
