/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <recto/recto-document-private.h>

#include "document-opener.h"
#include "temporary-file.h"

struct _DocumentOpener
{
  DocumentEntry *entry;
  RectoRenderer *renderer;
  char *password;

  int fd;
  int copy_fd;                  /* of a stream, for its text */
  gboolean is_stream;
  gboolean was_read;
  guint64 size;

  RectoDocumentBytes *bytes;
  RectoDocument *document;
  RectoPage *failed;
};

DocumentOpener *
document_opener_new (DocumentEntry * entry, RectoRenderer * renderer,
    const char *password)
{
  DocumentOpener *self = g_new0 (DocumentOpener, 1);

  self->entry = entry;
  self->renderer = g_object_ref (renderer);
  self->password = g_strdup (password);
  self->fd = -1;
  self->copy_fd = -1;

  return self;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (g_steal_fd (fd));
}

static void
drop_bytes (DocumentOpener * self)
{
  close_fd (&self->fd);
  close_fd (&self->copy_fd);
  g_clear_pointer (&self->bytes, recto_document_bytes_unref);
  self->was_read = FALSE;
}

static void
drop_result (DocumentOpener * self)
{
  drop_bytes (self);
  g_clear_object (&self->document);
  g_clear_pointer (&self->failed, recto_page_unref);
}

void
document_opener_rewind (DocumentOpener * self)
{
  drop_result (self);

  if (self->is_stream && self->entry->error == NULL)
    self->entry->error = g_error_new_literal (G_IO_ERROR,
        G_IO_ERROR_PARTIAL_INPUT, _("Reading it was interrupted."));
}

void
document_opener_free (DocumentOpener * self)
{
  drop_result (self);
  document_entry_free (self->entry);
  g_object_unref (self->renderer);
  if (self->password)
    explicit_bzero (self->password, strlen (self->password));
  g_free (self->password);
  g_free (self);
}

static void
make_document (DocumentOpener * self, const RectoDocumentInfo * info)
{
  const char *sha256 = self->was_read ?
      recto_document_bytes_get_sha256 (self->bytes) : NULL;

  self->document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", self->entry->uri,
      "name", self->entry->name,
      "n-pages", info->n_pages,
      "title", info->title,
      "sha256", sha256,
      "renderer", self->renderer, NULL);
}

static RectoDocumentStatus
status_of (const GError * error)
{
  if (error->domain == RECTO_DOCUMENT_ERROR)
    return error->code;

  /* The worker died of it, or took too long. */
  if (error->domain == RECTO_PAGE_ERROR)
    return RECTO_DOCUMENT_DAMAGED;

  return RECTO_DOCUMENT_UNREADABLE;
}

/* FALSE when it was cancelled, else the document has failed. */
static gboolean
fail (DocumentOpener * self, GError * cause, GError ** error)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, cause);
    return FALSE;
  }

  make_document (self, &(RectoDocumentInfo) { 0 });
  self->failed = recto_page_new_failed_document (self->document,
      status_of (cause), cause);
  drop_bytes (self);

  g_error_free (cause);
  return TRUE;
}

/* Never waits: not for who writes to a FIFO, nor for a device. */
static gboolean
open_file (DocumentOpener * self, GError ** error)
{
  if (self->entry->is_stdin)
    self->fd = fcntl (0, F_DUPFD_CLOEXEC, 0);
  else
    self->fd = open (self->entry->path,
        O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (self->fd < 0) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not open the file: %s."), g_strerror (code));
    return FALSE;
  }
  return TRUE;
}

/* Standard input is what somebody chose to connect; a device or a socket that
 * is merely found by its name may not like to be read. */
static gboolean
check_file (DocumentOpener * self, GError ** error)
{
  struct stat status;

  if (fstat (self->fd, &status) < 0) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not open the file: %s."), g_strerror (code));
    return FALSE;
  }

  /* Standard input can't be opened again by its name, whatever it is. */
  if (S_ISREG (status.st_mode) && !self->entry->is_stdin) {
    self->size = status.st_size;
    return TRUE;
  }
  if (S_ISFIFO (status.st_mode)
      || (self->entry->is_stdin && !S_ISDIR (status.st_mode))) {
    self->is_stream = TRUE;
    return TRUE;
  }

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
      _("It is neither a file nor a pipe."));
  return FALSE;
}

static gboolean
read_bytes (DocumentOpener * self, GCancellable * cancellable, GError ** error)
{
  if (self->is_stream && (self->copy_fd = temporary_file_open (error)) < 0)
    return FALSE;
  if (!recto_document_bytes_read (self->bytes, self->fd, self->copy_fd,
          cancellable, error))
    return FALSE;

  close_fd (&self->fd);
  self->was_read = TRUE;
  return TRUE;
}

static gboolean
reserve (DocumentOpener * self, GCancellable * cancellable, GError ** error)
{
  if (self->entry->error) {
    g_propagate_error (error, g_error_copy (self->entry->error));
    return FALSE;
  }
  if (!open_file (self, error) || !check_file (self, error))
    return FALSE;

  self->bytes = recto_renderer_reserve (self->renderer, self->size, TRUE,
      cancellable, error);

  return self->bytes != NULL
      && (!self->is_stream || read_bytes (self, cancellable, error));
}

gboolean
document_opener_reserve (DocumentOpener * self, GCancellable * cancellable,
    GError ** error)
{
  GError *cause = NULL;

  return reserve (self, cancellable, &cause) || fail (self, cause, error);
}

gboolean
document_opener_open (DocumentOpener * self, GCancellable * cancellable,
    GError ** error)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  GError *cause = NULL;

  if (self->failed)
    return TRUE;
  if (!self->was_read && !read_bytes (self, cancellable, &cause))
    return fail (self, cause, error);

  if (self->password)
    recto_document_bytes_set_password (self->bytes, self->password);
  if (!recto_renderer_open (self->renderer, self->bytes, &info, cancellable,
          &cause))
    return fail (self, cause, error);

  make_document (self, &info);
  recto_document_set_origin (self->document,
      self->is_stream ? NULL : self->entry->path,
      g_steal_fd (&self->copy_fd), self->password);
  return TRUE;
}

RectoDocument *
document_opener_get_document (DocumentOpener * self)
{
  return self->document;
}

RectoDocumentBytes *
document_opener_get_bytes (DocumentOpener * self)
{
  return self->bytes;
}

RectoPage *
document_opener_get_failed (DocumentOpener * self)
{
  return self->failed;
}
