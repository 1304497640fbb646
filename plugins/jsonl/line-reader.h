/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lines of a file of any size, one after the other, in a buffer that is no
 * larger than the longest of them.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A longer line is none of ours, and an error. */
#define RECTO_LINE_READER_MAX_LINE (256 << 20)

typedef struct _RectoLineReader RectoLineReader;

/* Reads `fd`, which stays the caller's, from `offset`. */
RectoLineReader * recto_line_reader_new        (int               fd,
                                                goffset           offset);

void              recto_line_reader_free       (RectoLineReader  *self);

/* Sets `line` to the next line, without its newline, valid until the next
 * call; or to NULL at the end, where a last line without newline is none. FALSE
 * with an error when reading fails. */
gboolean          recto_line_reader_next       (RectoLineReader  *self,
                                                const char      **line,
                                                gsize            *size,
                                                GError          **error);

/* Goes to the line that begins at `offset`. What is in the buffer is not read
 * again. */
void              recto_line_reader_seek       (RectoLineReader  *self,
                                                goffset           offset);

/* Where the line that comes next begins. */
goffset           recto_line_reader_get_offset (RectoLineReader  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoLineReader, recto_line_reader_free)

G_END_DECLS
