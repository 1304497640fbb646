/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a record tells of its page, by a JSON parser, but not its text.
 */

#pragma once

#include <json-glib/json-glib.h>

#include <jsonl/record-line.h>

G_BEGIN_DECLS

/* An object, or NULL when a record isn't what it should be. */
JsonNode *   record_head_parse      (JsonParser             *parser,
                                     const RectoRecordLine  *line);

/* NULL where there is none. */
const char * record_head_get_string (JsonNode               *head,
                                     const char             *name);

/* Of its error, NULL if there is none. */
const char * record_head_get_error_message
                                    (JsonNode               *head);

G_END_DECLS
