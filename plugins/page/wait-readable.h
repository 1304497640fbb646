/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Blocks until there is something to read from `fd`, its end included. A FIFO
 * that nobody has opened for writing yet has neither. */
gboolean wait_readable (int            fd,
                        GCancellable  *cancellable,
                        GError       **error);

G_END_DECLS
