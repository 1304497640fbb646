/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * NAME.run.jsonl, next to a journal: with which settings the runs were made,
 * how much of the journal was committed, which documents the runs began and
 * ended. It is advisory: the journal alone decides which pages are done, and a
 * line that can't be written is an end of neither the run nor a page.
 *
 * From any thread.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _RectoRunLog RectoRunLog;

/* The log's name for a journal's. */
char *        recto_run_log_dup_path   (const char       *journal);

/* Opens or creates it and reads which documents are begun. `fresh`: what it
 * tells is of a journal that is gone, and counts no more. A file that is no
 * such log is refused; of one that is, nothing is ever removed. */
RectoRunLog * recto_run_log_open       (const char       *path,
                                        gboolean          fresh,
                                        GError          **error);

RectoRunLog * recto_run_log_ref        (RectoRunLog      *self);

void          recto_run_log_unref      (RectoRunLog      *self);

/* Whether there was one before. */
gboolean      recto_run_log_was_there  (RectoRunLog      *self);

/* Writes the head of a run: `members` is a vardict of what to tell. */
void          recto_run_log_head       (RectoRunLog      *self,
                                        GVariant         *members);

/* Whether a process died while it read the document, see RunSuspects. */
gboolean      recto_run_log_is_suspect (RectoRunLog      *self,
                                        const char       *uri);

/* How many deaths in a row count against it. */
guint         recto_run_log_count_deaths
                                       (RectoRunLog      *self,
                                        const char       *uri,
                                        guint             n_recorded);

/* `alone`: no other document is being read. */
void          recto_run_log_begin      (RectoRunLog      *self,
                                        const char       *uri,
                                        guint             n_recorded,
                                        gboolean          alone);

void          recto_run_log_end        (RectoRunLog      *self,
                                        const char       *uri);

/* So many bytes of the journal's file `file`, from 0, are durable, and all of
 * those before it. */
void          recto_run_log_commit     (RectoRunLog      *self,
                                        guint             file,
                                        goffset           size);

/* At least so many are; where the log is lost, none is known to be. */
goffset       recto_run_log_get_committed
                                       (RectoRunLog      *self,
                                        guint             file);

/* The run ends in good order. Whatever comes later is ignored. */
void          recto_run_log_stop       (RectoRunLog      *self,
                                        guint64           n_records);

/* The `elements` of the newest run with the digest `config`, JSON, or NULL. */
char *        recto_run_log_dup_elements
                                       (RectoRunLog      *self,
                                        const char       *config);

/* Closes the log, and removes it if this made it. */
void          recto_run_log_abandon    (RectoRunLog      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoRunLog, recto_run_log_unref)

G_END_DECLS
