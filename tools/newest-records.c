/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "newest-records.h"

#include <jsonl/config-table.h>
#include <jsonl/document-versions.h>

struct _NewestRecords
{
  JournalReader *journal;
  RectoPageIndex *index;
  RectoConfigTable *configs;
  guint64 n_records;
  guint64 n_pages;
  DocumentVersions *versions;
};

typedef struct
{
  NewestRecords *records;
  NewestRecordFunc func;
  gpointer data;
} Visit;

static gboolean
add_record (const RectoRecordLine * line, gpointer data, GError ** error)
{
  NewestRecords *self = data;
  RectoIndexDocument version;
  guint config;

  self->n_records++;
  if (line->page > 0)
    self->n_pages++;
  if (!recto_record_line_number_config (line, self->configs, &config, error))
    return FALSE;
  version = recto_record_line_get_document (line, config);

  return recto_record_line_add (line, config, self->index, error)
      && document_versions_add (self->versions, line, &version, error);
}

NewestRecords *
newest_records_new (JournalReader * journal, gboolean merged, GError ** error)
{
  g_autoptr (NewestRecords) self = g_new0 (NewestRecords, 1);

  self->journal = journal;
  self->configs = recto_config_table_new ();
  if (merged)
    recto_config_table_merge (self->configs);
  self->index = recto_page_index_new (error);
  if (self->index == NULL)
    return NULL;
  self->versions = document_versions_new (error);
  if (self->versions == NULL
      || !journal_reader_each (journal, add_record, self, error)
      || !recto_page_index_seal (self->index, error)
      || !document_versions_seal (self->versions, journal, self->configs,
          NULL, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
newest_records_free (NewestRecords * self)
{
  g_clear_pointer (&self->index, recto_page_index_unref);
  g_clear_pointer (&self->versions, document_versions_free);
  recto_config_table_free (self->configs);
  g_free (self);
}

/* Whether pages of it are known to be there since, all up to the last one if
 * the record says that there were none before. */
static gboolean
was_read_later (const NewestRecord * record)
{
  return recto_page_index_has_later_pages (record->index, &record->document)
      && (recto_record_line_has_status (record->line, "no-pages")
      || recto_page_index_has_last_page (record->index, &record->document));
}

/* That a document had changed counts no more once it is recorded what became
 * of it, either. */
static gboolean
is_superseded (const NewestRecord * record)
{
  if (record->line->page > 0)
    return FALSE;
  return recto_record_line_is_confirmation (record->line)
      || was_read_later (record)
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

  if (!recto_record_line_number_config (line, self->configs, &config, error))
    return FALSE;
  record.document = recto_record_line_get_document (line, config);
  if (!recto_page_index_visit (self->index, &record.document,
          recto_record_line_get_index_page (line))
      || is_superseded (&record)
      || document_versions_is_replaced (self->versions, line, &record.document))
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
  return document_versions_get_n_replaced (self->versions);
}
