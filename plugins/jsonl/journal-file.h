/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One append-only file of records, of which this is the only writer. Whole
 * records stay, whatever happens, and nothing is ever removed: what a crash
 * left half written goes to NAME.cut.
 *
 * Errors are of the domain GST_RESOURCE_ERROR and fit to be shown.
 */

#pragma once

#include "file-layer.h"
#include "journal-rewrite.h"
#include "record-line.h"

G_BEGIN_DECLS

/* Records between two commits, at most. */
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

void               recto_journal_file_free  (RectoJournalFile       *self);

/* What a recovery took out of files. */
typedef struct
{
  char *name;                   /* of the first one's NAME.cut, valid UTF-8 */
  guint n_files;
  guint64 n_bytes;
  guint64 n_kept;               /* whole records among it, appended again */
  guint64 n_missing;            /* bytes that were committed and are gone */
} RectoJournalCut;

/* A sentence about what was taken out. */
char *             recto_journal_cut_describe
                                            (const RectoJournalCut  *self);

void               recto_journal_cut_clear  (RectoJournalCut        *self);

/* Calls `func` for each whole record, when the size is where its line begins.
 * `has_log`: there is a log of the runs,
 * which knows that so many bytes, `committed`, were durable.
 *
 * A line before that which is not a whole record is an error, as is one that
 * others follow if there is no log. From any other such line on all goes to
 * NAME.cut, and whole records among it are appended again. */
gboolean           recto_journal_file_recover
                                            (RectoJournalFile       *self,
                                             gboolean                has_log,
                                             goffset                 committed,
                                             RectoRecordFunc         func,
                                             gpointer                data,
                                             RectoJournalCut        *cut,
                                             GError                **error);

/* What a file is known by when it is not written any more. */
typedef struct
{
  guint64 device;
  guint64 inode;
  goffset size;
} RectoJournalFileId;

RectoJournalFileId recto_journal_file_get_id
                                            (RectoJournalFile       *self);

/* Fails if another file, or another size of it, is at `path`. */
gboolean           recto_journal_file_check_id
                                            (const char             *path,
                                             const RectoJournalFileId *id,
                                             GError                **error);

/* Fails if the file has lost its name or its size is another one: another
 * program has removed, moved or changed it. */
gboolean           recto_journal_file_check (RectoJournalFile       *self,
                                             GError                **error);

/* Appends whole lines. If that fails there are none of them in the file, and
 * nothing more can be committed. `durable`: they outlive the machine's end. */
gboolean           recto_journal_file_commit
                                            (RectoJournalFile       *self,
                                             const char             *data,
                                             gsize                   size,
                                             gboolean                durable,
                                             GError                **error);

/* Makes the new version of the file the one that is written. */
gboolean           recto_journal_file_replace
                                            (RectoJournalFile       *self,
                                             RectoJournalRewrite    *rewrite,
                                             GError                **error);

int                recto_journal_file_get_fd
                                            (RectoJournalFile       *self);

/* Bytes that are committed. */
goffset            recto_journal_file_get_size
                                            (RectoJournalFile       *self);

/* Removes the file if this made it and nothing was committed. */
void               recto_journal_file_abandon
                                            (RectoJournalFile       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoJournalFile, recto_journal_file_free)

G_END_DECLS
