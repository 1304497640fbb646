/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "file-layer.h"
#include "output-error.h"

static int
open_file (const char *path, int flags, guint mode)
{
  return g_open (path, flags, mode);
}

static int
truncate_file (int fd, goffset size)
{
  return recto_file_truncate (fd, size);
}

static int
rename_file (const char *from, const char *to)
{
  return g_rename (from, to);
}

const RectoFileLayer recto_file_layer = {
  .open = open_file,
  .write = recto_file_write,
  .sync_data = fdatasync,
  .sync = fsync,
  .truncate = truncate_file,
  .rename = rename_file,
};

int
recto_file_open_or_create (const RectoFileLayer * layer, const char *path,
    gboolean * created)
{
  const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
      | O_CLOEXEC;
  int fd = layer->open (path, flags, 0);

  *created = FALSE;
  if (fd < 0 && errno == ENOENT) {
    fd = layer->open (path, flags | O_CREAT | O_EXCL, 0666);
    *created = fd >= 0;
  }
  return fd;
}

gboolean
recto_file_is_at (int fd, const char *path)
{
  struct stat here;
  GStatBuf there;

  return fstat (fd, &here) == 0 && g_lstat (path, &there) == 0
      && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

gboolean
recto_file_write_all (const RectoFileLayer * layer, int fd, const char *data,
    gsize size)
{
  while (size > 0) {
    gssize n = layer->write (fd, data, size);

    if (n < 0 && errno != EINTR)
      return FALSE;
    if (n > 0) {
      data += n;
      size -= n;
    }
  }
  return TRUE;
}

gboolean
recto_file_sync_name (const RectoFileLayer * layer, const char *path,
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
