/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <gst/gst.h>

#include "cut-file.h"
#include "journal-file.h"
#include "line-reader.h"
#include "lock-holder.h"
#include "output-error.h"

#define OPEN_ERROR GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE

/* How long a lock may be there that nobody seems to have. */
#define AFTERLIFE G_TIME_SPAN_SECOND

GST_DEBUG_CATEGORY_STATIC (recto_journal_debug);
#define GST_CAT_DEFAULT recto_journal_debug

struct _RectoJournalFile
{
  const RectoFileLayer *layer;
  char *path;
  char *name;                   /* for messages: valid UTF-8 */
  int fd;
  gboolean created;
  gboolean broken;              /* a commit failed */
  goffset size;                 /* of what is committed */
};

/* Opening */

static void
set_kind_error (RectoJournalFile * self, GError ** error, int code)
{
  if (code == ELOOP)
    g_set_error (error, OPEN_ERROR,
        _("“%s” is a symbolic link, which is not "
            "followed. Name the file itself."), self->name);
  else
    recto_set_open_error (error, self->name, code);
}

static gboolean
open_file (RectoJournalFile * self, GError ** error)
{
  self->fd = recto_file_open_or_create (self->layer, self->path,
      &self->created);
  if (self->fd < 0)
    set_kind_error (self, error, errno);
  return self->fd >= 0;
}

static gboolean
check_regular (RectoJournalFile * self, GError ** error)
{
  struct stat status;

  if (fstat (self->fd, &status) == 0 && S_ISREG (status.st_mode))
    return TRUE;
  g_set_error (error, OPEN_ERROR, _("“%s” is not a regular file. Choose "
          "another name."), self->name);
  return FALSE;
}

/* A process that was killed while it started another one has left the lock to
 * that, till it begins its own program. Nothing tells when that is. Returns an
 * errno, or 0 for the lock. */
static int
try_lock (int fd)
{
  const gint64 end = g_get_monotonic_time () + AFTERLIFE;

  while (flock (fd, LOCK_EX | LOCK_NB) < 0) {
    int code = errno;

    if (code != EWOULDBLOCK || recto_lock_holder_find (fd) > 0
        || g_get_monotonic_time () >= end)
      return code;
    g_usleep (AFTERLIFE / 100);
  }
  return 0;
}

static gboolean
lock (RectoJournalFile * self, GError ** error)
{
  g_autofree char *holder = NULL;
  int code = try_lock (self->fd);

  if (code == 0)
    return TRUE;
  if (code != EWOULDBLOCK) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY,
        _("Could not lock “%s”: %s. Write to a file system that has locks."),
        self->name, g_strerror (code));
    return FALSE;
  }
  holder = recto_lock_holder_describe (self->fd);
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY,
      _("“%s” is being written by %s. Wait for its end, or choose another "
          "name."), self->name, holder);
  return FALSE;
}

/* Another process may have removed the file, which it made in vain, before
 * this one got the lock. */
static gboolean
open_and_lock (RectoJournalFile * self, GError ** error)
{
  for (;;) {
    if (!open_file (self, error) || !check_regular (self, error)
        || !lock (self, error))
      return FALSE;
    if (recto_file_is_at (self->fd, self->path))
      return TRUE;

    g_close (g_steal_fd (&self->fd), NULL);
  }
}

RectoJournalFile *
recto_journal_file_open (const char *path, const RectoFileLayer * layer,
    GError ** error)
{
  g_autoptr (RectoJournalFile) self = g_new0 (RectoJournalFile, 1);

  GST_DEBUG_CATEGORY_INIT (recto_journal_debug, "recto-journal", 0,
      "Files of records");

  self->layer = layer;
  self->path = g_strdup (path);
  self->name = g_filename_display_name (path);
  self->fd = -1;

  return open_and_lock (self, error) ? g_steal_pointer (&self) : NULL;
}

void
recto_journal_file_free (RectoJournalFile * self)
{
  if (self->fd >= 0)
    g_close (self->fd, NULL);
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

void
recto_journal_file_abandon (RectoJournalFile * self)
{
  if (self->created && self->size == 0
      && recto_file_is_at (self->fd, self->path)
      && g_unlink (self->path) < 0)
    GST_WARNING ("could not remove “%s”: %s", self->name,
        g_strerror (errno));
  recto_journal_file_free (self);
}

goffset
recto_journal_file_get_size (RectoJournalFile * self)
{
  return self->size;
}

int
recto_journal_file_get_fd (RectoJournalFile * self)
{
  return self->fd;
}

gboolean
recto_journal_file_is_new (RectoJournalFile * self)
{
  return self->created;
}

/* Recovery */

void
recto_journal_cut_clear (RectoJournalCut * self)
{
  g_clear_pointer (&self->name, g_free);
}

char *
recto_journal_cut_describe (const RectoJournalCut * self)
{
  if (self->n_files == 1)
    return g_strdup_printf (_("The last run left %llu bytes at the end of the "
            "records that are not all whole records. They are in “%s” now; "
            "%llu whole records among them were kept."),
        (unsigned long long) self->n_bytes, self->name,
        (unsigned long long) self->n_kept);
  return g_strdup_printf (_("The last run left %llu bytes at the ends of %u "
          "files that are not all whole records. They are in “%s” and files "
          "like it now; %llu whole records among them were kept."),
      (unsigned long long) self->n_bytes, self->n_files, self->name,
      (unsigned long long) self->n_kept);
}

/* What follows the last record before which all lines are whole records. */
typedef struct
{
  guint64 line;                 /* of the first that is none, from 1 */
  gboolean has_bad;             /* there is such a line */
  gboolean has_more;            /* others follow it */
  guint64 n_whole;              /* records among them */
} Tail;

/* A reading of the whole file. */
typedef struct
{
  RectoLineReader *reader;
  RectoRecordFunc func;
  gpointer data;
} Scan;

static gboolean
read_tail (RectoLineReader * reader, Tail * tail, GError ** error)
{
  gboolean at_end = FALSE;

  while (!at_end) {
    RectoRecordLine line;
    const char *text;
    gsize size;

    if (!recto_line_reader_next_or_rest (reader, &text, &size, &at_end, error))
      return FALSE;
    tail->has_more = tail->has_more || text != NULL;
    if (text && recto_record_line_parse (&line, text, size))
      tail->n_whole++;
  }
  return TRUE;
}

/* Up to the first line that is not a whole record. */
static gboolean
read_records (RectoJournalFile * self, const Scan * scan, Tail * tail,
    GError ** error)
{
  gboolean at_end = FALSE;

  while (!at_end) {
    RectoRecordLine line;
    const char *text;
    gsize size;

    if (!recto_line_reader_next_or_rest (scan->reader, &text, &size,
            &at_end, error))
      return FALSE;
    if (at_end && text == NULL)
      return TRUE;

    tail->line++;
    if (!recto_record_line_parse (&line, text, size)) {
      tail->has_bad = TRUE;
      return at_end || read_tail (scan->reader, tail, error);
    }
    if (!scan->func (&line, scan->data, error))
      return FALSE;
    self->size = recto_line_reader_get_offset (scan->reader)
        + (at_end ? size : 0);
  }
  return TRUE;
}

/* What a process wrote before it was killed is there, but may not be stored,
 * and no later commit would do it. */
static gboolean
store (RectoJournalFile * self, GError ** error)
{
  if (self->layer->sync_data (self->fd) == 0)
    return TRUE;
  recto_set_write_error (error, self->name, errno);
  return FALSE;
}

/* The last record may lack the newline alone. */
static gboolean
end_line (RectoJournalFile * self, GError ** error)
{
  char last = '\n';

  if (self->size > 0 && pread (self->fd, &last, 1, self->size - 1) < 0) {
    recto_set_read_error (error, self->name, errno);
    return FALSE;
  }
  if (last == '\n')
    return TRUE;
  if (!recto_file_write_all (self->layer, self->fd, "\n", 1)) {
    recto_set_write_error (error, self->name, errno);
    return FALSE;
  }
  self->size++;
  return TRUE;
}

static gboolean
truncate_file (RectoJournalFile * self, GError ** error)
{
  if (self->layer->truncate (self->fd, self->size) == 0)
    return TRUE;
  recto_set_write_error (error, self->name, errno);
  return FALSE;
}

static gboolean
keep_records (RectoJournalFile * self, RectoJournalRewrite * rewrite,
    const Scan * scan, GError ** error)
{
  g_autoptr (RectoLineReader) reader =
      recto_line_reader_new (self->fd, self->size, RECTO_RECORD_MAX_LINE);
  gboolean at_end = FALSE;

  while (!at_end) {
    RectoRecordLine line;
    const char *text;
    gsize size;

    if (!recto_line_reader_next_or_rest (reader, &text, &size, &at_end, error))
      return FALSE;
    if (text == NULL || !recto_record_line_parse (&line, text, size))
      continue;
    self->size = recto_journal_rewrite_get_size (rewrite);
    if (!scan->func (&line, scan->data, error)
        || !recto_journal_rewrite_add (rewrite, text, size, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
recto_journal_file_replace (RectoJournalFile * self,
    RectoJournalRewrite * rewrite, GError ** error)
{
  int fd = recto_journal_rewrite_finish (rewrite, error);

  if (fd < 0)
    return FALSE;
  g_close (self->fd, NULL);
  self->fd = fd;
  self->size = recto_journal_rewrite_get_size (rewrite);
  return TRUE;
}

/* A crash must not cost a record that was whole, so the file without the bad
 * lines is a new one. */
static gboolean
rewrite_file (RectoJournalFile * self, const Scan * scan, GError ** error)
{
  g_autoptr (RectoJournalRewrite) rewrite =
      recto_journal_rewrite_new (self->path, self->fd, self->size, self->layer,
      error);

  return rewrite && keep_records (self, rewrite, scan, error)
      && recto_journal_file_replace (self, rewrite, error);
}

static gboolean
save_tail (RectoJournalFile * self, GError ** error)
{
  g_autoptr (RectoCutFile) file = recto_cut_file_open (self->path, self->layer,
      error);

  return file && recto_cut_file_add (file, self->fd, self->size, -1, error)
      && recto_cut_file_sync (file, error);
}

static void
note_cut (RectoJournalFile * self, const Tail * tail, goffset n_bytes,
    RectoJournalCut * cut)
{
  g_autofree char *path = recto_cut_file_dup_path (self->path);

  GST_INFO ("%" G_GOFFSET_FORMAT " bytes of “%s” from line %"
      G_GUINT64_FORMAT " on are in “%s”, %" G_GUINT64_FORMAT
      " records were whole", n_bytes, self->name, tail->line, path,
      tail->n_whole);
  if (cut->name == NULL)
    cut->name = g_filename_display_name (path);
  cut->n_files++;
  cut->n_bytes += n_bytes;
  cut->n_kept += tail->n_whole;
}

static gboolean
cut_tail (RectoJournalFile * self, const Scan * scan, const Tail * tail,
    RectoJournalCut * cut, GError ** error)
{
  goffset start = self->size;
  struct stat status;

  if (fstat (self->fd, &status) < 0) {
    recto_set_open_error (error, self->name, errno);
    return FALSE;
  }
  if (!save_tail (self, error))
    return FALSE;
  if (tail->n_whole > 0 ? !rewrite_file (self, scan, error) :
      !truncate_file (self, error))
    return FALSE;
  note_cut (self, tail, status.st_size - start, cut);
  return TRUE;
}

static gboolean
refuse_foreign (RectoJournalFile * self, GError ** error)
{
  g_set_error (error, OPEN_ERROR,
      _("“%s” exists already, and it is not a file "
          "of records. Choose another name, or run “recto repair %s” if "
          "another program has changed the records."), self->name, self->name);
  return FALSE;
}

static gboolean
refuse_damage (RectoJournalFile * self, guint64 line, GError ** error)
{
  g_set_error (error, OPEN_ERROR,
      _("“%s” is damaged: line %llu is not a whole "
          "record. Restore the file, or run “recto repair %s”, which keeps "
          "every record and moves all other lines to a file next to it."),
      self->name, (unsigned long long) line, self->name);
  return FALSE;
}

static gboolean
may_cut (RectoJournalFile * self, gboolean has_log, goffset committed,
    const Tail * tail, GError ** error)
{
  if (committed == 0 && self->size == 0 && tail->n_whole == 0
      && !recto_record_line_begins_file (self->fd, has_log))
    return refuse_foreign (self, error);
  if (self->size < committed || (!has_log && tail->has_more))
    return refuse_damage (self, tail->line, error);
  return TRUE;
}

gboolean
recto_journal_file_recover (RectoJournalFile * self, gboolean has_log,
    goffset committed, RectoRecordFunc func, gpointer data,
    RectoJournalCut * cut, GError ** error)
{
  g_autoptr (RectoLineReader) reader =
      recto_line_reader_new (self->fd, 0, RECTO_RECORD_MAX_LINE);
  Scan scan = { reader, func, data };
  g_autoptr (GError) cause = NULL;
  Tail tail = { 0, };

  self->size = 0;
  if (!read_records (self, &scan, &tail, &cause)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        _("The records in “%s” could not be read. %s"), self->name,
        cause->message);
    return FALSE;
  }
  if (tail.has_bad && (!may_cut (self, has_log, committed, &tail, error)
          || !cut_tail (self, &scan, &tail, cut, error)))
    return FALSE;
  if (self->size < committed && committed < G_MAXOFFSET)
    cut->n_missing += committed - self->size;
  return end_line (self, error) && store (self, error);
}

/* Commits */

RectoJournalFileId
recto_journal_file_get_id (RectoJournalFile * self)
{
  struct stat status = { 0, };

  fstat (self->fd, &status);
  return (RectoJournalFileId) {
  status.st_dev, status.st_ino, self->size};
}

gboolean
recto_journal_file_check_id (const char *path, const RectoJournalFileId * id,
    GError ** error)
{
  g_autofree char *name = NULL;
  GStatBuf status;

  if (g_lstat (path, &status) == 0 && status.st_dev == id->device
      && status.st_ino == id->inode && status.st_size == id->size)
    return TRUE;

  name = g_filename_display_name (path);
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE,
      _("“%s” was removed, moved or changed by another program during the "
          "run. Restore it, and run the same command again."), name);
  return FALSE;
}

gboolean
recto_journal_file_check (RectoJournalFile * self, GError ** error)
{
  RectoJournalFileId id = recto_journal_file_get_id (self);

  return recto_journal_file_check_id (self->path, &id, error);
}

/* After a failed fdatasync it is not known what of the batch is stored, and a
 * second one would succeed in any case. */
gboolean
recto_journal_file_commit (RectoJournalFile * self, const char *data,
    gsize size, gboolean durable, GError ** error)
{
  int code = EIO;

  if (!self->broken && !recto_journal_file_check (self, error)) {
    self->broken = TRUE;
    return FALSE;
  }
  if (!self->broken && recto_file_write_all (self->layer, self->fd, data, size)
      && (!durable || self->layer->sync_data (self->fd) == 0)) {
    self->size += size;
    return TRUE;
  }

  if (!self->broken) {
    code = errno;
    if (self->layer->truncate (self->fd, self->size) < 0)
      GST_ERROR ("could not cut “%s” back: %s", self->name,
          g_strerror (errno));
  }
  self->broken = TRUE;
  recto_set_write_error (error, self->name, code);
  return FALSE;
}
