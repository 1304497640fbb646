/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "run-history.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include <jsonl/line-reader.h>
#include <jsonl/run-log.h>

#define TIME "\"time\":\""
#define MAX_TIME 64

/* The run whose lines are read. */
typedef struct
{
  gint64 start;                 /* µs of the wall clock, 0: unknown */
  char last_time[MAX_TIME];     /* as it is written, since most don't matter */
  gboolean stopped;
} OneRun;

static gint64
parse_time (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, utc);

  return time == NULL ? 0 : g_date_time_to_unix (time) * G_USEC_PER_SEC
      + g_date_time_get_microsecond (time);
}

static JsonNode *
parse_head (const char *line, gsize size)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonNode *root, *head;

  if (!json_parser_load_from_data (parser, line, size, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  head = json_object_get_member (json_node_get_object (root), "run");

  return JSON_NODE_HOLDS_OBJECT (head) ? json_node_ref (head) : NULL;
}

/* The last one in the line; a name could have its like before. */
static void
note_time (OneRun * run, const char *line, gsize size)
{
  g_autofree char *copy = g_strndup (line, size);
  const char *time = g_strrstr (copy, TIME);
  char *end;

  if (time == NULL)
    return;
  time += strlen (TIME);
  end = strchr (time, '"');
  if (end == NULL || end - time >= MAX_TIME)
    return;
  *end = '\0';
  g_strlcpy (run->last_time, time, MAX_TIME);
}

/* The clock on the wall may have been set meanwhile. */
static void
add_time (RunHistory * self, const OneRun * run, gint64 now)
{
  gint64 end = now > 0 ? now : parse_time (run->last_time);

  if (run->start > 0 && end > run->start)
    self->seconds += (end - run->start) / (double) G_USEC_PER_SEC;
}

static void
begin_run (RunHistory * self, OneRun * run, const char *line, gsize size)
{
  const char *time = NULL;

  add_time (self, run, 0);
  memset (run, 0, sizeof *run);
  self->n_runs++;
  g_clear_pointer (&self->last, json_node_unref);
  self->last = parse_head (line, size);
  if (self->last != NULL)
    time = json_object_get_string_member_with_default (json_node_get_object
        (self->last), "time", NULL);
  if (time != NULL)
    run->start = parse_time (time);
}

static gboolean
begins (const char *line, gsize size, const char *word)
{
  return size > strlen (word) && memcmp (line, word, strlen (word)) == 0;
}

static gboolean
read_lines (RunHistory * self, RectoLineReader * lines, gint64 now,
    GError ** error)
{
  OneRun run = { 0, };
  const char *line;
  gsize size;

  for (;;) {
    if (!recto_line_reader_next (lines, &line, &size, error))
      return FALSE;
    if (line == NULL)
      break;
    if (begins (line, size, RECTO_RUN_LOG_HEAD))
      begin_run (self, &run, line, size);
    else if (begins (line, size, RECTO_RUN_LOG_END)
        || begins (line, size, RECTO_RUN_LOG_STOP))
      note_time (&run, line, size);
    run.stopped |= begins (line, size, RECTO_RUN_LOG_STOP);
  }
  self->is_open = self->n_runs > 0 && !run.stopped;
  add_time (self, &run, self->is_open ? now : 0);

  return TRUE;
}

gboolean
run_history_read (RunHistory * self, const char *path, gboolean is_running,
    GError ** error)
{
  g_autoptr (RectoLineReader) lines = NULL;
  g_autofree char *name = g_filename_display_name (path);
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
  gboolean done;

  if (fd < 0) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("“%s” could not be opened: %s."), name, g_strerror (code));
    return FALSE;
  }
  lines = recto_line_reader_new (fd, 0);
  done = read_lines (self, lines, is_running ? g_get_real_time () : 0, error);
  close (fd);

  return done;
}

void
run_history_clear (RunHistory * self)
{
  g_clear_pointer (&self->last, json_node_unref);
}
