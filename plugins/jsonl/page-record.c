/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>

#include <json-glib/json-glib.h>

#include <recto/recto-enum-nick-private.h>
#include <recto/recto-page-private.h>

#include "page-record.h"
#include "record-json.h"
#include "record-regions.h"

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

/* From here on a member is there where it has a value. */

static void
set_known (JsonObject * object, const char *name, const char *string)
{
  if (string != NULL)
    set_string (object, name, string);
}

/* Most labels are the page's number, which is there already. */
static void
set_label (JsonObject * object, RectoPage * page)
{
  const char *label = recto_page_get_label (page);
  g_autofree char *number = g_strdup_printf ("%u",
      recto_page_get_number (page));

  if (label && *label && !g_str_equal (label, number))
    set_string (object, "label", label);
}

static void
set_size (JsonObject * object, RectoPage * page)
{
  double width, height;
  JsonArray *size;

  if (!recto_page_get_size (page, &width, &height))
    return;
  width = recto_record_round_points (width);
  height = recto_record_round_points (height);
  if (!isfinite (width) || !isfinite (height) || width == 0 || height == 0)
    return;

  size = json_array_sized_new (2);
  json_array_add_double_element (size, width);
  json_array_add_double_element (size, height);
  json_object_set_array_member (object, "size", size);
}

static RectoTextSource
get_source (const RectoPageRecord * record)
{
  RectoTextSource source = record->result ?
      recto_result_get_source (record->result) : RECTO_TEXT_SOURCE_UNKNOWN;

  if (source == RECTO_TEXT_SOURCE_UNKNOWN && record->size == 0
      && !recto_page_record_is_ok (record)
      && recto_page_record_get_number (record) > 0)
    return RECTO_TEXT_SOURCE_NONE;
  return source;
}

/* The first value of each stands for what is not known. */
static void
set_nick (JsonObject * object, const char *name, GType type, int value)
{
  if (value > 0)
    json_object_set_string_member (object, name,
        recto_enum_get_nick (type, value));
}

static void
set_origin (JsonObject * object, const RectoPageRecord * record)
{
  RectoResult *result = record->result;

  set_nick (object, "source", RECTO_TYPE_TEXT_SOURCE, get_source (record));
  if (result == NULL)
    return;
  set_nick (object, "reason", RECTO_TYPE_TEXT_REASON,
      recto_result_get_reason (result));
  set_known (object, "profile", recto_result_get_profile (result));
}

static void
set_copied_from (JsonObject * object, const char *uri)
{
  JsonObject *copied_from;

  if (uri == NULL)
    return;
  copied_from = json_object_new ();
  set_string (copied_from, "uri", uri);
  json_object_set_object_member (object, "copied_from", copied_from);
}

static void
set_time (JsonObject * object, gint64 seconds)
{
  g_autoptr (GDateTime) time = seconds > 0 ?
      g_date_time_new_from_unix_utc (seconds) : NULL;
  g_autofree char *text = time ? g_date_time_format_iso8601 (time) : NULL;

  set_known (object, "time", text);
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

static void
set_regions (JsonObject * object, const RectoPageRecord * record)
{
  GPtrArray *regions = record->result ?
      recto_result_get_regions (record->result) : NULL;

  if (regions && regions->len > 0)
    json_object_set_array_member (object, "regions",
        recto_record_regions_new (regions, record->page));
}

/* In the order of the schema. */
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
  if (self->page) {
    set_label (object, self->page);
    set_size (object, self->page);
  }
  set_origin (object, self);
  set_copied_from (object, self->copied_from);
  set_time (object, self->time);
  if (!recto_page_record_is_ok (self))
    set_error (object, self->page);
  if (self->size > 0)
    set_text (object, self->text, self->size);
  set_regions (object, self);

  return node;
}

void
recto_page_record_append_line (const RectoPageRecord * self, GString * out)
{
  g_autoptr (JsonNode) node = record_to_node (self);

  recto_record_json_append_line (node, out);
}
