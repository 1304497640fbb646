/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "newest-records.h"

#include <string.h>

#include <glib/gi18n.h>

#include <jsonl/config-table.h>

/* In the indexes of whole documents each record counts as one of this page. */
#define ANY_PAGE 1

/* How the URI of a stream begins; no line ends within so few bytes of one. */
#define STREAM "fd:"

struct _NewestRecords
{
  JournalReader *journal;
  RectoPageIndex *index;
  RectoConfigTable *configs;
  gboolean merged;              /* all records are of configuration 0 */
  guint64 n_records;
  guint64 n_pages;

  /* To find the documents whose bytes changed and were read anew. */
  RectoPageIndex *versions;     /* by name and bytes */
  RectoPageIndex *names;        /* by name */
  RectoPageIndex *replaced;     /* versions that others came after */
};

typedef struct
{
  NewestRecords *records;
  NewestRecordFunc func;
  gpointer data;
} Visit;

static gboolean
number_config (NewestRecords * self, const RectoRecordLine * line,
    guint * config, GError ** error)
{
  int number = recto_record_line_number_config (line, self->configs);

  if (number < 0) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _("The records are of too many configurations to be told apart."));
    return FALSE;
  }
  *config = self->merged ? 0 : number;
  return TRUE;
}

static RectoIndexDocument
get_name (const RectoIndexDocument * version)
{
  RectoIndexDocument name = *version;

  name.sha256 = NULL;
  return name;
}

/* That a document changed replaces nothing: nobody read it. Nor does one that
 * came as a stream replace another. */
static gboolean
is_of_version (const RectoRecordLine * line)
{
  return line->uri != NULL && memcmp (line->uri, STREAM, strlen (STREAM)) != 0
      && recto_record_line_get_index_page (line) == line->page;
}

static gboolean
add_version (NewestRecords * self, const RectoRecordLine * line,
    const RectoIndexDocument * version, GError ** error)
{
  RectoIndexDocument name = get_name (version);

  return !is_of_version (line)
      || (recto_page_index_add (self->versions, version, ANY_PAGE, 0, error)
      && recto_page_index_add (self->names, &name, ANY_PAGE, 0, error));
}

static gboolean
add_record (const RectoRecordLine * line, gpointer data, GError ** error)
{
  NewestRecords *self = data;
  RectoIndexDocument version;
  guint config;

  self->n_records++;
  if (line->page > 0)
    self->n_pages++;
  if (!number_config (self, line, &config, error))
    return FALSE;
  version = recto_record_line_get_document (line, config);

  return recto_record_line_add (line, config, self->index, error)
      && add_version (self, line, &version, error);
}

/* The last record of a version that isn't the last of its name. */
static gboolean
note_replaced (const RectoRecordLine * line, gpointer data, GError ** error)
{
  NewestRecords *self = data;
  RectoIndexDocument version, name;
  gboolean is_last, is_newest;
  guint config;

  if (!is_of_version (line))
    return TRUE;
  if (!number_config (self, line, &config, error))
    return FALSE;
  version = recto_record_line_get_document (line, config);
  name = get_name (&version);
  is_last = recto_page_index_visit (self->versions, &version, ANY_PAGE);
  is_newest = recto_page_index_visit (self->names, &name, ANY_PAGE);

  return !is_last || is_newest || recto_page_index_add (self->replaced,
      &version, ANY_PAGE, 0, error);
}

static gboolean
find_replaced (NewestRecords * self, GError ** error)
{
  gboolean done = recto_page_index_seal (self->versions, error)
      && recto_page_index_seal (self->names, error)
      && journal_reader_each (self->journal, note_replaced, self, error)
      && recto_page_index_seal (self->replaced, error);

  g_clear_pointer (&self->versions, recto_page_index_unref);
  g_clear_pointer (&self->names, recto_page_index_unref);
  return done;
}

static gboolean
open_indexes (NewestRecords * self, GError ** error)
{
  RectoPageIndex **const indexes[] =
      { &self->index, &self->versions, &self->names, &self->replaced };

  for (guint i = 0; i < G_N_ELEMENTS (indexes); i++) {
    *indexes[i] = recto_page_index_new (error);
    if (*indexes[i] == NULL)
      return FALSE;
  }
  return TRUE;
}

NewestRecords *
newest_records_new (JournalReader * journal, gboolean merged, GError ** error)
{
  g_autoptr (NewestRecords) self = g_new0 (NewestRecords, 1);

  self->journal = journal;
  self->configs = recto_config_table_new ();
  self->merged = merged;
  if (!open_indexes (self, error)
      || !journal_reader_each (journal, add_record, self, error)
      || !recto_page_index_seal (self->index, error)
      || !find_replaced (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
newest_records_free (NewestRecords * self)
{
  g_clear_pointer (&self->index, recto_page_index_unref);
  g_clear_pointer (&self->versions, recto_page_index_unref);
  g_clear_pointer (&self->names, recto_page_index_unref);
  g_clear_pointer (&self->replaced, recto_page_index_unref);
  recto_config_table_free (self->configs);
  g_free (self);
}

static gboolean
is_replaced (NewestRecords * self, const NewestRecord * record)
{
  return is_of_version (record->line)
      && recto_page_index_find_page (self->replaced, &record->document,
      ANY_PAGE).n_attempts > 0;
}

/* A document that could not be read was, later. That it had changed counts no
 * more, either, once there is word of what became of it. */
static gboolean
is_superseded (const NewestRecord * record)
{
  if (record->line->page > 0)
    return FALSE;
  return recto_page_index_has_later_pages (record->index, &record->document)
      || (recto_record_line_get_index_page (record->line) > 0
      && recto_page_index_find_page (record->index, &record->document,
          0).n_attempts > 0);
}

static gboolean
visit_record (const RectoRecordLine * line, gpointer data, GError ** error)
{
  Visit *visit = data;
  NewestRecords *self = visit->records;
  NewestRecord record = {.line = line,.index = self->index };
  guint config;

  if (!number_config (self, line, &config, error))
    return FALSE;
  record.document = recto_record_line_get_document (line, config);
  if (!recto_page_index_visit (self->index, &record.document,
          recto_record_line_get_index_page (line))
      || is_superseded (&record) || is_replaced (self, &record))
    return TRUE;

  return visit->func (&record, visit->data, error);
}

gboolean
newest_records_each (NewestRecords * self, NewestRecordFunc func,
    gpointer data, GError ** error)
{
  Visit visit = { self, func, data };

  return journal_reader_each (self->journal, visit_record, &visit, error);
}

guint64
newest_records_get_n_records (NewestRecords * self)
{
  return self->n_records;
}

guint64
newest_records_get_n_pages (NewestRecords * self)
{
  return self->n_pages;
}

guint
newest_records_get_n_configs (NewestRecords * self)
{
  return recto_config_table_get_size (self->configs);
}

guint64
newest_records_get_n_replaced (NewestRecords * self)
{
  return recto_page_index_get_size (self->replaced);
}
