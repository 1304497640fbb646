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
#include <json-glib/json-glib.h>

#include <recto/recto-json-scan-private.h>

#include "file-layer.h"
#include "line-reader.h"
#include "output-error.h"
#include "run-log.h"

GST_DEBUG_CATEGORY_STATIC (recto_run_log_debug);
#define GST_CAT_DEFAULT recto_run_log_debug

#define BEGIN "{\"begin\":\""
#define RECORDED "\",\"recorded\":"
#define END RECTO_RUN_LOG_END "\""
#define TIME "\",\"time\":\""
#define NEW "{\"new\":"
#define COMMIT "{\"commit\":{\"file\":"
#define BYTES ",\"bytes\":"

/* Of the line that a run begins with; prompts and the like are in it. */
#define MAX_HEAD (4 << 20)

/* Only documents that were in work when a process died stay begun. */
#define MAX_BEGUN 100000

typedef struct
{
  guint64 n_recorded;
  guint count;
} Begun;

struct _RectoRunLog
{
  gatomicrefcount ref_count;

  GMutex lock;
  char *path;
  char *name;
  int fd;                       /* -1 once it is closed */
  gboolean created;
  gboolean is_torn;             /* its last line has no end */
  GHashTable *begun;            /* URI as JSON writes it → Begun */
  guint file;                   /* of the last commit */
  goffset committed;            /* in it */
};

char *
recto_run_log_dup_path (const char *journal)
{
  gsize length = strlen (journal);

  if (g_str_has_suffix (journal, ".jsonl"))
    length -= strlen (".jsonl");
  return g_strdup_printf ("%.*s.run.jsonl", (int) length, journal);
}

/* Reading */

static void
note_begin (RectoRunLog * self, const char *uri, gsize length,
    guint64 n_recorded)
{
  g_autofree char *key = g_strndup (uri, length);
  Begun *begun = g_hash_table_lookup (self->begun, key);

  if (begun == NULL) {
    if (g_hash_table_size (self->begun) >= MAX_BEGUN)
      return;
    begun = g_new0 (Begun, 1);
    g_hash_table_insert (self->begun, g_steal_pointer (&key), begun);
  }
  /* What got further does no harm. */
  if (begun->n_recorded != n_recorded)
    begun->count = 0;
  begun->n_recorded = n_recorded;
  begun->count++;
}

static void
note_end (RectoRunLog * self, const char *uri, gsize length)
{
  g_autofree char *key = g_strndup (uri, length);

  g_hash_table_remove (self->begun, key);
}

static void
note_commit (RectoRunLog * self, const char *numbers)
{
  char *end;

  self->file = g_ascii_strtoull (numbers, &end, 10);
  self->committed = g_str_has_prefix (end, BYTES) ?
      (goffset) g_ascii_strtoull (end + strlen (BYTES), NULL, 10) : 0;
}

/* Another journal has the name. */
static void
forget (RectoRunLog * self)
{
  g_hash_table_remove_all (self->begun);
  self->file = 0;
  self->committed = 0;
}

static void
read_line (RectoRunLog * self, const char *line)
{
  const char *uri, *end;

  /* One that was cut, and got its end when the next was written. */
  if (!g_str_has_suffix (line, "}"))
    return;

  if (g_str_has_prefix (line, NEW)) {
    forget (self);
  } else if (g_str_has_prefix (line, COMMIT)) {
    note_commit (self, line + strlen (COMMIT));
  } else if (g_str_has_prefix (line, RECTO_RUN_LOG_STOP)) {
    g_hash_table_remove_all (self->begun);
  } else if (g_str_has_prefix (line, BEGIN)) {
    uri = line + strlen (BEGIN);
    end = g_strrstr (uri, RECORDED);
    if (end)
      note_begin (self, uri, end - uri,
          g_ascii_strtoull (end + strlen (RECORDED), NULL, 10));
  } else if (g_str_has_prefix (line, END)) {
    uri = line + strlen (END);
    end = g_strrstr (uri, TIME);
    if (end)
      note_end (self, uri, end - uri);
  }
}

static gboolean
read_lines (RectoRunLog * self, goffset * size, GError ** error)
{
  g_autoptr (RectoLineReader) reader = recto_line_reader_new (self->fd, 0);

  for (;;) {
    g_autofree char *copy = NULL;
    const char *line;
    gsize length;

    *size = recto_line_reader_get_offset (reader);
    if (!recto_line_reader_next (reader, &line, &length, error))
      return FALSE;
    if (line == NULL)
      return TRUE;
    copy = g_strndup (line, length);
    read_line (self, copy);
  }
}

/* The first line may be cut, and power that fails may leave zero bytes. */
static gboolean
is_log (RectoRunLog * self)
{
  static const char *const starts[] =
      { RECTO_RUN_LOG_HEAD, NEW, COMMIT, BEGIN, END, RECTO_RUN_LOG_STOP };
  char start[32] = "";
  gsize length;

  if (pread (self->fd, start, sizeof start - 1, 0) <= 0)
    return TRUE;
  length = strcspn (start, "\n");
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++) {
    if (strncmp (start, starts[i], MIN (length, strlen (starts[i]))) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
read_log (RectoRunLog * self, GError ** error)
{
  g_autoptr (GError) cause = NULL;
  goffset size;

  if (!is_log (self)) {
    g_set_error (error, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_OPEN_READ_WRITE, _("“%s” should tell of earlier "
            "runs, but is something else. Remove it, or choose another name "
            "for the output."), self->name);
    return FALSE;
  }
  if (!read_lines (self, &size, &cause)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        _("“%s” could not be read. %s"), self->name, cause->message);
    return FALSE;
  }
  self->is_torn = lseek (self->fd, 0, SEEK_END) > size;
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
  line = g_strdup_printf (NEW "{\"time\":\"%s\"}}\n", time);
  write_line (self, line);
}

RectoRunLog *
recto_run_log_open (const char *path, gboolean fresh, GError ** error)
{
  g_autoptr (RectoRunLog) self = g_new0 (RectoRunLog, 1);

  GST_DEBUG_CATEGORY_INIT (recto_run_log_debug, "rectorunlog", 0,
      "Logs of runs beside journals");

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->path = g_strdup (path);
  self->name = g_filename_display_name (path);
  self->fd = -1;
  self->begun = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);

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
  g_hash_table_unref (self->begun);
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
    GST_WARNING ("could not remove “%s”: %s", self->name, g_strerror (errno));
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
  line = g_strdup_printf (RECTO_RUN_LOG_HEAD "%s}\n", json);
  write_line (self, line);
}

gboolean
recto_run_log_is_suspect (RectoRunLog * self, const char *uri)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *escaped = NULL;

  if (uri == NULL || g_hash_table_size (self->begun) == 0)
    return FALSE;

  escaped = escape (uri);
  return g_hash_table_contains (self->begun, escaped);
}

guint
recto_run_log_count_deaths (RectoRunLog * self, const char *uri,
    guint n_recorded)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *escaped = NULL;
  Begun *begun;

  /* There is no telling whether it is the same one. */
  if (uri == NULL)
    return 0;

  escaped = escape (uri);
  begun = g_hash_table_lookup (self->begun, escaped);
  return begun && begun->n_recorded == n_recorded ? begun->count : 0;
}

void
recto_run_log_begin (RectoRunLog * self, const char *uri, guint n_recorded)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *escaped = NULL, *line = NULL;

  if (uri == NULL)
    return;

  escaped = escape (uri);
  line = g_strdup_printf (BEGIN "%s" RECORDED "%u}\n", escaped, n_recorded);
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
  line = g_strdup_printf (END "%s" TIME "%s\"}\n", escaped, time);
  write_line (self, line);
  note_end (self, escaped, strlen (escaped));
}

void
recto_run_log_commit (RectoRunLog * self, guint file, goffset size)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *line = g_strdup_printf (COMMIT "%u" BYTES "%"
      G_GOFFSET_FORMAT "}}\n", file, size);

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

/* The `elements` in the head of a run, if it has the digest. */
static char *
parse_elements (const char *line, gsize size, const char *config)
{
  g_autofree char *text = g_strndup (line, size);
  g_autoptr (JsonNode) root = recto_json_scan (text, size, NULL) ?
      json_from_string (text, NULL) : NULL;
  JsonNode *head = root && JSON_NODE_HOLDS_OBJECT (root) ?
      json_object_get_member (json_node_get_object (root), "run") : NULL;
  JsonNode *found, *elements;

  if (head == NULL || !JSON_NODE_HOLDS_OBJECT (head))
    return NULL;
  found = json_object_get_member (json_node_get_object (head), "config");
  elements = json_object_get_member (json_node_get_object (head), "elements");
  if (found == NULL || elements == NULL || !JSON_NODE_HOLDS_VALUE (found)
      || g_strcmp0 (json_node_get_string (found), config) != 0)
    return NULL;
  return json_to_string (elements, FALSE);
}

char *
recto_run_log_dup_elements (RectoRunLog * self, const char *config)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autoptr (RectoLineReader) reader = recto_line_reader_new (self->fd, 0);
  g_autofree char *found = NULL;
  const char *line;
  gsize size;

  while (recto_line_reader_next (reader, &line, &size, NULL) && line != NULL) {
    char *elements = size <= MAX_HEAD && size > strlen (RECTO_RUN_LOG_HEAD)
        && memcmp (line, RECTO_RUN_LOG_HEAD, strlen (RECTO_RUN_LOG_HEAD)) == 0
        ? parse_elements (line, size, config) : NULL;

    if (elements != NULL) {
      g_free (found);
      found = elements;
    }
  }
  return g_steal_pointer (&found);
}

void
recto_run_log_stop (RectoRunLog * self, guint64 n_records)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autofree char *time = now (), *line = NULL;

  line = g_strdup_printf (RECTO_RUN_LOG_STOP "{\"time\":\"%s\",\"records\":%"
      G_GUINT64_FORMAT "}}\n", time, n_records);
  write_line (self, line);
  close_log (self);
}
