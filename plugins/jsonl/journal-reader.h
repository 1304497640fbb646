/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The records of a file, or of a folder's files, one after the other. Nothing
 * is locked or changed, and a run may go on meanwhile: what it appends after
 * the first reading is not seen by the next.
 */

#pragma once

#include "record-line.h"

G_BEGIN_DECLS

typedef struct _JournalReader JournalReader;

/* FALSE with an error ends the reading. */
typedef gboolean (*JournalRecordFunc)        (const RectoRecordLine  *record,
                                              gpointer                data,
                                              GError                **error);

JournalReader * journal_reader_open          (const char             *path,
                                              GError                **error);

void            journal_reader_free          (JournalReader          *self);

/* May be called again. */
gboolean        journal_reader_each          (JournalReader          *self,
                                              JournalRecordFunc       func,
                                              gpointer                data,
                                              GError                **error);

/* How many lines are not whole records, as far as was read. */
guint64         journal_reader_get_n_damaged (JournalReader          *self);

/* Whether something that is not a whole record follows the last newline of a
 * file, before byte `committed` of it. */
gboolean        journal_reader_is_torn       (JournalReader          *self,
                                              guint64                 file,
                                              guint64                 committed);

/* Where the log of the journal's runs is. */
char *          journal_reader_dup_log       (JournalReader          *self);

/* The process that writes to it, 0 if there is none that can be seen. */
int             journal_reader_find_writer   (JournalReader          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (JournalReader, journal_reader_free)

G_END_DECLS
