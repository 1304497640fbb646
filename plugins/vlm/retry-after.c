/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <libsoup/soup.h>

#include "retry-after.h"

#define MAX_SECONDS (RETRY_AFTER_MAX / G_USEC_PER_SEC)

/* Digits beyond the most that is waited make no difference. */
static gint64
take_whole (const char **p)
{
  gint64 seconds = 0;

  for (; g_ascii_isdigit (**p); (*p)++)
    seconds = MIN (seconds * 10 + (**p - '0'), MAX_SECONDS);
  return seconds;
}

/* Whether it is more than nothing; -1 if it is no fraction. */
static int
take_fraction (const char **p)
{
  int is_more = 0;

  if (**p != '.')
    return 0;
  (*p)++;
  if (!g_ascii_isdigit (**p))
    return -1;
  for (; g_ascii_isdigit (**p); (*p)++)
    is_more |= **p != '0';
  return is_more;
}

static gint64
parse_seconds (const char *value)
{
  gint64 seconds = take_whole (&value);
  int fraction = take_fraction (&value);

  if (fraction < 0 || *value != '\0')
    return -1;
  return MIN (seconds + fraction, MAX_SECONDS) * G_USEC_PER_SEC;
}

static gint64
parse_date (const char *value, gint64 now)
{
  g_autoptr (GDateTime) date = soup_date_time_new_from_http_string (value);

  if (date == NULL)
    return -1;
  return CLAMP (g_date_time_to_unix (date) * G_USEC_PER_SEC - now, 0,
      RETRY_AFTER_MAX);
}

gint64
retry_after_parse (const char *value, gint64 now)
{
  g_autofree char *stripped = value ? g_strstrip (g_strdup (value)) : NULL;

  if (stripped == NULL)
    return -1;
  if (g_ascii_isdigit (*stripped))
    return parse_seconds (stripped);
  return parse_date (stripped, now);
}
