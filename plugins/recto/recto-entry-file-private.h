/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 *
 * A sorted array of 128-bit entries in an unlinked file that is mapped: 16 MB
 * for a million of them, whatever memory there is. From one thread until it is
 * sealed.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* As many entries are in memory before they are written to the file. */
#define RECTO_ENTRY_FILE_BUFFERED 4096

typedef struct
{
  guint64 high;
  guint64 low;
} RectoEntry;

typedef struct _RectoEntryFile RectoEntryFile;

RECTO_API
RectoEntryFile * recto_entry_file_new      (GError               **error);

RECTO_API
void             recto_entry_file_free     (RectoEntryFile        *self);

RECTO_API
gboolean         recto_entry_file_add      (RectoEntryFile        *self,
                                            const RectoEntry      *entry,
                                            GError               **error);

/* Adds all entries of another file, which is sealed. */
RECTO_API
gboolean         recto_entry_file_add_all  (RectoEntryFile        *self,
                                            RectoEntryFile        *other,
                                            GError               **error);

/* The entries that are not in the file yet. */
RECTO_API
const RectoEntry *
                 recto_entry_file_get_buffered
                                           (RectoEntryFile        *self,
                                            gsize                 *n);

/* Sorts what was added; nothing can be added any more, and what follows can be
 * called from any thread. */
RECTO_API
gboolean         recto_entry_file_seal     (RectoEntryFile        *self,
                                            GError               **error);

/* Calls `func` for each entry of the sealed file, which may change it, and sorts
 * them anew. Nothing else may be called meanwhile. */
RECTO_API
void             recto_entry_file_change   (RectoEntryFile        *self,
                                            void                 (*func) (RectoEntry *entry));

RECTO_API
gboolean         recto_entry_file_is_sealed
                                           (RectoEntryFile        *self);

RECTO_API
gsize            recto_entry_file_get_size (RectoEntryFile        *self);

/* The first entry that is not less than `key`, or the end. */
RECTO_API
RectoEntry *     recto_entry_file_find     (RectoEntryFile        *self,
                                            const RectoEntry      *key);

RECTO_API
RectoEntry *     recto_entry_file_get_end  (RectoEntryFile        *self);

/* To be called with each lookup: releases the mapped memory now and then, since
 * a run looks up each entry only once. */
RECTO_API
void             recto_entry_file_count_lookup
                                           (RectoEntryFile        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoEntryFile, recto_entry_file_free)

G_END_DECLS
