/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How many documents there are in all, found out beside the work on them by a
 * walk of its own.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _DocumentCount DocumentCount;

DocumentCount *  document_count_new    (void);

void             document_count_free   (DocumentCount      *self);

void             document_count_start  (DocumentCount      *self,
                                        const char *const  *locations);

void             document_count_stop   (DocumentCount      *self);

/* -1 as long as it is not known, or when it can't be. Nothing is counted
 * before somebody asks. */
gint64           document_count_get    (DocumentCount      *self);

G_END_DECLS
