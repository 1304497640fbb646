/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Records pages without reading them, where the journal knows the same content
 * from elsewhere.
 *
 * From any thread.
 */

#pragma once

#include "journal-writer.h"

G_BEGIN_DECLS

typedef struct _RectoPageCopier RectoPageCopier;

/* Borrows both; recto_page_copier_close() must be called before they are
 * freed. The journal must have an index of contents. */
RectoPageCopier * recto_page_copier_new   (RectoJournal        *journal,
                                           RectoJournalWriter  *writer);

RectoPageCopier * recto_page_copier_ref   (RectoPageCopier     *self);

void              recto_page_copier_unref (RectoPageCopier     *self);

/* Nothing is copied any more. */
void              recto_page_copier_close (RectoPageCopier     *self);

/* Records the page, of which it is the attempt `attempt`, by a copy of a record
 * of the configuration `config`. FALSE if there is none to copy. */
gboolean          recto_page_copier_copy  (RectoPageCopier     *self,
                                           guint                config,
                                           RectoPage           *page,
                                           guint                attempt);

G_END_DECLS
