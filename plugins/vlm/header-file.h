/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Headers of requests that are secret: in a file they are on no command line
 * and in no log.
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Adds the headers in `file`, a “Name: value” a line, to `headers`. Errors name
 * the file and the line. */
gboolean header_file_read (const char    *file,
                           GstStructure  *headers,
                           GError       **error);

G_END_DECLS
