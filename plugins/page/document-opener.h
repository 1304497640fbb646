/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One document on its way from a name to its pages. What goes wrong ends in
 * its page 0; both steps return FALSE only when they were cancelled.
 */

#pragma once

#include <recto/recto.h>
#include <recto/recto-renderer-private.h>

#include "document-choice.h"
#include "document-walk.h"

G_BEGIN_DECLS

typedef struct _DocumentOpener DocumentOpener;

/* Takes the entry; the choice is borrowed. */
DocumentOpener *     document_opener_new           (DocumentEntry         *entry,
                                                    RectoRenderer         *renderer,
                                                    const char            *password,
                                                    const DocumentChoice  *choice);

void                 document_opener_free          (DocumentOpener  *self);

/* The part that is done in the documents' order: finds out the size and waits
 * for room for it. Nobody knows the size of a stream before it is read, so it
 * is read here. */
gboolean             document_opener_reserve       (DocumentOpener  *self,
                                                    GCancellable    *cancellable,
                                                    GError         **error);

gboolean             document_opener_open          (DocumentOpener  *self,
                                                    GCancellable    *cancellable,
                                                    GError         **error);

/* As if nothing had been done yet. What came of a stream is gone, though. */
void                 document_opener_rewind        (DocumentOpener  *self);

/* In place of its pages, it is said to have ended the program too often. */
void                 document_opener_quarantine    (DocumentOpener  *self);

gboolean             document_opener_is_stream     (DocumentOpener  *self);

/* Whether its pages may be recorded by copies, if there are some. */
gboolean             document_opener_may_copy      (DocumentOpener  *self);

const DocumentEntry *
                     document_opener_get_entry     (const DocumentOpener
                                                                    *self);

/* Whether nothing of it is read, because all that is wanted is recorded. There
 * may be no document then. */
gboolean             document_opener_is_left_out   (DocumentOpener  *self,
                                                    LeftOut         *left_out);

/* What is wrong with this system, and not with the document: nothing came of
 * it. NULL if nothing is. */
const GError *       document_opener_get_trouble   (DocumentOpener  *self);

/* What it came to: */
RectoDocument *      document_opener_get_document  (DocumentOpener  *self);

/* NULL if it failed */
RectoDocumentBytes * document_opener_get_bytes     (DocumentOpener  *self);

/* NULL if it did not */
RectoPage *          document_opener_get_failed    (DocumentOpener  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DocumentOpener, document_opener_free)

G_END_DECLS
