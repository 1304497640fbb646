/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a model wrote for itself before its answer, where the server leaves it
 * in the answer.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The answer within `content`, after “<think>…</think>” or, as the start tag
 * may be part of the prompt, “…</think>”; "" when the thinking does not end.
 * `has_thought` becomes TRUE when there was any, and is left alone otherwise. A
 * page may be about such tags: anywhere else, and in quotes, they are text. */
const char * thinking_skip (const char *content,
                            gboolean   *has_thought);

G_END_DECLS
