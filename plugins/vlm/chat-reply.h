/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The bodies that an OpenAI-compatible server sends. None of them is trusted:
 * any bytes end in a reply or in an error: G_IO_ERROR_FAILED where the server
 * sends an error, or something for people, G_IO_ERROR_INVALID_DATA where the
 * reply is damaged, or RECTO_PAGE_INFER_FAILED where the model has not answered. A server may
 * quote its key anywhere: these functions remove `secrets` from all that they
 * return, except from the content, which is what is on a page, and where
 * model_list_parse() says otherwise. `secrets` may be NULL.
 */

#pragma once

#include "secrets.h"

G_BEGIN_DECLS

/* Of a chat completion; its first choice. */
typedef struct
{
  char *content;                /* valid UTF-8, without what it thought */
  char *finish_reason;          /* in OpenAI's words */
  gboolean says_stop;           /* the server's word was that already */
  char *model;                  /* nullable */
  gint64 input_tokens;          /* these are -1 when they are not known */
  gint64 output_tokens;
  gint64 total_tokens;
} ChatReply;

gboolean chat_reply_parse       (ChatReply    *self,
                                 const char   *data,
                                 gsize         size,
                                 const Secrets *secrets,
                                 GError      **error);

/* Makes a reply that ended in other words than “stop” one that was cut off when
 * it has as many tokens as it may have. 0: there is no limit. */
void     chat_reply_apply_limit (ChatReply    *self,
                                 guint         max_tokens);

void     chat_reply_clear       (ChatReply    *self);

/* The HTTP status in an error that was sent as if all were well, 0 if there is
 * none. */
guint    chat_reply_get_error_status
                                (const char   *data,
                                 gsize         size);

/* What the server says in words about a request that it refused, from a body
 * of any kind, on one line and not too long; NULL when it says nothing. */
char *   chat_reply_dup_message (const char   *data,
                                 gsize         size,
                                 const Secrets *secrets);

/* Whether the server says that what it grants is used up. */
gboolean chat_reply_is_out_of_quota
                                (const char   *data,
                                 gsize         size);

/* The names of the models that the server lists, as requests must have them: to
 * be redacted before they are shown. */
char **  model_list_parse       (const char   *data,
                                 gsize         size,
                                 const Secrets *secrets,
                                 GError      **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ChatReply, chat_reply_clear)

G_END_DECLS
