/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What system errors mean to who chose where to write. The errors are of the
 * domain GST_RESOURCE_ERROR and fit to be shown; `name` is valid UTF-8 and
 * `code` an errno.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void recto_set_open_error  (GError     **error,
                            const char  *name,
                            int          code);

void recto_set_read_error  (GError     **error,
                            const char  *name,
                            int          code);

void recto_set_write_error (GError     **error,
                            const char  *name,
                            int          code);

G_END_DECLS
