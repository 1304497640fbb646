/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 *
 * What a sink that keeps a journal answers to the query recto-run: what is
 * recorded, and therefore not to be done again.
 */

#pragma once

#include <recto/recto-page.h>
#include <recto/recto-page-index-private.h>

G_BEGIN_DECLS

typedef struct _RectoRun RectoRun;

#define RECTO_TYPE_RUN (recto_run_get_type ())
RECTO_API
GType            recto_run_get_type       (void);

/* Tells how often a document was begun before, with as many records of it as
 * `n_recorded`, and not ended, because the process died. `begins`: notes that
 * it is begun now. From any thread. */
typedef guint  (*RectoRunBeginFunc)       (const char            *uri,
                                           guint                  n_recorded,
                                           gboolean               begins,
                                           gpointer               data);

/* `index` (sealed) is referenced. `retry`: only pages that failed are wanted,
 * else those that are not recorded. */
RECTO_API
RectoRun *       recto_run_new            (RectoPageIndex        *index,
                                           guint                  config,
                                           gboolean               retry,
                                           RectoRunBeginFunc      begin,
                                           gpointer               data,
                                           GDestroyNotify         destroy);

/* Records the page by a copy of the record of the same content elsewhere, so
 * that it need not be read. `attempt` counts those at the page, from 1. FALSE if
 * there is no record to copy. From any thread. */
typedef gboolean (*RectoRunCopyFunc)      (RectoPage             *page,
                                           guint                  attempt,
                                           gpointer               data);

/* Before others know the run. */
RECTO_API
void             recto_run_set_copy       (RectoRun              *self,
                                           RectoRunCopyFunc       copy,
                                           gpointer               data,
                                           GDestroyNotify         destroy);

/* Whether copies are made at all. */
RECTO_API
gboolean         recto_run_can_copy       (RectoRun              *self);

RECTO_API
gboolean         recto_run_copy_page      (RectoRun              *self,
                                           RectoPage             *page);

/* The answer of a sink that can't take the run's records and has said why. */
RECTO_API
RectoRun *       recto_run_new_refused    (void);

RECTO_API
RectoRun *       recto_run_ref            (RectoRun              *self);

RECTO_API
void             recto_run_unref          (RectoRun              *self);

RECTO_API
gboolean         recto_run_is_refused     (RectoRun              *self);

RECTO_API
gboolean         recto_run_is_retry       (RectoRun              *self);

/* `uri` and `sha256` are those of the document, NULL where there are none. */
RECTO_API
RectoIndexSummary
                 recto_run_find_document  (RectoRun              *self,
                                           const char            *uri,
                                           const char            *sha256);

RECTO_API
RectoIndexPage   recto_run_find_page      (RectoRun              *self,
                                           const char            *uri,
                                           const char            *sha256,
                                           guint                  page);

/* Whether the page is to be read in this run. In a retry of a document that
 * failed as a whole, all its pages are that were not read. Sets `found` to what
 * is recorded of the page. */
RECTO_API
gboolean         recto_run_wants_page     (RectoRun              *self,
                                           const char            *uri,
                                           const char            *sha256,
                                           guint                  page,
                                           RectoIndexPage        *found);

/* How often the process died with the document begun that has not got further
 * since. */
RECTO_API
guint            recto_run_count_deaths   (RectoRun              *self,
                                           const char            *uri,
                                           guint                  n_recorded);

/* To be called before anything is done with the document that could be the
 * process's death, and no earlier. */
RECTO_API
void             recto_run_begin          (RectoRun              *self,
                                           const char            *uri,
                                           guint                  n_recorded);

RECTO_API
void             recto_query_set_run      (GstQuery              *query,
                                           RectoRun              *run);

/* (transfer full) (nullable) */
RECTO_API
RectoRun *       recto_query_dup_run      (GstQuery              *query);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoRun, recto_run_unref)

G_END_DECLS
