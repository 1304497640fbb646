/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The bodies that an OpenAI-compatible server sends. None of them is trusted:
 * any bytes end in a reply or in an error, G_IO_ERROR_INVALID_DATA.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Of a chat completion; its first choice. */
typedef struct
{
  char *content;                /* valid UTF-8, "" when there is none */
  char *finish_reason;          /* nullable */
  char *model;                  /* nullable */
  gint64 input_tokens;          /* these are -1 when they aren't told */
  gint64 output_tokens;
  gint64 total_tokens;
} ChatReply;

gboolean chat_reply_parse       (ChatReply    *self,
                                 const char   *data,
                                 gsize         size,
                                 GError      **error);

void     chat_reply_clear       (ChatReply    *self);

/* What the server says in words about a request that it refused, from a body
 * of any kind, on one line and not too long; NULL when it says nothing. */
char *   chat_reply_dup_message (const char   *data,
                                 gsize         size);

/* The names of the models that the server lists. */
char **  model_list_parse       (const char   *data,
                                 gsize         size,
                                 GError      **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ChatReply, chat_reply_clear)

G_END_DECLS
