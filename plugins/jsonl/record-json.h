/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Records as JSON objects.
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Appends the record as a line, with its checksum, which `record` must not
 * have. */
void     recto_record_json_append_line (JsonNode    *record,
                                        GString     *out);

/* Appends a line that another program has changed as Recto would have written
 * it: with other white space, in another order, or with other text. FALSE if
 * it is not a record then; nothing is appended. */
gboolean recto_record_json_adopt       (const char  *line,
                                        gsize        size,
                                        GString     *out);

G_END_DECLS
