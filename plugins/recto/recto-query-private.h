/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <recto/recto-query.h>

G_BEGIN_DECLS

/* Of the configurations what the digest is made of: the revision of each
 * element, and its settings that are not at their defaults. */
RECTO_API
GVariant * recto_query_get_run_changes (GstQuery *query);

/* The digest of any list of that type. */
RECTO_API
char *     recto_run_config_make_digest (GVariant *config);

/* The digest that a run of the same configuration had before elements had
 * revisions, or NULL if there was no such run: an element is of a later
 * revision or was not there yet, or a newer setting is not at its default. */
RECTO_API
char *     recto_query_dup_former_digest (GstQuery *query);

/* Hints tell how a run was made but don't shape its output, such as where a
 * server is: they are logged, so that a run can be repeated, and are no part
 * of the digest. What is secret stays out. */

/* Adds those of an element, a vardict, which is sunk if it is floating, to
 * those of the elements before it. `name` is its factory's. */
RECTO_API
void       recto_query_add_run_hints (GstQuery   *query,
                                      const char *name,
                                      GVariant   *hints);

/* All that were added so far, of the same type as the configurations. */
RECTO_API
GVariant * recto_query_get_run_hints (GstQuery   *query);

G_END_DECLS
