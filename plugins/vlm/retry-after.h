/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The most that any server may put us off for at a time. */
#define RETRY_AFTER_MAX (300 * G_USEC_PER_SEC)

/* Microseconds to wait from `now`, which is g_get_real_time(), as the header
 * Retry-After says it: in seconds or as a date, which has passed if it is 0.
 * At most RETRY_AFTER_MAX; -1 when `value` is NULL or makes no sense. */
gint64 retry_after_parse (const char *value,
                          gint64      now);

G_END_DECLS
