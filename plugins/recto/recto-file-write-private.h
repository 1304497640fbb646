/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. System calls for which a closed pipe and the limit on file
 * sizes are errors and not signals that end the process. To the kernel, memory
 * with a descriptor is a file, too.
 */

#pragma once

#include <gio/gio.h>

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* write() */
RECTO_API
gssize       recto_file_write    (int            fd,
                                  gconstpointer  data,
                                  gsize          size);

/* ftruncate() */
RECTO_API
int          recto_file_truncate (int            fd,
                                  goffset        size);

/* g_strerror(), which names the limit where one of the process is the cause,
 * and how to raise it. */
RECTO_API
const char * recto_file_strerror (int            code);

G_END_DECLS
