/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The names of documents that are put off, in a temporary file: memory does not
 * grow with their number. First some are added, then all are taken. Not from
 * several threads at a time.
 */

#pragma once

#include "document-walk.h"

G_BEGIN_DECLS

typedef struct _PutOff PutOff;

PutOff *        put_off_new      (void);

void            put_off_free     (PutOff               *self);

/* The entry has a path, a URI and no error. FALSE if it could not be stored. */
gboolean        put_off_add      (PutOff               *self,
                                  const DocumentEntry  *entry);

gboolean        put_off_is_empty (PutOff               *self);

/* The next one in the order in which they were added; NULL at the end. */
DocumentEntry * put_off_take     (PutOff               *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PutOff, put_off_free)

G_END_DECLS
