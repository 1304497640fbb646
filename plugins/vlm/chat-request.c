/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "chat-request.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <recto/recto-json-numbers-private.h>
#include <recto/recto-json-scan-private.h>

/* What stands for the image until there is one: base64 has no such letter,
 * and JSON leaves it as it is. */
#define MARK "\001"
#define ESCAPED_MARK "\\u0001"

/* A body is the JSON of one attempt, cut in three where the media type and
 * the image go. */
typedef struct
{
  char *before;                 /* to “data:” */
  char *between;                /* “;base64,” */
  GBytes *after;
} Template;

struct _ChatRequest
{
  GArray *templates;            /* one an attempt; the last one goes on */
  Template control;
};

static void
template_clear (Template * self)
{
  g_free (self->before);
  g_free (self->between);
  g_clear_pointer (&self->after, g_bytes_unref);
}

/* Settings that are JSON */

static JsonNode *
parse_setting (const char *name, const char *json, JsonNodeType type,
    GError ** error)
{
  g_autofree char *copy = g_strdup (json);
  g_autoptr (GError) cause = NULL;
  g_autoptr (JsonNode) node = NULL;

  if (recto_json_scan (copy, strlen (copy), &cause))
    node = json_from_string (copy, &cause);
  if (node && json_node_get_node_type (node) == type)
    return g_steal_pointer (&node);

  if (cause)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("“%s” is no JSON: %s"), name, cause->message);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        type == JSON_NODE_ARRAY
        ? _("“%s” has to be a JSON array of objects, one an attempt.")
        : _("“%s” has to be a JSON object."), name);
  return NULL;
}

static JsonArray *
parse_sampling (const char *json, GError ** error)
{
  g_autoptr (JsonNode) node =
      parse_setting ("sampling", json, JSON_NODE_ARRAY, error);
  JsonArray *array = node ? json_node_get_array (node) : NULL;
  guint n = array ? json_array_get_length (array) : 0;

  if (node == NULL)
    return NULL;
  for (guint i = 0; i < n; i++) {
    if (!JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i)))
      n = 0;
  }
  if (n == 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("“%s” has to be a JSON array of objects, one an attempt."),
        "sampling");
    return NULL;
  }
  return json_array_ref (array);
}

static void
merge (JsonObject * into, JsonObject * from)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, from);
  while (json_object_iter_next (&iter, &name, &node))
    json_object_set_member (into, name, json_node_copy (node));
}

/* The body */

static JsonObject *
make_part (const char *type, const char *name, JsonNode * value)
{
  JsonObject *part = json_object_new ();

  json_object_set_string_member (part, "type", type);
  json_object_set_member (part, name, value);
  return part;
}

static void
add_text (JsonArray * content, const char *text)
{
  JsonNode *node = json_node_init_string (json_node_alloc (), text);

  json_array_add_object_element (content, make_part ("text", "text", node));
}

static void
add_image (JsonArray * content)
{
  JsonObject *url = json_object_new ();
  JsonNode *node = json_node_init_object (json_node_alloc (), url);

  json_object_set_string_member (url, "url", "data:" MARK ";base64," MARK);
  json_object_unref (url);
  json_array_add_object_element (content,
      make_part ("image_url", "image_url", node));
}

static JsonObject *
make_message (const char *role)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "role", role);
  return message;
}

static JsonArray *
make_messages (const ChatSettings * settings)
{
  JsonArray *messages = json_array_new ();
  JsonArray *content = json_array_new ();
  JsonObject *user = make_message ("user");

  if (settings->system_prompt) {
    JsonObject *system = make_message ("system");

    json_object_set_string_member (system, "content",
        settings->system_prompt);
    json_array_add_object_element (messages, system);
  }

  if (settings->prompt && settings->order == VLM_ORDER_TEXT_FIRST)
    add_text (content, settings->prompt);
  add_image (content);
  if (settings->prompt && settings->order == VLM_ORDER_IMAGE_FIRST)
    add_text (content, settings->prompt);

  json_object_set_array_member (user, "content", content);
  json_array_add_object_element (messages, user);
  return messages;
}

static void
set_guide (JsonObject * body, const ChatSettings * settings)
{
  if (settings->guided_regex == NULL)
    return;
  if (settings->guide == CHAT_GUIDE_GUIDED_REGEX) {
    json_object_set_string_member (body, "guided_regex",
        settings->guided_regex);
  } else if (settings->guide == CHAT_GUIDE_STRUCTURED_OUTPUTS) {
    JsonObject *outputs = json_object_new ();

    json_object_set_string_member (outputs, "regex", settings->guided_regex);
    json_object_set_object_member (body, "structured_outputs", outputs);
  }
}

/* What a user adds may replace all but the messages. */
static JsonObject *
make_body (const ChatSettings * settings, JsonObject * sampling,
    GError ** error)
{
  g_autoptr (JsonObject) body = json_object_new ();
  g_autoptr (JsonNode) extra =
      parse_setting ("extra-body", settings->extra_body, JSON_NODE_OBJECT,
      error);

  if (extra == NULL)
    return NULL;

  json_object_set_string_member (body, "model", settings->model);
  json_object_set_null_member (body, "messages");
  json_object_set_boolean_member (body, "stream", FALSE);
  if (settings->max_tokens > 0)
    json_object_set_int_member (body, "max_tokens", settings->max_tokens);
  merge (body, sampling);
  set_guide (body, settings);
  merge (body, json_node_get_object (extra));
  json_object_set_array_member (body, "messages", make_messages (settings));

  return g_steal_pointer (&body);
}

static char *
to_json (JsonNode * node)
{
  g_autofree char *json = json_to_string (node, FALSE);

  return recto_json_shorten_numbers (json);
}

char *
chat_request_normalize (const char *name, const char *json, JsonNodeType type,
    GError ** error)
{
  g_autoptr (JsonNode) node = parse_setting (name, json, type, error);

  return node ? to_json (node) : NULL;
}

char *
chat_request_merge (const char *base, const char *json)
{
  g_autoptr (JsonNode) into = json_from_string (base, NULL);
  g_autoptr (JsonNode) from = json_from_string (json, NULL);

  merge (json_node_get_object (into), json_node_get_object (from));
  return to_json (into);
}

/* A prompt might hold the mark, too: the messages come second, and the image
 * is where “data:” stands before it. */
static gboolean
cut (const char *json, Template * template, GError ** error)
{
  const char *first = strstr (json, "\"data:" ESCAPED_MARK);
  const char *second;

  if (first)
    first += strlen ("\"data:");
  second = first ? strstr (first + 1, ESCAPED_MARK) : NULL;
  if (second == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("There is no place for the image in the request."));
    return FALSE;
  }

  *template = (Template) {
    .before = g_strndup (json, first - json),
    .between = g_strndup (first + strlen (ESCAPED_MARK),
        second - first - strlen (ESCAPED_MARK)),
  };
  second += strlen (ESCAPED_MARK);
  template->after = g_bytes_new (second, strlen (second));
  return TRUE;
}

static gboolean
make_template (JsonObject * body, Template * template, GError ** error)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), body);
  g_autofree char *json = to_json (node);

  return cut (json, template, error);
}

static gboolean
add_template (ChatRequest * self, const ChatSettings * settings,
    JsonObject * sampling, GError ** error)
{
  g_autoptr (JsonObject) body = make_body (settings, sampling, error);
  Template template;

  if (body == NULL || !make_template (body, &template, error))
    return FALSE;
  g_array_append_val (self->templates, template);
  return TRUE;
}

/* The first attempt for one token, under whatever name that is asked for. */
static gboolean
add_control (ChatRequest * self, const ChatSettings * settings,
    JsonObject * sampling, GError ** error)
{
  g_autoptr (JsonObject) body = make_body (settings, sampling, error);
  const char *name = "max_tokens";

  if (body == NULL)
    return FALSE;
  if (json_object_has_member (body, "max_completion_tokens"))
    name = "max_completion_tokens";
  json_object_set_int_member (body, name, 1);
  return make_template (body, &self->control, error);
}

ChatRequest *
chat_request_new (const ChatSettings * settings, GError ** error)
{
  g_autoptr (JsonArray) sampling = parse_sampling (settings->sampling, error);
  g_autoptr (ChatRequest) self = NULL;

  if (sampling == NULL)
    return NULL;

  self = g_new0 (ChatRequest, 1);
  self->templates = g_array_new (FALSE, FALSE, sizeof (Template));
  g_array_set_clear_func (self->templates, (GDestroyNotify) template_clear);
  for (guint i = 0; i < json_array_get_length (sampling); i++) {
    if (!add_template (self, settings,
            json_array_get_object_element (sampling, i), error))
      return NULL;
  }
  if (!add_control (self, settings,
          json_array_get_object_element (sampling, 0), error))
    return NULL;
  return g_steal_pointer (&self);
}

void
chat_request_free (ChatRequest * self)
{
  g_array_unref (self->templates);
  template_clear (&self->control);
  g_free (self);
}

static const Template *
get_template (ChatRequest * self, guint attempt)
{
  guint last = self->templates->len - 1;

  return &g_array_index (self->templates, Template, MIN (attempt, last));
}

static ImageBody *
template_open (const Template * template, const char *media_type,
    GBytes * image)
{
  char *text = g_strconcat (template->before, media_type, template->between,
      NULL);
  g_autoptr (GBytes) before = g_bytes_new_take (text, strlen (text));

  return image_body_new (before, image, template->after);
}

ImageBody *
chat_request_open (ChatRequest * self, guint attempt, const char *media_type,
    GBytes * image)
{
  return template_open (get_template (self, attempt), media_type, image);
}

ImageBody *
chat_request_open_control (ChatRequest * self, const char *media_type,
    GBytes * image)
{
  return template_open (&self->control, media_type, image);
}

char *
chat_request_to_string (ChatRequest * self, const char *media_type)
{
  const Template *template = get_template (self, 0);
  gsize size;
  const char *after = g_bytes_get_data (template->after, &size);

  return g_strdup_printf ("%s%s%s…%.*s", template->before, media_type,
      template->between, (int) size, after);
}
