/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-interval.h"

#define FIRST_INTERVAL G_USEC_PER_SEC
#define MAX_INTERVAL (30 * G_USEC_PER_SEC)

/* The interval doubles after so many failures, and so many times. */
#define FAILURES_PER_INTERVAL 4
#define MAX_DOUBLINGS 5

gint64
vlm_interval_get (guint n_failures)
{
  gint64 interval = FIRST_INTERVAL
      << MIN (n_failures / FAILURES_PER_INTERVAL, MAX_DOUBLINGS);

  return MIN (interval, MAX_INTERVAL);
}
