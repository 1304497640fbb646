/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>

#include <recto/recto.h>
#include <recto/recto-cgroups-private.h>
#include <recto/recto-cpus-private.h>

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

static double
get_quota (void)
{
  g_auto (GStrv) cgroups = recto_list_cgroups ("/");
  double quota = G_MAXDOUBLE;

  for (guint i = 0; cgroups[i]; i++)
    quota = MIN (quota, read_quota (cgroups[i]));
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
