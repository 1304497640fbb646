/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto-page-private.h>

#include "record-counts.h"

static gboolean
is_incomplete (const RectoPageRecord * record)
{
  return record->page != NULL
      && recto_page_get_status (record->page) == RECTO_PAGE_INCOMPLETE;
}

static void
count_status (RectoRecordCounts * self, RectoPage * page)
{
  if (page == NULL)
    self->page_status[RECTO_PAGE_OK]++;
  else if (recto_page_get_number (page) > 0)
    self->page_status[recto_page_get_status (page)]++;
  else
    self->document_status[recto_page_get_document_status (page)]++;
}

void
recto_record_counts_count (RectoRecordCounts * self,
    const RectoPageRecord * record, gsize size)
{
  self->records++;
  self->bytes += size;
  if (recto_page_record_get_number (record) == 0)
    self->documents_failed++;
  else if (recto_page_record_is_ok (record))
    self->pages_ok++;
  else if (is_incomplete (record))
    self->pages_incomplete++;
  else
    self->pages_failed++;

  count_status (self, record->page);
  if (record->page && recto_page_get_warnings (record->page) > 0)
    self->pages_with_warnings++;
  if (record->copied)
    self->pages_copied++;
  if (record->page && recto_page_is_last (record->page))
    self->documents++;
}

void
recto_record_counts_add (RectoRecordCounts * self,
    const RectoRecordCounts * more)
{
  self->records += more->records;
  self->pages_ok += more->pages_ok;
  self->pages_incomplete += more->pages_incomplete;
  self->pages_failed += more->pages_failed;
  self->pages_with_warnings += more->pages_with_warnings;
  self->pages_copied += more->pages_copied;
  self->documents += more->documents;
  self->documents_failed += more->documents_failed;
  self->bytes += more->bytes;
  for (guint i = 0; i < G_N_ELEMENTS (self->page_status); i++)
    self->page_status[i] += more->page_status[i];
  for (guint i = 0; i < G_N_ELEMENTS (self->document_status); i++)
    self->document_status[i] += more->document_status[i];
}

static void
add_failures (GstStructure * failures, const char *status, guint64 n)
{
  if (n > 0)
    gst_structure_set (failures, status, G_TYPE_UINT64, n, NULL);
}

GstStructure *
recto_record_counts_get_failures (const RectoRecordCounts * self)
{
  GstStructure *failures =
      gst_structure_new_empty ("application/x-recto-failures");

  for (guint i = RECTO_PAGE_INCOMPLETE + 1;
      i < G_N_ELEMENTS (self->page_status); i++)
    add_failures (failures, recto_page_status_to_string (i),
        self->page_status[i]);
  for (guint i = RECTO_DOCUMENT_OK + 1;
      i < G_N_ELEMENTS (self->document_status); i++)
    add_failures (failures, recto_document_status_to_string (i),
        self->document_status[i]);
  return failures;
}
