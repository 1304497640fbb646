/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <gst/gst.h>

#include "shards.h"

#define MAX_SHARDS 100000

static char *
format_name (guint number)
{
  return g_strdup_printf ("pages-%05u.jsonl", number);
}

char *
recto_shards_dup_name (const char *folder, guint number)
{
  g_autofree char *name = format_name (number);

  return g_build_filename (folder, name, NULL);
}

char *
recto_shards_dup_log (const char *folder)
{
  return g_build_filename (folder, "pages.run.jsonl", NULL);
}

static guint
parse_name (const char *name)
{
  g_autofree char *exact = NULL;
  guint number;

  if (sscanf (name, "pages-%5u.jsonl", &number) != 1)
    return MAX_SHARDS;
  exact = format_name (number);
  return strcmp (name, exact) == 0 ? number : MAX_SHARDS;
}

char *
recto_shards_dup_folder (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *log = recto_shards_dup_log (folder);

  return parse_name (base) < MAX_SHARDS
      && g_file_test (log, G_FILE_TEST_EXISTS) ? g_steal_pointer (&folder) :
      NULL;
}

/* Without a gap there are as many files as the highest number has before it,
 * and itself. */
static gboolean
check_gap (const char *folder, guint n_files, guint n_expected, GError ** error)
{
  g_autofree char *name = g_filename_display_name (folder);
  guint missing = 0;

  if (n_files == n_expected)
    return TRUE;
  for (; missing < n_expected; missing++) {
    g_autofree char *path = recto_shards_dup_name (folder, missing);

    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      break;
  }
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
      _("In “%s” pages-%05u.jsonl is missing, but pages-%05u.jsonl is there. "
          "Restore the missing file, or choose another folder."), name, missing,
      n_expected - 1);
  return FALSE;
}

gboolean
recto_shards_count (const char *folder, guint * n_files, GError ** error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n_expected = 0;
  const char *name;

  *n_files = 0;
  while (dir && (name = g_dir_read_name (dir))) {
    guint number = parse_name (name);

    if (number >= MAX_SHARDS)
      continue;
    *n_files += 1;
    n_expected = MAX (n_expected, number + 1);
  }
  return check_gap (folder, *n_files, n_expected, error);
}
