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
#include <recto/recto-password-private.h>
#include <recto/recto-temporary-file-private.h>

#include "document-opener.h"

struct _DocumentOpener
{
  DocumentEntry *entry;
  RectoRenderer *renderer;
  char *password;
  const DocumentChoice *choice;

  int fd;
  int copy_fd;                  /* of a stream, for its text */
  gboolean is_stream;
  gboolean was_read;
  guint64 size;

  RectoDocumentBytes *bytes;
  RectoDocument *document;
  RectoPage *failed;
  gboolean encrypted;
  gboolean is_left_out;
  LeftOut left_out;
  GError *trouble;
};

DocumentOpener *
document_opener_new (DocumentEntry * entry, RectoRenderer * renderer,
    const char *password, const DocumentChoice * choice)
{
  DocumentOpener *self = g_new0 (DocumentOpener, 1);

  self->entry = entry;
  self->renderer = g_object_ref (renderer);
  self->password = g_strdup (password);
  self->choice = choice;
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
  g_clear_error (&self->trouble);
  self->is_left_out = FALSE;
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
  recto_password_clear (&self->password);
  g_free (self);
}

static const char *
get_sha256 (DocumentOpener * self)
{
  return self->was_read ? recto_document_bytes_get_sha256 (self->bytes) : NULL;
}

static void
make_document (DocumentOpener * self, const RectoDocumentInfo * info)
{
  self->document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", self->entry->uri,
      "name", self->entry->name,
      "n-pages", info->n_pages,
      "title", info->title,
      "sha256", get_sha256 (self),
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

static void
take_failure (DocumentOpener * self, const GError * cause)
{
  make_document (self, &(RectoDocumentInfo) { 0 });
  self->failed = recto_page_new_failed_document (self->document,
      status_of (cause), cause);
  drop_bytes (self);
}

static void
take_change (DocumentOpener * self)
{
  g_autoptr (GError) error = g_error_new_literal (RECTO_DOCUMENT_ERROR,
      RECTO_DOCUMENT_CHANGED, _("It is recorded with other bytes: it changed "
          "since. Set “changed” to “redo” to read it as it is now."));

  take_failure (self, error);
}

/* What is recorded of this version counts again. */
static void
confirm (DocumentOpener * self, const DocumentVersion * version, gint64 n_pages)
{
  RectoRun *run = self->choice->run;
  g_autoptr (RectoDocument) document = NULL;

  if (self->left_out.n_pages == 0
      || !document_choice_is_outdated (self->choice, version))
    return;
  if (n_pages < 0)
    n_pages = recto_run_find_document (run, version->uri, version->sha256)
        .n_pages;
  document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", version->uri,
      "name", self->entry->name,
      "n-pages", (guint) MAX (n_pages, 0),
      "sha256", version->sha256, NULL);
  recto_run_confirm (run, document, self->left_out.n_failed == 0);
}

/* FALSE when what becomes of the document is decided with that. `n_pages` -1:
 * it is not known yet. */
static gboolean
is_wanted (DocumentOpener * self, gint64 n_pages)
{
  DocumentVersion version = {
    .uri = self->entry->uri,
    .sha256 = get_sha256 (self),
    .is_stream = self->is_stream,
  };

  switch (document_choice_judge (self->choice, &version, n_pages,
          &self->left_out)) {
    case DOCUMENT_IS_LEFT_OUT:
      self->is_left_out = TRUE;
      confirm (self, &version, n_pages);
      drop_bytes (self);
      return FALSE;
    case DOCUMENT_HAS_CHANGED:
      take_change (self);
      return FALSE;
    default:
      return TRUE;
  }
}

/* FALSE when it was cancelled, else the document has failed, which may be
 * recorded, or could not be tried. */
static gboolean
fail (DocumentOpener * self, GError * cause, GError ** error)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, cause);
    return FALSE;
  }
  if (cause->domain == RECTO_RENDERER_ERROR) {
    self->trouble = cause;
    drop_bytes (self);
    return TRUE;
  }

  if (self->was_read || is_wanted (self, -1))
    take_failure (self, cause);

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
  if (self->is_stream
      && (self->copy_fd = recto_temporary_file_open (error)) < 0)
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

  if (self->failed || self->is_left_out)
    return TRUE;
  if (!self->was_read && !read_bytes (self, cancellable, &cause))
    return fail (self, cause, error);
  if (!is_wanted (self, -1))
    return TRUE;

  if (self->password)
    recto_document_bytes_set_password (self->bytes, self->password);
  if (!recto_renderer_open (self->renderer, self->bytes, &info, cancellable,
          &cause))
    return fail (self, cause, error);
  if (!is_wanted (self, info.n_pages))
    return TRUE;

  make_document (self, &info);
  self->encrypted = info.encrypted;
  recto_document_set_origin (self->document,
      self->is_stream ? NULL : self->entry->path,
      g_steal_fd (&self->copy_fd), self->password);
  return TRUE;
}

void
document_opener_quarantine (DocumentOpener * self)
{
  g_autoptr (GError) error = g_error_new_literal (RECTO_DOCUMENT_ERROR,
      RECTO_DOCUMENT_QUARANTINED, _("Recto crashed three times while reading "
          "this document. “recto retry” tries it again."));

  g_return_if_fail (self->document != NULL && self->failed == NULL);

  self->failed = recto_page_new_failed_document (self->document, error->code,
      error);
  drop_bytes (self);
}

/* The text of a document that needs a password must not come from a record, and
 * a stream has no stable name. */
gboolean
document_opener_may_copy (DocumentOpener * self)
{
  return self->choice->run && recto_run_can_copy (self->choice->run)
      && self->document && self->failed == NULL && !self->encrypted
      && !self->is_stream;
}

const DocumentEntry *
document_opener_get_entry (const DocumentOpener * self)
{
  return self->entry;
}

gboolean
document_opener_is_stream (DocumentOpener * self)
{
  return self->is_stream;
}

gboolean
document_opener_is_left_out (DocumentOpener * self, LeftOut * left_out)
{
  *left_out = self->left_out;
  return self->is_left_out;
}

const GError *
document_opener_get_trouble (DocumentOpener * self)
{
  return self->trouble;
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
