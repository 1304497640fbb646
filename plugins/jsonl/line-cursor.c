/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "line-cursor.h"

/* Recto writes no larger numbers. */
#define MAX_NUMBER G_GUINT64_CONSTANT (9999999999999999)

gboolean
line_cursor_skip (LineCursor * self, const char *literal)
{
  gsize length = strlen (literal);

  if ((gsize) (self->end - self->p) < length
      || memcmp (self->p, literal, length) != 0)
    return FALSE;
  self->p += length;
  return TRUE;
}

/* The quote that ends a string; the end if there is none. Few strings have a
 * backslash. */
static const char *
find_quote (const LineCursor * self)
{
  const char *p = self->p;
  const char *quote = memchr (p, '"', self->end - p);

  if (quote && memchr (p, '\\', quote - p) == NULL)
    return quote;

  while (p < self->end && *p != '"')
    p += *p == '\\' ? 2 : 1;
  return MIN (p, self->end);
}

gboolean
line_cursor_take_string (LineCursor * self, const char **string,
    gsize * length)
{
  *string = NULL;
  *length = 0;
  if (line_cursor_skip (self, "null"))
    return TRUE;
  if (!line_cursor_skip (self, "\""))
    return FALSE;

  *string = self->p;
  self->p = find_quote (self);
  *length = self->p - *string;
  return line_cursor_skip (self, "\"");
}

gboolean
line_cursor_take_number (LineCursor * self, guint64 * number)
{
  const char *start = self->p;

  *number = 0;
  while (self->p < self->end && g_ascii_isdigit (*self->p)
      && *number <= MAX_NUMBER / 10)
    *number = *number * 10 + (*self->p++ - '0');
  return self->p > start;
}
