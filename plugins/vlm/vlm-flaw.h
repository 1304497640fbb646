/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is wrong with an answer that was parsed, or could not be.
 */

#pragma once

#include <recto/recto.h>

#include "chat-reply.h"

G_BEGIN_DECLS

/* An answer that was parsed is whole unless this says why not; NULL: it is.
 * `max_context` is in tokens, 0 if unknown. */
GError *        vlm_flaw_find       (const ChatReply *reply,
                                     guint            max_context);

/* Why an answer does not count. */
RectoTextReason vlm_flaw_get_reason (const ChatReply *reply,
                                     guint            max_context);

G_END_DECLS
