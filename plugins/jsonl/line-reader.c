/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "line-reader.h"

#define INITIAL_SIZE (256 << 10)

struct _RectoLineReader
{
  int fd;
  gsize max_line;
  goffset offset;               /* of the buffer in the file */
  goffset long_start;           /* of a line that is passed over, or -1 */

  char *buffer;
  gsize allocated;
  gsize start;                  /* of the next line */
  gsize seen;                   /* there is no newline between start and this */
  gsize end;                    /* of what was read */
  gboolean at_end;              /* of the file */
};

RectoLineReader *
recto_line_reader_new (int fd, goffset offset, gsize max_line)
{
  RectoLineReader *self = g_new0 (RectoLineReader, 1);

  self->fd = fd;
  self->max_line = max_line;
  self->offset = offset;
  self->long_start = -1;
  self->allocated = INITIAL_SIZE;
  self->buffer = g_malloc (self->allocated);

  return self;
}

void
recto_line_reader_free (RectoLineReader * self)
{
  g_free (self->buffer);
  g_free (self);
}

/* A mapping would be simpler, but a file that another process cuts meanwhile
 * would then end this one by a signal. */
static void
make_room (RectoLineReader * self)
{
  if (self->start > 0) {
    memmove (self->buffer, self->buffer + self->start, self->end - self->start);
    self->end -= self->start;
    self->seen -= self->start;
    self->offset += self->start;
    self->start = 0;
  }
  if (self->end == self->allocated) {
    self->allocated *= 2;
    self->buffer = g_realloc (self->buffer, self->allocated);
  }
}

/* What is there of a line that is too long goes; its newline is yet to come. */
static void
drop_long_line (RectoLineReader * self)
{
  if (self->long_start < 0 && self->end - self->start <= self->max_line)
    return;
  if (self->long_start < 0)
    self->long_start = self->offset + self->start;
  self->start = self->end;
}

static gboolean
read_more (RectoLineReader * self, GError ** error)
{
  gssize n;

  drop_long_line (self);
  make_room (self);

  do
    n = pread (self->fd, self->buffer + self->end, self->allocated - self->end,
        self->offset + self->end);
  while (n < 0 && errno == EINTR);

  if (n < 0) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not read it: %s."), g_strerror (code));
    return FALSE;
  }
  self->end += n;
  self->at_end = n == 0;
  return TRUE;
}

gboolean
recto_line_reader_next (RectoLineReader * self, const char **line,
    gsize * size, GError ** error)
{
  char *newline;

  *line = NULL;
  *size = 0;
  while ((newline = memchr (self->buffer + self->seen, '\n',
              self->end - self->seen)) == NULL) {
    self->seen = self->end;
    if (self->at_end)
      return TRUE;
    if (!read_more (self, error))
      return FALSE;
  }

  *line = self->buffer + self->start;
  *size = newline - *line;
  if (self->long_start >= 0 || *size > self->max_line)
    *size = 0;
  self->long_start = -1;
  self->start = self->seen = newline + 1 - self->buffer;
  return TRUE;
}

/* A line that is too long has no bytes. */
static const char *
get_rest (RectoLineReader * self, gsize * size)
{
  *size = self->end - self->start;
  if (self->long_start >= 0 || *size > self->max_line) {
    *size = 0;
    return "";
  }
  return *size > 0 ? self->buffer + self->start : NULL;
}

gboolean
recto_line_reader_next_or_rest (RectoLineReader * self, const char **line,
    gsize * size, gboolean * at_end, GError ** error)
{
  if (!recto_line_reader_next (self, line, size, error))
    return FALSE;
  *at_end = *line == NULL;
  if (*at_end)
    *line = get_rest (self, size);
  return TRUE;
}

void
recto_line_reader_seek (RectoLineReader * self, goffset offset)
{
  self->at_end = FALSE;
  self->long_start = -1;
  if (offset >= self->offset && offset <= self->offset + (goffset) self->end) {
    self->start = self->seen = offset - self->offset;
    return;
  }
  self->offset = offset;
  self->start = self->seen = self->end = 0;
}

goffset
recto_line_reader_get_offset (RectoLineReader * self)
{
  if (self->long_start >= 0)
    return self->long_start;
  return self->offset + self->start;
}
