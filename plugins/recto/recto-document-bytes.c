/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-document-bytes-private.h>
#include <recto/recto-file-write-private.h>
#include <recto/recto-password-private.h>
#include <recto/recto-temporary-file-private.h>
#include <recto/recto-worker-channel-private.h>

#define CHUNK_SIZE (256 * 1024)

struct _RectoDocumentBytes
{
  gatomicrefcount ref_count;

  GObject *owner;               /* nullable */
  RectoDocumentBudget *budget;
  RectoWorkerPool *pool;
  RectoDocumentPurpose purpose;
  guint64 counted;              /* bytes, in the budget */

  int fd;                       /* -1 until they are read */
  guint64 size;
  char *sha256;
  char *password;
};

RectoDocumentBytes *
recto_document_bytes_new (GObject * owner, RectoDocumentBudget * budget,
    RectoWorkerPool * pool, RectoDocumentPurpose purpose, guint64 size,
    gboolean wait, GCancellable * cancellable, GError ** error)
{
  RectoDocumentBytes *self;

  if (!recto_document_budget_take (budget, purpose, size, wait, cancellable,
          error))
    return NULL;

  self = g_new0 (RectoDocumentBytes, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->owner = owner ? g_object_ref (owner) : NULL;
  self->budget = budget;
  self->pool = pool;
  self->purpose = purpose;
  self->counted = size;
  self->fd = -1;

  return self;
}

RectoDocumentBytes *
recto_document_bytes_ref (RectoDocumentBytes * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
recto_document_bytes_unref (RectoDocumentBytes * self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  recto_worker_pool_forget (self->pool, self);
  if (self->fd >= 0)
    close (self->fd);
  recto_document_budget_give_back (self->budget, self->purpose,
      self->counted);
  g_clear_object (&self->owner);

  g_free (self->sha256);
  recto_password_clear (&self->password);
  g_free (self);
}

static void
set_errno_error (GError ** error, int code)
{
  g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_UNREADABLE,
      _("The document could not be read: %s."), recto_file_strerror (code));
}

static void
count (RectoDocumentBytes * self, guint64 size)
{
  recto_document_budget_adjust (self->budget, self->counted, size);
  self->counted = size;
}

static gboolean
write_all (int fd, const guint8 * data, gsize size, GError ** error)
{
  if (recto_temporary_file_write (fd, data, size))
    return TRUE;

  g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_UNREADABLE,
      _("The document could not be kept while it is worked on: %s."),
      recto_file_strerror (errno));
  return FALSE;
}

/* Returns how many bytes came, 0 at the end, -1 on error. */
static gssize
read_some (int fd, gboolean regular, guint8 * data, GCancellable * cancellable,
    GError ** error)
{
  for (;;) {
    ssize_t n_read;

    /* A regular file never blocks for long. */
    if (!regular && recto_worker_channel_wait (fd, NULL, cancellable) ==
        RECTO_CHANNEL_NO_FDS) {
      set_errno_error (error, EMFILE);
      return -1;
    }
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return -1;

    n_read = read (fd, data, CHUNK_SIZE);
    if (n_read >= 0)
      return n_read;
    if (errno != EINTR && (regular || errno != EAGAIN)) {
      set_errno_error (error, errno);
      return -1;
    }
  }
}

static gboolean
add_chunk (RectoDocumentBytes * self, const guint8 * data, gsize size,
    int copy_fd, GError ** error)
{
  if (!recto_document_budget_allows (self->budget, self->size + size, error))
    return FALSE;

  self->size += size;
  if (self->size > self->counted)
    count (self, self->size);
  if (!write_all (self->fd, data, size, error))
    return FALSE;
  return copy_fd < 0 || write_all (copy_fd, data, size, error);
}

static gboolean
read_all (RectoDocumentBytes * self, int fd, gboolean regular, int copy_fd,
    GCancellable * cancellable, GError ** error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *chunk = g_malloc (CHUNK_SIZE);
  gssize n_read;

  while ((n_read = read_some (fd, regular, chunk, cancellable, error)) > 0) {
    g_checksum_update (checksum, chunk, n_read);
    if (!add_chunk (self, chunk, n_read, copy_fd, error))
      return FALSE;
  }
  if (n_read < 0)
    return FALSE;

  self->sha256 = g_strdup (g_checksum_get_string (checksum));
  return TRUE;
}

static gboolean
is_same_time (const struct timespec *a, const struct timespec *b)
{
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static gboolean
check_unchanged (int fd, const struct stat *before, GError ** error)
{
  struct stat after;

  if (!S_ISREG (before->st_mode))
    return TRUE;

  if (fstat (fd, &after) == 0 && after.st_size == before->st_size &&
      is_same_time (&after.st_mtim, &before->st_mtim) &&
      is_same_time (&after.st_ctim, &before->st_ctim))
    return TRUE;

  g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_CHANGED,
      _("The document changed while it was read."));
  return FALSE;
}

static gboolean
make_memfd (RectoDocumentBytes * self, GError ** error)
{
  g_return_val_if_fail (self->fd < 0, FALSE);

  self->fd = memfd_create ("recto-document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (self->fd >= 0)
    return TRUE;

  set_errno_error (error, errno);
  return FALSE;
}

/* From now on nobody can change the bytes, not even a worker. */
static gboolean
seal (RectoDocumentBytes * self, GError ** error)
{
  count (self, self->size);
  if (fcntl (self->fd, F_ADD_SEALS,
          F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
    return TRUE;

  set_errno_error (error, errno);
  return FALSE;
}

/* What was read of a document that can't be read is of no use. */
static void
drop_data (RectoDocumentBytes * self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->size = 0;
  g_clear_pointer (&self->sha256, g_free);
  count (self, 0);
}

gboolean
recto_document_bytes_read (RectoDocumentBytes * self, int fd, int copy_fd,
    GCancellable * cancellable, GError ** error)
{
  struct stat before;

  g_return_val_if_fail (self != NULL, FALSE);

  if (fstat (fd, &before) < 0) {
    set_errno_error (error, errno);
    return FALSE;
  }
  if (S_ISREG (before.st_mode) && !recto_document_budget_allows (self->budget,
          before.st_size, error))
    return FALSE;

  if (make_memfd (self, error) &&
      read_all (self, fd, S_ISREG (before.st_mode), copy_fd, cancellable,
          error) && check_unchanged (fd, &before, error) && seal (self, error))
    return TRUE;

  drop_data (self);
  return FALSE;
}

gboolean
recto_document_bytes_set_data (RectoDocumentBytes * self, GBytes * data,
    GError ** error)
{
  gsize size;
  const guint8 *content = g_bytes_get_data (data, &size);

  if (!make_memfd (self, error) || !write_all (self->fd, content, size, error))
    return FALSE;

  self->size = size;
  return seal (self, error);
}

const char *
recto_document_bytes_get_sha256 (RectoDocumentBytes * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->sha256;
}

void
recto_document_bytes_set_password (RectoDocumentBytes * self,
    const char *password)
{
  g_return_if_fail (self != NULL);

  recto_password_clear (&self->password);
  self->password = g_strdup (password);
}

const char *
recto_document_bytes_get_password (RectoDocumentBytes * self)
{
  return self->password;
}

int
recto_document_bytes_get_fd (RectoDocumentBytes * self)
{
  return self->fd;
}

guint64
recto_document_bytes_get_size (RectoDocumentBytes * self)
{
  return self->size;
}
