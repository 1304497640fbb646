/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What models and servers put around an answer and that is not on the page.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The first byte that is neither white space nor of a byte order mark. */
const char * answer_skip_blank (const char *content);

/* Without the white space, byte order mark, end tokens and fence that are
 * around the whole of it. What is within stays, such as a fence around a part.
 * A token that is in the text as well is text. */
char *       answer_unwrap     (const char *content);

G_END_DECLS
