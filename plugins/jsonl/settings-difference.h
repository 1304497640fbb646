/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which settings of two runs differ, in words.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Such as “vlminference max-tokens: 8000 → 3000; tesseractinference …”, of
 * bounded length. `before`: the `elements` of a run as its log has them, JSON.
 * `settings`: those of this run, and `changes` those of them that are not at
 * their defaults, see recto_query_get_run_config() and
 * recto_query_get_run_changes(). NULL if nothing is known of the run before, or
 * nothing differs. */
char * recto_settings_difference_describe (const char *before,
                                           GVariant   *settings,
                                           GVariant   *changes);

G_END_DECLS
