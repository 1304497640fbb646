/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "journal-reader.h"
#include "line-reader.h"
#include "lock-holder.h"
#include "run-log.h"
#include "shards.h"

struct _JournalReader
{
  char *path;
  gboolean is_folder;
  guint n_files;
  GArray *ends;                 /* of goffset: each file's last record's */
  GArray *rests;                /* of gboolean: each file ends in part of a
                                 * line */
  guint64 n_damaged;
};

/* Reading of one file. */
typedef struct
{
  char *name;
  int fd;
  RectoLineReader *lines;
  goffset limit;                /* -1: none is known yet */
  goffset end;                  /* of the last record */
  guint64 n_records;
  gboolean at_end;              /* of the file */
  gboolean has_rest;            /* part of a line after the last one */
} Reading;

static void
reading_clear (Reading * self)
{
  g_clear_pointer (&self->lines, recto_line_reader_free);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

static char *
dup_file_path (JournalReader * self, guint number)
{
  return self->is_folder ? recto_shards_dup_name (self->path, number) :
      g_strdup (self->path);
}

static gboolean
fail_open (const char *name, int code, GError ** error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
      code == ENOENT ? _("“%s” is not there. Name the output of “recto"
          " convert”, a file or folder of records.") :
      _("“%s” could not be opened: %s."), name, g_strerror (code));
  return FALSE;
}

static gboolean
open_file (Reading * self, const char *path, GError ** error)
{
  struct stat status;

  self->name = g_filename_display_name (path);
  self->fd = g_open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
  if (self->fd < 0 || fstat (self->fd, &status) < 0)
    return fail_open (self->name, errno, error);
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
        _("“%s” is not a file of records. Name the output of “recto convert”."),
        self->name);
    return FALSE;
  }
  self->lines = recto_line_reader_new (self->fd, 0, RECTO_RECORD_MAX_LINE);

  return TRUE;
}

static gboolean
is_at_limit (const Reading * self)
{
  return self->limit >= 0
      && recto_line_reader_get_offset (self->lines) >= self->limit;
}

static gboolean
read_records (JournalReader * self, Reading * reading,
    JournalRecordFunc func, gpointer data, GError ** error)
{
  /* The last record may lack its newline. */
  while (!reading->at_end && !is_at_limit (reading)) {
    RectoRecordLine record;
    const char *line;
    gsize size;

    if (!recto_line_reader_next_or_rest (reading->lines, &line, &size,
            &reading->at_end, error))
      return FALSE;
    if (line == NULL)
      return TRUE;
    if (!recto_record_line_parse (&record, line, size)) {
      /* A line without a newline may be one that is being written. */
      if (reading->limit < 0 && !reading->at_end)
        self->n_damaged++;
      reading->has_rest = reading->at_end;
      continue;
    }
    reading->n_records++;
    reading->end = recto_line_reader_get_offset (reading->lines)
        + (reading->at_end ? size : 0);
    if (!func (&record, data, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_file (JournalReader * self, guint number, JournalRecordFunc func,
    gpointer data, GError ** error)
{
  g_auto (Reading) reading = {.fd = -1,.limit = -1 };
  g_autofree char *path = dup_file_path (self, number);

  if (number < self->ends->len)
    reading.limit = g_array_index (self->ends, goffset, number);
  if (!open_file (&reading, path, error))
    return FALSE;
  if (!read_records (self, &reading, func, data, error)) {
    g_prefix_error (error, "%s: ", reading.name);
    return FALSE;
  }
  if (reading.n_records == 0
      && !recto_record_line_begins_file (reading.fd, FALSE)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _("“%s” is not a file of records. Name the output of “recto convert”."),
        reading.name);
    return FALSE;
  }
  if (reading.limit < 0) {
    g_array_append_val (self->ends, reading.end);
    g_array_append_val (self->rests, reading.has_rest);
  }

  return TRUE;
}

JournalReader *
journal_reader_open (const char *path, GError ** error)
{
  g_autoptr (JournalReader) self = g_new0 (JournalReader, 1);

  self->path = g_strdup (path);
  self->ends = g_array_new (FALSE, FALSE, sizeof (goffset));
  self->rests = g_array_new (FALSE, FALSE, sizeof (gboolean));
  self->is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  self->n_files = 1;
  if (self->is_folder && !recto_shards_count (path, &self->n_files, error))
    return NULL;
  if (self->n_files == 0) {
    g_autofree char *name = g_filename_display_name (path);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        _("There are no records in “%s”: it has no pages-00000.jsonl. Name the"
            " output of “recto convert”."), name);
    return NULL;
  }

  return g_steal_pointer (&self);
}

void
journal_reader_free (JournalReader * self)
{
  g_array_unref (self->ends);
  g_array_unref (self->rests);
  g_free (self->path);
  g_free (self);
}

gboolean
journal_reader_each (JournalReader * self, JournalRecordFunc func,
    gpointer data, GError ** error)
{
  for (guint i = 0; i < self->n_files; i++) {
    if (!read_file (self, i, func, data, error))
      return FALSE;
  }
  return TRUE;
}

guint64
journal_reader_get_n_damaged (JournalReader * self)
{
  return self->n_damaged;
}

gboolean
journal_reader_is_torn (JournalReader * self, guint64 file, guint64 committed)
{
  return file < self->ends->len
      && g_array_index (self->rests, gboolean, file)
      && (guint64) g_array_index (self->ends, goffset, file) < committed;
}

char *
journal_reader_dup_log (JournalReader * self)
{
  return self->is_folder ? recto_shards_dup_log (self->path) :
      recto_run_log_dup_path (self->path);
}

/* The first file's lock is the whole journal's. */
int
journal_reader_find_writer (JournalReader * self)
{
  g_auto (Reading) reading = {.fd = -1 };
  g_autofree char *path = dup_file_path (self, 0);

  return open_file (&reading, path, NULL) ?
      recto_lock_holder_find (reading.fd) : 0;
}
