/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gst/check/gstcheck.h>

#include "record-lines.h"

/* The definition of CRC-32, a bit at a time. */
guint32
compute_crc32 (const char *data, gsize size)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < size; i++) {
    crc ^= (guint8) data[i];
    for (guint bit = 0; bit < 8; bit++)
      crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

static void
assert_crc32 (const char *line)
{
  const char *end = g_strrstr (line, ",\"crc32\":");
  g_autofree char *expected = NULL;

  fail_unless (end != NULL);
  expected = g_strdup_printf (",\"crc32\":\"%08x\"}",
      compute_crc32 (line, end - line));
  fail_unless_equals_string (end, expected);
}

JsonObject *
parse_line (const char *line)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  guint n_controls = 0;

  fail_unless (g_utf8_validate (line, -1, NULL));
  for (const char *p = line; *p; p++)
    n_controls += g_ascii_iscntrl (*p);
  fail_unless_equals_int (n_controls, 0);
  fail_unless (strstr (line, "\xc2\x85") == NULL);
  fail_unless (strstr (line, "\xe2\x80\xa8") == NULL);
  fail_unless (strstr (line, "\xe2\x80\xa9") == NULL);
  assert_crc32 (line);

  fail_unless (json_parser_load_from_data (parser, line, -1, &error), "%s: %s",
      error ? error->message : "", line);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

GPtrArray *
parse_lines (char *contents)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify)
      json_object_unref);
  char *line = contents;
  char *end;

  while ((end = strchr (line, '\n'))) {
    *end = '\0';
    g_ptr_array_add (records, parse_line (line));
    line = end + 1;
  }
  fail_unless_equals_string (line, "");

  return records;
}

const char *
get_string (JsonObject * record, const char *name)
{
  return json_object_get_string_member (record, name);
}
