/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto-json-scan-private.h>

#include "json-line.h"

JsonNode *
recto_json_line_parse (const char *data, gsize size)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *copy = g_strndup (data, size);
  JsonNode *root;

  /* A zero byte in the line ends the copy, which then is not whole. */
  if (!recto_json_scan (copy, size, NULL)
      || !json_parser_load_from_data (parser, copy, size, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root && JSON_NODE_HOLDS_OBJECT (root) ? json_node_ref (root) : NULL;
}
