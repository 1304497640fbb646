/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "page-record.h"

G_BEGIN_DECLS

/* What was written. */
typedef struct
{
  guint64 records;
  guint64 pages_ok;
  guint64 pages_incomplete;     /* read, but not whole; not failed */
  guint64 pages_failed;
  guint64 pages_with_warnings;  /* failed or not */
  guint64 pages_copied;         /* of those that are ok */
  guint64 documents;
  guint64 documents_failed;
  guint64 bytes;
  /* By status, including what did not fail. */
  guint64 page_status[RECTO_PAGE_SKIPPED + 1];
  guint64 document_status[RECTO_DOCUMENT_SKIPPED + 1];
} RectoRecordCounts;

/* One record more, of `size` bytes. */
void recto_record_counts_count (RectoRecordCounts       *self,
                                const RectoPageRecord   *record,
                                gsize                    size);

void recto_record_counts_add   (RectoRecordCounts       *self,
                                const RectoRecordCounts *more);

/* A structure with a field for each status that something failed with; an
 * incomplete page did not fail. */
GstStructure *
     recto_record_counts_get_failures
                               (const RectoRecordCounts *self);

G_END_DECLS
