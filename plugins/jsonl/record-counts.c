/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto-page-private.h>

#include "record-counts.h"

void
recto_record_counts_count (RectoRecordCounts * self,
    const RectoPageRecord * record, gsize size)
{
  gboolean ok = recto_page_record_is_ok (record);

  self->records++;
  self->bytes += size;
  if (recto_page_record_get_number (record) == 0)
    self->documents_failed++;
  else if (ok)
    self->pages_ok++;
  else
    self->pages_failed++;

  if (record->page && recto_page_get_warnings (record->page) > 0)
    self->pages_with_warnings++;
  if (record->page && recto_page_is_last (record->page))
    self->documents++;
}

void
recto_record_counts_add (RectoRecordCounts * self,
    const RectoRecordCounts * more)
{
  self->records += more->records;
  self->pages_ok += more->pages_ok;
  self->pages_failed += more->pages_failed;
  self->pages_with_warnings += more->pages_with_warnings;
  self->documents += more->documents;
  self->documents_failed += more->documents_failed;
  self->bytes += more->bytes;
}
