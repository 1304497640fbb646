/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. What comes before a JSON parser when the text is somebody
 * else's: json-glib calls itself for each level, takes more than JSON, and
 * ends a string at its first zero. Newer versions abort at a second value after
 * the first, and names of members may be chosen so that each of them is compared
 * with all others.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* How many arrays and objects may lie in one another. */
#define RECTO_JSON_MAX_DEPTH 64

/* How many members an object may have, and how many values and names there may
 * be in all. Without them parsing takes seconds per MiB; a page's record is far
 * below both. */
#define RECTO_JSON_MAX_MEMBERS 512
#define RECTO_JSON_MAX_VALUES 1000000

/* Whether `json` can be given to json-glib: it is UTF-8, without zero bytes,
 * holds one value at most, takes no more work than the limits above allow, and
 * its strings, levels and end are where json-glib sees them. The rest of
 * the grammar is left to the parser. What a C string or UTF-8 cannot hold
 * becomes U+FFFD in place: the escapes of zero and of lone surrogates. Errors
 * are G_IO_ERROR_INVALID_DATA, after which `json` may be half changed. */
RECTO_API
gboolean recto_json_scan (char    *json,
                          gsize    size,
                          GError **error);

G_END_DECLS
