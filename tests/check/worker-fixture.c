/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <cairo-pdf.h>
#include <fcntl.h>
#include <gst/check/gstcheck.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker-fixture.h"

extern char **environ;

int
memfd_new (gconstpointer data, gsize size)
{
  int fd = memfd_create ("recto-test", MFD_CLOEXEC);

  fail_unless (fd >= 0);
  fail_unless_equals_int (ftruncate (fd, size), 0);
  if (data)
    fail_unless_equals_int (pwrite (fd, data, size, 0), (int) size);
  return fd;
}

static void
new_sockets (int sockets[2])
{
  fail_unless_equals_int (socketpair (AF_UNIX,
          SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
}

static void
send_message (int socket, gconstpointer data, gsize size, const int *fds,
    guint n_fds)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (RECTO_WORKER_MAX_FDS * sizeof (int))];
  } control = { {0,}, };
  struct iovec part = { (void *) data, size };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
  struct cmsghdr *rights;

  if (n_fds > 0) {
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
    rights = CMSG_FIRSTHDR (&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
    memcpy (CMSG_DATA (rights), fds, n_fds * sizeof (int));
  }

  fail_unless_equals_int (sendmsg (socket, &header, MSG_NOSIGNAL),
      (int) size);
}

/* FALSE when the worker ends instead of replying. */
gboolean
worker_try (Worker * self, int socket, RectoWorkerRequest * request,
    const int *fds, guint n_fds, RectoWorkerReply * reply)
{
  gssize received;

  request->serial = ++self->serial;
  send_message (socket, request, sizeof (*request), fds, n_fds);
  received = recv (socket, reply, sizeof (*reply), MSG_TRUNC);
  if (received <= 0)
    return FALSE;

  fail_unless_equals_int (received, sizeof (*reply));
  fail_unless_equals_int (reply->serial, request->serial);
  fail_unless_equals_int (reply->kind, request->kind);
  return TRUE;
}

void
worker_call (Worker * self, int socket, RectoWorkerRequest * request,
    const int *fds, guint n_fds, RectoWorkerReply * reply)
{
  fail_unless (worker_try (self, socket, request, fds, n_fds, reply));
  fail_unless (reply->size <= request->capacity);
}

static void
confine (Worker * self)
{
  RectoWorkerRequest request = {
    .kind = RECTO_WORKER_CONFINE,
    .memory_limit = 1 << 30,
    .walls = TRUE,
  };
  RectoWorkerReply reply;

  worker_call (self, self->socket, &request, NULL, 0, &reply);
}

void
worker_start (Worker * self)
{
  char *argv[] = { (char *) g_getenv ("RECTO_RENDER_WORKER"), NULL };
  posix_spawn_file_actions_t actions;
  int sockets[2];

  fail_unless (argv[0] != NULL);
  new_sockets (sockets);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, sockets[1],
      RECTO_WORKER_SOCKET_FD);
  fail_unless_equals_int (posix_spawn (&self->pid, argv[0], &actions, NULL,
          argv, environ), 0);
  posix_spawn_file_actions_destroy (&actions);
  close (sockets[1]);

  self->serial = 0;
  self->socket = sockets[0];
  self->buffer = memfd_new (NULL, BUFFER_SIZE);
  self->data = mmap (NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
      self->buffer, 0);
  fail_unless (self->data != MAP_FAILED);
  confine (self);
}

/* Closes the socket; returns how the zygote ended. */
int
worker_wait (Worker * self)
{
  int status;

  close (self->socket);
  close (self->buffer);
  munmap (self->data, BUFFER_SIZE);
  fail_unless_equals_int (waitpid (self->pid, &status, 0), self->pid);
  return status;
}

void
worker_stop (Worker * self)
{
  fail_unless_equals_int (worker_wait (self), 0);
}

void
worker_fork (Worker * self, Child * child)
{
  RectoWorkerRequest request = { .kind = RECTO_WORKER_FORK };
  RectoWorkerReply reply;
  int sockets[2], log[2];
  int fds[2];

  new_sockets (sockets);
  fail_unless_equals_int (pipe2 (log, O_CLOEXEC), 0);
  fds[0] = sockets[1];
  fds[1] = log[1];
  worker_call (self, self->socket, &request, fds, 2, &reply);
  close (sockets[1]);
  close (log[1]);

  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
  fail_unless (reply.pid > 0);
  child->pid = reply.pid;
  child->socket = sockets[0];
  child->log = log[0];
}

/* Closes the child's socket; returns how it ended. */
int
worker_reap (Worker * self, Child * child)
{
  RectoWorkerRequest request = { .kind = RECTO_WORKER_REAP };
  RectoWorkerReply reply;

  close (child->socket);
  close (child->log);
  request.pid = child->pid;
  worker_call (self, self->socket, &request, NULL, 0, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
  fail_unless_equals_int (reply.pid, child->pid);
  return reply.wait_status;
}

void
worker_open (Worker * self, Child * child, GBytes * document,
    const char *password, RectoWorkerReply * reply)
{
  RectoWorkerRequest request = {
    .kind = RECTO_WORKER_OPEN,
    .document_size = g_bytes_get_size (document),
    .size = password ? strlen (password) : 0,
    .capacity = BUFFER_SIZE,
  };
  int fds[] = {
    memfd_new (g_bytes_get_data (document, NULL), request.document_size),
    self->buffer,
  };

  memcpy (self->data, password ? password : "", request.size);
  worker_call (self, child->socket, &request, fds, 2, reply);
  close (fds[0]);
}

void
worker_render (Worker * self, Child * child, guint page,
    RectoWorkerFormat format, const RectoWorkerLayout * layout,
    RectoWorkerReply * reply)
{
  RectoWorkerRequest request = {
    .kind = RECTO_WORKER_RENDER,
    .page = page,
    .format = format,
    .quality = 90,
    .capacity = BUFFER_SIZE,
    .layout = *layout,
  };

  worker_call (self, child->socket, &request, &self->buffer, 1, reply);
}

void
worker_text (Worker * self, Child * child, guint page,
    RectoWorkerReply * reply)
{
  RectoWorkerRequest request = {
    .kind = RECTO_WORKER_TEXT,
    .page = page,
    .capacity = BUFFER_SIZE,
  };

  worker_call (self, child->socket, &request, &self->buffer, 1, reply);
}

char *
worker_get_string (Worker * self, const RectoWorkerReply * reply)
{
  return g_strndup ((const char *) self->data, reply->size);
}

static GdkPixbuf *
decode (const guint8 * data, gsize size)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();

  fail_unless (gdk_pixbuf_loader_write (loader, data, size, NULL));
  fail_unless (gdk_pixbuf_loader_close (loader, NULL));
  return g_object_ref (gdk_pixbuf_loader_get_pixbuf (loader));
}

static void
copy_pixel (guint8 * out, const guint8 * in, RectoWorkerFormat format)
{
  out[0] = in[format == RECTO_WORKER_BGRX ? 2 : 0];
  out[1] = in[format == RECTO_WORKER_GRAY8 ? 0 : 1];
  out[2] = in[format == RECTO_WORKER_RGB ? 2 : 0];
}

/* The image in the buffer as RGB. */
GdkPixbuf *
worker_get_pixbuf (Worker * self, RectoWorkerFormat format,
    const RectoWorkerReply * reply)
{
  guint bytes = format == RECTO_WORKER_BGRX ? 4
      : format == RECTO_WORKER_RGB ? 3 : 1;
  GdkPixbuf *pixbuf;
  guint x, y;

  if (format <= RECTO_WORKER_JPEG) {
    fail_unless_equals_int (reply->stride, 0);
    return decode (self->data, reply->size);
  }

  fail_unless_equals_int (reply->stride, (reply->width * bytes + 3) / 4 * 4);
  fail_unless_equals_int (reply->size, reply->stride * reply->height);
  pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, reply->width,
      reply->height);
  for (y = 0; y < reply->height; y++)
    for (x = 0; x < reply->width; x++)
      copy_pixel (gdk_pixbuf_get_pixels (pixbuf)
          + y * gdk_pixbuf_get_rowstride (pixbuf) + x * 3,
          self->data + y * reply->stride + x * bytes, format);
  return pixbuf;
}

guint32
pixbuf_get_pixel (GdkPixbuf * pixbuf, guint x, guint y)
{
  const guint8 *pixel;

  g_assert (x < (guint) gdk_pixbuf_get_width (pixbuf)
      && y < (guint) gdk_pixbuf_get_height (pixbuf));
  pixel = gdk_pixbuf_read_pixels (pixbuf)
      + y * gdk_pixbuf_get_rowstride (pixbuf)
      + x * gdk_pixbuf_get_n_channels (pixbuf);
  return pixel[0] << 16 | pixel[1] << 8 | pixel[2];
}

/* NULL when the page cannot be rendered. */
GdkPixbuf *
render_document (Worker * self, GBytes * document, guint page,
    const RectoWorkerLayout * layout)
{
  GdkPixbuf *pixbuf = NULL;
  RectoWorkerReply reply;
  Child child;

  worker_fork (self, &child);
  worker_open (self, &child, document, NULL, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
  worker_render (self, &child, page, RECTO_WORKER_RGB, layout, &reply);
  if (reply.status == RECTO_WORKER_OK)
    pixbuf = worker_get_pixbuf (self, RECTO_WORKER_RGB, &reply);
  fail_unless_equals_int (worker_reap (self, &child), 0);
  return pixbuf;
}

static cairo_status_t
append (gpointer bytes, const guint8 * data, guint size)
{
  g_byte_array_append (bytes, data, size);
  return CAIRO_STATUS_SUCCESS;
}

GBytes *
make_pdf (guint n_pages, double width, double height, DrawFunc draw)
{
  GByteArray *bytes = g_byte_array_new ();
  cairo_surface_t *surface =
      cairo_pdf_surface_create_for_stream (append, bytes, width, height);
  cairo_t *cairo = cairo_create (surface);
  guint page;

  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE,
      "Überschrift");
  for (page = 1; page <= n_pages; page++) {
    draw (cairo, page);
    cairo_show_page (cairo);
  }

  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  return g_byte_array_free_to_bytes (bytes);
}

/* For what cairo does not write: `page` goes into the page's dictionary. */
GBytes *
make_plain_pdf (const char *page, const char *content)
{
  char *pdf = g_strdup_printf ("%%PDF-1.4\n"
      "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
      "2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n"
      "3 0 obj <</Type/Page/Parent 2 0 R/Contents 4 0 R%s>> endobj\n"
      "4 0 obj <</Length %zu>> stream\n%s\nendstream endobj\n"
      "trailer <</Root 1 0 R>>\n", page, strlen (content), content);

  return g_bytes_new_take (pdf, strlen (pdf));
}

/* The upper left quarter of 200 by 100 points is red. */
void
draw_corner (cairo_t * cairo, guint page)
{
  cairo_set_source_rgb (cairo, 1, 0, 0);
  cairo_rectangle (cairo, 0, 0, 100, 50);
  cairo_fill (cairo);
}
