/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "chat-messages.h"

static JsonNode *
get_member (JsonNode * node, const char *name)
{
  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  return json_object_get_member (json_node_get_object (node), name);
}

static const char *
get_string (JsonNode * node, const char *name)
{
  JsonNode *member = get_member (node, name);

  if (!member || json_node_get_value_type (member) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (member);
}

static JsonArray *
get_array (JsonNode * node)
{
  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) :
      NULL;
}

static void
add_text (char **text, const char *more)
{
  char *all = *text ? g_strconcat (*text, "\n", more, NULL) : g_strdup (more);

  g_free (*text);
  *text = all;
}

/* "data:image/png;base64,…" */
static void
add_image (ChatMessages * self, const char *url)
{
  const char *comma = strchr (url, ',');
  const char *type = url + strlen ("data:");

  self->n_images++;
  if (self->n_images > 1 || !g_str_has_prefix (url, "data:") || !comma)
    return;
  self->media_type = g_strndup (type, strcspn (type, ";,"));
  self->base64 = comma + 1;
}

static void
add_part (ChatMessages * self, char **text, JsonNode * part)
{
  const char *words = get_string (part, "text");
  const char *url = get_string (get_member (part, "image_url"), "url");

  if (words)
    add_text (text, words);
  if (url)
    add_image (self, url);
}

static void
add_message (ChatMessages * self, JsonNode * message)
{
  const char *role = get_string (message, "role");
  char **text = g_strcmp0 (role, "system") == 0 ? &self->system :
      &self->prompt;
  const char *content = get_string (message, "content");
  JsonArray *parts = get_array (get_member (message, "content"));

  if (content)
    add_text (text, content);
  for (guint i = 0; parts && i < json_array_get_length (parts); i++)
    add_part (self, text, json_array_get_element (parts, i));
}

void
chat_messages_parse (ChatMessages * self, JsonObject * chat)
{
  JsonArray *messages = get_array (json_object_get_member (chat, "messages"));

  for (guint i = 0; messages && i < json_array_get_length (messages); i++)
    add_message (self, json_array_get_element (messages, i));
}

void
chat_messages_clear (ChatMessages * self)
{
  g_clear_pointer (&self->prompt, g_free);
  g_clear_pointer (&self->system, g_free);
  g_clear_pointer (&self->media_type, g_free);
  g_clear_pointer (&self->image, g_bytes_unref);
}

GBytes *
chat_messages_get_image (ChatMessages * self)
{
  guchar *data;
  gsize size;

  if (!self->image && self->base64) {
    data = g_base64_decode (self->base64, &size);
    self->image = g_bytes_new_take (data, size);
  }
  return self->image;
}
