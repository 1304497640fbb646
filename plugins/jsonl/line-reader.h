/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the lines of a file of any size, one after the other, into a buffer
 * with a bound.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* No line of records, and no line of a log, which may have prompts, is longer. */
#define RECTO_RECORD_MAX_LINE (64 << 20)
#define RECTO_RUN_LOG_MAX_LINE (4 << 20)

typedef struct _RectoLineReader RectoLineReader;

/* Reads `fd`, which stays the caller's, from `offset`. A line of more than
 * `max_line` bytes is passed over and returned as an empty one. */
RectoLineReader * recto_line_reader_new        (int               fd,
                                                goffset           offset,
                                                gsize             max_line);

void              recto_line_reader_free       (RectoLineReader  *self);

/* Sets `line` to the next line, without its newline, valid until the next
 * call; or to NULL at the end, where a last line without a newline does not
 * count. Returns FALSE with an error when reading fails. */
gboolean          recto_line_reader_next       (RectoLineReader  *self,
                                                const char      **line,
                                                gsize            *size,
                                                GError          **error);

/* Likewise, but at the end also the bytes after the last newline, when `at_end`
 * is set; `line` is NULL if there are none. */
gboolean          recto_line_reader_next_or_rest
                                               (RectoLineReader  *self,
                                                const char      **line,
                                                gsize            *size,
                                                gboolean         *at_end,
                                                GError          **error);

/* Goes to the line that begins at `offset`. What is in the buffer is not read
 * again. */
void              recto_line_reader_seek       (RectoLineReader  *self,
                                                goffset           offset);

/* Where the next line begins. */
goffset           recto_line_reader_get_offset (RectoLineReader  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoLineReader, recto_line_reader_free)

G_END_DECLS
