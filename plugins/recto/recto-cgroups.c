/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-cgroups-private.h>

#define CGROUP_ROOT "sys/fs/cgroup"
#define VERSION_2 "0::/"

/* Our cgroup's path below the root, or NULL if it has none of version 2. */
static char *
read_path (const char *root)
{
  g_autofree char *name = g_build_filename (root, "proc", "self", "cgroup",
      NULL);
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (name, &contents, NULL, NULL))
    return NULL;

  lines = g_strsplit (contents, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    if (g_str_has_prefix (lines[i], VERSION_2))
      return g_strdup (lines[i] + strlen (VERSION_2));
  }
  return NULL;
}

char **
recto_list_cgroups (const char *root)
{
  g_autoptr (GStrvBuilder) cgroups = g_strv_builder_new ();
  g_autofree char *top = g_build_filename (root, CGROUP_ROOT, NULL);
  g_autofree char *path = read_path (root);
  char *dir = path ? g_build_filename (top, path, NULL) : NULL;

  while (dir && g_str_has_prefix (dir, top)) {
    char *parent = g_path_get_dirname (dir);

    g_strv_builder_add (cgroups, dir);
    g_free (dir);
    dir = parent;
  }
  g_free (dir);
  return g_strv_builder_end (cgroups);
}
