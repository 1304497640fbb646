/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "journal-rewrite.h"
#include "output-error.h"

#define COPIED (1 << 20)

struct _RectoJournalRewrite
{
  const RectoFileLayer *layer;
  char *path;
  char *name;                   /* for messages: valid UTF-8 */
  char *new_path;               /* NULL once the file has the old one's name */
  int fd;
  goffset size;                 /* written */
  GString *lines;               /* yet to be written */
};

static gboolean
fail (RectoJournalRewrite * self, GError ** error)
{
  recto_set_write_error (error, self->name, errno);
  return FALSE;
}

/* In the same folder, so that it can take the name, and on a name that no
 * other program uses: what a crash left there is written over. */
static char *
dup_new_path (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_strdup_printf (".%s.recto-new", base);

  return g_build_filename (folder, name, NULL);
}

static gboolean
open_new (RectoJournalRewrite * self, int old, GError ** error)
{
  const int flags = O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW
      | O_CLOEXEC;
  struct stat status;

  if (fstat (old, &status) < 0)
    return fail (self, error);
  self->fd = self->layer->open (self->new_path, flags, status.st_mode & 0777);
  if (self->fd < 0 || flock (self->fd, LOCK_EX | LOCK_NB) < 0)
    return fail (self, error);
  return TRUE;
}

static gboolean
write_bytes (RectoJournalRewrite * self, const char *data, gsize size,
    GError ** error)
{
  if (!recto_file_write_all (self->layer, self->fd, data, size))
    return fail (self, error);
  self->size += size;
  return TRUE;
}

static gboolean
copy_start (RectoJournalRewrite * self, int fd, goffset size, GError ** error)
{
  g_autofree char *data = g_malloc (COPIED);

  while (self->size < size) {
    gssize n = pread (fd, data, MIN (COPIED, size - self->size), self->size);

    if (n == 0)
      errno = EIO;              /* another program has cut it */
    if (n == 0 || (n < 0 && errno != EINTR)) {
      recto_set_read_error (error, self->name, errno);
      return FALSE;
    }
    if (n > 0 && !write_bytes (self, data, n, error))
      return FALSE;
  }
  return TRUE;
}

RectoJournalRewrite *
recto_journal_rewrite_new (const char *path, int fd, goffset size,
    const RectoFileLayer * layer, GError ** error)
{
  g_autoptr (RectoJournalRewrite) self = g_new0 (RectoJournalRewrite, 1);

  self->layer = layer;
  self->path = g_strdup (path);
  self->name = g_filename_display_name (path);
  self->new_path = dup_new_path (path);
  self->fd = -1;
  self->lines = g_string_new (NULL);

  return open_new (self, fd, error) && copy_start (self, fd, size, error) ?
      g_steal_pointer (&self) : NULL;
}

void
recto_journal_rewrite_free (RectoJournalRewrite * self)
{
  if (self->fd >= 0)
    g_close (self->fd, NULL);
  if (self->fd >= 0 && self->new_path)
    g_unlink (self->new_path);
  g_string_free (self->lines, TRUE);
  g_free (self->new_path);
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

static gboolean
write_lines (RectoJournalRewrite * self, GError ** error)
{
  gboolean written = write_bytes (self, self->lines->str, self->lines->len,
      error);

  g_string_truncate (self->lines, 0);
  return written;
}

gboolean
recto_journal_rewrite_add (RectoJournalRewrite * self, const char *line,
    gsize size, GError ** error)
{
  g_string_append_len (self->lines, line, size);
  g_string_append_c (self->lines, '\n');
  return self->lines->len < COPIED || write_lines (self, error);
}

int
recto_journal_rewrite_finish (RectoJournalRewrite * self, GError ** error)
{
  if (!write_lines (self, error))
    return -1;
  if (self->layer->sync_data (self->fd) < 0
      || self->layer->rename (self->new_path, self->path) < 0) {
    fail (self, error);
    return -1;
  }
  g_clear_pointer (&self->new_path, g_free);
  if (!recto_file_sync_name (self->layer, self->path, error))
    return -1;
  return g_steal_fd (&self->fd);
}

goffset
recto_journal_rewrite_get_size (RectoJournalRewrite * self)
{
  return self->size + self->lines->len;
}
