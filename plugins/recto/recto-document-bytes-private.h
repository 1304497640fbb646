/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. What only a renderer does with a document's bytes; the rest
 * is in recto-renderer-private.h.
 */

#pragma once

#include <recto/recto-document-budget-private.h>
#include <recto/recto-renderer-private.h>
#include <recto/recto-worker-pool-private.h>

G_BEGIN_DECLS

/* `owner` keeps the budget and the pool alive. Without one the caller does. */
RectoDocumentBytes * recto_document_bytes_new          (GObject               *owner,
                                                        RectoDocumentBudget   *budget,
                                                        RectoWorkerPool       *pool,
                                                        RectoDocumentPurpose   purpose,
                                                        guint64                size,
                                                        gboolean               wait,
                                                        GCancellable          *cancellable,
                                                        GError               **error);

gboolean             recto_document_bytes_set_data     (RectoDocumentBytes    *self,
                                                        GBytes                *data,
                                                        GError               **error);

int                  recto_document_bytes_get_fd       (RectoDocumentBytes    *self);

guint64              recto_document_bytes_get_size     (RectoDocumentBytes    *self);

const char *         recto_document_bytes_get_password (RectoDocumentBytes    *self);

G_END_DECLS
