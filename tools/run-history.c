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

#include <jsonl/run-log-line.h>

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

static void
note_time (OneRun * run, const RectoRunLogLine * line)
{
  if (line->time_length < MAX_TIME)
    g_strlcpy (run->last_time, line->time, line->time_length + 1);
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
begin_run (RunHistory * self, OneRun * run, const RectoRunLogLine * line)
{
  const char *time = NULL;

  add_time (self, run, 0);
  memset (run, 0, sizeof *run);
  self->n_runs++;
  g_clear_pointer (&self->last, json_node_unref);
  self->last = recto_run_log_line_parse_run (line);
  if (self->last != NULL)
    time = json_object_get_string_member_with_default (json_node_get_object
        (self->last), "time", NULL);
  if (time != NULL)
    run->start = parse_time (time);
}

typedef struct
{
  RunHistory *history;
  OneRun run;
} Reading;

static void
take_line (const RectoRunLogLine * line, gpointer data)
{
  Reading *self = data;

  if (line->kind == RECTO_RUN_LOG_RUN)
    begin_run (self->history, &self->run, line);
  else if (line->time != NULL)
    note_time (&self->run, line);
  self->run.stopped |= line->kind == RECTO_RUN_LOG_STOP;
  if (line->kind == RECTO_RUN_LOG_COMMIT || line->kind == RECTO_RUN_LOG_NEW) {
    self->history->file = line->file;
    self->history->committed = line->bytes;
  }
}

static gboolean
read_log (RunHistory * self, int fd, gint64 now, GError ** error)
{
  Reading reading = {.history = self };
  goffset end;

  if (!recto_run_log_read (fd, take_line, &reading, &end, error))
    return FALSE;
  self->is_open = self->n_runs > 0 && !reading.run.stopped;
  add_time (self, &reading.run, self->is_open ? now : 0);

  return TRUE;
}

gboolean
run_history_read (RunHistory * self, const char *path, gboolean is_running,
    GError ** error)
{
  g_autofree char *name = g_filename_display_name (path);
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
  gboolean done;

  if (fd < 0) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("“%s” could not be opened: %s."), name, g_strerror (code));
    return FALSE;
  }
  done = read_log (self, fd, is_running ? g_get_real_time () : 0, error);
  close (fd);

  return done;
}

void
run_history_clear (RunHistory * self)
{
  g_clear_pointer (&self->last, json_node_unref);
}
