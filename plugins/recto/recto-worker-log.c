/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <gio/gio.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-worker-log-private.h>

GST_DEBUG_CATEGORY_STATIC (recto_worker_log_debug);
#define GST_CAT_DEFAULT recto_worker_log_debug

#define CHUNK 4096

/* What an ordinary pipe holds. */
#define MAX_TAKEN (64 * 1024)

/* Enough to know the trouble by, in characters. */
#define MAX_LAST_WORDS 200

static void
init_debug (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (recto_worker_log_debug, "rectoworkerlog", 0,
        "what render workers say on standard error");
    g_once_init_leave (&done, 1);
  }
}

/* A worker waits when its pipe is full, which it must not do for us. */
static gboolean
make_pipe (int fds[2])
{
  if (pipe2 (fds, O_CLOEXEC) < 0)
    return FALSE;
  if (fcntl (fds[0], F_SETFL, O_NONBLOCK) == 0)
    return TRUE;

  close (fds[0]);
  close (fds[1]);
  return FALSE;
}

gboolean
recto_worker_log_open (RectoWorkerLog * self, int *theirs, GError ** error)
{
  int fds[2];

  init_debug ();
  if (!make_pipe (fds)) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not make a pipe for a render worker: %s."),
        g_strerror (code));
    return FALSE;
  }

  *self = (RectoWorkerLog) {.fd = fds[0],.ended = TRUE };
  *theirs = fds[1];
  return TRUE;
}

void
recto_worker_log_close (RectoWorkerLog * self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

char *
recto_worker_make_printable (const char *bytes, gsize size)
{
  g_autofree char *text = g_utf8_make_valid (bytes, size);
  GString *printable = g_string_new (NULL);

  for (const char *c = text; *c; c = g_utf8_next_char (c)) {
    gunichar character = g_utf8_get_char (c);

    g_string_append_unichar (printable,
        g_unichar_iscntrl (character) ? ' ' : character);
  }
  return g_strstrip (g_string_free (printable, FALSE));
}

static void
keep_line (RectoWorkerLog * self)
{
  g_autofree char *text =
      recto_worker_make_printable (self->line, self->n_held);

  GST_INFO ("process %d: %s", self->pid, text);
  self->n_kept += self->n_held;
}

/* Lines are kept as a whole, and none after one that was not. */
static void
end_line (RectoWorkerLog * self)
{
  gsize room = self->max_bytes - MIN (self->n_kept, self->max_bytes);
  gsize n_kept = self->n_held <= room ? self->n_held : 0;

  if (self->ended)
    return;

  if (n_kept > 0)
    keep_line (self);
  else
    self->n_kept = self->max_bytes;
  self->counts.n_dropped += self->line_bytes - n_kept;
  self->counts.n_lines += self->counts.n_lines < G_MAXUINT;
  self->ended = TRUE;
}

static void
add_to_line (RectoWorkerLog * self, const char *bytes, gsize size)
{
  gsize n_fitting;

  if (self->ended) {
    self->n_held = 0;
    self->line_bytes = 0;
    self->ended = FALSE;
  }

  n_fitting = MIN (size, sizeof self->line - self->n_held);
  memcpy (self->line + self->n_held, bytes, n_fitting);
  self->n_held += n_fitting;
  self->line_bytes += size;
}

static void
take_bytes (RectoWorkerLog * self, const char *bytes, gsize size)
{
  while (size > 0) {
    const char *newline = memchr (bytes, '\n', size);
    gsize length = newline ? (gsize) (newline - bytes) : size;

    if (length > 0)
      add_to_line (self, bytes, length);
    if (newline) {
      end_line (self);
      length++;
    }
    bytes += length;
    size -= length;
  }
}

/* The number of bytes; 0 when there is nothing now, or will never be. */
static gsize
read_some (RectoWorkerLog * self)
{
  char bytes[CHUNK];
  ssize_t n_read;

  if (self->fd < 0)
    return 0;

  do {
    n_read = read (self->fd, bytes, sizeof bytes);
  } while (n_read < 0 && errno == EINTR);

  if (n_read > 0)
    take_bytes (self, bytes, n_read);
  else if (n_read == 0 || errno != EAGAIN)
    recto_worker_log_close (self);
  return MAX (n_read, 0);
}

void
recto_worker_log_read (RectoWorkerLog * self)
{
  read_some (self);
}

void
recto_worker_log_take (RectoWorkerLog * self, RectoWorkerLogCounts * counts)
{
  gsize n_read, n_taken = 0;

  /* Who writes without end is not waited for. */
  do {
    n_read = read_some (self);
    n_taken += n_read;
  } while (n_read > 0 && n_taken < MAX_TAKEN);
  end_line (self);

  *counts = self->counts;
  self->counts = (RectoWorkerLogCounts) { 0 };
}

char *
recto_worker_log_dup_last (RectoWorkerLog * self)
{
  g_autofree char *text =
      recto_worker_make_printable (self->line, self->n_held);

  return *text ? g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1),
          MAX_LAST_WORDS)) : NULL;
}

void
recto_worker_log_forget (RectoWorkerLog * self)
{
  self->n_held = 0;
  self->line_bytes = 0;
  self->ended = TRUE;
}
