/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the log beside a journal tells of the runs that wrote to it.
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint n_runs;
  double seconds;               /* of all of them, as far as is known */
  gboolean is_open;             /* the last one has not come to its end */
  JsonNode *last;               /* how the last one was made, or NULL */
  guint64 file;                 /* of the journal, of the last commit */
  guint64 committed;            /* bytes in it */
} RunHistory;

/* `is_running`: the last run lasts until now. */
gboolean run_history_read  (RunHistory  *self,
                            const char  *path,
                            gboolean     is_running,
                            GError     **error);

void     run_history_clear (RunHistory  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RunHistory, run_history_clear)

G_END_DECLS
