/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A new version of a journal's file, which takes the place of the old one as a
 * whole or not at all. The writer of the old one has its lock, and gets that
 * of the new one.
 */

#pragma once

#include "file-layer.h"

G_BEGIN_DECLS

typedef struct _RectoJournalRewrite RectoJournalRewrite;

/* Begins with the first `size` bytes of the file `fd` at `path`. */
RectoJournalRewrite * recto_journal_rewrite_new    (const char            *path,
                                                    int                    fd,
                                                    goffset                size,
                                                    const RectoFileLayer  *layer,
                                                    GError               **error);

/* Leaves the old file as it is, unless the new one is finished. */
void                  recto_journal_rewrite_free   (RectoJournalRewrite   *self);

/* Adds a line, and a newline. */
gboolean              recto_journal_rewrite_add    (RectoJournalRewrite   *self,
                                                    const char            *line,
                                                    gsize                  size,
                                                    GError               **error);

/* Makes the new file durable and gives it the name of the old one. Returns its
 * locked descriptor, or -1. */
int                   recto_journal_rewrite_finish (RectoJournalRewrite   *self,
                                                    GError               **error);

/* Bytes of the new file. */
goffset               recto_journal_rewrite_get_size
                                                   (RectoJournalRewrite   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoJournalRewrite, recto_journal_rewrite_free)

G_END_DECLS
