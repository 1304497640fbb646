/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One append-only file of records, of which this is the only writer. What was
 * committed stays, whatever happens; what was not is cut off.
 *
 * Errors are of the domain GST_RESOURCE_ERROR and fit to be shown.
 */

#pragma once

#include "file-layer.h"
#include "record-line.h"

G_BEGIN_DECLS

/* So many records may be written between two commits, so many may have to be
 * cut after a crash. */
#define RECTO_JOURNAL_BATCH 64

typedef struct _RectoJournalFile RectoJournalFile;

/* FALSE with an error ends the scan. */
typedef gboolean (*RectoRecordFunc)         (const RectoRecordLine  *line,
                                             gpointer                data,
                                             GError                **error);

/* Opens the file, or creates it, and locks it. */
RectoJournalFile * recto_journal_file_open  (const char             *path,
                                             const RectoFileLayer   *layer,
                                             GError                **error);

gboolean           recto_journal_file_is_new
                                            (RectoJournalFile       *self);

/* Makes the name of what is at `path` durable, and those beside it. */
gboolean           recto_journal_file_sync_name
                                            (const char             *path,
                                             const RectoFileLayer   *layer,
                                             GError                **error);

void               recto_journal_file_free  (RectoJournalFile       *self);

/* Calls `func` for each record and cuts off what a crash left behind them.
 * `is_ours`: it is known that the file is a journal even if no record is
 * whole. `committed`: at least so many bytes were, and are not cut. A file that
 * is no journal, or is damaged, is left as it is. */
gboolean           recto_journal_file_recover
                                            (RectoJournalFile       *self,
                                             gboolean                is_ours,
                                             goffset                 committed,
                                             RectoRecordFunc         func,
                                             gpointer                data,
                                             GError                **error);

/* Appends whole lines. If that fails there are none of them in the file, and
 * nothing more can be committed. `durable`: they outlive the machine's end. */
gboolean           recto_journal_file_commit
                                            (RectoJournalFile       *self,
                                             const char             *data,
                                             gsize                   size,
                                             gboolean                durable,
                                             GError                **error);

/* Bytes that are committed. */
goffset            recto_journal_file_get_size
                                            (RectoJournalFile       *self);

/* Removes the file if this made it and nothing was committed. */
void               recto_journal_file_abandon
                                            (RectoJournalFile       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoJournalFile, recto_journal_file_free)

G_END_DECLS
