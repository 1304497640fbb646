/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What locations name, one document after the other, in memory that does not
 * grow with their number. A location is a file, a folder, a glob, a list
 * (“@FILE”, “@-”), standard input (“-”) or a file:// URI; a file of that very
 * name wins. Lists hold files, folders, globs and URIs.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char *path;                   /* absolute; NULL when there is none */
  char *uri;                    /* nullable */
  char *name;                   /* as it was given, in valid UTF-8 */
  gboolean is_stdin;
  GError *error;                /* why there is nothing to open, or NULL */
} DocumentEntry;

void            document_entry_free     (DocumentEntry      *self);

typedef struct _DocumentWalk DocumentWalk;

DocumentWalk *  document_walk_new       (const char *const  *locations,
                                         gsize               run_size);

void            document_walk_free      (DocumentWalk       *self);

/* Sets `entry` to the next one or, at the end, to NULL. FALSE only when it was
 * cancelled; it can go on then. */
gboolean        document_walk_next      (DocumentWalk       *self,
                                         DocumentEntry     **entry,
                                         GCancellable       *cancellable,
                                         GError            **error);

/* Whether the location names anything: a file, a folder, a list or standard
 * input, whatever is in it, or a glob that something matches. Errors tell what
 * is missing. Reads folders for globs, and nothing else. */
gboolean        document_walk_check     (const char          *location,
                                         GError             **error);

/* Whether the locations can be walked twice: none is a list from a pipe. */
gboolean        document_walk_is_repeatable
                                        (const char *const  *locations);

/* The path of the regular file that the location names, or NULL if it names
 * something else. */
char *          document_walk_dup_file  (const char         *location);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DocumentEntry, document_entry_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DocumentWalk, document_walk_free)

G_END_DECLS
