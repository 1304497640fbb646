/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The names in a folder in natural order, “p2” before “p10”, however many
 * there are: they are sorted in runs, which lie in a file without a name and
 * are merged as they are asked for.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SORTED_FOLDER_RUN_SIZE (4 * 1024 * 1024)

typedef struct _SortedFolder SortedFolder;

/* Reads the names that match the shell's `pattern`; “*” takes all but hidden
 * ones. At most `run_size` bytes of names are in memory. */
SortedFolder * sorted_folder_open (const char    *path,
                                   const char    *pattern,
                                   gsize          run_size,
                                   GCancellable  *cancellable,
                                   GError       **error);

void           sorted_folder_free (SortedFolder  *self);

/* The next name, valid as long as the folder, or NULL at the end. */
const char *   sorted_folder_next (SortedFolder  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SortedFolder, sorted_folder_free)

G_END_DECLS
