/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 *
 * What a document came from learns what became of it. The item travels with
 * the document; a sink commits it when the document's last record is durable,
 * and if nobody did when the last reference goes, the work is given back.
 */

#pragma once

#include <recto/recto-document.h>

G_BEGIN_DECLS

typedef struct _RectoWorkItem RectoWorkItem;

/* Called once for each item, from any thread. */
typedef void (*RectoWorkItemFunc) (gboolean committed,
                                   gpointer data);

RECTO_API
RectoWorkItem * recto_work_item_new    (RectoWorkItemFunc  settled,
                                        gpointer           data,
                                        GDestroyNotify     destroy);

RECTO_API
RectoWorkItem * recto_work_item_ref    (RectoWorkItem     *self);

RECTO_API
void            recto_work_item_unref  (RectoWorkItem     *self);

RECTO_API
void            recto_work_item_commit (RectoWorkItem     *self);

/* Takes the item. To be called before others know the document. */
RECTO_API
void            recto_document_set_work_item
                                       (RectoDocument     *document,
                                        RectoWorkItem     *item);

/* (transfer none) (nullable) */
RECTO_API
RectoWorkItem * recto_document_get_work_item
                                       (RectoDocument     *document);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoWorkItem, recto_work_item_unref)

G_END_DECLS
