/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "processes.h"
#include "renderer-fixture.h"
#include "small-pdf.h"

const RectoRenderOptions png_options = {
  .format = RECTO_WORKER_PNG,
  .layout = {.longest = 200,.max_width = 4096,.max_height = 4096},
};

const RectoRenderOptions bgrx_options = {
  .format = RECTO_WORKER_BGRX,
  .layout = {.longest = 200,.max_width = 4096,.max_height = 4096},
};

void
renderer_fixture_init (RendererFixture * self)
{
  self->n_fds = processes_count_fds ();
  self->renderer = recto_renderer_new ();
}

void
renderer_fixture_clear (RendererFixture * self)
{
  g_autoptr (GArray) children = NULL;

  ASSERT_OBJECT_REFCOUNT (self->renderer, "renderer", 1);
  g_clear_object (&self->renderer);

  children = processes_list_children (getpid (), TRUE);
  fail_unless_equals_int (children->len, 0);
  fail_unless_equals_int (processes_count_fds (), self->n_fds);
}

static int
make_file (GBytes * data)
{
  gsize size;
  const void *content = g_bytes_get_data (data, &size);
  int fd = g_open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  fail_unless (fd >= 0);
  fail_unless (write (fd, content, size) == (gssize) size);
  fail_unless (lseek (fd, 0, SEEK_SET) == 0);
  return fd;
}

RectoDocumentBytes *
read_document (RectoRenderer * renderer, GBytes * data, GError ** error)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  gboolean read;
  int fd;

  bytes = recto_renderer_reserve (renderer, g_bytes_get_size (data), TRUE,
      NULL, error);
  if (bytes == NULL) {
    g_bytes_unref (data);
    return NULL;
  }

  fd = make_file (data);
  g_bytes_unref (data);
  read = recto_document_bytes_read (bytes, fd, -1, NULL, error);
  close (fd);
  return read ? g_steal_pointer (&bytes) : NULL;
}

RectoDocumentBytes *
open_document (RectoRenderer * renderer, GBytes * data)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;
  RectoDocumentBytes *bytes = read_document (renderer, data, &error);

  fail_unless (bytes != NULL, "%s", error ? error->message : "");
  fail_unless (recto_renderer_open (renderer, bytes, &info, NULL, &error),
      "%s", error ? error->message : "");
  fail_unless (info.n_pages > 0);
  return bytes;
}

void
assert_unopenable (RectoRenderer * renderer, GBytes * data,
    const char *password, RectoDocumentStatus status)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      read_document (renderer, data, &error);

  g_assert_no_error (error);
  recto_document_bytes_set_password (bytes, password);
  fail_if (recto_renderer_open (renderer, bytes, &info, NULL, &error));
  g_assert_error (error, RECTO_DOCUMENT_ERROR, (int) status);
  fail_unless (info.title == NULL);
  GST_INFO ("%s", error->message);
}

RectoPage *
lazy_page (RectoDocumentBytes * bytes, guint number)
{
  g_autoptr (RectoDocument) document = recto_document_new (NULL, "test");

  return recto_page_new_lazy (document, number, FALSE, FALSE, bytes);
}

gboolean
draw_page (RectoRenderer * renderer, RectoDocumentBytes * bytes, guint number,
    GCancellable * cancellable, GError ** error)
{
  g_autoptr (RectoPage) page = lazy_page (bytes, number);
  g_auto (RectoRendering) rendering = { 0 };
  gboolean drawn = recto_renderer_render (renderer, page, &png_options,
      &rendering, cancellable, error);

  fail_unless (drawn == (rendering.data != NULL));
  return drawn;
}

void
assert_works (RectoRenderer * renderer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, small_pdf_new (1, "works"));

  draw_page (renderer, bytes, 1, NULL, &error);
  g_assert_no_error (error);
}

guint64
get_stat (RectoRenderer * renderer, const char *name)
{
  g_autoptr (GstStructure) stats = recto_renderer_get_stats (renderer);
  guint64 count;
  guint small;

  if (gst_structure_get_uint (stats, name, &small))
    return small;
  fail_unless (gst_structure_get_uint64 (stats, name, &count), "%s", name);
  return count;
}
