/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

typedef struct _RectoRenderer RectoRenderer;

#define RECTO_TYPE_DOCUMENT (recto_document_get_type ())
RECTO_API
G_DECLARE_FINAL_TYPE (RectoDocument, recto_document, RECTO, DOCUMENT, GObject)

RECTO_API
RectoDocument * recto_document_new          (const char    *uri,
                                             const char    *name);

RECTO_API
const char *    recto_document_get_uri      (RectoDocument *self);

RECTO_API
const char *    recto_document_get_name     (RectoDocument *self);

RECTO_API
guint           recto_document_get_n_pages  (RectoDocument *self);

RECTO_API
const char *    recto_document_get_title    (RectoDocument *self);

RECTO_API
const char *    recto_document_get_sha256   (RectoDocument *self);

RECTO_API
RectoRenderer * recto_document_get_renderer (RectoDocument *self);

G_END_DECLS
