/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Parses a line that anybody may have written. Returns a mutable object, or
 * NULL if the line is not a valid one, or too deep. */
JsonNode * recto_json_line_parse (const char *data,
                                  gsize       size);

G_END_DECLS
