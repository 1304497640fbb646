/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-document.h>
#include <recto/recto-status.h>

G_BEGIN_DECLS

/**
 * RectoPage:
 *
 * Who a buffer is: a page of a document.
 *
 * A page is immutable. It travels on buffers in a [struct@Gst.Meta] without
 * tags, which every stock converter and encoder keeps; use
 * [func@Recto.buffer_get_page] and [func@Recto.buffer_add_page].
 *
 * Since: 1.0
 */
typedef struct _RectoPage RectoPage;

/**
 * RECTO_PAGE_CAPS:
 *
 * Media type of lazy pages: buffers without bytes that only name a page.
 *
 * Since: 1.0
 */
#define RECTO_PAGE_CAPS "application/x-recto-page"

#define RECTO_TYPE_PAGE (recto_page_get_type ())

RECTO_API
GType               recto_page_get_type            (void);

RECTO_API
RectoPage *         recto_page_new                 (RectoDocument       *document,
                                                    guint                number,
                                                    gboolean             last);

RECTO_API
RectoPage *         recto_page_new_failed_document (RectoDocument       *document,
                                                    RectoDocumentStatus  status,
                                                    const GError        *error);

RECTO_API
RectoPage *         recto_page_ref                 (RectoPage           *self);

RECTO_API
void                recto_page_unref               (RectoPage           *self);

RECTO_API
RectoPage *         recto_page_with_size           (RectoPage           *self,
                                                    const char          *label,
                                                    double               width,
                                                    double               height);

RECTO_API
RectoPage *         recto_page_with_error          (RectoPage           *self,
                                                    RectoPageStatus      status,
                                                    const GError        *error);

RECTO_API
RectoDocument *     recto_page_get_document        (RectoPage           *self);

RECTO_API
guint               recto_page_get_number          (RectoPage           *self);

RECTO_API
gboolean            recto_page_is_last             (RectoPage           *self);

RECTO_API
const char *        recto_page_get_label           (RectoPage           *self);

RECTO_API
gboolean            recto_page_get_size            (RectoPage           *self,
                                                    double              *width,
                                                    double              *height);

RECTO_API
gboolean            recto_page_is_failed           (RectoPage           *self);

RECTO_API
RectoPageStatus     recto_page_get_status          (RectoPage           *self);

RECTO_API
RectoDocumentStatus recto_page_get_document_status (RectoPage           *self);

RECTO_API
const GError *      recto_page_get_error           (RectoPage           *self);

RECTO_API
RectoPage *         recto_buffer_get_page          (GstBuffer           *buffer);

RECTO_API
void                recto_buffer_add_page          (GstBuffer           *buffer,
                                                    RectoPage           *page);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoPage, recto_page_unref)

G_END_DECLS
