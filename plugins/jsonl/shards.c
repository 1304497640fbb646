/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

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

guint
recto_shards_count (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint count = 0;
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    guint number = parse_name (name);

    if (number < MAX_SHARDS)
      count = MAX (count, number + 1);
  }
  return count;
}
