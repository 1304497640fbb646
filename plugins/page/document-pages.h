/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is pushed of one document: its chosen pages, or the page 0 that says
 * why there are none or not all.
 */

#pragma once

#include "document-opener.h"

G_BEGIN_DECLS

typedef struct _DocumentPages DocumentPages;

/* Takes the opener; the choice is borrowed. */
DocumentPages *  document_pages_new           (DocumentOpener        *opener,
                                               const DocumentChoice  *choice);

void             document_pages_free          (DocumentPages         *self);

DocumentOpener * document_pages_get_opener    (DocumentPages         *self);

/* See document_opener_quarantine(). */
void             document_pages_quarantine    (DocumentPages         *self);

/* Tries to have the next page that is wanted, from index `start` on, recorded
 * by a copy of its record elsewhere. Sets `copied` to that page, or to NULL if
 * it has to be read. FALSE if all pages were tried. To be called, until then,
 * before a page is made. */
gboolean         document_pages_copy_next     (DocumentPages         *self,
                                               guint64                start,
                                               RectoPage            **copied);

/* With the pages that are left out. */
guint64          document_pages_get_length    (DocumentPages         *self);

/* The first index from `index` on, from 0, of a page that is not left out; the
 * length or more if there is none. Adds those before it to `left_out`, except
 * those that were copied. */
guint64          document_pages_find          (DocumentPages         *self,
                                               guint64                index,
                                               LeftOut               *left_out);

/* The page at `index`. */
RectoPage *      document_pages_make          (DocumentPages         *self,
                                               guint64                index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DocumentPages, document_pages_free)

G_END_DECLS
