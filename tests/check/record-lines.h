/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <json-glib/json-glib.h>

guint32      compute_crc32 (const char *data,
                            gsize       size);

/* Checks what holds of each line, without its newline, and parses it. */
JsonObject * parse_line    (const char *line);

/* Parses whole lines; changes their newlines. */
GPtrArray *  parse_lines   (char       *contents);

const char * get_string    (JsonObject *record,
                            const char *name);
