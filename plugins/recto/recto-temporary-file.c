/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-file-write-private.h>
#include <recto/recto-temporary-file-private.h>

/* For file systems that know no O_TMPFILE. */
static int
open_and_unlink (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "recto-XXXXXX", NULL);
  int fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);

  if (fd >= 0)
    g_unlink (path);
  return fd;
}

static void
set_open_error (GError ** error, const char *folder, int code)
{
  switch (code) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
          _("Could not make a temporary file: %s."),
          recto_file_strerror (code));
      break;
    default:
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
          _("Could not make a temporary file in “%s”: %s. Set TMPDIR to a "
              "folder that can be written to."), folder, g_strerror (code));
  }
}

int
recto_temporary_file_open (GError ** error)
{
  const char *folder = g_getenv ("TMPDIR");
  int fd;

  if (folder == NULL || *folder == '\0')
    folder = "/var/tmp";

  fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    fd = open_and_unlink (folder);

  if (fd < 0)
    set_open_error (error, folder, errno);
  return fd;
}

gboolean
recto_temporary_file_write (int fd, gconstpointer data, gsize size)
{
  const char *rest = data;

  while (size > 0) {
    gssize n = recto_file_write (fd, rest, size);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return FALSE;
    rest += n;
    size -= n;
  }
  return TRUE;
}
