/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>

#include <zlib.h>

#include <recto/recto-json-numbers-private.h>
#include <recto/recto-page-private.h>

#include "page-record.h"

/* Journals are known by it, see RECTO_RECORD_LINE_START. */
#define SCHEMA "recto-page/1"

/* Deeper values of `extra` are left out: readers need not follow them. */
#define MAX_EXTRA_DEPTH 32

gboolean
recto_page_record_is_ok (const RectoPageRecord * self)
{
  return self->page == NULL || !recto_page_is_failed (self->page);
}

guint64
recto_page_record_get_number (const RectoPageRecord * self)
{
  return self->page ? recto_page_get_number (self->page) : self->number;
}

static void
set_string (JsonObject * object, const char *name, const char *string)
{
  g_autofree char *valid = NULL;

  if (string == NULL) {
    json_object_set_null_member (object, name);
    return;
  }
  valid = g_utf8_make_valid (string, -1);
  json_object_set_string_member (object, name, valid);
}

static void
set_count (JsonObject * object, const char *name, gint64 count, gint64 least)
{
  if (count < least)
    json_object_set_null_member (object, name);
  else
    json_object_set_int_member (object, name, count);
}

static void
set_truth (JsonObject * object, const char *name, int truth)
{
  if (truth < 0)
    json_object_set_null_member (object, name);
  else
    json_object_set_boolean_member (object, name, truth);
}

static void
set_number (JsonObject * object, const char *name, double number, double most)
{
  if (!isfinite (number) || number < 0 || number > most)
    json_object_set_null_member (object, name);
  else
    json_object_set_double_member (object, name, number);
}

static void
set_page (JsonObject * object, const RectoPageRecord * record)
{
  RectoPage *page = record->page;
  RectoDocument *document = page ? recto_page_get_document (page) : NULL;
  guint64 number = recto_page_record_get_number (record);

  set_string (object, "uri", document ? recto_document_get_uri (document) :
      NULL);
  set_string (object, "document", document ? recto_document_get_name (document)
      : NULL);
  set_string (object, "sha256", document ? recto_document_get_sha256 (document)
      : NULL);
  set_count (object, "page", number, 0);

  /* No pages are known of a numbered page's document, but page 0 says so. */
  set_count (object, "pages", document ? recto_document_get_n_pages (document)
      : 0, number == 0 ? 0 : 1);
  set_string (object, "status", page ? recto_page_get_status_nick (page) :
      recto_page_status_to_string (RECTO_PAGE_OK));
}

/* Puts null where JSON has no word for a value. */
static void
make_plain (JsonNode * node, guint depth)
{
  if (depth > MAX_EXTRA_DEPTH) {
    json_node_init_null (node);
  } else if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObjectIter iter;
    JsonNode *member;

    json_object_iter_init (&iter, json_node_get_object (node));
    while (json_object_iter_next (&iter, NULL, &member))
      make_plain (member, depth + 1);
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    for (guint i = 0; i < json_array_get_length (array); i++)
      make_plain (json_array_get_element (array, i), depth + 1);
  } else if (json_node_get_value_type (node) == G_TYPE_DOUBLE
      && !isfinite (json_node_get_double (node))) {
    json_node_init_null (node);
  }
}

static void
set_extra (JsonObject * object, GVariant * extra)
{
  JsonNode *node = json_gvariant_serialize (extra);

  make_plain (node, 0);
  json_object_set_member (object, "extra", node);
}

static void
set_result (JsonObject * object, RectoResult * known)
{
  g_autoptr (RectoResult) result = known ? recto_result_ref (known) :
      recto_result_new ();

  set_string (object, "model", recto_result_get_model (result));
  set_string (object, "language", recto_result_get_language (result));
  set_count (object, "rotation", recto_result_get_rotation (result), 0);
  set_truth (object, "is_table", recto_result_get_is_table (result));
  set_truth (object, "is_diagram", recto_result_get_is_diagram (result));
  set_count (object, "input_tokens", recto_result_get_input_tokens (result), 0);
  set_count (object, "output_tokens", recto_result_get_output_tokens (result),
      0);
  set_count (object, "attempts", recto_result_get_attempts (result), 1);
  set_string (object, "finish_reason", recto_result_get_finish_reason (result));
  set_string (object, "fallback", recto_result_get_fallback (result));
  set_number (object, "confidence", recto_result_get_confidence (result), 1);
  set_number (object, "seconds", recto_result_get_seconds (result),
      G_MAXDOUBLE);
  set_extra (object, recto_result_get_extra (result));
}

static void
set_error (JsonObject * object, RectoPage * page)
{
  g_autofree char *code = recto_page_dup_error_code (page);
  JsonObject *error = json_object_new ();

  set_string (error, "code", code);
  set_string (error, "message", recto_page_get_error (page)->message);
  json_object_set_object_member (object, "error", error);
}

/* A zero byte becomes U+FFFD too: few readers can hold one in a string. */
static void
set_text (JsonObject * object, const char *text, gsize size)
{
  g_autofree char *valid = g_utf8_make_valid (text, size);

  json_object_set_string_member (object, "text", valid);
}

static JsonNode *
record_to_node (const RectoPageRecord * self)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);

  json_object_set_string_member (object, "schema", SCHEMA);
  set_page (object, self);
  json_object_set_int_member (object, "attempt", self->attempt);
  set_string (object, "config", self->config);
  set_count (object, "warnings", self->page ?
      recto_page_get_warnings (self->page) : -1, 0);
  set_result (object, self->result);
  if (!recto_page_record_is_ok (self))
    set_error (object, self->page);
  if (self->size > 0)
    set_text (object, self->text, self->size);

  return node;
}

/* The length of a character that may stand in a JSON string and that json-glib
 * writes as it is, but that some readers end a line at; 0 for any other. U+001F
 * may not even stand there. */
static gsize
line_break_length (const char *p)
{
  if (*p == '\x1f')
    return 1;
  if (p[0] == '\xc2' && p[1] == '\x85')
    return 2;
  if (p[0] == '\xe2' && p[1] == '\x80' && (p[2] == '\xa8' || p[2] == '\xa9'))
    return 3;
  return 0;
}

/* Outside of strings JSON is plain ASCII, so whatever is found is in one. */
static void
append_on_one_line (GString * out, const char *json)
{
  const char *start = json;
  const char *p = json;

  while (*p != '\0') {
    gsize length = line_break_length (p);

    if (length == 0) {
      p++;
      continue;
    }
    g_string_append_len (out, start, p - start);
    g_string_append_printf (out, "\\u%04x", g_utf8_get_char (p));
    p += length;
    start = p;
  }
  g_string_append_len (out, start, p - start);
}

void
recto_page_record_append_node (JsonNode * node, GString * out)
{
  g_autofree char *long_json = json_to_string (node, FALSE);
  g_autofree char *json = recto_json_shorten_numbers (long_json);
  gsize start = out->len;

  append_on_one_line (out, json);
  g_string_truncate (out, out->len - strlen ("}"));
  g_string_append_printf (out, ",\"crc32\":\"%08lx\"}\n",
      crc32_z (0, (const Bytef *) out->str + start, out->len - start));
}

void
recto_page_record_append_line (const RectoPageRecord * self, GString * out)
{
  g_autoptr (JsonNode) node = record_to_node (self);

  recto_page_record_append_node (node, out);
}
