/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <zlib.h>

#include <recto/recto-json-numbers-private.h>

#include "json-line.h"
#include "line-reader.h"
#include "record-json.h"
#include "record-line.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define CHECKSUM "crc32"

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
recto_record_json_append_line (JsonNode * record, GString * out)
{
  g_autofree char *long_json = json_to_string (record, FALSE);
  g_autofree char *json = recto_json_shorten_numbers (long_json);
  gsize start = out->len;

  append_on_one_line (out, json);
  g_string_truncate (out, out->len - strlen ("}"));
  g_string_append_printf (out, ",\"" CHECKSUM "\":\"%08lx\"}\n",
      crc32_z (0, (const Bytef *) out->str + start, out->len - start));
}

/* The members that a line begins with, in their order. */
static const char *const head[] = {
  "schema", "uri", "document", "sha256", "page", "pages", "status", "attempt",
  "config", "warnings",
};

static void
copy_member (JsonObject * to, JsonObject * from, const char *name)
{
  if (json_object_has_member (from, name) && !json_object_has_member (to, name))
    json_object_set_member (to, name, json_object_dup_member (from, name));
}

static JsonNode *
put_in_order (JsonNode * record)
{
  JsonObject *from = json_node_get_object (record);
  JsonObject *to = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObjectIter iter;
  const char *name;

  for (guint i = 0; i < G_N_ELEMENTS (head); i++)
    copy_member (to, from, head[i]);
  json_object_iter_init_ordered (&iter, from);
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    if (strcmp (name, CHECKSUM) != 0)
      copy_member (to, from, name);
  }
  json_node_take_object (node, to);
  return node;
}

/* Whether what is appended from `start` on is a record to all readers. */
static gboolean
is_record (const GString * out, gsize start)
{
  gsize size = out->len - start - strlen ("\n");
  RectoRecordLine line;

  return size <= RECTO_RECORD_MAX_LINE
      && recto_record_line_parse (&line, out->str + start, size);
}

gboolean
recto_record_json_adopt (const char *line, gsize size, GString * out)
{
  g_autoptr (JsonNode) record = NULL, ordered = NULL;
  gsize start = out->len;

  /* Editors may put one before the first line. */
  if (size >= strlen (BYTE_ORDER_MARK)
      && memcmp (line, BYTE_ORDER_MARK, strlen (BYTE_ORDER_MARK)) == 0) {
    line += strlen (BYTE_ORDER_MARK);
    size -= strlen (BYTE_ORDER_MARK);
  }
  record = recto_json_line_parse (line, size);
  if (record == NULL)
    return FALSE;

  ordered = put_in_order (record);
  recto_record_json_append_line (ordered, out);
  if (is_record (out, start))
    return TRUE;
  g_string_truncate (out, start);
  return FALSE;
}
