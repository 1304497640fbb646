/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* The folders of our cgroup in version 2's hierarchy and of those above it,
 * ours first: what limits one limits all below. Looks at `proc` and
 * `sys/fs/cgroup` below `root`; a container may show a part of the hierarchy
 * only. */
RECTO_API
char ** recto_list_cgroups (const char *root);

G_END_DECLS
