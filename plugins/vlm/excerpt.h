/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The start of what somebody else wrote, to be quoted in a message: on one
 * line, without control characters, and with “…” where it was cut behind
 * `max_length` characters. `text` is valid UTF-8. */
char * excerpt_new (const char *text,
                    guint       max_length);

G_END_DECLS
