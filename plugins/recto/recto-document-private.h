/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <recto/recto-document.h>

G_BEGIN_DECLS

/* How a document's bytes can be had again, for its text when the pages are
 * long rendered: from `path`, or from `copy_fd`, the unlinked copy of what
 * came as a stream. Takes `copy_fd` (-1: none). */
RECTO_API
void recto_document_set_origin (RectoDocument *self,
                                const char    *path,
                                int            copy_fd,
                                const char    *password);

/* Opens the bytes anew, at their start; returns a descriptor, or -1. */
RECTO_API
int  recto_document_reopen     (RectoDocument *self,
                                GError       **error);

RECTO_API
const char *
     recto_document_get_password (RectoDocument *self);

/* Whether a page ended its worker. Any thread. */
void recto_document_count_page   (RectoDocument *self,
                                  gboolean       died);

/* Whether so many did one after the other that no more of its pages are worth
 * trying: this many. */
#define RECTO_DOCUMENT_MAX_DEATHS 10

gboolean
     recto_document_is_deadly    (RectoDocument *self);

G_END_DECLS
