/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The lines of a list, one at a time and never the whole.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ListReader ListReader;

/* Takes `fd`, which may be anything that can be polled, or a file. */
ListReader * list_reader_new  (int            fd);

void         list_reader_free (ListReader    *self);

/* The next line that is not blank, without its end and without the byte order
 * mark that a list may begin with. NULL without an error at
 * the end of the list. After G_IO_ERROR_INVALID_DATA, which is about one line,
 * and after G_IO_ERROR_CANCELLED it goes on. */
char *       list_reader_next (ListReader    *self,
                               GCancellable  *cancellable,
                               GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ListReader, list_reader_free)

G_END_DECLS
