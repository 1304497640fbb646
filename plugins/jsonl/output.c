/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "file-layer.h"
#include "output.h"
#include "output-error.h"

GST_DEBUG_CATEGORY_STATIC (recto_output_debug);
#define GST_CAT_DEFAULT recto_output_debug

struct _RectoOutput
{
  char *location;
  char *name;                   /* for messages: valid UTF-8 */
  int fd;
  gboolean created;             /* a file of ours, which may be cut */
  gboolean may_block;           /* it is not a file at all */

  off_t good;                   /* bytes of the puts that were flushed */
  GString *pending;             /* what was put since */
  gsize written;                /* bytes of `pending` that are out */

  GstPoll *poll;
  GstPollFD poll_fd;
};

#define OPEN_ERROR GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE

/* Opens anew what `fd` refers to. Descriptors that were inherited share
 * O_NONBLOCK with other processes, those of O_PATH can't be written to. */
static int
reopen (int fd)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);

  return g_open (path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
}

static int
open_standard_output (const char *name, GError ** error)
{
  struct stat st;
  int fd = -1;

  if (fstat (STDOUT_FILENO, &st) == 0
      && (S_ISFIFO (st.st_mode) || S_ISCHR (st.st_mode)))
    fd = reopen (STDOUT_FILENO);

  /* A file must keep its offset, a socket has no name to open. */
  if (fd < 0)
    fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (fd < 0)
    recto_set_open_error (error, name, errno);

  return fd;
}

/* What is there already is only written to if it is a stream. */
static int
open_existing (const char *location, const char *name, GError ** error)
{
  struct stat st;
  int path_fd = g_open (location, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  int fd = -1;

  if (path_fd < 0 || fstat (path_fd, &st) < 0) {
    recto_set_open_error (error, name, errno);
  } else if (S_ISREG (st.st_mode)) {
    g_set_error (error, OPEN_ERROR, _("“%s” exists already. Remove it, or "
            "choose another name."), name);
  } else if (S_ISLNK (st.st_mode)) {
    g_set_error (error, OPEN_ERROR, _("“%s” is a symbolic link, which is not "
            "followed. Name the file itself."), name);
  } else if (!S_ISFIFO (st.st_mode) && !S_ISCHR (st.st_mode)) {
    g_set_error (error, OPEN_ERROR, _("“%s” is neither a file nor a pipe. "
            "Choose another name."), name);
  } else if ((fd = reopen (path_fd)) < 0) {
    recto_set_open_error (error, name, errno);
  }

  if (path_fd >= 0)
    g_close (path_fd, NULL);
  return fd;
}

static gboolean
open_location (RectoOutput * self, const char *location, GError ** error)
{
  if (strcmp (location, "-") == 0) {
    self->fd = open_standard_output (self->name, error);
    return self->fd >= 0;
  }

  self->fd = g_open (location, O_WRONLY | O_CREAT | O_EXCL | O_APPEND
      | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0666);
  self->created = self->fd >= 0;
  if (self->fd >= 0)
    return TRUE;

  if (errno == EEXIST)
    self->fd = open_existing (location, self->name, error);
  else
    recto_set_open_error (error, self->name, errno);
  return self->fd >= 0;
}

static void
watch (RectoOutput * self)
{
  struct stat st;

  self->may_block = fstat (self->fd, &st) < 0 || !S_ISREG (st.st_mode);

  gst_poll_fd_init (&self->poll_fd);
  self->poll_fd.fd = self->fd;
  gst_poll_add_fd (self->poll, &self->poll_fd);
  gst_poll_fd_ctl_write (self->poll, &self->poll_fd, TRUE);
}

static void
recto_output_free (RectoOutput * self)
{
  if (self->fd >= 0)
    g_close (self->fd, NULL);
  g_clear_pointer (&self->poll, gst_poll_free);
  g_string_free (self->pending, TRUE);
  g_free (self->location);
  g_free (self->name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoOutput, recto_output_free)

static char *
name_location (const char *location)
{
  if (strcmp (location, "-") == 0)
    return g_strdup (_("standard output"));
  return g_filename_display_name (location);
}

RectoOutput *
recto_output_open (const char *location, GError ** error)
{
  g_autoptr (RectoOutput) self = NULL;

  GST_DEBUG_CATEGORY_INIT (recto_output_debug, "rectooutput", 0,
      "Files and streams that text is written to");

  self = g_new0 (RectoOutput, 1);

  self->fd = -1;
  self->location = g_strdup (location);
  self->name = name_location (location);
  self->pending = g_string_new (NULL);
  self->poll = gst_poll_new (TRUE);
  if (self->poll == NULL) {
    recto_set_open_error (error, self->name, errno);
    return NULL;
  }

  if (!open_location (self, location, error))
    return NULL;
  watch (self);

  return g_steal_pointer (&self);
}

gboolean
recto_output_close (RectoOutput * self, GError ** error)
{
  g_autoptr (RectoOutput) closing = self;
  int fd = g_steal_fd (&closing->fd);

  /* Some file systems only tell here that they could not store everything. */
  if (close (fd) < 0 && errno != EINTR) {
    recto_set_write_error (error, closing->name, errno);
    return FALSE;
  }
  return TRUE;
}

void
recto_output_abandon (RectoOutput * self)
{
  /* The name may be somebody else's by now. */
  if (self->created && self->good == 0
      && recto_file_is_at (self->fd, self->location)
      && g_unlink (self->location) < 0)
    GST_WARNING ("could not remove “%s”: %s", self->name, g_strerror (errno));
  recto_output_free (self);
}

void
recto_output_set_cancelled (RectoOutput * self, gboolean cancelled)
{
  gst_poll_set_flushing (self->poll, cancelled);
}

void
recto_output_put (RectoOutput * self, const char *data, gsize size)
{
  g_string_append_len (self->pending, data, size);
}

static gboolean
wait_till_writable (RectoOutput * self, GError ** error)
{
  while (gst_poll_wait (self->poll, GST_CLOCK_TIME_NONE) < 0) {
    if (errno == EINTR || errno == EAGAIN)
      continue;
    if (errno == EBUSY)
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
          "cancelled");
    else
      recto_set_write_error (error, self->name, errno);
    return FALSE;
  }
  return TRUE;
}

static gboolean
write_some (RectoOutput * self, GError ** error)
{
  const char *data = self->pending->str + self->written;
  gsize size = self->pending->len - self->written;
  gssize n;

  if (self->may_block) {
    if (!wait_till_writable (self, error))
      return FALSE;
    /* A pipe that is writable takes this many bytes without blocking. */
    size = MIN (size, PIPE_BUF);
  }

  n = recto_file_write (self->fd, data, size);
  if (n >= 0) {
    self->written += n;
    return TRUE;
  }
  if (errno == EINTR || errno == EAGAIN)
    return TRUE;

  recto_set_write_error (error, self->name, errno);
  return FALSE;
}

static void
forget_pending (RectoOutput * self)
{
  g_string_truncate (self->pending, 0);
  self->written = 0;
}

/* Undoes the puts that could not be flushed. */
static void
roll_back (RectoOutput * self)
{
  if (self->created && self->written > 0
      && recto_file_truncate (self->fd, self->good) < 0)
    GST_ERROR ("could not cut “%s” back: %s", self->name, g_strerror (errno));
  forget_pending (self);
}

gboolean
recto_output_flush (RectoOutput * self, GError ** error)
{
  g_autoptr (GError) failure = NULL;

  while (self->written < self->pending->len) {
    if (write_some (self, &failure))
      continue;
    if (!g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      roll_back (self);
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }

  self->good += self->pending->len;
  forget_pending (self);
  return TRUE;
}
