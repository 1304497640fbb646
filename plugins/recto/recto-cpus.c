/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>

#include <recto/recto.h>
#include <recto/recto-cpus-private.h>

#define CGROUP_ROOT "/sys/fs/cgroup"

/* The quota in `dir`, in processors; a large number when there is none. */
static double
read_quota (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "cpu.max", NULL);
  g_autofree char *contents = NULL;
  double quota, period;
  char *end;

  if (!g_file_get_contents (path, &contents, NULL, NULL))
    return G_MAXDOUBLE;

  quota = g_ascii_strtod (contents, &end);
  if (end == contents)
    return G_MAXDOUBLE;         /* "max" */
  period = g_ascii_strtod (end, NULL);

  return period > 0 ? quota / period : G_MAXDOUBLE;
}

/* The path of our cgroup below the root of version 2's hierarchy. */
static char *
get_cgroup (void)
{
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/cgroup", &contents, NULL, NULL))
    return NULL;

  lines = g_strsplit (contents, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    if (g_str_has_prefix (lines[i], "0::/"))
      return g_build_filename (CGROUP_ROOT, lines[i] + strlen ("0::/"), NULL);
  }
  return NULL;
}

/* A parent's quota holds for its children as well. */
static double
get_quota (void)
{
  double quota = G_MAXDOUBLE;
  g_autofree char *dir = get_cgroup ();

  while (dir && g_str_has_prefix (dir, CGROUP_ROOT)) {
    char *parent = g_path_get_dirname (dir);

    quota = MIN (quota, read_quota (dir));
    g_free (dir);
    dir = parent;
  }
  return quota;
}

guint
recto_count_cpus (void)
{
  /* GLib's count honours the affinity. */
  guint n_cpus = g_get_num_processors ();
  double quota = ceil (get_quota ());

  return quota < n_cpus ? MAX (1, (guint) quota) : n_cpus;
}
