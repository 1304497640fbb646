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

#include "cut-file.h"
#include "output-error.h"

#define COPIED (64 << 10)

struct _RectoCutFile
{
  const RectoFileLayer *layer;
  char *path;
  char *name;                   /* for messages: valid UTF-8 */
  char *journal_name;           /* likewise */
  int fd;
  char last;                    /* byte that was added */
};

/* “out” and “out.jsonl” must not share one. */
char *
recto_cut_file_dup_path (const char *journal)
{
  gsize length = strlen (journal);

  if (!g_str_has_suffix (journal, ".jsonl"))
    return g_strdup_printf ("%s.run.cut", journal);
  return g_strdup_printf ("%.*s.cut", (int) (length - strlen (".jsonl")),
      journal);
}

static gboolean
open_file (RectoCutFile * self, GError ** error)
{
  struct stat status;
  gboolean created;

  self->fd = recto_file_open_or_create (self->layer, self->path, &created);
  if (self->fd < 0 || fstat (self->fd, &status) < 0) {
    recto_set_open_error (error, self->name, errno);
    return FALSE;
  }
  if (S_ISREG (status.st_mode))
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
      _("“%s”, where bad lines of the records go, is not a regular file. "
          "Remove it, or choose another name for the output."), self->name);
  return FALSE;
}

RectoCutFile *
recto_cut_file_open (const char *journal, const RectoFileLayer * layer,
    GError ** error)
{
  g_autoptr (RectoCutFile) self = g_new0 (RectoCutFile, 1);

  self->layer = layer;
  self->path = recto_cut_file_dup_path (journal);
  self->name = g_filename_display_name (self->path);
  self->journal_name = g_filename_display_name (journal);
  self->last = '\n';
  self->fd = -1;

  return open_file (self, error) ? g_steal_pointer (&self) : NULL;
}

void
recto_cut_file_free (RectoCutFile * self)
{
  if (self->fd >= 0)
    g_close (self->fd, NULL);
  g_free (self->path);
  g_free (self->name);
  g_free (self->journal_name);
  g_free (self);
}

static gboolean
write_bytes (RectoCutFile * self, const char *data, gsize size, GError ** error)
{
  if (!recto_file_write_all (self->layer, self->fd, data, size)) {
    recto_set_write_error (error, self->name, errno);
    return FALSE;
  }
  self->last = data[size - 1];
  return TRUE;
}

gboolean
recto_cut_file_add (RectoCutFile * self, int fd, goffset start, goffset end,
    GError ** error)
{
  g_autofree char *data = g_malloc (COPIED);
  gssize n = 1;

  while (n != 0 && start != end) {
    n = pread (fd, data, end < 0 ? COPIED : MIN (COPIED, end - start), start);
    if (n < 0 && errno != EINTR) {
      recto_set_read_error (error, self->journal_name, errno);
      return FALSE;
    }
    if (n > 0 && !write_bytes (self, data, n, error))
      return FALSE;
    start += MAX (n, 0);
  }
  return TRUE;
}

/* What is added next begins a line of its own. */
gboolean
recto_cut_file_sync (RectoCutFile * self, GError ** error)
{
  if (self->last != '\n' && !write_bytes (self, "\n", 1, error))
    return FALSE;
  if (self->layer->sync_data (self->fd) < 0) {
    recto_set_write_error (error, self->name, errno);
    return FALSE;
  }
  return recto_file_sync_name (self->layer, self->path, error);
}
