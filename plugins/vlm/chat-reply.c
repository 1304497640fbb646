/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <recto/recto.h>
#include <recto/recto-json-scan-private.h>

#include "answer-wrapping.h"
#include "chat-reply.h"
#include "excerpt.h"
#include "finish-reason.h"
#include "thinking.h"

#define INVALID_DATA G_IO_ERROR, G_IO_ERROR_INVALID_DATA

/* How much of what a server says is passed on. */
#define MESSAGE_LENGTH 300

/* As hosted servers call it. */
#define OUT_OF_QUOTA "insufficient_quota"

/* A count beyond this is a mistake. */
#define MAX_TOKENS G_GINT64_CONSTANT (1000000000)

/* JSON */

/* NULL when there is none. Not with an immutable parser: json-glib aborts where
 * a root is stolen from it that it has not come to the end of. */
static JsonNode *
parse_json (const char *data, gsize size)
{
  g_autofree char *copy = g_strndup (data ? data : "", size);
  g_autoptr (JsonParser) parser = json_parser_new ();
  char *json = copy + (answer_skip_blank (copy) - copy);

  size -= json - copy;
  if (!recto_json_scan (json, size, NULL)
      || !json_parser_load_from_data (parser, json, size, NULL))
    return NULL;
  return json_parser_steal_root (parser);
}

static gboolean
is_string (JsonNode * node)
{
  return JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING;
}

/* NULL for null. */
static JsonNode *
get_member (JsonObject * object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static JsonObject *
get_object (JsonObject * object, const char *name)
{
  JsonNode *node = get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ?
      json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject * object, const char *name)
{
  JsonNode *node = get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;
}

static const char *
get_string (JsonObject * object, const char *name)
{
  JsonNode *node = get_member (object, name);

  return node != NULL && is_string (node) ? json_node_get_string (node) : NULL;
}

static JsonObject *
get_element_object (JsonArray * array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
fail_at (const char *name, GError ** error)
{
  g_set_error (error, INVALID_DATA,
      _("“%s” is missing or wrong in the server’s reply."), name);
  return FALSE;
}

/* What the server says */

/* Servers name it differently, and put it into each other: “error” may be a
 * string or have a “message”, and FastAPI has a list of what is wrong. */
static const char *
find_message (JsonNode * node)
{
  static const char *const names[] = { "error", "message", "detail", "msg" };
  const char *message = NULL;

  if (is_string (node))
    return *json_node_get_string (node) ? json_node_get_string (node) : NULL;

  if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    return json_array_get_length (array) > 0 ?
        find_message (json_array_get_element (array, 0)) : NULL;
  }

  for (guint i = 0; JSON_NODE_HOLDS_OBJECT (node) && message == NULL
      && i < G_N_ELEMENTS (names); i++) {
    JsonNode *member = get_member (json_node_get_object (node), names[i]);

    message = member != NULL ? find_message (member) : NULL;
  }
  return message;
}

static gboolean
is_markup (const char *text)
{
  return *text == '<' && (g_ascii_isalpha (text[1]) || text[1] == '!'
      || text[1] == '?');
}

static char *
dup_title (const char *markup)
{
  const char *start = strcasestr (markup, "<title");
  const char *end;

  start = start != NULL ? strchr (start, '>') : NULL;
  end = start != NULL ? strchr (start, '<') : NULL;
  return end != NULL ? g_strndup (start + 1, end - start - 1) : NULL;
}

static char *
remove_tags (const char *markup)
{
  GString *text = g_string_new (NULL);

  while (*markup != '\0') {
    gsize length = strcspn (markup, "<");

    g_string_append_len (text, markup, length);
    g_string_append_c (text, ' ');
    markup += length;
    markup += strcspn (markup, ">");
    markup += *markup == '>';
  }
  return g_string_free (text, FALSE);
}

/* Of a proxy's page, mostly. */
static char *
dup_markup_words (const char *markup)
{
  g_autofree char *title = dup_title (markup);
  const char *body = strcasestr (markup, "<body");

  if (title != NULL && *g_strstrip (title) != '\0')
    return g_steal_pointer (&title);
  return remove_tags (body != NULL ? body : markup);
}

char *
chat_reply_dup_message (const char *data, gsize size,
    const Secrets * secrets)
{
  g_autofree char *text = g_utf8_make_valid (data ? data : "", size);
  g_autoptr (JsonNode) root = parse_json (text, strlen (text));
  const char *message = root != NULL ? find_message (root) : NULL;
  g_autofree char *words = NULL;
  g_autofree char *line = NULL;

  if (message == NULL && is_markup (g_strchug (text)))
    words = dup_markup_words (text);
  else
    words = g_strdup (message != NULL ? message : text);

  line = excerpt_new (words, MESSAGE_LENGTH, secrets);
  return *line != '\0' ? g_steal_pointer (&line) : NULL;
}

gboolean
chat_reply_is_out_of_quota (const char *data, gsize size)
{
  g_autoptr (JsonNode) root = parse_json (data, size);
  JsonObject *error = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ?
      get_object (json_node_get_object (root), "error") : NULL;

  return error != NULL
      && (g_strcmp0 (get_string (error, "code"), OUT_OF_QUOTA) == 0
      || g_strcmp0 (get_string (error, "type"), OUT_OF_QUOTA) == 0);
}

/* As a number, or a number in words. */
static gint64
get_status (JsonObject * error)
{
  static const char *const names[] = { "code", "status", "status_code" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    JsonNode *node = get_member (error, names[i]);
    gint64 status = 0;

    if (node != NULL && is_string (node))
      status = g_ascii_strtoll (json_node_get_string (node), NULL, 10);
    else if (node != NULL && JSON_NODE_HOLDS_VALUE (node))
      status = json_node_get_int (node);
    if (status >= 400 && status < 600)
      return status;
  }
  return 0;
}

guint
chat_reply_get_error_status (const char *data, gsize size)
{
  g_autoptr (JsonNode) root = parse_json (data, size);
  JsonObject *body = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ?
      json_node_get_object (root) : NULL;
  JsonObject *error = body != NULL ? get_object (body, "error") : NULL;

  if (body == NULL)
    return 0;
  return get_status (error != NULL ? error : body);
}

/* One that begins as an object does is damaged; a proxy's page for people, or
 * nothing at all, is not what a server sends that works. */
static gboolean
fail_not_object (const char *data, gsize size, const Secrets * secrets,
    GError ** error)
{
  g_autofree char *body = g_strndup (data ? data : "", size);
  int code = *answer_skip_blank (body) == '{' ? G_IO_ERROR_INVALID_DATA :
      G_IO_ERROR_FAILED;
  g_autofree char *message = chat_reply_dup_message (data, size, secrets);

  if (message != NULL)
    g_set_error (error, G_IO_ERROR, code,
        _("The server’s reply is not a JSON object: “%s”."), message);
  else
    g_set_error (error, G_IO_ERROR, code,
        _("The server’s reply is empty."));
  return FALSE;
}

static JsonNode *
parse_object (const char *data, gsize size, const Secrets * secrets,
    GError ** error)
{
  g_autoptr (JsonNode) root = parse_json (data, size);

  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    return g_steal_pointer (&root);
  fail_not_object (data, size, secrets, error);
  return NULL;
}

/* Chat completions */

static JsonObject *
get_choice (JsonObject * body)
{
  JsonArray *choices = get_array (body, "choices");

  return choices != NULL && json_array_get_length (choices) > 0 ?
      get_element_object (choices, 0) : NULL;
}

/* Some servers and proxies send errors as if all were well. */
static gboolean
fail_without (const char *name, JsonNode * root, const Secrets * secrets,
    GError ** error)
{
  const char *message = find_message (root);
  g_autofree char *line = NULL;

  if (message == NULL)
    return fail_at (name, error);

  line = excerpt_new (message, MESSAGE_LENGTH, secrets);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
      _("The server replied with an error: "
          "“%s”."), line);
  return FALSE;
}

static gboolean
is_blank (const char *text)
{
  return text == NULL || *answer_skip_blank (text) == '\0';
}

/* What a choice has to say, as it is taken out of its message. */
typedef struct
{
  GString *content;
  gboolean has_thought;
  char *refusal;                /* nullable */
} Words;

static void
words_clear (Words * self)
{
  g_string_free (self->content, TRUE);
  g_free (self->refusal);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Words, words_clear)

static gboolean
is_text_type (const char *type)
{
  return g_str_equal (type, "text") || g_str_equal (type, "output_text");
}

/* Parts that are neither text nor a refusal are what the model thought. */
static gboolean
take_part (Words * self, JsonObject * part)
{
  const char *type = part != NULL ? get_string (part, "type") : NULL;
  const char *text = part != NULL ? get_string (part, "text") : NULL;

  if (type == NULL)
    return FALSE;
  if (is_text_type (type)) {
    g_string_append (self->content, text ? text : "");
    return text != NULL;
  }

  if (g_str_equal (type, "refusal") && self->refusal == NULL)
    self->refusal = g_strdup (get_string (part, "refusal"));
  else
    self->has_thought = TRUE;
  return TRUE;
}

static gboolean
take_parts (Words * self, JsonArray * parts)
{
  for (guint i = 0; i < json_array_get_length (parts); i++) {
    if (!take_part (self, get_element_object (parts, i)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
take_message (Words * self, JsonObject * message)
{
  JsonNode *content = get_member (message, "content");

  self->refusal = g_strdup (get_string (message, "refusal"));
  self->has_thought = !is_blank (get_string (message, "reasoning"))
      || !is_blank (get_string (message, "reasoning_content"));

  if (content != NULL && is_string (content))
    g_string_append (self->content, json_node_get_string (content));
  else if (content != NULL && JSON_NODE_HOLDS_ARRAY (content))
    return take_parts (self, json_node_get_array (content));
  return content == NULL || is_string (content);
}

/* An answer without words is one of an empty page, unless the model had
 * something else to say. */
static gboolean
check_words (const Words * self, const char *answer, const Secrets * secrets,
    GError ** error)
{
  g_autofree char *line = NULL;

  if (!is_blank (answer))
    return TRUE;
  if (!is_blank (self->refusal)) {
    line = excerpt_new (self->refusal, MESSAGE_LENGTH, secrets);
    g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("The model refuses to read the page: “%s”."), line);
    return FALSE;
  }
  if (self->has_thought) {
    g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("The model has thought about the page, but has not answered. Switch"
            " its thinking off, by “extra-body” in the profile: %s."),
        "{\"chat_template_kwargs\": {\"enable_thinking\": false}}");
    return FALSE;
  }
  return TRUE;
}

static gboolean
take_content (ChatReply * self, JsonObject * message, const Secrets * secrets,
    GError ** error)
{
  g_auto (Words) words = {.content = g_string_new (NULL) };
  const char *answer;

  if (!take_message (&words, message))
    return fail_at ("choices[0].message.content", error);

  answer = thinking_skip (words.content->str, &words.has_thought);
  self->content = g_strdup (answer);
  return check_words (&words, answer, secrets, error);
}

/* It may be missing, but not be anything else. */
static gboolean
take_string (JsonObject * object, const char *name, char **string,
    const Secrets * secrets, GError ** error)
{
  const char *words = get_string (object, name);

  *string = words != NULL ? secrets_redact (secrets, words) : NULL;
  return *string != NULL || get_member (object, name) == NULL
      || fail_at (name, error);
}

static gboolean
take_finish_reason (ChatReply * self, JsonObject * choice,
    const Secrets * secrets, GError ** error)
{
  g_autofree char *reason = NULL;

  if (!take_string (choice, "finish_reason", &reason, secrets, error))
    return FALSE;
  self->finish_reason = g_strdup (finish_reason_translate (reason));
  self->says_stop = g_strcmp0 (reason, FINISH_STOP) == 0;
  return TRUE;
}

static gint64
get_count (JsonObject * usage, const char *name)
{
  JsonNode *node = get_member (usage, name);
  gint64 count = -1;

  if (node != NULL && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_INT64)
    count = json_node_get_int (node);
  return count <= MAX_TOKENS ? MAX (count, -1) : -1;
}

static void
take_usage (ChatReply * self, JsonObject * usage)
{
  self->input_tokens = get_count (usage, "prompt_tokens");
  self->output_tokens = get_count (usage, "completion_tokens");
  self->total_tokens = get_count (usage, "total_tokens");
  if (self->total_tokens < 0 && self->input_tokens >= 0
      && self->output_tokens >= 0)
    self->total_tokens = self->input_tokens + self->output_tokens;
}

static gboolean
take_reply (ChatReply * self, JsonNode * root, const Secrets * secrets,
    GError ** error)
{
  JsonObject *body = json_node_get_object (root);
  JsonObject *choice = get_choice (body);
  JsonObject *message = choice ? get_object (choice, "message") : NULL;
  JsonObject *usage = get_object (body, "usage");

  if (choice == NULL)
    return fail_without ("choices", root, secrets, error);
  if (message == NULL)
    return fail_at ("choices[0].message", error);
  if (usage != NULL)
    take_usage (self, usage);

  return take_finish_reason (self, choice, secrets, error)
      && take_string (body, "model", &self->model, secrets, error)
      && take_content (self, message, secrets, error);
}

gboolean
chat_reply_parse (ChatReply * self, const char *data, gsize size,
    const Secrets * secrets, GError ** error)
{
  g_autoptr (JsonNode) root = parse_object (data, size, secrets, error);

  *self = (ChatReply) {
    .input_tokens = -1,.output_tokens = -1,.total_tokens = -1
  };
  if (root != NULL && take_reply (self, root, secrets, error))
    return TRUE;

  chat_reply_clear (self);
  return FALSE;
}

void
chat_reply_apply_limit (ChatReply * self, guint max_tokens)
{
  if (max_tokens == 0 || self->output_tokens < max_tokens || self->says_stop
      || g_strcmp0 (self->finish_reason, FINISH_STOP) != 0)
    return;
  g_free (self->finish_reason);
  self->finish_reason = g_strdup (FINISH_LENGTH);
}

void
chat_reply_clear (ChatReply * self)
{
  g_clear_pointer (&self->content, g_free);
  g_clear_pointer (&self->finish_reason, g_free);
  g_clear_pointer (&self->model, g_free);
}

/* Models */

char **
model_list_parse (const char *data, gsize size, const Secrets * secrets,
    GError ** error)
{
  g_autoptr (JsonNode) root = parse_object (data, size, secrets, error);
  JsonArray *list = root ? get_array (json_node_get_object (root), "data") :
      NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (root != NULL && list == NULL)
    fail_without ("data", root, secrets, error);
  if (list == NULL)
    return NULL;

  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonObject *model = get_element_object (list, i);
    const char *name = model != NULL ? get_string (model, "id") : NULL;

    if (name == NULL) {
      fail_at ("data[].id", error);
      return NULL;
    }
    g_strv_builder_add (names, name);
  }
  return g_strv_builder_end (names);
}
