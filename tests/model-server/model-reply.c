/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "model-reply.h"

/* Making one */

ModelReply *
model_reply_new (ModelFormat format, guint64 serial, const char *model,
    char *text)
{
  ModelReply *self = g_new0 (ModelReply, 1);

  self->status = 200;
  self->headers = g_string_new (NULL);
  self->content_type = g_strdup ("application/json");
  self->format = format;
  self->serial = serial;
  self->model = g_strdup (model);
  self->text = text;
  self->finish_reason = g_strdup ("stop");
  self->n_prompt_tokens = 1200;
  self->n_completion_tokens = -1;
  self->has_usage = TRUE;
  return self;
}

void
model_reply_free (ModelReply * self)
{
  g_string_free (self->headers, TRUE);
  g_free (self->content_type);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->model);
  g_free (self->text);
  g_free (self->content);
  g_free (self->raw_content);
  g_free (self->finish_reason);
  g_free (self);
}

static void
replace (char **string, const char *value)
{
  char *former = g_steal_pointer (string);

  *string = g_strdup (value);
  g_free (former);
}

void
model_reply_set_content (ModelReply * self, const char *content)
{
  replace (&self->content, content);
}

void
model_reply_set_text (ModelReply * self, const char *text)
{
  replace (&self->text, text);
}

void
model_reply_set_finish_reason (ModelReply * self, const char *reason)
{
  replace (&self->finish_reason, reason);
}

void
model_reply_set_usage (ModelReply * self, gint64 n_prompt,
    gint64 n_completion)
{
  self->n_prompt_tokens = n_prompt;
  self->n_completion_tokens = n_completion;
}

void
model_reply_set_body (ModelReply * self, const char *content_type,
    GBytes * body)
{
  replace (&self->content_type, content_type);
  g_clear_pointer (&self->body, g_bytes_unref);
  self->body = g_bytes_ref (body);
}

void
model_reply_set_status (ModelReply * self, guint status)
{
  self->status = status;
}

void
model_reply_add_header (ModelReply * self, const char *name,
    const char *value)
{
  g_string_append_printf (self->headers, "%s: %s\r\n", name, value);
}

void
model_reply_set_delay (ModelReply * self, double seconds)
{
  self->delay = seconds * G_USEC_PER_SEC;
}

void
model_reply_set_fault (ModelReply * self, const ModelFault * fault)
{
  self->fault = fault ? model_fault_intern (fault) : (ModelFault) {
  MODEL_FAULT_NONE};
}

/* Its body */

static void
append_escaped (GString * out, const char *text)
{
  for (const guchar * p = (const guchar *) text; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf (out, "\\%c", *p);
    else if (*p == '\n')
      g_string_append (out, "\\n");
    else if (*p < 0x20)
      g_string_append_printf (out, "\\u%04x", *p);
    else
      g_string_append_c (out, *p);
  }
}

static char *
escape (const char *text)
{
  GString *out = g_string_new (NULL);

  append_escaped (out, text);
  return g_string_free (out, FALSE);
}

static char *
dup_content (ModelReply * self)
{
  if (self->content)
    return g_strdup (self->content);
  if (self->format == MODEL_FORMAT_PLAIN)
    return g_strdup (self->text);
  return g_strdup_printf ("---\nprimary_language: en\n"
      "is_rotation_valid: %s\nrotation_correction: %d\nis_table: False\n"
      "is_diagram: False\n---\n%s", self->rotation ? "False" : "True",
      self->rotation, self->text);
}

char *
model_reply_dup_raw_content (ModelReply * self)
{
  g_autofree char *content = NULL;

  if (self->raw_content)
    return g_strdup (self->raw_content);
  content = dup_content (self);
  return escape (content);
}

static void
append_usage (ModelReply * self, GString * out, gsize content_size)
{
  gint64 n_prompt = self->n_prompt_tokens;
  gint64 n_completion = self->n_completion_tokens < 0 ?
      (gint64) content_size / 4 + 1 : self->n_completion_tokens;

  if (self->has_usage)
    g_string_append_printf (out, ",\"usage\":{\"prompt_tokens\":%"
        G_GINT64_FORMAT ",\"total_tokens\":%" G_GINT64_FORMAT
        ",\"completion_tokens\":%" G_GINT64_FORMAT "}", n_prompt,
        n_prompt + n_completion, n_completion);
}

GBytes *
model_reply_dup_body (ModelReply * self)
{
  g_autofree char *content = NULL;
  GString *out;

  if (self->body)
    return g_bytes_ref (self->body);

  content = model_reply_dup_raw_content (self);
  out = g_string_new (NULL);
  g_string_append_printf (out, "{\"id\":\"chatcmpl-%" G_GUINT64_FORMAT
      "\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"",
      self->serial);
  append_escaped (out, self->model);
  g_string_append (out, "\",\"choices\":[{\"index\":0,\"message\":"
      "{\"role\":\"assistant\",\"content\":\"");
  g_string_append (out, content);
  g_string_append (out, "\"},\"logprobs\":null,\"finish_reason\":\"");
  append_escaped (out, self->finish_reason);
  g_string_append (out, "\"}]");
  append_usage (self, out, strlen (content));
  g_string_append_c (out, '}');
  return g_string_free_to_bytes (out);
}

void
model_reply_set_json (ModelReply * self, guint status, const char *json)
{
  g_autoptr (GBytes) body = g_bytes_new (json, strlen (json));

  self->status = status;
  model_reply_set_body (self, "application/json", body);
}

static const char *
get_error_type (guint status)
{
  switch (status) {
    case 401:
      return "AuthenticationError";
    case 403:
      return "PermissionDeniedError";
    case 404:
      return "NotFoundError";
    case 429:
      return "RateLimitError";
    default:
      return status < 500 ? "BadRequestError" : "InternalServerError";
  }
}

void
model_reply_set_error (ModelReply * self, guint status, const char *message)
{
  g_autofree char *words = escape (message);
  g_autofree char *json = g_strdup_printf ("{\"error\":{\"message\":\"%s\","
      "\"type\":\"%s\",\"param\":null,\"code\":%u}}", words,
      get_error_type (status), status);

  model_reply_set_json (self, status, json);
}

void
model_reply_set_models (ModelReply * self, const char *const *models)
{
  g_autoptr (GString) json = g_string_new ("{\"object\":\"list\",\"data\":[");

  for (guint i = 0; models[i]; i++) {
    g_string_append (json, i > 0 ? ",{\"id\":\"" : "{\"id\":\"");
    append_escaped (json, models[i]);
    g_string_append (json, "\",\"object\":\"model\",\"created\":1700000000,"
        "\"owned_by\":\"recto\",\"max_model_len\":16384}");
  }
  g_string_append (json, "]}");
  model_reply_set_json (self, 200, json->str);
}

/* Its bytes */

static const char *
get_phrase (guint status)
{
  static const struct
  {
    guint status;
    const char *phrase;
  } phrases[] = {
    {200, "OK"}, {302, "Found"}, {307, "Temporary Redirect"},
    {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
    {404, "Not Found"}, {408, "Request Timeout"}, {411, "Length Required"},
    {413, "Content Too Large"}, {422, "Unprocessable Content"},
    {429, "Too Many Requests"}, {500, "Internal Server Error"},
    {502, "Bad Gateway"}, {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (phrases); i++) {
    if (phrases[i].status == status)
      return phrases[i].phrase;
  }
  return "Something Else";
}

char *
model_reply_dup_head (ModelReply * self, gsize body_size,
    gboolean keeps_alive)
{
  return g_strdup_printf ("HTTP/1.1 %u %s\r\nContent-Type: %s\r\n"
      "Content-Length: %" G_GSIZE_FORMAT "\r\n%s%s\r\n", self->status,
      get_phrase (self->status), self->content_type, body_size,
      keeps_alive ? "" : "Connection: close\r\n", self->headers->str);
}

void
model_reply_write (ModelReply * self, ModelOutput * output,
    gboolean keeps_alive)
{
  g_autoptr (GBytes) body = NULL;
  g_autofree char *head = NULL;
  GString *bytes;

  model_fault_shape_reply (&self->fault, self);
  output->end = keeps_alive ? MODEL_END_KEEP : MODEL_END_CLOSE;
  if (model_fault_write (&self->fault, self, output))
    return;

  body = model_reply_dup_body (self);
  head = model_reply_dup_head (self, g_bytes_get_size (body), keeps_alive);
  bytes = g_string_new (head);
  g_string_append_len (bytes, g_bytes_get_data (body, NULL),
      g_bytes_get_size (body));
  model_output_append (output, g_string_free_to_bytes (bytes), 1);
  model_fault_shape_output (&self->fault, output, g_bytes_get_size (body));
}
