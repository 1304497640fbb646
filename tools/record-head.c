/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "record-head.h"

#include <string.h>

#include <recto/recto-json-scan-private.h>

#define TEXT ",\"text\":\""

/* The last quote that no backslash precedes, before `end`. Within a string
 * there is none. */
static const char *
find_string_start (const char *start, const char *end)
{
  while (start != NULL && end > start) {
    const char *quote = memrchr (start, '"', end - start);
    const char *before = quote;

    if (quote == NULL)
      return NULL;
    while (before > start && before[-1] == '\\')
      before--;
    if ((quote - before) % 2 == 0)
      return quote;
    end = quote;
  }
  return NULL;
}

/* Where the members before the text end: it is by far the most of a line, and
 * last but for the checksum. */
static gsize
find_head_end (const RectoRecordLine * line)
{
  const char *end = line->data + line->size - RECTO_RECORD_LINE_TAIL;
  const char *quote;

  if (end <= line->data || end[-1] != '"')
    return end - line->data;
  quote = find_string_start (line->data, end - 1);
  if (quote == NULL || (gsize) (quote + 1 - line->data) < strlen (TEXT))
    return end - line->data;
  quote -= strlen (TEXT) - 1;
  return (memcmp (quote, TEXT, strlen (TEXT)) == 0 ? quote : end) - line->data;
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
