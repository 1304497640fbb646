/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "chat-messages.h"
#include "model-request.h"

struct _ModelRequest
{
  guint64 serial;
  guint64 connection;
  char *method;
  char *path;
  gboolean is_old;              /* HTTP/1.0 */
  char **lines;                 /* the headers' */
  GBytes *body;

  /* Of the body, when somebody asks. */
  gboolean is_parsed;
  JsonParser *parser;
  JsonObject *json;
  ChatMessages messages;
};

/* Heads */

gsize
model_head_find_end (const GByteArray * data, gsize start)
{
  gsize from = start > 3 ? start - 3 : 0;
  const char *end;

  if (data->len <= from)
    return 0;
  end = memmem (data->data + from, data->len - from, "\r\n\r\n", 4);
  return end ? (gsize) (end - (const char *) data->data) + 4 : 0;
}

static gboolean
parse_first_line (ModelRequest * self, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  char *query;

  if (g_strv_length (words) != 3 || !g_str_has_prefix (words[2], "HTTP/1."))
    return FALSE;
  self->method = g_strdup (words[0]);
  self->path = g_strdup (words[1]);
  query = strchr (self->path, '?');
  if (query)
    *query = '\0';
  self->is_old = g_str_equal (words[2], "HTTP/1.0");
  return TRUE;
}

ModelRequest *
model_request_new (const char *head, gsize size)
{
  g_autofree char *text = g_strndup (head, size);
  ModelRequest *self = g_new0 (ModelRequest, 1);

  self->lines = g_strsplit (text, "\r\n", -1);
  if (!parse_first_line (self, self->lines[0])) {
    model_request_free (self);
    return NULL;
  }
  return self;
}

void
model_request_free (ModelRequest * self)
{
  g_free (self->method);
  g_free (self->path);
  g_strfreev (self->lines);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_object (&self->parser);
  chat_messages_clear (&self->messages);
  g_free (self);
}

void
model_request_set_numbers (ModelRequest * self, guint64 serial,
    guint64 connection)
{
  self->serial = serial;
  self->connection = connection;
}

void
model_request_set_body (ModelRequest * self, GBytes * body)
{
  self->body = body;
}

static const char *
find_header (ModelRequest * self, const char *name)
{
  gsize length = strlen (name);

  for (char **line = self->lines + 1; *line; line++) {
    const char *value = *line + length + 1;

    if (g_ascii_strncasecmp (*line, name, length) != 0 || value[-1] != ':')
      continue;
    return value + strspn (value, " \t");
  }
  return NULL;
}

gint64
model_request_get_body_size (ModelRequest * self)
{
  const char *length = find_header (self, "Content-Length");
  guint64 size = 0;

  if (find_header (self, "Transfer-Encoding"))
    return -1;
  if (length && !g_ascii_string_to_unsigned (length, 10, 0, G_MAXINT64, &size,
          NULL))
    return -1;
  return size;
}

gboolean
model_request_wants_continue (ModelRequest * self)
{
  const char *expect = find_header (self, "Expect");

  return expect && g_ascii_strcasecmp (expect, "100-continue") == 0;
}

gboolean
model_request_keeps_alive (ModelRequest * self)
{
  const char *connection = find_header (self, "Connection");

  if (connection && g_ascii_strcasecmp (connection, "close") == 0)
    return FALSE;
  return !self->is_old;
}

gboolean
model_request_has_key (ModelRequest * self, const char *key)
{
  const char *value = find_header (self, "Authorization");

  return value && g_ascii_strncasecmp (value, "Bearer ", 7) == 0 &&
      g_str_equal (value + 7, key);
}

guint64
model_request_get_serial (ModelRequest * self)
{
  return self->serial;
}

guint64
model_request_get_connection (ModelRequest * self)
{
  return self->connection;
}

const char *
model_request_get_method (ModelRequest * self)
{
  return self->method;
}

const char *
model_request_get_path (ModelRequest * self)
{
  return self->path;
}

gboolean
model_request_is_completion (ModelRequest * self)
{
  return g_str_equal (self->path, "/v1/chat/completions") &&
      g_str_equal (self->method, "POST");
}

char *
model_request_dup_header (ModelRequest * self, const char *name)
{
  return g_strdup (find_header (self, name));
}

/* Bodies */

GBytes *
model_request_get_body (ModelRequest * self)
{
  return self->body;
}

static void
parse (ModelRequest * self)
{
  gsize size;
  const char *data = g_bytes_get_data (self->body, &size);
  JsonNode *root;

  self->parser = json_parser_new_immutable ();
  if (!data || !json_parser_load_from_data (self->parser, data, size, NULL))
    return;
  root = json_parser_get_root (self->parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return;
  self->json = json_node_get_object (root);
  chat_messages_parse (&self->messages, self->json);
}

JsonObject *
model_request_get_json (ModelRequest * self)
{
  if (self->body && !self->is_parsed)
    parse (self);
  self->is_parsed = TRUE;
  return self->json;
}

/* NULL unless it is a value of a kind that a number or a string is. */
static JsonNode *
get_value (ModelRequest * self, const char *name)
{
  JsonObject *json = model_request_get_json (self);
  JsonNode *node = json ? json_object_get_member (json, name) : NULL;

  return node && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

const char *
model_request_get_model (ModelRequest * self)
{
  JsonNode *node = get_value (self, "model");

  return node ? json_node_get_string (node) : NULL;
}

double
model_request_get_temperature (ModelRequest * self)
{
  JsonNode *node = get_value (self, "temperature");

  return node ? json_node_get_double (node) : NAN;
}

gint64
model_request_get_max_tokens (ModelRequest * self)
{
  JsonNode *node = get_value (self, "max_tokens");

  return node ? json_node_get_int (node) : -1;
}

static ChatMessages *
get_messages (ModelRequest * self)
{
  model_request_get_json (self);
  return &self->messages;
}

const char *
model_request_get_prompt (ModelRequest * self)
{
  return get_messages (self)->prompt;
}

const char *
model_request_get_system (ModelRequest * self)
{
  return get_messages (self)->system;
}

guint
model_request_get_n_images (ModelRequest * self)
{
  return get_messages (self)->n_images;
}

const char *
model_request_get_media_type (ModelRequest * self)
{
  return get_messages (self)->media_type;
}

GBytes *
model_request_get_image (ModelRequest * self)
{
  return chat_messages_get_image (get_messages (self));
}
