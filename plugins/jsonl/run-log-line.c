/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include "json-line.h"
#include "line-cursor.h"
#include "line-reader.h"
#include "run-log-line.h"

static const char *const starts[] = {
  [RECTO_RUN_LOG_RUN] = "{\"run\":",
  [RECTO_RUN_LOG_NEW] = "{\"new\":",
  [RECTO_RUN_LOG_COMMIT] = "{\"commit\":{\"file\":",
  [RECTO_RUN_LOG_BEGIN] = "{\"begin\":",
  [RECTO_RUN_LOG_END] = "{\"end\":",
  [RECTO_RUN_LOG_STOP] = "{\"stop\":{\"time\":",
};

static gboolean
take_uri (RectoRunLogLine * self, LineCursor * cursor)
{
  return line_cursor_take_string (cursor, &self->uri, &self->uri_length)
      && self->uri != NULL;
}

static gboolean
take_time (RectoRunLogLine * self, LineCursor * cursor)
{
  return line_cursor_take_string (cursor, &self->time, &self->time_length)
      && self->time != NULL;
}

static gboolean
take_commit (RectoRunLogLine * self, LineCursor * cursor)
{
  return line_cursor_take_number (cursor, &self->file)
      && line_cursor_skip (cursor, ",\"bytes\":")
      && line_cursor_take_number (cursor, &self->bytes)
      && line_cursor_skip (cursor, "}}");
}

/* At first lines had neither `alone` nor `boot`. */
static gboolean
take_begin (RectoRunLogLine * self, LineCursor * cursor)
{
  if (!take_uri (self, cursor) || !line_cursor_skip (cursor, ",\"recorded\":")
      || !line_cursor_take_number (cursor, &self->n_recorded))
    return FALSE;
  if (line_cursor_skip (cursor, "}"))
    return TRUE;

  self->alone = line_cursor_skip (cursor, ",\"alone\":true");
  return (self->alone || line_cursor_skip (cursor, ",\"alone\":false"))
      && line_cursor_skip (cursor, ",\"boot\":")
      && line_cursor_take_string (cursor, &self->boot, &self->boot_length)
      && line_cursor_skip (cursor, "}");
}

static gboolean
take_members (RectoRunLogLine * self, LineCursor * cursor)
{
  switch (self->kind) {
    case RECTO_RUN_LOG_COMMIT:
      return take_commit (self, cursor);
    case RECTO_RUN_LOG_BEGIN:
      return take_begin (self, cursor);
    case RECTO_RUN_LOG_END:
      return take_uri (self, cursor)
          && line_cursor_skip (cursor, ",\"time\":")
          && take_time (self, cursor) && line_cursor_skip (cursor, "}");
    case RECTO_RUN_LOG_STOP:
      return take_time (self, cursor);
    default:
      return TRUE;
  }
}

gboolean
recto_run_log_line_parse (RectoRunLogLine * self, const char *data, gsize size)
{
  LineCursor cursor = { data, data + size };

  /* A line that was cut got its newline when the next one was written. */
  if (size == 0 || data[size - 1] != '}')
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (starts); i++) {
    if (line_cursor_skip (&cursor, starts[i])) {
      *self = (RectoRunLogLine) {
      .kind = i,.data = data,.size = size};
      return take_members (self, &cursor);
    }
  }
  return FALSE;
}

/* The first line may be cut. */
gboolean
recto_run_log_line_begins_file (int fd)
{
  char start[32] = "";
  gsize length;

  if (pread (fd, start, sizeof start - 1, 0) <= 0)
    return TRUE;
  length = strcspn (start, "\n");
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++) {
    if (strncmp (start, starts[i], MIN (length, strlen (starts[i]))) == 0)
      return TRUE;
  }
  return FALSE;
}

JsonNode *
recto_run_log_line_parse_run (const RectoRunLogLine * self)
{
  g_autoptr (JsonNode) root = recto_json_line_parse (self->data, self->size);
  JsonNode *run = root ?
      json_object_get_member (json_node_get_object (root), "run") : NULL;

  return run && JSON_NODE_HOLDS_OBJECT (run) ? json_node_ref (run) : NULL;
}

gboolean
recto_run_log_read (int fd, RectoRunLogFunc func, gpointer data, goffset * end,
    GError ** error)
{
  g_autoptr (RectoLineReader) reader = recto_line_reader_new (fd, 0,
      RECTO_RUN_LOG_MAX_LINE);
  const char *text;
  gsize size;

  for (;;) {
    RectoRunLogLine line;

    if (!recto_line_reader_next (reader, &text, &size, error))
      return FALSE;
    *end = recto_line_reader_get_offset (reader);
    if (text == NULL)
      return TRUE;
    if (recto_run_log_line_parse (&line, text, size))
      func (&line, data);
  }
}
