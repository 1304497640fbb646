/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <recto/recto.h>
#include <recto/recto-run-private.h>

#define FIELD "run"
#define SHA256_LENGTH 64

struct _RectoRun
{
  gatomicrefcount ref_count;

  RectoPageIndex *index;        /* NULL: refused */
  guint config;
  RectoRunScope scope;

  const RectoRunFuncs *funcs;   /* NULL: refused */
  gpointer data;
  GDestroyNotify destroy;
};

G_DEFINE_BOXED_TYPE (RectoRun, recto_run, recto_run_ref, recto_run_unref)

RectoRun *
recto_run_new (RectoPageIndex * index, guint config, RectoRunScope scope,
    const RectoRunFuncs * funcs, gpointer data, GDestroyNotify destroy)
{
  RectoRun *self = recto_run_new_refused ();

  self->index = recto_page_index_ref (index);
  self->config = config;
  self->scope = scope;
  self->funcs = funcs;
  self->data = data;
  self->destroy = destroy;

  return self;
}

RectoRun *
recto_run_new_refused (void)
{
  RectoRun *self = g_new0 (RectoRun, 1);

  g_atomic_ref_count_init (&self->ref_count);
  return self;
}

RectoRun *
recto_run_ref (RectoRun * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
recto_run_unref (RectoRun * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->destroy)
    self->destroy (self->data);
  g_clear_pointer (&self->index, recto_page_index_unref);
  g_free (self);
}

gboolean
recto_run_is_refused (RectoRun * self)
{
  return self->index == NULL;
}

gboolean
recto_run_is_retry (RectoRun * self)
{
  return self->scope != RECTO_RUN_MISSING;
}

/* What is no digest is no version either. */
static RectoIndexDocument
make_document (RectoRun * self, const char *uri, const char *sha256)
{
  return (RectoIndexDocument) {
    .uri = uri,
    .uri_length = uri ? strlen (uri) : 0,
    .sha256 = sha256 && strlen (sha256) == SHA256_LENGTH ? sha256 : NULL,
    .config = self->config,
  };
}

RectoIndexSummary
recto_run_find_document (RectoRun * self, const char *uri, const char *sha256)
{
  RectoIndexDocument document = make_document (self, uri, sha256);

  return recto_page_index_find_document (self->index, &document);
}

RectoIndexPage
recto_run_find_page (RectoRun * self, const char *uri, const char *sha256,
    guint page)
{
  RectoIndexDocument document = make_document (self, uri, sha256);

  return recto_page_index_find_page (self->index, &document, page);
}

/* One that was not read because it had changed is such a one, too, and one
 * that could not be read at all is recorded without its SHA-256. */
static gboolean
failed_as_a_whole (RectoRun * self, const char *uri, const char *sha256)
{
  RectoIndexSummary summary = recto_run_find_document (self, uri, sha256);

  if (summary.settled)
    return FALSE;
  return summary.failed || recto_run_find_document (self, uri, NULL).failed
      || (summary.n_pages < 0
      && recto_run_find_page (self, uri, sha256,
          RECTO_PAGE_INDEX_CHANGED).n_attempts > 0);
}

/* Page 0 of a document that is read says that there were more pages than were
 * to be read; perhaps more are to be read now. */
static gboolean
has_unread_pages (RectoRun * self, const char *uri, const char *sha256)
{
  return recto_run_find_page (self, uri, sha256, 0).n_attempts > 0;
}

gboolean
recto_run_wants_page (RectoRun * self, const char *uri, const char *sha256,
    guint page, RectoIndexPage * found)
{
  *found = recto_run_find_page (self, uri, sha256, page);

  if (!recto_run_is_retry (self))
    return found->n_attempts == 0;
  if (found->n_attempts > 0)
    return !found->ok
        && (!found->settled || self->scope == RECTO_RUN_NOT_WHOLE);

  return failed_as_a_whole (self, uri, sha256) ||
      has_unread_pages (self, uri, sha256);
}

RectoRunPast
recto_run_look_back (RectoRun * self, const char *uri, guint n_recorded)
{
  if (self->funcs->look_back == NULL)
    return (RectoRunPast) { FALSE, 0 };
  return self->funcs->look_back (uri, n_recorded, self->data);
}

void
recto_run_begin (RectoRun * self, const char *uri, guint n_recorded,
    gboolean alone)
{
  if (self->funcs->begin)
    self->funcs->begin (uri, n_recorded, alone, self->data);
}

gboolean
recto_run_is_latest (RectoRun * self, const char *uri, const char *sha256)
{
  RectoIndexDocument document = make_document (self, uri, sha256);

  return self->funcs->is_latest == NULL
      || !recto_page_index_has_others (self->index, &document)
      || self->funcs->is_latest (uri, sha256, self->data);
}

void
recto_run_confirm (RectoRun * self, RectoDocument * document, gboolean ok)
{
  if (self->funcs->confirm)
    self->funcs->confirm (document, ok, self->data);
}

gboolean
recto_run_can_copy (RectoRun * self)
{
  return self->funcs->copy != NULL;
}

gboolean
recto_run_copy_page (RectoRun * self, RectoPage * page)
{
  RectoDocument *document = recto_page_get_document (page);
  RectoIndexPage found;

  if (self->funcs->copy == NULL)
    return FALSE;
  found = recto_run_find_page (self, recto_document_get_uri (document),
      recto_document_get_sha256 (document), recto_page_get_number (page));
  return self->funcs->copy (page, found.n_attempts + 1, self->data);
}

void
recto_query_set_run (GstQuery * query, RectoRun * run)
{
  g_return_if_fail (recto_query_is_run (query));

  gst_structure_set (gst_query_writable_structure (query), FIELD,
      RECTO_TYPE_RUN, run, NULL);
}

RectoRun *
recto_query_dup_run (GstQuery * query)
{
  RectoRun *run = NULL;

  g_return_val_if_fail (recto_query_is_run (query), NULL);

  gst_structure_get (gst_query_get_structure (query), FIELD, RECTO_TYPE_RUN,
      &run, NULL);
  return run;
}
