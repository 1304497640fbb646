/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a journal does for the source of a run, which may ask for it from any
 * thread, and also when the sink has closed the journal.
 */

#pragma once

#include <recto/recto-run-private.h>

#include "page-copier.h"

G_BEGIN_DECLS

typedef struct _JournalRun JournalRun;

/* The journal at `location` and its writer stay the caller's until the run is
 * closed. `copier`: NULL if nothing is copied. `config`: digest of the run, which
 * the journal knows, and which has this number in its index. */
JournalRun * journal_run_new   (RectoJournal       *journal,
                                RectoJournalWriter *writer,
                                RectoPageCopier    *copier,
                                const char         *location,
                                const char         *config,
                                guint               number);

gboolean     journal_run_has_config
                               (JournalRun         *self,
                                const char         *config);

/* From now on nothing is asked of the journal. Drops the reference. */
void         journal_run_close (JournalRun         *self);

/* The answer to the source. */
RectoRun *   journal_run_make  (JournalRun         *self,
                                RectoRunScope       scope);

G_END_DECLS
