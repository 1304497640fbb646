/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How long to wait before a server that fails is asked again.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Microseconds after `n_failures` others in a row: one second at first, and 30
 * at most. */
gint64 vlm_interval_get (guint n_failures);

G_END_DECLS
