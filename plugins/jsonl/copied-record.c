/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <json-glib/json-glib.h>

#include "copied-record.h"
#include "json-line.h"
#include "page-record.h"
#include "record-json.h"

#define COPIED_FROM "copied_from"

static gboolean
equals (const char *value, gsize length, const char *string)
{
  return value && string && strlen (string) == length
      && memcmp (value, string, length) == 0;
}

gboolean
recto_copied_record_fits (const RectoRecordLine * origin, RectoPage * page)
{
  RectoDocument *document = recto_page_get_document (page);
  const char *sha256 = recto_document_get_sha256 (document);

  return recto_record_line_is_ok (origin)
      && equals (origin->sha256, RECTO_RECORD_LINE_SHA256_DIGITS, sha256)
      && origin->page == recto_page_get_number (page)
      && origin->pages == (gint64) recto_document_get_n_pages (document);
}

gboolean
recto_copied_record_is_own (const RectoRecordLine * origin, RectoPage * page)
{
  return equals (origin->uri, origin->uri_length,
      recto_document_get_uri (recto_page_get_document (page)));
}

/* Whether a member comes after `copied_from` in a record. */
static gboolean
follows_copied_from (const char *name)
{
  static const char *const names[] =
      { "metadata", "time", "error", "text", "regions", NULL };

  return g_strv_contains (names, name);
}

static gboolean
is_effort (const char *name)
{
  static const char *const names[] =
      { "input_tokens", "output_tokens", "attempts", "seconds", NULL };

  return g_strv_contains (names, name);
}

/* The record of a copy has the member already. */
static void
set_copied_from (JsonObject * object, JsonObject * origin)
{
  JsonObject *from;

  if (json_object_has_member (object, COPIED_FROM)
      || json_object_has_member (origin, COPIED_FROM))
    return;

  from = json_object_new ();
  json_object_set_member (from, "uri", json_object_dup_member (origin, "uri"));
  json_object_set_object_member (object, COPIED_FROM, from);
}

static void
set_string (JsonObject * object, const char *name, const char *value)
{
  if (value)
    json_object_set_string_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

static void
set_now (JsonObject * object, const char *name)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *text = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");

  json_object_set_string_member (object, name, text);
}

/* Copies a member unchanged, except those that belong to the page itself. */
static void
copy_member (JsonObject * object, const char *name, JsonNode * value,
    RectoPage * page, guint attempt)
{
  RectoDocument *document = recto_page_get_document (page);

  if (g_str_equal (name, "uri"))
    set_string (object, name, recto_document_get_uri (document));
  else if (g_str_equal (name, "document"))
    set_string (object, name, recto_document_get_name (document));
  else if (g_str_equal (name, "attempt"))
    json_object_set_int_member (object, name, attempt);
  else if (g_str_equal (name, "time"))
    set_now (object, name);
  else if (is_effort (name))
    json_object_set_null_member (object, name);
  else if (!g_str_equal (name, "crc32"))
    json_object_set_member (object, name, json_node_copy (value));
}

static JsonObject *
copy_record (JsonObject * origin, RectoPage * page, guint attempt)
{
  JsonObject *object = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init_ordered (&iter, origin);
  while (json_object_iter_next_ordered (&iter, &name, &value)) {
    if (follows_copied_from (name))
      set_copied_from (object, origin);
    copy_member (object, name, value, page, attempt);
  }
  set_copied_from (object, origin);
  return object;
}

gboolean
recto_copied_record_append (const RectoRecordLine * origin, RectoPage * page,
    guint attempt, GString * out)
{
  g_autoptr (JsonNode) root =
      recto_json_line_parse (origin->data, origin->size);
  g_autoptr (JsonNode) copy = NULL;

  if (root == NULL)
    return FALSE;
  copy = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (copy, copy_record (json_node_get_object (root), page,
          attempt));
  recto_record_json_append_line (copy, out);
  return TRUE;
}
