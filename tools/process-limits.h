/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the system lets this process have. GLib ends a program that cannot have
 * a thread, a descriptor or memory, so it has to be known beforehand.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a run with so many jobs (0: as many as there are processors) can
 * start. Tries it, and gives everything back. */
gboolean process_limits_check (guint    n_jobs,
                               GError **error);

G_END_DECLS
