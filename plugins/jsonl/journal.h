/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The output as the journal: a file of records, or a folder of such files, and
 * what is recorded in them.
 *
 * Errors are of the domain GST_RESOURCE_ERROR and fit to be shown.
 */

#pragma once

#include "config-table.h"
#include "content-index.h"
#include "file-layer.h"
#include "journal-file.h"
#include "run-log.h"

G_BEGIN_DECLS

typedef struct _RectoJournal RectoJournal;

/* Whether a journal can be at `location`: a file or folder that is there, or
 * nothing yet. Else it is a stream. */
gboolean           recto_journal_fits       (const char            *location);

/* Looks through all that is recorded. In a folder a new file is begun when one
 * has reached `max_file_size` (0: never). `by_content`: there is an index of
 * contents, too. */
RectoJournal *     recto_journal_open       (const char            *location,
                                             guint64                max_file_size,
                                             gboolean               by_content,
                                             const RectoFileLayer  *layer,
                                             GError               **error);

/* `ended`: in good order; then it stays, however empty. */
void               recto_journal_close      (RectoJournal          *self,
                                             gboolean               ended,
                                             guint64                n_records);

/* See recto_journal_file_commit(). */
gboolean           recto_journal_commit     (RectoJournal          *self,
                                             const char            *data,
                                             gsize                  size,
                                             gboolean               durable,
                                             GError               **error);

/* Fails if another program has removed, moved or changed one of its files since
 * this was opened. */
gboolean           recto_journal_check      (RectoJournal          *self,
                                             GError               **error);

/* What was taken out of it when it was opened; no file may be. */
const RectoJournalCut *
                   recto_journal_get_cut    (RectoJournal          *self);

/* What was recorded when it was opened. */
RectoPageIndex *   recto_journal_get_index  (RectoJournal          *self);

/* (nullable) What is recorded as read, also since it was opened. */
RectoContentIndex *
                   recto_journal_get_contents
                                            (RectoJournal          *self);

/* With which configuration records are made from now on: those of others, or
 * of none, are not in the index of contents. */
void               recto_journal_set_config (RectoJournal          *self,
                                             guint                  config);

/* The name of the journal's file `file`, from 0. */
char *             recto_journal_dup_path   (RectoJournal          *self,
                                             guint                  file);

RectoConfigTable * recto_journal_get_configs
                                            (RectoJournal          *self);

RectoRunLog *      recto_journal_get_log    (RectoJournal          *self);

G_END_DECLS
