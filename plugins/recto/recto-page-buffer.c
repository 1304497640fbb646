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
#include <recto/recto-file-write-private.h>
#include <recto/recto-page-buffer-private.h>

/* A raster of 2048 x 2048 pixels: with the default sizes of pages nothing is
 * ever given back and faulted in again. */
#define MAX_KEPT (16 * 1024 * 1024)

void
recto_page_buffer_init (RectoPageBuffer * self)
{
  self->fd = -1;
  self->data = NULL;
  self->capacity = 0;
}

void
recto_page_buffer_clear (RectoPageBuffer * self)
{
  if (self->data)
    munmap (self->data, self->capacity);
  if (self->fd >= 0)
    close (self->fd);
  recto_page_buffer_init (self);
}

/* No seal may be added either: a worker that forbids writing would spoil the
 * buffer for the documents to come. */
static int
make_sealed (gsize capacity)
{
  int fd = memfd_create ("recto-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0)
    return -1;
  if (recto_file_truncate (fd, capacity) < 0 ||
      fcntl (fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
    int code = errno;

    close (fd);
    errno = code;
    return -1;
  }
  return fd;
}

static gboolean
allocate (RectoPageBuffer * self, gsize capacity)
{
  gpointer data;

  self->fd = make_sealed (capacity);
  if (self->fd < 0)
    return FALSE;

  data = mmap (NULL, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
      0);
  if (data == MAP_FAILED)
    return FALSE;

  self->data = data;
  self->capacity = capacity;
  return TRUE;
}

gboolean
recto_page_buffer_reserve (RectoPageBuffer * self, gsize capacity,
    GError ** error)
{
  int code;

  if (capacity <= self->capacity)
    return TRUE;

  recto_page_buffer_clear (self);
  if (allocate (self, capacity))
    return TRUE;

  code = errno;
  recto_page_buffer_clear (self);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
      _("Could not make a buffer of %zu bytes for a page: %s."), capacity,
      recto_file_strerror (code));
  return FALSE;
}

gsize
recto_page_buffer_get_resident (RectoPageBuffer * self)
{
  struct stat status;

  if (self->fd < 0 || fstat (self->fd, &status) < 0)
    return 0;
  return (gsize) status.st_blocks * 512;
}

void
recto_page_buffer_wipe (RectoPageBuffer * self)
{
  if (self->fd >= 0 && fallocate (self->fd,
          FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, self->capacity) < 0)
    recto_page_buffer_clear (self);
}

void
recto_page_buffer_trim (RectoPageBuffer * self)
{
  if (recto_page_buffer_get_resident (self) > MAX_KEPT)
    recto_page_buffer_wipe (self);
}
