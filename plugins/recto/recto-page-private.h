/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <recto/recto-page.h>
#include <recto/recto-renderer-private.h>

G_BEGIN_DECLS

/* A page that is yet to be rendered, and holds its document's bytes till a
 * recto_page_with_…() of it takes its place. */
RECTO_API
RectoPage *          recto_page_new_lazy  (RectoDocument      *document,
                                           guint               number,
                                           gboolean            last,
                                           gboolean            tried,
                                           RectoDocumentBytes *bytes);

/* Whether an earlier run has tried it, and failed. */
RECTO_API
gboolean             recto_page_was_tried (RectoPage          *self);

RECTO_API
RectoDocumentBytes * recto_page_get_bytes (RectoPage          *self);

/* The same page, with more warnings: complaints of libraries while it was
 * drawn or its text taken, so that parts of it may be missing. */
RECTO_API
RectoPage *          recto_page_with_warnings
                                          (RectoPage          *self,
                                           guint               warnings);

/* -1: nobody counted. */
RECTO_API
gint64               recto_page_get_warnings
                                          (RectoPage          *self);

/* What a user calls the page: “page 3 of x.pdf”, or “x.pdf” for page 0. */
RECTO_API
char *               recto_page_describe  (RectoPage          *self);

/* The nick of the page's or, for page 0, of the document's status. */
RECTO_API
const char *         recto_page_get_status_nick
                                          (RectoPage          *self);

/* A word for the cause of a failure, for machines: an I/O error's nick where
 * there is one, else the status. */
RECTO_API
char *               recto_page_dup_error_code
                                          (RectoPage          *self);

G_END_DECLS
