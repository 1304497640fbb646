/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The counts of what a journal records.
 */

#pragma once

#include "name-counts.h"
#include "newest-records.h"

G_BEGIN_DECLS

typedef struct
{
  NameCounts documents;         /* by status */
  NameCounts pages;
  NameCounts fallbacks;
  NameCounts attempts;          /* pages, by how often they were tried */
  NameCounts requests;          /* and by requests of the newest attempt */
  gint64 n_incomplete;          /* documents with pages not recorded */
  gint64 n_with_warnings;       /* pages that parts may be missing of */
  gint64 n_copied;              /* pages, from records of the same content */
  guint64 input_tokens;
  guint64 output_tokens;
} JournalStatus;

/* Without a JSON parser, since these are many. */
void journal_status_add   (JournalStatus       *self,
                           const NewestRecord  *record);

void journal_status_clear (JournalStatus       *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (JournalStatus, journal_status_clear)

G_END_DECLS
