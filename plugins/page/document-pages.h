/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is pushed of one document: its chosen pages, or the page 0 that says
 * why there are none or not all.
 */

#pragma once

#include "document-opener.h"
#include "page-ranges.h"

G_BEGIN_DECLS

typedef struct _DocumentPages DocumentPages;

/* Takes the opener; the ranges, nullable, are borrowed. `max_pages` 0: no
 * limit. */
DocumentPages *  document_pages_new           (DocumentOpener    *opener,
                                               const PageRanges  *ranges,
                                               guint              max_pages);

void             document_pages_free          (DocumentPages     *self);

RectoDocument *  document_pages_get_document  (DocumentPages     *self);

guint64          document_pages_get_length    (DocumentPages     *self);

/* The page at `index`, from 0. */
RectoPage *      document_pages_make          (DocumentPages     *self,
                                               guint64            index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DocumentPages, document_pages_free)

G_END_DECLS
