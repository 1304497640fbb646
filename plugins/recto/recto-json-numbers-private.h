/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* As few digits as bring the number back. */
RECTO_API
void   recto_json_append_number   (GString    *json,
                                   double      number);

/* The same JSON with its fractions as short as they can be: json-glib writes
 * 0.1 as 0.10000000000000001. */
RECTO_API
char * recto_json_shorten_numbers (const char *json);

G_END_DECLS
