/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes a journal whole whose lines another program, or a broken disk, has
 * changed.
 *
 * Errors are of the domain GST_RESOURCE_ERROR and fit to be shown.
 */

#pragma once

#include "file-layer.h"

G_BEGIN_DECLS

typedef struct
{
  char *cut;                    /* NAME.cut of the first file that has one,
                                 * valid UTF-8; NULL if no file has */
  guint64 n_whole;
  guint64 n_adopted;            /* records except for their checksum */
  guint64 n_moved;              /* lines, to NAME.cut */
} RectoJournalRepair;

void     recto_journal_repair_clear (RectoJournalRepair    *self);

/* Repairs the file or folder at `location`. Each file is replaced as a whole,
 * or not touched where it needs no repair. */
gboolean recto_journal_repair       (const char            *location,
                                     const RectoFileLayer  *layer,
                                     RectoJournalRepair    *repair,
                                     GError               **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RectoJournalRepair, recto_journal_repair_clear)

G_END_DECLS
