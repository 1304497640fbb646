/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How much memory is used, and how much of it there is. Page cache never
 * counts: it is given up when somebody wants it.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Of all limits there are, the one that is nearest. */
typedef struct
{
  guint64 usage;                /* bytes; 0: there is no limit to keep */
  guint64 limit;                /* bytes; 0: none */
  double pressure;              /* per cent of the time that somebody waited
                                 * for memory, of the last 10 s; 0: unknown */
} MemoryReading;

typedef struct _MemoryGauge MemoryGauge;

/* Looks at `proc` and `sys/fs/cgroup` below `root`, for the process that
 * `proc/self` is of and all that it has started, but for jobs of their own. */
MemoryGauge * memory_gauge_new  (const char    *root);

void          memory_gauge_free (MemoryGauge   *self);

/* `memory_limit`: how much the process and those that it started may use; 0:
 * as much as their cgroup. From one thread at a time. */
void          memory_gauge_read (MemoryGauge   *self,
                                 guint64        memory_limit,
                                 MemoryReading *reading);

/* Anonymous memory of the process and of those below it in its process group,
 * and the memfds that the process has. */
guint64       memory_gauge_measure_tree (MemoryGauge *self);

/* What there is in all: of the machine, or less where a cgroup has less; 0:
 * unknown. */
guint64       memory_gauge_get_total    (MemoryGauge *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemoryGauge, memory_gauge_free)

G_END_DECLS
