/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "processes.h"

/* What opening a small document never takes. */
#define BUSY_SECONDS 0.05

typedef struct
{
  char state;
  int parent;
  unsigned long user, system;   /* clock ticks */
} Process;

static gboolean
look (const char *pid, Process * process)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *contents = NULL;
  const char *rest;

  /* It may end at any time. */
  if (!g_file_get_contents (path, &contents, NULL, NULL))
    return FALSE;
  rest = strrchr (contents, ')');
  return rest && sscanf (rest, ") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
      "%lu %lu", &process->state, &process->parent, &process->user,
      &process->system) == 4;
}

GArray *
processes_list_children (int parent, gboolean zombies)
{
  GArray *children = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  Process process;

  while ((name = g_dir_read_name (dir))) {
    int pid = atoi (name);

    if (pid > 0 && look (name, &process) && process.parent == parent &&
        (zombies || process.state != 'Z'))
      g_array_append_val (children, pid);
  }
  return children;
}

int
processes_find_zygote (void)
{
  g_autoptr (GArray) children = processes_list_children (getpid (), FALSE);

  g_assert_cmpuint (children->len, <=, 1);
  return children->len ? g_array_index (children, int, 0) : 0;
}

static int
find_busy (int zygote)
{
  g_autoptr (GArray) children = processes_list_children (zygote, FALSE);

  for (guint i = 0; i < children->len; i++) {
    int pid = g_array_index (children, int, i);
    g_autofree char *name = g_strdup_printf ("%d", pid);
    Process process;

    if (look (name, &process) && process.user + process.system >=
        BUSY_SECONDS * sysconf (_SC_CLK_TCK))
      return pid;
  }
  return 0;
}

int
processes_wait_for_busy (void)
{
  int zygote, pid;

  while ((zygote = processes_find_zygote ()) == 0 ||
      (pid = find_busy (zygote)) == 0)
    g_usleep (1000);
  return pid;
}

void
processes_wait_for_none (void)
{
  for (;;) {
    g_autoptr (GArray) children =
        processes_list_children (processes_find_zygote (), FALSE);

    if (children->len == 0)
      return;
    g_usleep (1000);
  }
}

guint
processes_count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n_fds = 0;

  while (g_dir_read_name (dir))
    n_fds++;
  return n_fds - 1;             /* the folder's own */
}
