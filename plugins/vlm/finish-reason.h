/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Why a model stopped, which servers call differently.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FINISH_STOP "stop"
#define FINISH_LENGTH "length"

/* OpenAI's word for that of a server, or the server's own where there is none.
 * NULL is FINISH_STOP: the answer ends, and nothing speaks against it. */
const char * finish_reason_translate (const char *reason);

G_END_DECLS
