/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The names of a journal's files in a folder: pages-00000.jsonl and so on, and
 * pages.run.jsonl. No name comes from a document.
 *
 * Errors are of the domain GST_RESOURCE_ERROR and fit to be shown.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

char *   recto_shards_dup_name (const char  *folder,
                                guint        number);

char *   recto_shards_dup_log  (const char  *folder);

/* The folder, if a file of that name in it is a part of a journal that has its
 * log there, or NULL. */
char *   recto_shards_dup_folder (const char *path);

/* How many files there are. FALSE with an error if one is missing before the
 * last of them. */
gboolean recto_shards_count    (const char  *folder,
                                guint       *n_files,
                                GError     **error);

G_END_DECLS
