/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <gst/gst.h>

#include "cut-file.h"
#include "journal-file.h"
#include "journal-repair.h"
#include "line-reader.h"
#include "output-error.h"
#include "record-json.h"
#include "run-log.h"
#include "shards.h"

/* The repair of one file. */
typedef struct
{
  const char *path;
  const char *log;
  guint index;                  /* in the journal */
  const RectoFileLayer *layer;
  RectoJournalFile *file;
  RectoLineReader *lines;
  RectoJournalRewrite *rewrite; /* NULL as long as all lines are whole */
  RectoCutFile *cut;            /* NULL as long as no line was moved */
  GString *adopted;
  RectoJournalRepair *counts;
} FileRepair;

/* Where a line is in the file, with its newline. */
typedef struct
{
  const char *text;             /* NULL: there are no more */
  gsize size;
  goffset start;
  goffset end;
} Line;

void
recto_journal_repair_clear (RectoJournalRepair * self)
{
  g_clear_pointer (&self->cut, g_free);
}

static void
file_repair_clear (FileRepair * self)
{
  g_clear_pointer (&self->rewrite, recto_journal_rewrite_free);
  g_clear_pointer (&self->cut, recto_cut_file_free);
  g_clear_pointer (&self->lines, recto_line_reader_free);
  g_string_free (self->adopted, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FileRepair, file_repair_clear)

static gboolean
next_line (FileRepair * self, Line * line, GError ** error)
{
  gboolean at_end;

  line->start = recto_line_reader_get_offset (self->lines);
  if (!recto_line_reader_next_or_rest (self->lines, &line->text, &line->size,
          &at_end, error))
    return FALSE;
  line->end = at_end ? -1 : recto_line_reader_get_offset (self->lines);
  return TRUE;
}

static gboolean
is_whole (const Line * line)
{
  RectoRecordLine record;

  return recto_record_line_parse (&record, line->text, line->size);
}

static gboolean
adopt (FileRepair * self, const Line * line)
{
  g_string_truncate (self->adopted, 0);
  return recto_record_json_adopt (line->text, line->size, self->adopted);
}

/* All lines before are whole. */
static gboolean
begin_rewrite (FileRepair * self, const Line * line, GError ** error)
{
  if (self->rewrite == NULL)
    self->rewrite = recto_journal_rewrite_new (self->path,
        recto_journal_file_get_fd (self->file), line->start, self->layer,
        error);
  return self->rewrite != NULL;
}

static gboolean
begin_cut (FileRepair * self, GError ** error)
{
  g_autofree char *path = NULL;

  if (self->cut)
    return TRUE;
  self->cut = recto_cut_file_open (self->path, self->layer, error);
  path = recto_cut_file_dup_path (self->path);
  if (self->cut && self->counts->cut == NULL)
    self->counts->cut = g_filename_display_name (path);
  return self->cut != NULL;
}

static gboolean
move_line (FileRepair * self, const Line * line, GError ** error)
{
  self->counts->n_moved++;
  return begin_cut (self, error)
      && recto_cut_file_add (self->cut, recto_journal_file_get_fd (self->file),
      line->start, line->end, error);
}

static gboolean
take_line (FileRepair * self, const Line * line, GError ** error)
{
  if (is_whole (line)) {
    self->counts->n_whole++;
    return self->rewrite == NULL
        || recto_journal_rewrite_add (self->rewrite, line->text, line->size,
        error);
  }
  if (!begin_rewrite (self, line, error))
    return FALSE;
  if (!adopt (self, line))
    return move_line (self, line, error);

  self->counts->n_adopted++;
  return recto_journal_rewrite_add (self->rewrite, self->adopted->str,
      self->adopted->len - strlen ("\n"), error);
}

static gboolean
each_line (FileRepair * self, gboolean (*func) (FileRepair * self,
        const Line * line, GError ** error), GError ** error)
{
  Line line = {.end = 0 };

  g_clear_pointer (&self->lines, recto_line_reader_free);
  self->lines = recto_line_reader_new (recto_journal_file_get_fd (self->file),
      0, RECTO_RECORD_MAX_LINE);
  while (line.end >= 0) {
    if (!next_line (self, &line, error))
      return FALSE;
    if (line.text && !func (self, &line, error))
      return FALSE;
  }
  return TRUE;
}

/* FALSE without an error ends the search: there is one. */
static gboolean
is_no_record (FileRepair * self, const Line * line, GError ** error)
{
  return !is_whole (line) && !adopt (self, line);
}

static gboolean
is_empty (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 && status.st_size == 0;
}

/* The log is of a run that was cut off before it had committed anything, so
 * that what is in the file is of that run. */
static gboolean
was_just_begun (FileRepair * self)
{
  g_autoptr (RectoRunLog) log = g_file_test (self->log, G_FILE_TEST_EXISTS) ?
      recto_run_log_open (self->log, FALSE, NULL) : NULL;

  return log && recto_run_log_get_committed (log, self->index) == 0;
}

/* A file of something else must not be emptied. */
static gboolean
check_records (FileRepair * self, GError ** error)
{
  g_autofree char *name = g_filename_display_name (self->path);
  g_autoptr (GError) cause = NULL;
  gboolean has_none = each_line (self, is_no_record, &cause);

  if (cause) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        _("The records in “%s” could not be read. %s"), name,
        cause->message);
    return FALSE;
  }
  if (!has_none || is_empty (recto_journal_file_get_fd (self->file))
      || was_just_begun (self))
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
      _("There is no record in “%s”, so it was left as it is. Name the output "
          "of “recto convert”."), name);
  return FALSE;
}

/* What is moved is safe before the file is without it. */
static gboolean
repair_lines (FileRepair * self, GError ** error)
{
  return check_records (self, error) && each_line (self, take_line, error)
      && (self->cut == NULL || recto_cut_file_sync (self->cut, error))
      && (self->rewrite == NULL
      || recto_journal_file_replace (self->file, self->rewrite, error));
}

static gboolean
repair_file (RectoJournalFile * file, const char *path, const char *log,
    guint index, const RectoFileLayer * layer, RectoJournalRepair * counts,
    GError ** error)
{
  g_auto (FileRepair) self = {
    .path = path,.log = log,.index = index,.layer = layer,.file = file,
    .counts = counts,.adopted = g_string_new (NULL),
  };

  return repair_lines (&self, error);
}

/* What the log knows of the files' sizes is of the time before. */
static gboolean
note_sizes (const char *log_path, guint last, const char *path, GError ** error)
{
  g_autoptr (RectoRunLog) log = NULL;
  GStatBuf status;

  if (!g_file_test (log_path, G_FILE_TEST_EXISTS))
    return TRUE;
  log = recto_run_log_open (log_path, FALSE, error);
  if (log == NULL)
    return FALSE;
  if (g_stat (path, &status) == 0)
    recto_run_log_commit (log, last, status.st_size);
  return TRUE;
}

static gboolean
repair_one (const char *path, const RectoFileLayer * layer,
    RectoJournalRepair * counts, GError ** error)
{
  g_autofree char *log = recto_run_log_dup_path (path);
  g_autoptr (RectoJournalFile) file = recto_journal_file_open (path, layer,
      error);

  return file && repair_file (file, path, log, 0, layer, counts, error)
      && note_sizes (log, 0, path, error);
}

/* The lock of the first file is the whole journal's. */
static gboolean
repair_folder (const char *folder, guint n_files, const RectoFileLayer * layer,
    RectoJournalRepair * counts, GError ** error)
{
  g_autofree char *log = recto_shards_dup_log (folder);
  g_autofree char *first = recto_shards_dup_name (folder, 0);
  g_autofree char *last = recto_shards_dup_name (folder, n_files - 1);
  g_autoptr (RectoJournalFile) file = recto_journal_file_open (first, layer,
      error);

  if (file == NULL
      || !repair_file (file, first, log, 0, layer, counts, error))
    return FALSE;
  for (guint i = 1; i < n_files; i++) {
    g_autofree char *path = recto_shards_dup_name (folder, i);
    g_autoptr (RectoJournalFile) next = recto_journal_file_open (path, layer,
        error);

    if (next == NULL
        || !repair_file (next, path, log, i, layer, counts, error))
      return FALSE;
  }
  return note_sizes (log, n_files - 1, last, error);
}

gboolean
recto_journal_repair (const char *location, const RectoFileLayer * layer,
    RectoJournalRepair * repair, GError ** error)
{
  g_autofree char *folder = recto_shards_dup_folder (location);
  g_autofree char *name = NULL;
  gboolean is_folder = g_file_test (location, G_FILE_TEST_IS_DIR);
  guint n_files = 0;

  if (folder)
    return recto_journal_repair (folder, layer, repair, error);
  if (is_folder && !recto_shards_count (location, &n_files, error))
    return FALSE;
  if (n_files > 0)
    return repair_folder (location, n_files, layer, repair, error);
  if (!is_folder && g_file_test (location, G_FILE_TEST_EXISTS))
    return repair_one (location, layer, repair, error);

  name = g_filename_display_name (location);
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      _("There are no records at “%s”. Name the output of “recto convert”, a "
          "file or folder of records."), name);
  return FALSE;
}
