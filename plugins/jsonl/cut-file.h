/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * NAME.cut, next to a journal: what was taken out of it. Nothing is ever
 * removed from it.
 */

#pragma once

#include "file-layer.h"

G_BEGIN_DECLS

typedef struct _RectoCutFile RectoCutFile;

/* The name for a journal's. */
char *         recto_cut_file_dup_path (const char            *journal);

/* Opens the file of the journal at `journal`, or creates it. */
RectoCutFile * recto_cut_file_open     (const char            *journal,
                                        const RectoFileLayer  *layer,
                                        GError               **error);

void           recto_cut_file_free     (RectoCutFile          *self);

/* Appends the bytes of another file from an offset to another one, or to its
 * end if that is -1. */
gboolean       recto_cut_file_add      (RectoCutFile          *self,
                                        int                    fd,
                                        goffset                start,
                                        goffset                end,
                                        GError               **error);

/* Makes what was added durable, and the file's name. */
gboolean       recto_cut_file_sync     (RectoCutFile          *self,
                                        GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoCutFile, recto_cut_file_free)

G_END_DECLS
