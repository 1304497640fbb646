/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Serves one document until the parent closes the socket.
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "document.h"
#include "encode.h"
#include "losses.h"
#include "sandbox.h"

#define MAX_PASSWORD 1024

typedef struct
{
  Document *document;           /* NULL until it is open */
  Raster raster;
  Encoder encoder;
} Child;

/* One request, its reply and its buffer. */
typedef struct
{
  const RectoWorkerRequest *request;
  RectoWorkerReply *reply;
  guint8 *buffer;
} Exchange;

/* A descriptor must have what the request says that it has: reading beyond
 * the end of a file is a SIGBUS. */
static guint8 *
map_fd (int fd, guint64 size, int protection, int flags)
{
  struct stat status;
  void *data;

  if (fstat (fd, &status) < 0 || !S_ISREG (status.st_mode)
      || size > (guint64) status.st_size)
    channel_protest ("a descriptor is too small");
  if (size == 0)
    return NULL;

  data = mmap (NULL, size, protection, flags, fd, 0);
  if (data == MAP_FAILED && errno == ENOMEM)
    _exit (RECTO_WORKER_EXIT_NO_MEMORY);        /* nor could a reply be made */
  if (data == MAP_FAILED)
    channel_protest ("cannot map a descriptor");
  return data;
}

static void
reply_data (Exchange * exchange, const void *data, gsize size)
{
  g_assert (size <= exchange->request->capacity);

  if (size > 0)
    memcpy (exchange->buffer, data, size);
  exchange->reply->size = size;
}

/* Messages have no stop at the end, titles no half characters. */
static void
reply_string (Exchange * exchange, const char *string)
{
  gsize size = strlen (string);
  const char *end;

  if (size > exchange->request->capacity) {
    size = exchange->request->capacity;
    if (!g_utf8_validate_len (string, size, &end))
      size = end - string;
  }
  reply_data (exchange, string, size);
}

static void
reply_error (Exchange * exchange, const GError * error)
{
  g_autofree char *message = g_utf8_make_valid (error->message, -1);
  gsize length = strlen (message);

  if (length > 0 && message[length - 1] == '.')
    message[length - 1] = '\0';
  exchange->reply->status = error->code;
  reply_string (exchange, message);
}

/* Takes the password out of the buffer, so that it is nowhere else. */
static void
take_password (Exchange * exchange, char password[MAX_PASSWORD + 1])
{
  gsize size = exchange->request->size;

  if (size > MAX_PASSWORD || size > exchange->request->capacity)
    channel_protest ("the password is too long");

  if (size > 0) {
    memcpy (password, exchange->buffer, size);
    explicit_bzero (exchange->buffer, size);
  }
  password[size] = '\0';
}

static void
serve_open (Child * self, Exchange * exchange, int fd)
{
  const RectoWorkerRequest *request = exchange->request;
  char password[MAX_PASSWORD + 1];
  g_autoptr (GError) error = NULL;
  const guint8 *data;

  if (self->document)
    channel_protest ("there is a document already");

  data = map_fd (fd, request->document_size, PROT_READ, MAP_PRIVATE);
  take_password (exchange, password);
  self->document = document_open (data, request->document_size,
      *password ? password : NULL, &error);
  explicit_bzero (password, sizeof (password));

  if (!self->document) {
    reply_error (exchange, error);
    return;
  }

  exchange->reply->n_pages = self->document->n_pages;
  exchange->reply->encrypted = self->document->encrypted;
  if (self->document->title)
    reply_string (exchange, self->document->title);
}

static void
set_too_small (GError ** error)
{
  g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_BUFFER_TOO_SMALL,
      "the image is larger than the buffer");
}

/* A raster that comes back as it is drawn is drawn where it goes. */
static gboolean
prepare_raster (Child * self, Exchange * exchange, const Placement * placement,
    Raster * raster, GError ** error)
{
  const RectoWorkerRequest *request = exchange->request;
  guint width = placement->image_width;
  guint height = placement->image_height;
  guint64 size = (guint64) raster_stride (width, request->format) * height;

  if (size > request->capacity) {
    set_too_small (error);
    return FALSE;
  }
  if ((guint64) width * height > DOCUMENT_MAX_IMAGE_BYTES / 4
      || !raster_alloc (&self->raster, width, height)) {
    g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_MEMORY_LIMIT,
        "%u by %u pixels take more memory than there is", width, height);
    return FALSE;
  }

  *raster = self->raster;
  if (request->format == RECTO_WORKER_BGRX)
    raster->pixels = (guint32 *) exchange->buffer;
  raster_fill_white (raster);
  return TRUE;
}

static gboolean
put_image (Child * self, Exchange * exchange, const Raster * raster,
    GError ** error)
{
  const RectoWorkerRequest *request = exchange->request;
  RectoWorkerReply *reply = exchange->reply;

  switch (request->format) {
    case RECTO_WORKER_PNG:
      reply->size = encode_png (&self->encoder, raster, exchange->buffer,
          request->capacity);
      break;
    case RECTO_WORKER_JPEG:
      reply->size = encode_jpeg (&self->encoder, raster, request->quality,
          exchange->buffer, request->capacity);
      break;
    case RECTO_WORKER_BGRX:
      reply->size = (gsize) raster->width * raster->height * 4;
      break;
    default:
      reply->size = raster_convert (raster, request->format,
          exchange->buffer);
  }

  if (reply->size == 0) {
    set_too_small (error);
    return FALSE;
  }

  reply->width = raster->width;
  reply->height = raster->height;
  reply->stride = raster_stride (raster->width, request->format);
  return TRUE;
}

static void
copy_label (RectoWorkerReply * reply, const char *label)
{
  g_autofree char *valid = g_utf8_make_valid (label ? label : "", -1);
  const char *end;

  g_strlcpy (reply->label, valid, sizeof (reply->label));
  g_utf8_validate (reply->label, -1, &end);
  reply->label[end - reply->label] = '\0';
}

static gboolean
describe_page (Child * self, Exchange * exchange, GError ** error)
{
  RectoWorkerReply *reply = exchange->reply;
  PageInfo info = { 0, };

  if (!document_describe (self->document, exchange->request->page, &info,
          error))
    return FALSE;

  reply->page_width = info.width;
  reply->page_height = info.height;
  copy_label (reply, info.label);
  g_free (info.label);
  return TRUE;
}

static gboolean
place_page (Child * self, Exchange * exchange, Placement * placement,
    GError ** error)
{
  const RectoWorkerReply *reply = exchange->reply;

  if (!describe_page (self, exchange, error))
    return FALSE;
  if (layout_place (&exchange->request->layout, reply->page_width,
          reply->page_height, placement))
    return TRUE;

  g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_DEGENERATE,
      "a page of %g by %g points leaves nothing to read",
      reply->page_width, reply->page_height);
  return FALSE;
}

static gboolean
render (Child * self, Exchange * exchange, GError ** error)
{
  const RectoWorkerRequest *request = exchange->request;
  Placement placement;
  Raster raster;

  if (request->page == 0)
    layout_place_blank (&request->layout, &placement);
  else if (!place_page (self, exchange, &placement, error))
    return FALSE;

  return prepare_raster (self, exchange, &placement, &raster, error)
      && (request->page == 0 || document_draw (self->document, request->page,
              &raster, &placement, error))
      && put_image (self, exchange, &raster, error);
}

static void
serve_render (Child * self, Exchange * exchange)
{
  const RectoWorkerRequest *request = exchange->request;
  g_autoptr (GError) error = NULL;

  if ((request->page > 0 && !self->document)
      || request->format > RECTO_WORKER_GRAY8
      || (request->format == RECTO_WORKER_JPEG
          && (request->quality < 1 || request->quality > 100))
      || request->layout.rotation % 90 || request->layout.rotation > 270)
    channel_protest ("malformed request to render");

  if (!render (self, exchange, &error))
    reply_error (exchange, error);
}

static void
serve_text (Child * self, Exchange * exchange)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (!self->document)
    channel_protest ("there is no document");

  if (describe_page (self, exchange, &error))
    text = document_get_text (self->document, exchange->request->page, &error);
  if (text && strlen (text) > exchange->request->capacity)
    g_set_error (&error, DOCUMENT_ERROR, RECTO_WORKER_BUFFER_TOO_SMALL,
        "the text is larger than the buffer");

  if (error)
    reply_error (exchange, error);
  else
    reply_string (exchange, text);
}

/* Whatever else is said to have come of a request. */
static void
check_losses (Exchange * exchange)
{
  g_autoptr (GError) error = NULL;
  gsize size;

  if (!losses_lacked_memory (&size))
    return;
  g_set_error (&error, DOCUMENT_ERROR, RECTO_WORKER_MEMORY_LIMIT,
      "an allocation of %" G_GSIZE_FORMAT " bytes failed", size);
  reply_error (exchange, error);
}

static void
serve_message (Child * self, Message * message, RectoWorkerReply * reply)
{
  const RectoWorkerRequest *request = &message->request;
  Exchange exchange = { request, reply, NULL };
  guint n_fds = request->kind == RECTO_WORKER_OPEN ? 2 : 1;

  /* The buffer comes last. */
  if (message->n_fds != n_fds)
    channel_protest ("a request has the wrong descriptors");
  sandbox_limit_cpu (request->cpu_seconds);
  exchange.buffer = map_fd (message->fds[n_fds - 1], request->capacity,
      PROT_READ | PROT_WRITE, MAP_SHARED);

  switch (request->kind) {
    case RECTO_WORKER_OPEN:
      serve_open (self, &exchange, message->fds[0]);
      break;
    case RECTO_WORKER_RENDER:
      serve_render (self, &exchange);
      break;
    case RECTO_WORKER_TEXT:
      serve_text (self, &exchange);
      break;
    default:
      channel_protest ("not a request to a child");
  }
  check_losses (&exchange);

  if (exchange.buffer)
    munmap (exchange.buffer, request->capacity);
}

G_NORETURN void
child_serve (int socket)
{
  Child self = { NULL, };
  Message message;

  while (channel_receive (socket, &message)) {
    RectoWorkerReply reply = {
      .kind = message.request.kind,
      .serial = message.request.serial,
    };

    serve_message (&self, &message, &reply);
    message_close (&message);
    channel_send (socket, &reply);
  }

  /* The kernel frees faster than we do. */
  _exit (EXIT_SUCCESS);
}
