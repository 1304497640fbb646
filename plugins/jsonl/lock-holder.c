/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include <glib/gi18n-lib.h>

#include "lock-holder.h"

/* A line of /proc/locks that is of a flock, such as
 * “1: FLOCK  ADVISORY  WRITE 4242 08:01:131 0 EOF”. The device there is not
 * always the one that stat() tells, so the inode has to do. */
static gboolean
parse_lock (const char *line, int *pid, guint64 * inode)
{
  return sscanf (line, "%*d: FLOCK ADVISORY WRITE %d %*x:%*x:%"
      G_GUINT64_FORMAT, pid, inode) == 2;
}

/* A lock is told to be of who took it, even when only a child has it yet. */
static gboolean
is_alive (int pid)
{
  return kill (pid, 0) == 0 || errno == EPERM;
}

static int
find_holder (guint64 inode)
{
  g_autofree char *locks = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/locks", &locks, NULL, NULL))
    return 0;

  lines = g_strsplit (locks, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    guint64 locked;
    int pid;

    if (parse_lock (lines[i], &pid, &locked) && locked == inode)
      return is_alive (pid) ? pid : 0;
  }
  return 0;
}

int
recto_lock_holder_find (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 ? find_holder (status.st_ino) : 0;
}

char *
recto_lock_holder_describe (int fd)
{
  int pid = recto_lock_holder_find (fd);

  /* A process in another container has no number here. */
  if (pid <= 0)
    return g_strdup (_("another process"));
  return g_strdup_printf (_("process %d on %s"), pid, g_get_host_name ());
}
