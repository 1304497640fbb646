/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whatever a model server sends, it doesn't harm us, and the strings that are
 * made of it are valid UTF-8. For libFuzzer.
 */

#include "config.h"

#include <string.h>

#include <gio/gio.h>

#include <recto/recto.h>
#include <vlm/answer.h>
#include <vlm/chat-reply.h>
#include <vlm/retry-after.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

static void
check_string (const char *string)
{
  g_assert_true (string == NULL || g_utf8_validate (string, -1, NULL));
}

static void
check_error (const GError * error)
{
  if (error->domain != RECTO_PAGE_ERROR
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_FAILED))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  check_string (error->message);
}

static void
try_answer (AnswerFormat format, const char *content)
{
  g_auto (Answer) answer = { NULL };
  g_autoptr (GError) error = NULL;

  if (answer_parse (&answer, format, content, NULL, &error))
    g_assert_nonnull (answer.text);
  else
    check_error (error);
  check_string (answer.text);
  check_string (answer.language);
}

static void
try_chat_reply (const char *data, gsize size)
{
  g_auto (ChatReply) reply = { NULL };
  g_autoptr (GError) error = NULL;

  if (chat_reply_parse (&reply, data, size, NULL, &error))
    try_answer (ANSWER_YAML_FRONT_MATTER, reply.content);
  else
    check_error (error);
  check_string (reply.content);
  check_string (reply.finish_reason);
  check_string (reply.model);
  g_assert_cmpint (reply.input_tokens, >=, -1);
  g_assert_cmpint (reply.output_tokens, >=, -1);
  g_assert_cmpint (reply.total_tokens, >=, -1);
}

static void
try_message (const char *data, gsize size)
{
  g_autofree char *message = chat_reply_dup_message (data, size, NULL);

  check_string (message);
  if (message != NULL) {
    g_assert_cmpint (g_utf8_strlen (message, -1), <=, 301);
    g_assert_null (strpbrk (message, "\r\n\t\x1b"));
  }
}

static void
try_status (const char *data, gsize size)
{
  guint status = chat_reply_get_error_status (data, size);

  g_assert_true (status == 0 || (status >= 400 && status < 600));
}

static void
try_models (const char *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) models = model_list_parse (data, size, NULL, &error);

  if (models == NULL)
    check_error (error);
  for (char **model = models; model != NULL && *model != NULL; model++)
    check_string (*model);
}

static void
try_retry_after (const char *value)
{
  gint64 wait = retry_after_parse (value, 784111777 * (gint64) G_USEC_PER_SEC);

  g_assert_cmpint (wait, >=, -1);
  g_assert_cmpint (wait, <=, RETRY_AFTER_MAX);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL
      | G_LOG_LEVEL_WARNING);
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  g_autofree char *value = g_strndup ((const char *) data, size);
  g_autofree char *text = g_utf8_make_valid ((const char *) data, size);

  try_chat_reply ((const char *) data, size);
  try_message ((const char *) data, size);
  try_status ((const char *) data, size);
  try_models ((const char *) data, size);
  try_answer (ANSWER_PLAIN, text);
  try_answer (ANSWER_YAML_FRONT_MATTER, text);
  try_retry_after (value);
  return 0;
}
