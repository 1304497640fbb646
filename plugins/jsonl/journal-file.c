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
    g_set_error (error, OPEN_ERROR, _("“%s” is a symbolic link, which is not "
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

  GST_DEBUG_CATEGORY_INIT (recto_journal_debug, "rectojournal", 0,
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
    GST_WARNING ("could not remove “%s”: %s", self->name, g_strerror (errno));
  recto_journal_file_free (self);
}

goffset
recto_journal_file_get_size (RectoJournalFile * self)
{
  return self->size;
}

gboolean
recto_journal_file_is_new (RectoJournalFile * self)
{
  return self->created;
}

gboolean
recto_journal_file_sync_name (const char *path, const RectoFileLayer * layer,
    GError ** error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_filename_display_name (path);
  int fd = layer->open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean synced = fd >= 0 && layer->sync (fd) == 0;

  if (!synced)
    recto_set_write_error (error, name, errno);
  if (fd >= 0)
    g_close (fd, NULL);
  return synced;
}

/* Recovery */

/* What follows the last record of which all before are whole. */
typedef struct
{
  guint64 line;                 /* of the first that is none, from 1 */
  guint n_whole;                /* records after it */
} Tail;

/* After a crash, lines that were not committed may be missing between others;
 * more than one batch never is. A last line that is cut is no record any more,
 * whoever cut it. */
static gboolean
is_torn (const Tail * tail, gboolean was_committed)
{
  return tail->n_whole <= (was_committed ? 0 : RECTO_JOURNAL_BATCH);
}

static gboolean
read_tail (RectoLineReader * reader, Tail * tail, GError ** error)
{
  const char *data;
  gsize size;

  for (;;) {
    RectoRecordLine line;

    if (!recto_line_reader_next (reader, &data, &size, error))
      return FALSE;
    if (data == NULL || !is_torn (tail, FALSE))
      return TRUE;
    if (recto_record_line_parse (&line, data, size))
      tail->n_whole++;
  }
}

static gboolean
read_records (RectoJournalFile * self, RectoLineReader * reader,
    RectoRecordFunc func, gpointer data, Tail * tail, GError ** error)
{
  const char *text;
  gsize size;

  for (;;) {
    RectoRecordLine line;

    if (!recto_line_reader_next (reader, &text, &size, error))
      return FALSE;
    if (text == NULL)
      return TRUE;

    tail->line++;
    if (!recto_record_line_parse (&line, text, size))
      return read_tail (reader, tail, error);
    if (!func (&line, data, error))
      return FALSE;
    self->size = recto_line_reader_get_offset (reader);
  }
}

/* What a process wrote before it was killed is there, but may not be stored,
 * and nobody would do it again from now on. */
static gboolean
store (RectoJournalFile * self, GError ** error)
{
  if (self->layer->sync_data (self->fd) == 0)
    return TRUE;
  recto_set_write_error (error, self->name, errno);
  return FALSE;
}

static gboolean
cut (RectoJournalFile * self, goffset from, GError ** error)
{
  GST_INFO ("cutting “%s” back from %" G_GOFFSET_FORMAT " to %"
      G_GOFFSET_FORMAT " bytes", self->name, from, self->size);

  if (self->layer->truncate (self->fd, self->size) == 0)
    return store (self, error);
  recto_set_write_error (error, self->name, errno);
  return FALSE;
}

static gboolean
recover_tail (RectoJournalFile * self, gboolean is_ours, goffset committed,
    const Tail * tail, GError ** error)
{
  struct stat status;

  if (fstat (self->fd, &status) < 0) {
    recto_set_open_error (error, self->name, errno);
    return FALSE;
  }
  if (status.st_size == self->size)
    return store (self, error);

  if (self->size == 0 && tail->n_whole == 0 && !is_ours
      && !recto_record_line_begins_file (self->fd)) {
    g_set_error (error, OPEN_ERROR, _("“%s” exists already, and it is no file "
            "of records. Remove it, or choose another name."), self->name);
    return FALSE;
  }
  if (!is_torn (tail, self->size < committed)) {
    g_set_error (error, OPEN_ERROR, _("“%s” is damaged in line %llu, which is "
            "no whole record, though others follow. Restore the file, or "
            "remove that line: its page will be read again."), self->name,
        (unsigned long long) tail->line);
    return FALSE;
  }
  return cut (self, status.st_size, error);
}

gboolean
recto_journal_file_recover (RectoJournalFile * self, gboolean is_ours,
    goffset committed, RectoRecordFunc func, gpointer data, GError ** error)
{
  g_autoptr (RectoLineReader) reader = recto_line_reader_new (self->fd, 0);
  g_autoptr (GError) cause = NULL;
  Tail tail = { 0, };
  gboolean read;

  self->size = 0;
  read = read_records (self, reader, func, data, &tail, &cause);

  if (!read) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        _("The records in “%s” could not be looked through. %s"), self->name,
        cause->message);
    return FALSE;
  }
  return recover_tail (self, is_ours, committed, &tail, error);
}

/* Commits */

static gboolean
write_all (RectoJournalFile * self, const char *data, gsize size)
{
  while (size > 0) {
    gssize n = self->layer->write (self->fd, data, size);

    if (n < 0 && errno != EINTR)
      return FALSE;
    if (n > 0) {
      data += n;
      size -= n;
    }
  }
  return TRUE;
}

/* After a failed fdatasync nobody knows what of the batch is stored, and a
 * second one would succeed whatever is. */
gboolean
recto_journal_file_commit (RectoJournalFile * self, const char *data,
    gsize size, gboolean durable, GError ** error)
{
  int code = EIO;

  if (!self->broken && write_all (self, data, size)
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
