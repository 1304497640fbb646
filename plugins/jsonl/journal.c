/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <gst/gst.h>

#include "journal.h"
#include "output-error.h"
#include "shards.h"

struct _RectoJournal
{
  const RectoFileLayer *layer;
  char *location;
  char *folder;                 /* NULL: there is one file */
  guint64 max_file_size;
  guint n_files;

  RectoJournalFile *first;      /* its lock is the whole journal's */
  RectoJournalFile *last;       /* what is appended to; may be the first */
  RectoRunLog *log;
  RectoJournalCut cut;
  GArray *closed;               /* of RectoJournalFileId: the files before the
                                 * last one */

  RectoPageIndex *index;
  RectoConfigTable *configs;

  RectoContentIndex *contents;  /* nullable */
  int config;                   /* atomic: of new records, -1: none */
};

static gboolean
names_folder (const char *location)
{
  return g_str_has_suffix (location, "/")
      || (g_file_test (location, G_FILE_TEST_IS_DIR)
      && !g_file_test (location, G_FILE_TEST_IS_SYMLINK));
}

/* A symbolic link fits, to be refused in words. */
gboolean
recto_journal_fits (const char *location)
{
  GStatBuf status;

  if (strcmp (location, "-") == 0)
    return FALSE;
  if (names_folder (location) || g_lstat (location, &status) < 0)
    return TRUE;
  return S_ISREG (status.st_mode) || S_ISLNK (status.st_mode);
}

static void
close_files (RectoJournal * self)
{
  if (self->last != self->first)
    g_clear_pointer (&self->last, recto_journal_file_free);
  self->last = NULL;
  g_clear_pointer (&self->first, recto_journal_file_free);
}

static void
recto_journal_free (RectoJournal * self)
{
  close_files (self);
  g_clear_pointer (&self->log, recto_run_log_unref);
  g_clear_pointer (&self->index, recto_page_index_unref);
  g_clear_pointer (&self->configs, recto_config_table_free);
  recto_journal_cut_clear (&self->cut);
  g_clear_pointer (&self->closed, g_array_unref);
  g_clear_pointer (&self->contents, recto_content_index_free);
  g_free (self->location);
  g_free (self->folder);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoJournal, recto_journal_free)

/* The line that begins at `offset` of the last file. */
static void
index_content (RectoJournal * self, const RectoRecordLine * line,
    guint config, goffset offset)
{
  const RectoContent content = {
    .sha256 = line->sha256,.config = config,.page = line->page,
  };

  if (self->contents && line->sha256 && line->page > 0
      && recto_record_line_is_ok (line))
    recto_content_index_add (self->contents, &content, (RectoPlace) {
        self->n_files - 1, offset}
  );
}

/* While a file is looked through, its size is where the line begins. */
static gboolean
index_record (const RectoRecordLine * line, gpointer data, GError ** error)
{
  RectoJournal *self = data;
  guint config;

  if (!recto_record_line_number_config (line, self->configs, &config, error))
    return FALSE;
  index_content (self, line, config, recto_journal_file_get_size (self->last));
  return recto_record_line_add (line, config, self->index, error);
}

/* The log is beside the first file, whose lock is had by then. */
static gboolean
open_log (RectoJournal * self, const char *path, GError ** error)
{
  g_autofree char *log = self->folder ? recto_shards_dup_log (self->folder) :
      recto_run_log_dup_path (path);

  self->log = recto_run_log_open (log, recto_journal_file_is_new (self->first),
      error);
  return self->log != NULL;
}

/* It is not written any more, but must stay. */
static void
close_last (RectoJournal * self)
{
  RectoJournalFileId id;

  if (self->last == NULL)
    return;
  id = recto_journal_file_get_id (self->last);
  g_array_append_val (self->closed, id);
  if (self->last != self->first)
    recto_journal_file_free (self->last);
  self->last = NULL;
}

/* Opens one file more and makes it the last one. */
static gboolean
open_file (RectoJournal * self, const char *path, GError ** error)
{
  RectoJournalFile *file = recto_journal_file_open (path, self->layer, error);

  if (file == NULL)
    return FALSE;
  if (self->first == NULL)
    self->first = file;
  close_last (self);
  self->last = file;
  self->n_files++;

  return self->log != NULL || open_log (self, path, error);
}

static gboolean
open_shard (RectoJournal * self, GError ** error)
{
  g_autofree char *path = recto_shards_dup_name (self->folder, self->n_files);

  return open_file (self, path, error)
      && recto_file_sync_name (self->layer, path, error);
}

static gboolean
recover (RectoJournal * self, GError ** error)
{
  return recto_journal_file_recover (self->last,
      recto_run_log_was_there (self->log),
      recto_run_log_get_committed (self->log, self->n_files - 1), index_record,
      self, &self->cut, error);
}

static gboolean
make_folder (RectoJournal * self, GError ** error)
{
  g_autofree char *name = g_filename_display_name (self->folder);

  if (g_mkdir (self->folder, 0777) < 0 && errno != EEXIST) {
    recto_set_open_error (error, name, errno);
    return FALSE;
  }
  return recto_file_sync_name (self->layer, self->folder, error);
}

static gboolean
open_shards (RectoJournal * self, GError ** error)
{
  guint n_there;

  if (!recto_shards_count (self->folder, &n_there, error))
    return FALSE;
  do {
    if (!open_shard (self, error) || !recover (self, error))
      return FALSE;
  } while (self->n_files < n_there);
  return TRUE;
}

static char *
dup_without_slashes (const char *location)
{
  gsize length = strlen (location);

  while (length > 1 && location[length - 1] == '/')
    length--;
  return g_strndup (location, length);
}

/* Names are made durable even if they are there: who made them may have been
 * killed before it could. */
static gboolean
open_all (RectoJournal * self, const char *location, GError ** error)
{
  if (names_folder (location)) {
    self->folder = dup_without_slashes (location);
    return make_folder (self, error) && open_shards (self, error);
  }
  return open_file (self, location, error)
      && recto_file_sync_name (self->layer, location, error)
      && recover (self, error);
}

static gboolean
open_index (RectoJournal * self, GError ** error)
{
  g_autoptr (GError) cause = NULL;

  self->index = recto_page_index_new (&cause);
  if (self->index)
    return TRUE;
  g_set_error_literal (error, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE, cause->message);
  return FALSE;
}

static gboolean
seal_index (RectoJournal * self, GError ** error)
{
  g_autoptr (GError) cause = NULL;

  if (recto_page_index_seal (self->index, &cause))
    return TRUE;
  g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
      cause->message);
  return FALSE;
}

static void
abandon (RectoJournal * self)
{
  if (self->log)
    recto_run_log_abandon (self->log);
  if (self->last != self->first)
    g_clear_pointer (&self->last, recto_journal_file_abandon);
  self->last = NULL;
  g_clear_pointer (&self->first, recto_journal_file_abandon);
}

static void
note_committed (RectoJournal * self)
{
  recto_run_log_commit (self->log, self->n_files - 1,
      recto_journal_file_get_size (self->last));
}

/* Another file may be the reason to refuse the run. */
static void
add_cut (RectoJournal * self, GError ** error)
{
  g_autofree char *cut = self->cut.n_files > 0 ?
      recto_journal_cut_describe (&self->cut) : NULL;

  if (cut && error)
    g_prefix_error (error, "%s ", cut);
}

RectoJournal *
recto_journal_open (const char *location, guint64 max_file_size,
    gboolean by_content, const RectoFileLayer * layer, GError ** error)
{
  g_autoptr (RectoJournal) self = g_new0 (RectoJournal, 1);

  self->layer = layer;
  self->location = g_strdup (location);
  self->max_file_size = max_file_size;
  self->config = -1;
  if (by_content)
    self->contents = recto_content_index_new ();
  self->configs = recto_config_table_new ();
  self->closed = g_array_new (FALSE, FALSE, sizeof (RectoJournalFileId));
  if (!open_index (self, error))
    return NULL;

  if (open_all (self, location, error) && seal_index (self, error)) {
    note_committed (self);
    return g_steal_pointer (&self);
  }
  add_cut (self, error);
  abandon (self);
  return NULL;
}

void
recto_journal_close (RectoJournal * self, gboolean ended, guint64 n_records)
{
  if (!ended && n_records == 0 && recto_page_index_get_size (self->index) == 0)
    abandon (self);
  else
    recto_run_log_stop (self->log, n_records);
  recto_journal_free (self);
}

static void
index_lines (RectoJournal * self, const char *data, gsize size)
{
  goffset start = recto_journal_file_get_size (self->last) - size;
  int config = g_atomic_int_get (&self->config);
  const char *p = data, *end = data + size, *newline;

  if (self->contents == NULL || config < 0)
    return;
  while ((newline = memchr (p, '\n', end - p))) {
    RectoRecordLine line;

    if (recto_record_line_parse (&line, p, newline - p))
      index_content (self, &line, config, start + (p - data));
    p = newline + 1;
  }
}

gboolean
recto_journal_commit (RectoJournal * self, const char *data, gsize size,
    gboolean durable, GError ** error)
{
  if (self->folder && self->max_file_size > 0
      && (guint64) recto_journal_file_get_size (self->last) >=
      self->max_file_size && !open_shard (self, error))
    return FALSE;

  if (!recto_journal_file_commit (self->last, data, size, durable, error))
    return FALSE;
  index_lines (self, data, size);
  if (durable)
    note_committed (self);
  return TRUE;
}

gboolean
recto_journal_check (RectoJournal * self, GError ** error)
{
  for (guint i = 0; i < self->closed->len; i++) {
    g_autofree char *path = recto_journal_dup_path (self, i);

    if (!recto_journal_file_check_id (path, &g_array_index (self->closed,
                RectoJournalFileId, i), error))
      return FALSE;
  }
  return recto_journal_file_check (self->last, error);
}

const RectoJournalCut *
recto_journal_get_cut (RectoJournal * self)
{
  return &self->cut;
}

RectoPageIndex *
recto_journal_get_index (RectoJournal * self)
{
  return self->index;
}

RectoContentIndex *
recto_journal_get_contents (RectoJournal * self)
{
  return self->contents;
}

void
recto_journal_set_config (RectoJournal * self, guint config)
{
  g_atomic_int_set (&self->config, config);
}

char *
recto_journal_dup_path (RectoJournal * self, guint file)
{
  return self->folder ? recto_shards_dup_name (self->folder, file) :
      g_strdup (self->location);
}

RectoConfigTable *
recto_journal_get_configs (RectoJournal * self)
{
  return self->configs;
}

RectoRunLog *
recto_journal_get_log (RectoJournal * self)
{
  return self->log;
}
