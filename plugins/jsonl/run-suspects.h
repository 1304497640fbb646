/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which documents may have ended a process, from the log of the runs.
 *
 * A run that neither stopped in good order nor was ended by the machine's own
 * end makes suspects of all documents that it had begun and not ended; from
 * then on each of them is read alone. Only a death with the document alone,
 * and no record of it since it was begun, counts.
 */

#pragma once

#include "run-log-line.h"

G_BEGIN_DECLS

typedef struct _RunSuspects RunSuspects;

RunSuspects * run_suspects_new          (void);

void          run_suspects_free         (RunSuspects           *self);

/* The next line of the log. */
void          run_suspects_add_line     (RunSuspects           *self,
                                         const RectoRunLogLine *line);

/* There are no more lines: the last run is over, too. */
void          run_suspects_end_run      (RunSuspects           *self);

void          run_suspects_forget_all   (RunSuspects           *self);

/* `uri` is as JSON writes it. */
void          run_suspects_forget       (RunSuspects           *self,
                                         const char            *uri);

gboolean      run_suspects_are_none     (RunSuspects           *self);

gboolean      run_suspects_have         (RunSuspects           *self,
                                         const char            *uri);

/* How many deaths in a row count against the document, of which there are
 * `n_recorded` records now. */
guint         run_suspects_count_deaths (RunSuspects           *self,
                                         const char            *uri,
                                         guint64                n_recorded);

/* The boot of the machine, for lines of the log. */
const char *  run_suspects_get_boot     (RunSuspects           *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RunSuspects, run_suspects_free)

G_END_DECLS
