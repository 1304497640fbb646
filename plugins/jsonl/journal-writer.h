/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Brings records into a journal in batches. Only what is durable is counted,
 * and only then what a document came from is told of its end.
 */

#pragma once

#include "journal.h"
#include "record-counts.h"
#include "sync-policy.h"

G_BEGIN_DECLS

typedef struct _RectoJournalWriter RectoJournalWriter;

/* Both are called from any thread: the one after each commit, the other when
 * one fails, which is the last thing to happen. */
typedef void         (*RectoCommittedFunc)       (const RectoRecordCounts *counts,
                                                  gpointer                 data);
typedef void         (*RectoCommitFailedFunc)    (const GError            *error,
                                                  gpointer                 data);

/* The journal stays the caller's. */
RectoJournalWriter * recto_journal_writer_new    (RectoJournal            *journal,
                                                  GstRectoSyncPolicy       policy,
                                                  RectoCommittedFunc       committed,
                                                  RectoCommitFailedFunc    failed,
                                                  gpointer                 data);

/* Commits what is left. */
void                 recto_journal_writer_free   (RectoJournalWriter      *self);

/* FALSE if a commit has failed. */
gboolean             recto_journal_writer_put    (RectoJournalWriter      *self,
                                                  const GString           *line,
                                                  const RectoPageRecord   *record);

/* A line that is of no page, and is not counted. */
gboolean             recto_journal_writer_put_notice
                                                 (RectoJournalWriter      *self,
                                                  const GString           *line);

/* Commits what there is, and returns when every commit has been reported. */
gboolean             recto_journal_writer_commit (RectoJournalWriter      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoJournalWriter, recto_journal_writer_free)

G_END_DECLS
