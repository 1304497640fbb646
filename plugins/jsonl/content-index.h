/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where in a journal pages of some content are recorded as read. The index
 * holds hashes: the caller must check the record at a place that it returns.
 * Memory does not grow with the number of records. If a temporary file cannot
 * be written, the index drops its entries and stays empty.
 *
 * From any thread.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _RectoContentIndex RectoContentIndex;

/* A page of a document with these bytes, read in one way. */
typedef struct
{
  const char *sha256;           /* 64 hexadecimal digits */
  guint config;                 /* number of the configuration */
  guint64 page;
} RectoContent;

/* Where a record's line begins. */
typedef struct
{
  guint file;                   /* of the journal, from 0 */
  goffset offset;
} RectoPlace;

RectoContentIndex * recto_content_index_new      (void);

void                recto_content_index_free     (RectoContentIndex   *self);

void                recto_content_index_add      (RectoContentIndex   *self,
                                                  const RectoContent  *content,
                                                  RectoPlace           place);

/* Sets up to `max` places where the content may be recorded, and returns how
 * many they are. The first call after additions may take a while. */
guint               recto_content_index_find     (RectoContentIndex   *self,
                                                  const RectoContent  *content,
                                                  RectoPlace          *places,
                                                  guint                max);

gsize               recto_content_index_get_size (RectoContentIndex   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoContentIndex, recto_content_index_free)

G_END_DECLS
