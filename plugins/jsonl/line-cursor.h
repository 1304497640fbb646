/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the members of a line of JSON that Recto wrote, in the order in which
 * it wrote them, without a JSON parser.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The part of a line that is yet to be read. */
typedef struct
{
  const char *p;
  const char *end;
} LineCursor;

/* Moves past `literal`; FALSE if something else follows. */
gboolean line_cursor_skip        (LineCursor  *self,
                                  const char  *literal);

/* A string as JSON writes it, without its quotes, or null: then `string` is
 * NULL. */
gboolean line_cursor_take_string (LineCursor  *self,
                                  const char **string,
                                  gsize       *length);

gboolean line_cursor_take_number (LineCursor  *self,
                                  guint64     *number);

G_END_DECLS
