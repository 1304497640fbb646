/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the members of a line of JSON that Recto wrote, in the order in which
 * it wrote them, without a JSON parser.
 */

#pragma once

#include <string.h>

#include <glib.h>

G_BEGIN_DECLS

/* The part of a line that is yet to be read. */
typedef struct
{
  const char *p;
  const char *end;
} LineCursor;

/* Recto writes no larger numbers. */
#define LINE_CURSOR_MAX_NUMBER G_GUINT64_CONSTANT (9999999999999999)

/* Moves past `literal`; FALSE if something else follows. */
static inline gboolean
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
static inline const char *
line_cursor_find_quote (const LineCursor * self)
{
  const char *p = self->p;
  const char *quote = memchr (p, '"', self->end - p);

  if (quote && memchr (p, '\\', quote - p) == NULL)
    return quote;

  while (p < self->end && *p != '"')
    p += *p == '\\' ? 2 : 1;
  return MIN (p, self->end);
}

/* A string as JSON writes it, without its quotes, or null: then `string` is
 * NULL. */
static inline gboolean
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
  self->p = line_cursor_find_quote (self);
  *length = self->p - *string;
  return line_cursor_skip (self, "\"");
}

static inline gboolean
line_cursor_take_number (LineCursor * self, guint64 * number)
{
  const char *start = self->p;

  *number = 0;
  while (self->p < self->end && g_ascii_isdigit (*self->p)
      && *number <= LINE_CURSOR_MAX_NUMBER / 10)
    *number = *number * 10 + (*self->p++ - '0');
  return self->p > start;
}

G_END_DECLS
