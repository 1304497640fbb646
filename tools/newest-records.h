/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A page may be recorded several times, and its newest record counts; of a
 * document whose bytes changed only the records of those that were seen last
 * do. All this is told apart by indexes in files, not in memory.
 */

#pragma once

#include <jsonl/journal-reader.h>

G_BEGIN_DECLS

typedef struct _NewestRecords NewestRecords;

typedef struct
{
  const RectoRecordLine *line;
  RectoIndexDocument document;
  RectoPageIndex *index;
} NewestRecord;

typedef gboolean (*NewestRecordFunc)         (const NewestRecord  *record,
                                              gpointer             data,
                                              GError             **error);

/* Reads all records, twice. `merged`: of the records of a page one is the
 * newest, whatever its configuration, else one of each configuration. */
NewestRecords * newest_records_new           (JournalReader       *journal,
                                              gboolean             merged,
                                              GError             **error);

void            newest_records_free          (NewestRecords       *self);

/* In the order of the journal, without failures of whole documents that were
 * read after all. Can be called once. */
gboolean        newest_records_each          (NewestRecords       *self,
                                              NewestRecordFunc     func,
                                              gpointer             data,
                                              GError             **error);

/* All of them, also those that don't count any more. */
guint64         newest_records_get_n_records (NewestRecords       *self);

/* Of which so many are of pages. */
guint64         newest_records_get_n_pages   (NewestRecords       *self);

guint           newest_records_get_n_configs (NewestRecords       *self);

/* Versions of documents that were read anew since, with other bytes. */
guint64         newest_records_get_n_replaced
                                             (NewestRecords       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NewestRecords, newest_records_free)

G_END_DECLS
