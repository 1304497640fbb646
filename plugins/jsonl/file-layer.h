/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a journal does to files. There is one real layer; tests have others,
 * which fail or remember what would be lost with the power.
 */

#pragma once

#include <gio/gio.h>
#include <recto/recto-file-write-private.h>

G_BEGIN_DECLS

/* Each is as the system call that it is named for, and sets errno. */
typedef struct
{
  int    (*open)      (const char    *path,
                       int            flags,
                       guint          mode);
  gssize (*write)     (int            fd,
                       gconstpointer  data,
                       gsize          size);
  int    (*sync_data) (int            fd);
  int    (*sync)      (int            fd);
  int    (*truncate)  (int            fd,
                       goffset        size);
  int    (*rename)    (const char    *from,
                       const char    *to);
} RectoFileLayer;

extern const RectoFileLayer recto_file_layer;

/* Opens a file to be read and appended to, or creates it. Returns a
 * descriptor, or -1. Never waits, and follows no link. */
int    recto_file_open_or_create
                        (const RectoFileLayer  *layer,
                         const char            *path,
                         gboolean              *created);

/* Whether `path` is still the name of what `fd` is of. */
gboolean
       recto_file_is_at (int                    fd,
                         const char            *path);

/* Writes all of it, or sets errno. */
gboolean
       recto_file_write_all
                        (const RectoFileLayer  *layer,
                         int                    fd,
                         const char            *data,
                         gsize                  size);

/* Makes the name of what is at `path` durable, and those next to it. */
gboolean
       recto_file_sync_name
                        (const RectoFileLayer  *layer,
                         const char            *path,
                         GError               **error);

G_END_DECLS
