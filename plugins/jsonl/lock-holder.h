/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The process of this machine that has the flock of the file that `fd` is of, 0
 * if the kernel tells of none. Takes no lock itself. */
int    recto_lock_holder_find     (int fd);

/* Who has the flock of the file that `fd` is of, in words: a process of this
 * machine if the kernel tells. */
char * recto_lock_holder_describe (int fd);

G_END_DECLS
