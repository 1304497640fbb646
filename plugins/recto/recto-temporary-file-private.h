/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <gio/gio.h>

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* A file without a name, which goes away with its last descriptor: in $TMPDIR
 * or, as it may be large, in /var/tmp. Returns a descriptor, or -1. */
RECTO_API
int      recto_temporary_file_open  (GError        **error);

/* Writes all of it. FALSE if that fails, and errno says why. */
RECTO_API
gboolean recto_temporary_file_write (int             fd,
                                     gconstpointer   data,
                                     gsize           size);

G_END_DECLS
