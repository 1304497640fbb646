/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What /proc knows of processes.
 */

#pragma once

#include <glib.h>

/* Pids, as ints. Zombies count when `zombies`. */
GArray *  processes_list_children (int      parent,
                                   gboolean zombies);

/* The only child of ours: a renderer's zygote. 0: there is none. */
int       processes_find_zygote   (void);

/* Waits for a child of the zygote that does some work. */
int       processes_wait_for_busy (void);

/* Waits till the zygote has no child that lives. */
void      processes_wait_for_none (void);

guint     processes_count_fds     (void);
