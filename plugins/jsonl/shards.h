/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The names of a journal's files in a folder: pages-00000.jsonl and so on, and
 * pages.run.jsonl. No name comes from a document.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char * recto_shards_dup_name (const char *folder,
                              guint       number);

char * recto_shards_dup_log  (const char *folder);

/* One more than the highest number that is there, 0 if there is none. */
guint  recto_shards_count    (const char *folder);

G_END_DECLS
