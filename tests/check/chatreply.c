/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is taken out of the bodies and the header of a model server.
 */

#include "config.h"

#include <string.h>

#include <gio/gio.h>
#include <gst/check/gstcheck.h>

#include <recto/recto.h>
#include <vlm/chat-reply.h>
#include <vlm/retry-after.h>

/* As vLLM sends it, but shorter. */
#define GOOD "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\"," \
    "\"created\":1,\"model\":\"olmocr\",\"choices\":[{\"index\":0," \
    "\"message\":{\"role\":\"assistant\",\"content\":\"Hällo\\n\\ud83d\\ude00" \
    "\",\"tool_calls\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"," \
    "\"stop_reason\":null}],\"usage\":{\"prompt_tokens\":1234," \
    "\"total_tokens\":1284,\"completion_tokens\":50," \
    "\"prompt_tokens_details\":null},\"prompt_logprobs\":null}"

#define WITH_MESSAGE(message) "{\"choices\":[{\"message\":" message "}]}"
#define WITH_CONTENT(content) WITH_MESSAGE ("{\"content\":" content "}")
#define WITH_USAGE(usage) "{\"choices\":[{\"message\":{}}],\"usage\":" usage "}"

#define MODELS "{\"object\":\"list\",\"data\":[{\"id\":\"a/b\"," \
    "\"object\":\"model\",\"max_model_len\":16384},{\"id\":\"é\"}]}"

static void
assert_valid (const char *string)
{
  fail_unless (string == NULL || g_utf8_validate (string, -1, NULL));
}

/* Each body lies in memory of its own size, so that a sanitizer sees what is
 * beyond it. */

static gboolean
parse (ChatReply * reply, const char *body, gsize size, GError ** error)
{
  g_autofree char *copy = g_memdup2 (body, size);

  return chat_reply_parse (reply, copy, size, NULL, error);
}

static char **
list_models (const char *body, gsize size, GError ** error)
{
  g_autofree char *copy = g_memdup2 (body, size);

  return model_list_parse (copy, size, NULL, error);
}

static char *
dup_message (const char *body, gsize size)
{
  g_autofree char *copy = g_memdup2 (body, size);

  return chat_reply_dup_message (copy, size, NULL);
}

static void
assert_error (const GError * error, const char *quoted)
{
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_FAILED));
  fail_unless (g_str_has_suffix (error->message, "."));
  fail_unless (g_utf8_strlen (error->message, -1) < 400);
  assert_valid (error->message);
  if (quoted)
    fail_unless (strstr (error->message, quoted) != NULL, "%s",
        error->message);
}

static void
assert_refused (const char *body, gsize size, const char *quoted)
{
  g_autoptr (GError) error = NULL;
  g_auto (ChatReply) reply = { NULL };

  fail_if (parse (&reply, body, size, &error), "%.*s was taken", (int) size,
      body);
  assert_error (error, quoted);
}

static void
assert_all_refused (const char *const *bodies, gsize n, const char *quoted)
{
  for (gsize i = 0; i < n; i++)
    assert_refused (bodies[i], strlen (bodies[i]), quoted);
}

static void
assert_parses (ChatReply * reply, const char *body)
{
  g_autoptr (GError) error = NULL;

  fail_unless (parse (reply, body, strlen (body), &error), "%s: %s", body,
      error ? error->message : NULL);
}

/* Chat completions */

GST_START_TEST (test_good)
{
  g_auto (ChatReply) reply = { NULL };

  assert_parses (&reply, GOOD);
  fail_unless_equals_string (reply.content, "Hällo\n😀");
  fail_unless_equals_string (reply.finish_reason, "stop");
  fail_unless_equals_string (reply.model, "olmocr");
  fail_unless_equals_int64 (reply.input_tokens, 1234);
  fail_unless_equals_int64 (reply.output_tokens, 50);
  fail_unless_equals_int64 (reply.total_tokens, 1284);
}

GST_END_TEST;

GST_START_TEST (test_little)
{
  g_auto (ChatReply) reply = { NULL };

  assert_parses (&reply, WITH_MESSAGE ("{}"));
  fail_unless_equals_string (reply.content, "");
  fail_unless_equals_string (reply.finish_reason, "stop");
  fail_unless (reply.model == NULL);
  fail_unless_equals_int64 (reply.input_tokens, -1);
  fail_unless_equals_int64 (reply.output_tokens, -1);
  fail_unless_equals_int64 (reply.total_tokens, -1);
}

GST_END_TEST;

GST_START_TEST (test_nulls)
{
  g_auto (ChatReply) reply = { NULL };

  assert_parses (&reply, "{\"error\":null,\"model\":null,\"usage\":null,"
      "\"choices\":[{\"message\":{\"content\":null},"
      "\"finish_reason\":null}]}");
  fail_unless_equals_string (reply.content, "");
  fail_unless_equals_string (reply.finish_reason, "stop");
  fail_unless (reply.model == NULL);
}

GST_END_TEST;

/* Only the first choice counts. */
GST_START_TEST (test_choices)
{
  g_auto (ChatReply) reply = { NULL };

  assert_parses (&reply, "{\"choices\":[{\"message\":{\"content\":\"a\"}},"
      "{\"message\":{\"content\":\"b\"}},5]}");
  fail_unless_equals_string (reply.content, "a");
}

GST_END_TEST;

GST_START_TEST (test_contents)
{
  static const char *const contents[][2] = {
    {WITH_CONTENT ("\"\""), ""},
    {WITH_CONTENT ("\" a \""), " a "},
    {WITH_CONTENT ("\"a\\u0000b\""), "a\xef\xbf\xbd" "b"},
    {WITH_CONTENT ("\"\\\\u0000\""), "\\u0000"},
    {WITH_CONTENT ("\"\\ud800x\\udc00\""), "\xef\xbf\xbdx\xef\xbf\xbd"},
    {WITH_CONTENT ("\"\\ud83d\\ude00\""), "😀"},
    {WITH_CONTENT ("\"[[[[{{{{\\\"\""), "[[[[{{{{\""},
    {WITH_CONTENT ("[]"), ""},
    {WITH_CONTENT ("[{\"type\":\"text\",\"text\":\"a\"},"
          "{\"type\":\"text\",\"text\":\"b\"}]"), "ab"},
    {WITH_CONTENT ("[{\"type\":\"thinking\",\"thinking\":[]},"
          "{\"type\":\"text\",\"text\":\"b\"}]"), "b"},
    {WITH_CONTENT ("[{\"type\":\"output_text\",\"text\":\"a\"}]"), "a"},
    {"\xef\xbb\xbf" WITH_CONTENT ("\"a\""), "a"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++) {
    g_auto (ChatReply) reply = { NULL };

    assert_parses (&reply, contents[i][0]);
    fail_unless_equals_string (reply.content, contents[i][1]);
  }
}

GST_END_TEST;

/* What the model thought */

#define THOUGHT "The model has thought about the page, but has not answered."
#define ANSWER_MEMBER "\"content\":\"a\","

static void
assert_no_answer (const char *body, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_auto (ChatReply) reply = { NULL };

  fail_if (parse (&reply, body, strlen (body), &error), "%s was taken", body);
  fail_unless (g_error_matches (error, RECTO_PAGE_ERROR,
          RECTO_PAGE_INFER_FAILED));
  fail_unless (strstr (error->message, message) != NULL, "%s: %s", body,
      error->message);
}

GST_START_TEST (test_thought)
{
  static const char *const bodies[] = {
    WITH_MESSAGE ("{\"content\":null,\"reasoning\":\"Let me\"}"),
    WITH_MESSAGE ("{\"content\":\"\",\"reasoning_content\":\"Let me\"}"),
    WITH_MESSAGE ("{\"content\":\" \\n\",\"reasoning\":\"Let me\"}"),
    WITH_MESSAGE ("{\"reasoning\":\"Let me\"}"),
    WITH_MESSAGE ("{\"content\":[],\"reasoning\":\"Let me\"}"),
    WITH_CONTENT ("[{\"type\":\"reasoning\",\"text\":\"Let me\"}]"),
    WITH_CONTENT ("[{\"type\":\"thinking\",\"thinking\":\"Let me\"},"
        "{\"type\":\"text\",\"text\":\"\"}]"),
    WITH_CONTENT ("\"<think>Let me\""),
    WITH_CONTENT ("\"<think>Let me</think>\\n\""),
    WITH_CONTENT ("\"Let me</think>\""),
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
    assert_no_answer (bodies[i], THOUGHT);
    assert_no_answer (bodies[i], "\"chat_template_kwargs\": "
        "{\"enable_thinking\": false}");
  }
}

GST_END_TEST;

GST_START_TEST (test_thought_and_answered)
{
  static const char *const contents[][2] = {
    {WITH_MESSAGE ("{" ANSWER_MEMBER "\"reasoning\":\"b\"}"), "a"},
    {WITH_MESSAGE ("{" ANSWER_MEMBER "\"reasoning_content\":null}"), "a"},
    {WITH_MESSAGE ("{\"content\":\"\",\"reasoning\":\"\"}"), ""},
    {WITH_MESSAGE ("{\"content\":null,\"reasoning\":null}"), ""},
    {WITH_CONTENT ("\"<think>b</think>a\""), "a"},
    {WITH_CONTENT ("\"\\n<think>\\nb\\n</think>\\n\\na\\n\""), "a\n"},
    {WITH_CONTENT ("\"<think></think>\\n\""), ""},
    {WITH_CONTENT ("\"<think>\\n\\n</think>\\n\\na\""), "a"},
    {WITH_CONTENT ("\"<think>b</think><think>c</think>a\""), "a"},
    {WITH_CONTENT ("\"b</think>a\""), "a"},
    {WITH_CONTENT ("\"b\\nc.\\n</think>\\n\\na\""), "a"},
    {WITH_CONTENT ("\"b. </think>\\na\""), "a"},
    {WITH_CONTENT ("\"</think>a\""), "a"},
    {WITH_CONTENT ("\"b</think>a <think> c\""), "a <think> c"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++) {
    g_auto (ChatReply) reply = { NULL };

    assert_parses (&reply, contents[i][0]);
    fail_unless_equals_string (reply.content, contents[i][1]);
  }
}

GST_END_TEST;

/* A page may be about such models. */
GST_START_TEST (test_text_about_thinking)
{
  static const char *const texts[] = {
    "It thinks between <think> and </think>.", "a\n<think>b</think>\nc",
    "The tag </think> ends it.", "It writes `</think>` then.",
    "Write “</think>” there.", "a <think> b",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *escaped = g_strescape (texts[i], "“”");
    g_autofree char *body = g_strdup_printf (WITH_CONTENT ("\"%s\""), escaped);
    g_auto (ChatReply) reply = { NULL };

    assert_parses (&reply, body);
    fail_unless_equals_string (reply.content, texts[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_refusals)
{
  g_auto (ChatReply) reply = { NULL };

  assert_no_answer (WITH_MESSAGE ("{\"content\":null,\"refusal\":\"I will "
          "not\"}"), "refuses to read the page: “I will not”.");
  assert_no_answer (WITH_CONTENT ("[{\"type\":\"refusal\",\"refusal\":"
          "\"No\"}]"), "“No”.");
  assert_parses (&reply, WITH_MESSAGE ("{\"content\":\"a\",\"refusal\":"
          "null}"));
}

GST_END_TEST;

/* Why it stopped */

static void
assert_finish (const char *reason, gint64 n_tokens, guint max_tokens,
    const char *expected)
{
  g_autofree char *body = g_strdup_printf ("{\"choices\":[{\"message\":{},"
      "\"finish_reason\":%s}],\"usage\":{\"completion_tokens\":%"
      G_GINT64_FORMAT "}}", reason, n_tokens);
  g_auto (ChatReply) reply = { NULL };

  assert_parses (&reply, body);
  chat_reply_apply_limit (&reply, max_tokens);
  fail_unless_equals_string (reply.finish_reason, expected);
}

GST_START_TEST (test_finish_reasons)
{
  static const char *const stops[] = {
    "null", "\"\"", "\"eos_token\"", "\"STOP\"", "\"end_turn\"",
    "\"stop_sequence\"", "\"eos\"",
  };
  static const char *const lengths[] = {
    "\"length\"", "\"repetition\"", "\"abort\"", "\"MAX_TOKENS\"",
  };

  for (guint i = 0; i < G_N_ELEMENTS (stops); i++) {
    assert_finish (stops[i], 99, 100, "stop");
    assert_finish (stops[i], 100, 0, "stop");
    assert_finish (stops[i], -1, 100, "stop");
    assert_finish (stops[i], 100, 100, "length");
    assert_finish (stops[i], 101, 100, "length");
  }
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    assert_finish (lengths[i], 5, 100, "length");
  assert_finish ("\"stop\"", 100, 100, "stop");
  assert_finish ("\"content_filter\"", 100, 100, "content_filter");
  assert_finish ("\"tool_calls\"", 5, 0, "tool_calls");
}

GST_END_TEST;

/* Bounded work */

/* Names of the same hash, by the function that json-glib has. */
static void
append_name (GString * json, guint i)
{
  for (guint bit = 0; bit < 16; bit++)
    g_string_append (json, i >> bit & 1 ? "bA" : "ab");
}

GST_START_TEST (test_colliding_names)
{
  g_autoptr (GString) json = g_string_new ("{\"choices\":[{\"message\":{");
  g_autofree char *message = NULL;

  for (guint i = 0; i < 20000; i++) {
    g_string_append (json, i > 0 ? ",\"" : "\"");
    append_name (json, i);
    g_string_append (json, "\":1");
  }
  g_string_append (json, "}}],\"message\":\"never found\"}");
  assert_refused (json->str, json->len, "not a JSON object");
  message = dup_message (json->str, json->len);
  fail_unless (g_str_has_prefix (message, "{\"choices\""));
}

GST_END_TEST;

static void
assert_usage (const char *body, gint64 input, gint64 output, gint64 total)
{
  g_auto (ChatReply) reply = { NULL };

  assert_parses (&reply, body);
  fail_unless_equals_int64 (reply.input_tokens, input);
  fail_unless_equals_int64 (reply.output_tokens, output);
  fail_unless_equals_int64 (reply.total_tokens, total);
}

GST_START_TEST (test_usage)
{
  assert_usage (WITH_USAGE ("{\"prompt_tokens\":0,\"completion_tokens\":0,"
          "\"total_tokens\":0}"), 0, 0, 0);
  assert_usage (WITH_USAGE ("{\"prompt_tokens\":3,\"completion_tokens\":4}"),
      3, 4, 7);
  assert_usage (WITH_USAGE ("{\"prompt_tokens\":3,\"completion_tokens\":4,"
          "\"total_tokens\":null}"), 3, 4, 7);
  assert_usage (WITH_USAGE ("{\"prompt_tokens\":3,\"total_tokens\":9}"),
      3, -1, 9);
  assert_usage (WITH_USAGE ("{\"completion_tokens\":3}"), -1, 3, -1);
  assert_usage (WITH_USAGE ("{\"prompt_tokens\":1000000000}"), 1000000000, -1,
      -1);
}

GST_END_TEST;

GST_START_TEST (test_bad_usage)
{
  static const char *const bad[] = {
    WITH_USAGE ("5"), WITH_USAGE ("[]"), WITH_USAGE ("\"a\""),
    WITH_USAGE ("true"), WITH_USAGE ("{}"),
    WITH_USAGE ("{\"prompt_tokens\":-1}"),
    WITH_USAGE ("{\"prompt_tokens\":\"5\"}"),
    WITH_USAGE ("{\"prompt_tokens\":5.0}"),
    WITH_USAGE ("{\"prompt_tokens\":1e3}"),
    WITH_USAGE ("{\"prompt_tokens\":1e999}"),
    WITH_USAGE ("{\"prompt_tokens\":true}"),
    WITH_USAGE ("{\"prompt_tokens\":{}}"),
    WITH_USAGE ("{\"prompt_tokens\":[5]}"),
    WITH_USAGE ("{\"prompt_tokens\":1000000001}"),
    WITH_USAGE ("{\"prompt_tokens\":9223372036854775807}"),
    WITH_USAGE ("{\"prompt_tokens\":9223372036854775808}"),
    WITH_USAGE ("{\"prompt_tokens\":18446744073709551621}"),
    WITH_USAGE ("{\"prompt_tokens\":-9223372036854775809}"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_usage (bad[i], -1, -1, -1);
}

GST_END_TEST;

GST_START_TEST (test_not_json)
{
  static const char *const bad[] = {
    "x", "null", "1", "\"a\"", "[]", "[" GOOD "]", "{", "}", GOOD GOOD,
    GOOD ",", GOOD "x", "{'choices':[]}", "/**/" GOOD, GOOD "//",
    "var a = " GOOD, "data: " GOOD, "{\"choices\":[{\"message\":{}}],}",
    "{\"choices\" [{\"message\":{}}]}", "{choices:[{\"message\":{}}]}",
    "\"a\" \"b\"", "1 2", "1 " GOOD, "\"a\"\n" GOOD,
  };

  assert_all_refused (bad, G_N_ELEMENTS (bad), "not a JSON object");
  assert_refused ("", 0, "empty");
  assert_refused (" \r\n", 3, "empty");
  assert_refused ("<html><title>Sign in</title>", 28, "“Sign in”");
}

GST_END_TEST;

GST_START_TEST (test_wrong_types)
{
  static const char *const without_choices[] = {
    "{}", "{\"choices\":null}", "{\"choices\":[]}", "{\"choices\":{}}",
    "{\"choices\":5}", "{\"choices\":\"a\"}", "{\"choices\":true}",
    "{\"choices\":[null]}", "{\"choices\":[5]}", "{\"choices\":[\"a\"]}",
    "{\"choices\":[[]]}", "{\"Choices\":[{\"message\":{}}]}",
    "{\"error\":{\"code\":500}}", "{\"error\":{}}", "{\"error\":5}",
  };
  static const char *const messages[] = {
    "{\"choices\":[{}]}", "{\"choices\":[{\"text\":\"a\"}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}",
    WITH_MESSAGE ("null"), WITH_MESSAGE ("5"), WITH_MESSAGE ("\"a\""),
    WITH_MESSAGE ("[]"), WITH_MESSAGE ("true"),
  };
  static const char *const contents[] = {
    WITH_CONTENT ("5"), WITH_CONTENT ("1.5"), WITH_CONTENT ("true"),
    WITH_CONTENT ("{}"), WITH_CONTENT ("{\"type\":\"text\",\"text\":\"a\"}"),
    WITH_CONTENT ("[null]"), WITH_CONTENT ("[5]"), WITH_CONTENT ("[\"a\"]"),
    WITH_CONTENT ("[[]]"), WITH_CONTENT ("[{}]"),
    WITH_CONTENT ("[{\"text\":\"a\"}]"), WITH_CONTENT ("[{\"type\":5}]"),
    WITH_CONTENT ("[{\"type\":\"text\"}]"),
    WITH_CONTENT ("[{\"type\":\"text\",\"text\":null}]"),
    WITH_CONTENT ("[{\"type\":\"text\",\"text\":5}]"),
    WITH_CONTENT ("[{\"type\":\"text\",\"text\":\"a\"},5]"),
  };
  static const char *const reasons[] = {
    "{\"choices\":[{\"message\":{},\"finish_reason\":5}]}",
    "{\"choices\":[{\"message\":{},\"finish_reason\":{}}]}",
    "{\"choices\":[{\"message\":{},\"finish_reason\":[\"stop\"]}]}",
    "{\"choices\":[{\"message\":{},\"finish_reason\":false}]}",
  };
  static const char *const models[] = {
    "{\"choices\":[{\"message\":{}}],\"model\":5}",
    "{\"choices\":[{\"message\":{}}],\"model\":{}}",
    "{\"choices\":[{\"message\":{}}],\"model\":[]}",
  };

  assert_all_refused (without_choices, G_N_ELEMENTS (without_choices),
      "“choices”");
  assert_all_refused (messages, G_N_ELEMENTS (messages),
      "“choices[0].message”");
  assert_all_refused (contents, G_N_ELEMENTS (contents),
      "“choices[0].message.content”");
  assert_all_refused (reasons, G_N_ELEMENTS (reasons), "“finish_reason”");
  assert_all_refused (models, G_N_ELEMENTS (models), "“model”");
}

GST_END_TEST;

GST_START_TEST (test_errors)
{
  static const char *const bodies[] = {
    "{\"error\":{\"message\":\"too long\",\"code\":400}}",
    "{\"error\":\"too long\"}", "{\"error\":\"too long\",\"choices\":[]}",
    "{\"object\":\"error\",\"message\":\"too long\",\"code\":400}",
    "{\"detail\":\"too long\"}", "{\"choices\":null,\"message\":\"too long\"}",
  };

  assert_all_refused (bodies, G_N_ELEMENTS (bodies), "error: “too long”.");
}

GST_END_TEST;

GST_START_TEST (test_every_cut)
{
  for (gsize size = 0; size < strlen (GOOD); size++)
    assert_refused (GOOD, size, NULL);
}

GST_END_TEST;

GST_START_TEST (test_not_text)
{
  static const char zero[] = WITH_CONTENT ("\"a\0b\"");
  static const char behind[] = GOOD "\0";
  static const char *const bad[] = {
    WITH_CONTENT ("\"\xff\""), WITH_CONTENT ("\"\xc3\""),
    WITH_CONTENT ("\"\xc0\x80\""), WITH_CONTENT ("\"\xed\xa0\x80\""),
    "\xff\xfe{\0}", "\x89PNG",
  };

  assert_refused (zero, sizeof zero - 1, NULL);
  assert_refused (behind, sizeof behind - 1, NULL);
  assert_all_refused (bad, G_N_ELEMENTS (bad), NULL);
}

GST_END_TEST;

GST_START_TEST (test_deep)
{
  static const char *const levels[] = {
    "[", "{\"a\":", "{\"choices\":[", "{\"error\":", "[{\"detail\":",
  };

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++) {
    g_autoptr (GString) body = g_string_new (NULL);
    g_autofree char *message = NULL;
    g_autoptr (GError) error = NULL;

    for (guint depth = 0; depth < 100000; depth++)
      g_string_append (body, levels[i]);
    assert_refused (body->str, body->len, NULL);
    fail_unless (list_models (body->str, body->len, &error) == NULL);
    assert_error (error, NULL);
    message = dup_message (body->str, body->len);
    fail_unless (g_utf8_strlen (message, -1) <= 301);
  }
}

GST_END_TEST;

/* Messages */

static void
assert_message (const char *body, const char *expected)
{
  g_autofree char *message = dup_message (body, strlen (body));

  fail_unless_equals_string (message, expected);
}

GST_START_TEST (test_messages)
{
  static const char *const messages[][2] = {
    {"{\"error\":{\"message\":\"a\",\"type\":\"b\"}}", "a"},
    {"{\"error\":\"a\"}", "a"},
    {"{\"object\":\"error\",\"message\":\"a\",\"type\":\"b\"}", "a"},
    {"{\"message\":\"a\"}", "a"},
    {"{\"detail\":\"a\"}", "a"},
    {"{\"detail\":[{\"loc\":[\"body\",\"x\"],\"msg\":\"a\",\"type\":\"b\"}]}",
        "a"},
    {"{\"error\":null,\"message\":\"a\"}", "a"},
    {"{\"error\":{},\"message\":\"a\"}", "a"},
    {"{\"error\":\"\",\"detail\":\"a\"}", "a"},
    {"{\"error\":5,\"message\":true,\"detail\":\"a\"}", "a"},
    {"[{\"error\":{\"message\":\"a\"}}]", "a"},
    {"\"a\"", "a"},
    {"{\"error\":\"a\\u0000b\\n\\u001b[1m\"}", "a\xef\xbf\xbd" "b [1m"},
    {"{\"error\":\"\\ud800\"}", "\xef\xbf\xbd"},
    {"{\"code\":5}", "{\"code\":5}"},
    {"{\"error\":{\"code\":5}}", "{\"error\":{\"code\":5}}"},
    {"{\"error\":\"a", "{\"error\":\"a"},
    {"a\r\n  b\tc\n", "a b c"},
    {"a\xff" "b", "a\xef\xbf\xbd" "b"},
    {"", NULL}, {" \r\n\t", NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    assert_message (messages[i][0], messages[i][1]);
}

GST_END_TEST;

GST_START_TEST (test_markup)
{
  assert_message ("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
      "<body>\r\n<center><h1>502</h1></center></body></html>",
      "502 Bad Gateway");
  assert_message ("\n<!DOCTYPE html><TITLE lang=en>\n a\n b </TITLE>", "a b");
  assert_message ("<html><title> </title><body><h1>a</h1><p>b", "a b");
  assert_message ("<html><style>x{}</style><body class=a><h1>a</h1>b</body>",
      "a b");
  assert_message ("<?xml version=\"1.0\"?><Error><Code>a</Code></Error>", "a");
  assert_message ("<p>a", "a");
  assert_message ("<p", NULL);
  assert_message ("<title>", NULL);
  assert_message ("<title", NULL);
  assert_message ("<title>a", "a");
  assert_message ("<html></html>", NULL);
  assert_message ("< 5 pages", "< 5 pages");
  assert_message ("<", "<");
  assert_message ("{\"error\":\"<unk> is no token\"}", "<unk> is no token");
}

GST_END_TEST;

GST_START_TEST (test_zero_byte_in_message)
{
  static const char body[] = "a\0b";
  g_autofree char *message = dup_message (body, sizeof body - 1);
  g_autofree char *none = chat_reply_dup_message (NULL, 0, NULL);

  fail_unless_equals_string (message, "a\xef\xbf\xbd" "b");
  fail_unless (none == NULL);
}

GST_END_TEST;

GST_START_TEST (test_long_messages)
{
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *exact = NULL;
  g_autofree char *cut = NULL;

  for (guint i = 0; i < 300; i++)
    g_string_append (body, "报");
  exact = dup_message (body->str, body->len);
  fail_unless_equals_string (exact, body->str);

  g_string_append (body, "告告");
  cut = dup_message (body->str, body->len);
  fail_unless_equals_int (g_utf8_strlen (cut, -1), 301);
  fail_unless (g_str_has_suffix (cut, "报…"));
}

GST_END_TEST;

/* Models */

static void
assert_models (const char *body, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) models = list_models (body, strlen (body), &error);
  g_autofree char *joined = NULL;

  fail_unless (models != NULL, "%s: %s", body, error ? error->message : NULL);
  joined = g_strjoinv (" ", models);
  fail_unless_equals_string (joined, expected);
}

GST_START_TEST (test_models)
{
  assert_models (MODELS, "a/b é");
  assert_models ("{\"data\":[]}", "");
  assert_models ("{\"data\":[{\"id\":\"a\\u0000\"}]}", "a\xef\xbf\xbd");
  assert_models ("{\"models\":[{\"name\":\"x\",\"model\":\"x\"}],"
      "\"object\":\"list\",\"data\":[{\"id\":\"/m/x.gguf\",\"meta\":null}]}",
      "/m/x.gguf");
}

GST_END_TEST;

GST_START_TEST (test_bad_models)
{
  static const char *const bad[] = {
    "", "x", "[]", "null", "{}", "{\"data\":null}", "{\"data\":5}",
    "{\"data\":{}}", "{\"data\":\"a\"}", "{\"data\":[null]}",
    "{\"data\":[5]}", "{\"data\":[\"a\"]}", "{\"data\":[[]]}",
    "{\"data\":[{}]}", "{\"data\":[{\"id\":null}]}", "{\"data\":[{\"id\":5}]}",
    "{\"data\":[{\"id\":[]}]}", "{\"data\":[{\"id\":\"a\"},{}]}",
    "{\"data\":[{\"name\":\"a\"}]}", "{\"models\":[{\"id\":\"a\"}]}",
    "{\"data\":[{\"id\":\"\xff\"}]}", "{\"error\":\"key\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) models = list_models (bad[i], strlen (bad[i]), &error);

    fail_unless (models == NULL, "%s was taken", bad[i]);
    assert_error (error, i == G_N_ELEMENTS (bad) - 1 ? "“key”" : NULL);
  }
}

GST_END_TEST;

GST_START_TEST (test_every_cut_of_models)
{
  for (gsize size = 0; size < strlen (MODELS); size++) {
    g_autoptr (GError) error = NULL;

    fail_unless (list_models (MODELS, size, &error) == NULL);
    assert_error (error, NULL);
  }
}

GST_END_TEST;

GST_START_TEST (test_many_models)
{
  g_autoptr (GString) body = g_string_new ("{\"data\":[{\"id\":\"m\"}");
  g_auto (GStrv) models = NULL;

  for (guint i = 0; i < 5000; i++)
    g_string_append (body, ",{\"id\":\"m\"}");
  g_string_append (body, "]}");
  models = list_models (body->str, body->len, NULL);
  fail_unless_equals_int (g_strv_length (models), 5001);
}

GST_END_TEST;

/* Any bytes */

/* Some bytes changed, taken out or put in, mostly those that mean much. */
static GString *
mutate (GRand * random, const char *body)
{
  static const char alphabet[] = "{}[]\":,\\u0d8/'* e-1n\xff\xc3\0\n";
  GString *mutant = g_string_new (body);

  for (int n = g_rand_int_range (random, 1, 6); n > 0 && mutant->len; n--) {
    gsize at = g_rand_int_range (random, 0, mutant->len);
    char byte = g_rand_boolean (random) ? g_rand_int_range (random, 0, 256) :
        alphabet[g_rand_int_range (random, 0, sizeof alphabet - 1)];

    gsize length = g_rand_int_range (random, 1, 20);

    switch (g_rand_int_range (random, 0, 4)) {
      case 0:
        g_string_erase (mutant, at, MIN (mutant->len - at, length));
        break;
      case 1:
        g_string_insert_c (mutant, at, byte);
        break;
      case 2:
        g_string_truncate (mutant, at);
        break;
      default:
        mutant->str[at] = byte;
    }
  }
  return mutant;
}

static void
assert_all_valid (const GString * body)
{
  g_auto (ChatReply) reply = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) models_error = NULL;
  g_auto (GStrv) models = list_models (body->str, body->len, &models_error);
  g_autofree char *message = dup_message (body->str, body->len);

  if (parse (&reply, body->str, body->len, &error))
    fail_unless (reply.content != NULL && reply.finish_reason != NULL);
  else if (error->domain != RECTO_PAGE_ERROR)
    assert_error (error, NULL);
  assert_valid (reply.content);
  assert_valid (reply.finish_reason);
  assert_valid (reply.model);
  assert_valid (message);
  for (char **model = models; model && *model; model++)
    assert_valid (*model);
  if (models == NULL)
    assert_error (models_error, NULL);
}

GST_START_TEST (test_mutations)
{
  static const char *const bodies[] = {
    GOOD, MODELS, WITH_CONTENT ("\"\\u0000\\ud800\\ud83d\\ude00\""),
    WITH_CONTENT ("[{\"type\":\"text\",\"text\":\"a\"}]"),
    "{\"error\":{\"message\":\"a\"}}", "{\"detail\":[{\"msg\":\"a\"}]}",
    "<html><head><title>a</title></head><body>b</body></html>",
  };
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < 20000; i++) {
    g_autoptr (GString) body = mutate (random,
        bodies[i % G_N_ELEMENTS (bodies)]);

    assert_all_valid (body);
  }
}

GST_END_TEST;

/* Retry-After */

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define NOW (G_GINT64_CONSTANT (784111777) * G_USEC_PER_SEC)

static void
assert_wait (const char *value, gint64 seconds)
{
  gint64 expected = seconds < 0 ? -1 : seconds * G_USEC_PER_SEC;

  fail_unless (retry_after_parse (value, NOW) == expected, "“%s”: %"
      G_GINT64_FORMAT, value, retry_after_parse (value, NOW));
}

GST_START_TEST (test_seconds)
{
  assert_wait ("0", 0);
  assert_wait ("1", 1);
  assert_wait (" 120 ", 120);
  assert_wait ("007", 7);
  assert_wait ("299", 299);
  assert_wait ("300", 300);
  assert_wait ("301", 300);
  assert_wait ("86400", 300);
  assert_wait ("9223372036854775808", 300);
  assert_wait ("99999999999999999999999999999999999999999", 300);
  assert_wait ("1.0", 1);
  assert_wait ("1.5", 2);
  assert_wait ("0.001", 1);
  assert_wait ("0.0", 0);
  assert_wait ("299.9", 300);
  assert_wait ("300.1", 300);
  assert_wait ("1.000000000000000000000000000000000000000000001", 2);
}

GST_END_TEST;

GST_START_TEST (test_dates)
{
  assert_wait ("Sun, 06 Nov 1994 08:49:37 GMT", 0);
  assert_wait ("Sun, 06 Nov 1994 08:49:36 GMT", 0);
  assert_wait ("Thu, 01 Jan 1970 00:00:00 GMT", 0);
  assert_wait ("Sun, 06 Nov 1994 08:49:38 GMT", 1);
  assert_wait (" Sun, 06 Nov 1994 08:51:37 GMT ", 120);
  assert_wait ("Sun, 06 Nov 1994 09:49:37 GMT", 300);
  assert_wait ("Fri, 31 Dec 9999 23:59:59 GMT", 300);
  assert_wait ("Sunday, 06-Nov-94 08:49:40 GMT", 3);
  assert_wait ("Sun Nov  6 08:49:40 1994", 3);
  fail_unless_equals_int64 (retry_after_parse (
          "Sun, 06 Nov 1994 08:49:38 GMT", NOW + 250000), 750000);
}

GST_END_TEST;

GST_START_TEST (test_no_wait)
{
  static const char *const bad[] = {
    "", " ", "-1", "-0", "+1", "1s", "1 s", "1,5", "1.", ".5", "1.5.5", "1e3",
    "0x10", "soon", "null", "Sun", "Sun, 06 Nov", "1.-1", "５", "\xff",
    "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 99:49:37 GMT", "Sun, 06 Nov 99999999999 08:49:37 GMT",
  };

  assert_wait (NULL, -1);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_wait (bad[i], -1);
}

GST_END_TEST;

static Suite *
chatreply_suite (void)
{
  Suite *suite = suite_create ("chatreply");
  TCase *chat = tcase_create ("chat");
  TCase *messages = tcase_create ("messages");
  TCase *models = tcase_create ("models");
  TCase *retry = tcase_create ("retry-after");

  suite_add_tcase (suite, chat);
  tcase_add_test (chat, test_good);
  tcase_add_test (chat, test_little);
  tcase_add_test (chat, test_nulls);
  tcase_add_test (chat, test_choices);
  tcase_add_test (chat, test_contents);
  tcase_add_test (chat, test_thought);
  tcase_add_test (chat, test_thought_and_answered);
  tcase_add_test (chat, test_text_about_thinking);
  tcase_add_test (chat, test_refusals);
  tcase_add_test (chat, test_finish_reasons);
  tcase_add_test (chat, test_colliding_names);
  tcase_add_test (chat, test_usage);
  tcase_add_test (chat, test_bad_usage);
  tcase_add_test (chat, test_not_json);
  tcase_add_test (chat, test_wrong_types);
  tcase_add_test (chat, test_errors);
  tcase_add_test (chat, test_every_cut);
  tcase_add_test (chat, test_not_text);
  tcase_add_test (chat, test_deep);
  tcase_add_test (chat, test_mutations);

  suite_add_tcase (suite, messages);
  tcase_add_test (messages, test_messages);
  tcase_add_test (messages, test_markup);
  tcase_add_test (messages, test_zero_byte_in_message);
  tcase_add_test (messages, test_long_messages);

  suite_add_tcase (suite, models);
  tcase_add_test (models, test_models);
  tcase_add_test (models, test_bad_models);
  tcase_add_test (models, test_every_cut_of_models);
  tcase_add_test (models, test_many_models);

  suite_add_tcase (suite, retry);
  tcase_add_test (retry, test_seconds);
  tcase_add_test (retry, test_dates);
  tcase_add_test (retry, test_no_wait);

  return suite;
}

GST_CHECK_MAIN (chatreply);
