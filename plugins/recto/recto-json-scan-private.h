/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. What comes before a JSON parser when the text is somebody
 * else's: json-glib calls itself for each level, takes more than JSON, and
 * ends a string at its first zero.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* How many arrays and objects may lie in one another. */
#define RECTO_JSON_MAX_DEPTH 64

/* Whether `json` can be given to json-glib: it is UTF-8, without zero bytes,
 * and its strings, levels and end are where json-glib sees them. The rest of
 * the grammar is left to the parser. What a C string or UTF-8 cannot hold
 * becomes U+FFFD in place: the escapes of zero and of lone surrogates. Errors
 * are G_IO_ERROR_INVALID_DATA, after which `json` may be half changed. */
RECTO_API
gboolean recto_json_scan (char    *json,
                          gsize    size,
                          GError **error);

G_END_DECLS
