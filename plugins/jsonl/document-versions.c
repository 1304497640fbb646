/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "document-versions.h"

/* In these indexes each record counts as one of this page, a notice that the
 * document had changed as one of RECTO_PAGE_INDEX_CHANGED. */
#define ANY_PAGE 1

/* How the URI of a stream begins; no line ends within so few bytes of one. */
#define STREAM "fd:"

struct _DocumentVersions
{
  RectoConfigTable *configs;    /* while the records are read again */
  int *cancelled;               /* likewise */
  RectoPageIndex *versions;     /* records by name and bytes */
  RectoPageIndex *names;        /* by name, without notices */
  RectoPageIndex *all;          /* by name */

  RectoPageIndex *replaced;     /* versions that others came after */
  RectoPageIndex *latest;       /* of the last record of each name */
  guint64 n_replaced;
};

DocumentVersions *
document_versions_new (GError ** error)
{
  g_autoptr (DocumentVersions) self = g_new0 (DocumentVersions, 1);
  RectoPageIndex **const indexes[] = { &self->versions, &self->names,
    &self->all, &self->replaced, &self->latest
  };

  for (guint i = 0; i < G_N_ELEMENTS (indexes); i++) {
    *indexes[i] = recto_page_index_new (error);
    if (*indexes[i] == NULL)
      return NULL;
  }
  return g_steal_pointer (&self);
}

static void
drop_counts (DocumentVersions * self)
{
  g_clear_pointer (&self->versions, recto_page_index_unref);
  g_clear_pointer (&self->names, recto_page_index_unref);
  g_clear_pointer (&self->all, recto_page_index_unref);
}

void
document_versions_free (DocumentVersions * self)
{
  drop_counts (self);
  g_clear_pointer (&self->replaced, recto_page_index_unref);
  g_clear_pointer (&self->latest, recto_page_index_unref);
  g_free (self);
}

static RectoIndexDocument
get_name (const RectoIndexDocument * version)
{
  RectoIndexDocument name = *version;

  name.sha256 = NULL;
  return name;
}

/* A stream is another document each time. */
static gboolean
has_versions (const RectoRecordLine * line)
{
  return line->uri != NULL && memcmp (line->uri, STREAM, strlen (STREAM)) != 0;
}

/* That a document has changed replaces no version of it: the new one was not
 * read. */
static gboolean
is_notice (const RectoRecordLine * line)
{
  return recto_record_line_get_index_page (line) == RECTO_PAGE_INDEX_CHANGED;
}

gboolean
document_versions_add (DocumentVersions * self, const RectoRecordLine * line,
    const RectoIndexDocument * version, GError ** error)
{
  RectoIndexDocument name = get_name (version);

  if (!has_versions (line))
    return TRUE;
  if (!recto_page_index_add (self->all, &name, ANY_PAGE, 0, error))
    return FALSE;
  return is_notice (line)
      || (recto_page_index_add (self->versions, version, ANY_PAGE, 0, error)
      && recto_page_index_add (self->names, &name, ANY_PAGE, 0, error));
}

/* Whether another version came after this record, the last one of its own. */
static gboolean
visit (DocumentVersions * self, const RectoRecordLine * line,
    const RectoIndexDocument * version, const RectoIndexDocument * name)
{
  gboolean is_last, is_newest;

  if (is_notice (line))
    return recto_page_index_has_later_pages (self->names, name);

  is_last = recto_page_index_visit (self->versions, version, ANY_PAGE);
  is_newest = recto_page_index_visit (self->names, name, ANY_PAGE);
  return is_last && !is_newest;
}

static gboolean
take_record (const RectoRecordLine * line, gpointer data, GError ** error)
{
  DocumentVersions *self = data;
  guint64 page = is_notice (line) ? RECTO_PAGE_INDEX_CHANGED : ANY_PAGE;
  RectoIndexDocument version, name;
  guint config;

  if (self->cancelled && g_atomic_int_get (self->cancelled)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "closed");
    return FALSE;
  }
  if (!has_versions (line))
    return TRUE;
  if (!recto_record_line_number_config (line, self->configs, &config, error))
    return FALSE;
  version = recto_record_line_get_document (line, config);
  name = get_name (&version);

  if (visit (self, line, &version, &name)) {
    self->n_replaced += !is_notice (line);
    if (!recto_page_index_add (self->replaced, &version, page, 0, error))
      return FALSE;
  }
  return !recto_page_index_visit (self->all, &name, ANY_PAGE)
      || recto_page_index_add (self->latest, &version, page, 0, error);
}

gboolean
document_versions_seal (DocumentVersions * self, JournalReader * journal,
    RectoConfigTable * configs, int *cancelled, GError ** error)
{
  gboolean done;

  self->configs = configs;
  self->cancelled = cancelled;
  done = recto_page_index_seal (self->versions, error)
      && recto_page_index_seal (self->names, error)
      && recto_page_index_seal (self->all, error)
      && journal_reader_each (journal, take_record, self, error)
      && recto_page_index_seal (self->replaced, error)
      && recto_page_index_seal (self->latest, error);
  self->configs = NULL;
  self->cancelled = NULL;
  drop_counts (self);
  return done;
}

gboolean
document_versions_is_replaced (DocumentVersions * self,
    const RectoRecordLine * line, const RectoIndexDocument * version)
{
  return has_versions (line)
      && recto_page_index_find_page (self->replaced, version, is_notice (line) ?
      RECTO_PAGE_INDEX_CHANGED : ANY_PAGE).n_attempts > 0;
}

gboolean
document_versions_is_latest (DocumentVersions * self,
    const RectoIndexDocument * version)
{
  return recto_page_index_find_page (self->latest, version, ANY_PAGE)
      .n_attempts > 0;
}

guint64
document_versions_get_n_replaced (DocumentVersions * self)
{
  return self->n_replaced;
}
