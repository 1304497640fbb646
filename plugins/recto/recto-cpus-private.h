/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* How many processors this process may keep busy: what its affinity allows
 * and its cgroup's cpu.max pays for, at least 1. */
RECTO_API
guint recto_count_cpus (void);

G_END_DECLS
