/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "list-reader.h"
#include "wait-readable.h"

/* Longer than any path the kernel takes, percent-encoded. */
#define MAX_LINE (64 * 1024)

/* What some editors put at the start of a file. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct _ListReader
{
  int fd;
  gboolean began;               /* the first line was taken */
  gboolean ended;
  gboolean skipping;            /* the rest of a line that is too long */

  gsize start;                  /* of what is still to be given out */
  gsize end;
  char buffer[MAX_LINE];
};

ListReader *
list_reader_new (int fd)
{
  ListReader *self = g_new (ListReader, 1);

  self->fd = fd;
  self->began = FALSE;
  self->ended = FALSE;
  self->skipping = FALSE;
  self->start = self->end = 0;

  return self;
}

void
list_reader_free (ListReader * self)
{
  close (self->fd);
  g_free (self);
}

/* There is no more to come, and what there is of a line is none. */
static gboolean
give_up (ListReader * self)
{
  self->ended = TRUE;
  self->start = self->end;
  return FALSE;
}

static gboolean
fill (ListReader * self, GCancellable * cancellable, GError ** error)
{
  gssize n;

  memmove (self->buffer, self->buffer + self->start, self->end - self->start);
  self->end -= self->start;
  self->start = 0;

  do {
    if (!wait_readable (self->fd, cancellable, error))
      return g_cancellable_is_cancelled (cancellable) ? FALSE : give_up (self);
    n = read (self->fd, self->buffer + self->end, MAX_LINE - self->end);
  } while (n < 0 && (errno == EINTR || errno == EAGAIN));

  if (n < 0) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not read the list: %s."), g_strerror (code));
    return give_up (self);
  }
  self->ended = n == 0;
  self->end += n;
  return TRUE;
}

static void
skip_byte_order_mark (const char **line, gsize * length)
{
  gsize size = strlen (BYTE_ORDER_MARK);

  if (*length < size || memcmp (*line, BYTE_ORDER_MARK, size) != 0)
    return;
  *line += size;
  *length -= size;
}

/* Takes up to the end of the line from the buffer; FALSE if it is not there
 * yet. At the end of the list, what is left is a line too. */
static gboolean
take_line (ListReader * self, const char **line, gsize * length)
{
  gsize left = self->end - self->start;

  *line = self->buffer + self->start;
  const char *newline = memchr (*line, '\n', left);

  if (newline == NULL && !self->ended)
    return FALSE;

  *length = newline ? (gsize) (newline - *line) : left;
  self->start += newline ? *length + 1 : left;
  if (!self->began)
    skip_byte_order_mark (line, length);
  self->began = TRUE;
  return TRUE;
}

static gboolean
is_blank (const char *line, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isspace (line[i]))
      return FALSE;
  return TRUE;
}

static char *
check_line (const char *line, gsize length, GError ** error)
{
  if (memchr (line, '\0', length)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _("A line of the list is no file name, as it holds a zero byte."));
    return NULL;
  }
  if (line[length - 1] == '\r')
    length--;
  return g_strndup (line, length);
}

char *
list_reader_next (ListReader * self, GCancellable * cancellable,
    GError ** error)
{
  const char *line;
  gsize length;

  for (;;) {
    if (take_line (self, &line, &length)) {
      if (self->skipping)
        self->skipping = FALSE;
      else if (!is_blank (line, length))
        return check_line (line, length, error);
    } else if (self->end - self->start == MAX_LINE) {
      self->start = self->end;
      if (!self->skipping) {
        self->skipping = TRUE;
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            _("A line of the list is longer than %d bytes."), MAX_LINE);
        return NULL;
      }
    } else if (!fill (self, cancellable, error)) {
      return NULL;
    }

    if (self->ended && self->start == self->end)
      return NULL;
  }
}
