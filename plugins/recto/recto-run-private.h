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

/* What the log of earlier runs has against a document. */
typedef struct
{
  gboolean is_suspect;          /* a process died while it was being read */
  guint n_deaths;               /* in a row, alone and without a new record */
} RectoRunPast;

/* What a sink does for a source. Each function may be NULL, and is called from
 * any thread, also when the sink has stopped already. */
typedef struct
{
  /* `n_recorded`: records of the document that there are. */
  RectoRunPast (*look_back)                (const char            *uri,
                                            guint                  n_recorded,
                                            gpointer               data);

  /* Notes that the document is begun; `alone`: no other one is being read. */
  void         (*begin)                    (const char            *uri,
                                            guint                  n_recorded,
                                            gboolean               alone,
                                            gpointer               data);

  /* Of a document of which other versions are recorded, too: whether the last
   * record is of this one. */
  gboolean     (*is_latest)                (const char            *uri,
                                            const char            *sha256,
                                            gpointer               data);

  /* Records that this version of the document, whose pages are recorded, is
   * there again; `ok`: none of them failed. */
  void         (*confirm)                  (RectoDocument         *document,
                                            gboolean               ok,
                                            gpointer               data);
  /* Records the page by a copy of the record of the same content elsewhere, so
   * that it need not be read. `attempt` counts those at the page, from 1. FALSE
   * if there is no record to copy. */
  gboolean     (*copy)                     (RectoPage             *page,
                                            guint                  attempt,
                                            gpointer               data);
} RectoRunFuncs;

/* Which pages are wanted. */
typedef enum
{
  RECTO_RUN_MISSING,            /* those that are not recorded */
  RECTO_RUN_FAILED,             /* a retry: those that failed */
  RECTO_RUN_NOT_WHOLE,          /* a retry: those that are incomplete, too */
} RectoRunScope;

/* `index` (sealed) is referenced. */
RECTO_API
RectoRun *       recto_run_new            (RectoPageIndex        *index,
                                           guint                  config,
                                           RectoRunScope          scope,
                                           const RectoRunFuncs   *funcs,
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

RECTO_API
RectoRunPast     recto_run_look_back      (RectoRun              *self,
                                           const char            *uri,
                                           guint                  n_recorded);

/* To be called before anything is done with the document that could end the
 * process, and no earlier. */
RECTO_API
void             recto_run_begin          (RectoRun              *self,
                                           const char            *uri,
                                           guint                  n_recorded,
                                           gboolean               alone);

/* Whether no version of the document is recorded after this one. */
RECTO_API
gboolean         recto_run_is_latest      (RectoRun              *self,
                                           const char            *uri,
                                           const char            *sha256);

RECTO_API
void             recto_run_confirm        (RectoRun              *self,
                                           RectoDocument         *document,
                                           gboolean               ok);

RECTO_API
void             recto_query_set_run      (GstQuery              *query,
                                           RectoRun              *run);

/* (transfer full) (nullable) */
RECTO_API
RectoRun *       recto_query_dup_run      (GstQuery              *query);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoRun, recto_run_unref)

G_END_DECLS
