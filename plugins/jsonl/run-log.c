/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <gst/gst.h>

#include "file-layer.h"
#include "output-error.h"
#include "run-log-line.h"
#include "run-log.h"
#include "run-suspects.h"

GST_DEBUG_CATEGORY_STATIC (recto_run_log_debug);
#define GST_CAT_DEFAULT recto_run_log_debug

struct _RectoRunLog
{
  gatomicrefcount ref_count;

  GMutex lock;
  char *path;
  char *name;
  int fd;                       /* -1 once it is closed */
  gboolean created;
  gboolean is_torn;             /* its last line has no end */
  gboolean has_run;             /* this process has written its head */
  RunSuspects *suspects;
  guint64 file;                 /* of the last commit */
  goffset committed;            /* in it */
};

/* “out” and “out.jsonl” must not share a log. */
char *
recto_run_log_dup_path (const char *journal)
{
  gsize length = strlen (journal);

  if (!g_str_has_suffix (journal, ".jsonl"))
    return g_strdup_printf ("%s.run", journal);
  return g_strdup_printf ("%.*s.run.jsonl",
      (int) (length - strlen (".jsonl")), journal);
}

/* Reading */

/* The lines before are of another journal that had the name. */
static void
forget (RectoRunLog * self)
{
  run_suspects_forget_all (self->suspects);
  self->file = 0;
  self->committed = 0;
}

static void
take_line (const RectoRunLogLine * line, gpointer data)
{
  RectoRunLog *self = data;

  if (line->kind == RECTO_RUN_LOG_NEW)
    forget (self);
  if (line->kind == RECTO_RUN_LOG_COMMIT) {
    self->file = line->file;
    self->committed = line->bytes;
  }
  run_suspects_add_line (self->suspects, line);
}

static gboolean
read_log (RectoRunLog * self, GError ** error)
{
  g_autoptr (GError) cause = NULL;
  goffset end;

  if (!recto_run_log_line_begins_file (self->fd)) {
    g_set_error (error, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_OPEN_READ_WRITE,
        _("“%s” is where the log of the "
            "runs must be, but it is another file. Remove it, or choose "
            "another name for the output."), self->name);
    return FALSE;
  }
  if (!recto_run_log_read (self->fd, take_line, self, &end, &cause)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        _("“%s” could not be read. %s"), self->name, cause->message);
    return FALSE;
  }
  run_suspects_end_run (self->suspects);
  self->is_torn = lseek (self->fd, 0, SEEK_END) > end;
  return TRUE;
}

/* Writing */

/* With the lock. One write a line: other readers never see half of one. */
static void
write_line (RectoRunLog * self, const char *line)
{
  gsize length = strlen (line);
  gssize n;

  if (self->fd < 0)
    return;
  if (self->is_torn)
    recto_file_write (self->fd, "\n", 1);
  self->is_torn = FALSE;
  do
    n = recto_file_write (self->fd, line, length);
  while (n < 0 && errno == EINTR);

  if (n >= 0 && (gsize) n == length)
    return;
  GST_WARNING ("could not write to “%s”: %s", self->name,
      n < 0 ? g_strerror (errno) : "it is full");
  self->is_torn = n > 0;
}

static char *
now (void)
{
  g_autoptr (GDateTime) time = g_date_time_new_now_utc ();

  return g_date_time_format_iso8601 (time);
}

/* Opening and closing */

static gboolean
open_log (RectoRunLog * self, GError ** error)
{
  struct stat status;

  self->fd = recto_file_open_or_create (&recto_file_layer, self->path,
      &self->created);
  if (self->fd < 0 || fstat (self->fd, &status) < 0) {
    recto_set_open_error (error, self->name, errno);
    return FALSE;
  }
  if (!S_ISREG (status.st_mode)) {
    recto_set_open_error (error, self->name, EINVAL);
    return FALSE;
  }
  return read_log (self, error);
}

static void
close_log (RectoRunLog * self)
{
  if (self->fd >= 0)
    g_close (g_steal_fd (&self->fd), NULL);
}

static void
begin_anew (RectoRunLog * self)
{
  g_autofree char *time = now (), *line = NULL;

  forget (self);
  line = g_strdup_printf ("{\"new\":{\"time\":\"%s\"}}\n", time);
  write_line (self, line);
}

RectoRunLog *
recto_run_log_open (const char *path, gboolean fresh, GError ** error)
{
  g_autoptr (RectoRunLog) self = g_new0 (RectoRunLog, 1);

  GST_DEBUG_CATEGORY_INIT (recto_run_log_debug, "recto-run-log", 0,
      "Logs of runs beside journals");

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->path = g_strdup (path);
  self->name = g_filename_display_name (path);
  self->fd = -1;
  self->suspects = run_suspects_new ();

  if (!open_log (self, error))
    return NULL;
  if (fresh && !self->created)
    begin_anew (self);
  return g_steal_pointer (&self);
}

RectoRunLog *
recto_run_log_ref (RectoRunLog * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
recto_run_log_unref (RectoRunLog * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  close_log (self);
  run_suspects_free (self->suspects);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

gboolean
recto_run_log_was_there (RectoRunLog * self)
{
  return !self->created;
}

void
recto_run_log_abandon (RectoRunLog * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (self->created && g_unlink (self->path) < 0)
    GST_WARNING ("could not remove “%s”: %s", self->name,
        g_strerror (errno));
  close_log (self);
}

/* What is told */

/* As JSON writes it between its quotes. */
static char *
escape (const char *uri)
{
  g_autofree char *valid = g_utf8_make_valid (uri, -1);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);
  g_autofree char *quoted = NULL;

  json_node_set_string (node, valid);
  quoted = json_to_string (node, FALSE);
  return g_strndup (quoted + 1, strlen (quoted) - 2);
}

void
recto_run_log_head (RectoRunLog * self, GVariant * members)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autoptr (GVariant) sunk = g_variant_ref_sink (members);
  g_autoptr (GVariant) dated = NULL;
  GVariantDict dict;
  g_autofree char *time = now (), *json = NULL, *line = NULL;

  g_variant_dict_init (&dict, sunk);
  g_variant_dict_insert (&dict, "time", "s", time);
  dated = g_variant_ref_sink (g_variant_dict_end (&dict));
  json = json_gvariant_serialize_data (dated, NULL);
  line = g_strdup_printf ("{\"run\":%s}\n", json);
  write_line (self, line);
  self->has_run = TRUE;
}

gboolean
recto_run_log_is_suspect (RectoRunLog * self, const char *uri)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *escaped = NULL;

  /* It is asked for every page. */
  if (uri == NULL || run_suspects_are_none (self->suspects))
    return FALSE;

  escaped = escape (uri);
  return run_suspects_have (self->suspects, escaped);
}

guint
recto_run_log_count_deaths (RectoRunLog * self, const char *uri,
    guint n_recorded)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *escaped = uri ? escape (uri) : NULL;

  return escaped ? run_suspects_count_deaths (self->suspects, escaped,
      n_recorded) : 0;
}

void
recto_run_log_begin (RectoRunLog * self, const char *uri, guint n_recorded,
    gboolean alone)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *escaped = NULL, *line = NULL;

  if (uri == NULL)
    return;

  escaped = escape (uri);
  line = g_strdup_printf ("{\"begin\":\"%s\",\"recorded\":%u,\"alone\":%s,"
      "\"boot\":\"%s\"}\n", escaped, n_recorded, alone ? "true" : "false",
      run_suspects_get_boot (self->suspects));
  write_line (self, line);
}

void
recto_run_log_end (RectoRunLog * self, const char *uri)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *escaped = NULL, *time = NULL, *line = NULL;

  if (uri == NULL)
    return;

  escaped = escape (uri);
  time = now ();
  line = g_strdup_printf ("{\"end\":\"%s\",\"time\":\"%s\"}\n", escaped, time);
  write_line (self, line);
  run_suspects_forget (self->suspects, escaped);
}

void
recto_run_log_commit (RectoRunLog * self, guint file, goffset size)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *line = g_strdup_printf ("{\"commit\":{\"file\":%u,"
      "\"bytes\":%" G_GOFFSET_FORMAT "}}\n", file, size);

  self->file = file;
  self->committed = size;
  write_line (self, line);
}

goffset
recto_run_log_get_committed (RectoRunLog * self, guint file)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (file != self->file)
    return file < self->file ? G_MAXOFFSET : 0;
  return self->committed;
}

/* A search for the newest run of a configuration. */
typedef struct
{
  const char *config;
  char *elements;               /* as JSON */
} Search;

static void
search_line (const RectoRunLogLine * line, gpointer data)
{
  Search *self = data;
  g_autoptr (JsonNode) run = line->kind == RECTO_RUN_LOG_RUN ?
      recto_run_log_line_parse_run (line) : NULL;
  JsonObject *object = run ? json_node_get_object (run) : NULL;
  JsonNode *elements = object ?
      json_object_get_member (object, "elements") : NULL;

  if (elements == NULL
      || g_strcmp0 (json_object_get_string_member_with_default (object,
              "config", NULL), self->config) != 0)
    return;
  g_free (self->elements);
  self->elements = json_to_string (elements, FALSE);
}

char *
recto_run_log_dup_elements (RectoRunLog * self, const char *config)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  Search search = {.config = config };
  goffset end;

  recto_run_log_read (self->fd, search_line, &search, &end, NULL);
  return search.elements;
}

void
recto_run_log_stop (RectoRunLog * self, guint64 n_records)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *time = now (), *line = NULL;

  line = g_strdup_printf ("{\"stop\":{\"time\":\"%s\",\"records\":%"
      G_GUINT64_FORMAT "}}\n", time, n_records);
  /* What was begun before a run that was refused is of another one. */
  if (self->has_run)
    write_line (self, line);
  close_log (self);
}
