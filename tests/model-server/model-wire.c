/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <sys/socket.h>

#include "model-wire.h"

struct _ModelWire
{
  ModelLoop *loop;
  GSocket *socket;
  GIOStream *tls;               /* nullable */
  GSource *source;              /* of TLS, which knows more than the socket */
  ModelWatch watch;
  ModelWait wait;
  ModelWireFunc ready;
  ModelWireFunc gone;
  gpointer data;
};

/* Waiting */

static void
on_events (guint32 events, gpointer data)
{
  ModelWire *self = data;
  gboolean is_waited_for = events & self->watch.events & (EPOLLIN | EPOLLOUT);

  if (is_waited_for)
    self->ready (self->data);
  else if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    self->gone (self->data);
}

static gboolean
on_tls_ready (GObject * stream, gpointer data)
{
  ModelWire *self = data;

  self->ready (self->data);
  return G_SOURCE_CONTINUE;
}

static GSource *
create_tls_source (ModelWire * self, ModelWait wait)
{
  if (wait == MODEL_WAIT_READABLE)
    return g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM
        (g_io_stream_get_input_stream (self->tls)), NULL);
  return g_pollable_output_stream_create_source (G_POLLABLE_OUTPUT_STREAM
      (g_io_stream_get_output_stream (self->tls)), NULL);
}

static void
clear_source (ModelWire * self)
{
  if (self->source)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

static void
wait_for_tls (ModelWire * self, ModelWait wait)
{
  clear_source (self);
  if (wait == MODEL_WAIT_NOTHING)
    return;
  self->source = create_tls_source (self, wait);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_tls_ready), self,
      NULL);
  g_source_attach (self->source, model_loop_get_context (self->loop));
}

/* What a reader would see at its end is not looked for beside it. */
static guint32
get_events (ModelWire * self, ModelWait wait)
{
  if (wait == MODEL_WAIT_NOTHING)
    return EPOLLRDHUP;
  if (self->tls)
    return 0;
  return wait == MODEL_WAIT_READABLE ? EPOLLIN : EPOLLOUT;
}

void
model_wire_wait (ModelWire * self, ModelWait wait)
{
  if (self->tls && self->wait != wait)
    wait_for_tls (self, wait);
  model_loop_watch (self->loop, &self->watch, get_events (self, wait));
  self->wait = wait;
}

/* Bytes */

static gssize
get_tls_result (gssize n, GError * failure)
{
  g_autoptr (GError) error = failure;

  if (!error)
    return n;
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ?
      MODEL_WIRE_AGAIN : MODEL_WIRE_BROKEN;
}

static gssize
get_result (gssize n)
{
  if (n >= 0)
    return n;
  return errno == EAGAIN || errno == EINTR ? MODEL_WIRE_AGAIN :
      MODEL_WIRE_BROKEN;
}

gssize
model_wire_read (ModelWire * self, void *data, gsize size)
{
  GError *error = NULL;
  gssize n;

  if (!self->tls)
    return get_result (recv (self->watch.fd, data, size, MSG_DONTWAIT));

  n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM
      (g_io_stream_get_input_stream (self->tls)), data, size, NULL, &error);
  return get_tls_result (n, error);
}

gssize
model_wire_write (ModelWire * self, const void *data, gsize size)
{
  GError *error = NULL;
  gssize n;

  if (!self->tls)
    return get_result (send (self->watch.fd, data, size,
            MSG_DONTWAIT | MSG_NOSIGNAL));

  n = g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM
      (g_io_stream_get_output_stream (self->tls)), data, size, NULL, &error);
  return get_tls_result (n, error);
}

/* Life */

static GIOStream *
make_tls (GSocket * socket, GTlsCertificate * certificate)
{
  g_autoptr (GSocketConnection) connection =
      g_socket_connection_factory_create_connection (socket);
  g_autoptr (GError) error = NULL;
  GIOStream *tls = g_tls_server_connection_new (G_IO_STREAM (connection),
      certificate, &error);

  if (!tls)
    g_error ("no TLS: %s", error->message);
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (tls), FALSE);
  return tls;
}

ModelWire *
model_wire_new (ModelLoop * loop, GSocket * socket,
    GTlsCertificate * certificate, ModelWireFunc ready, ModelWireFunc gone,
    gpointer data)
{
  ModelWire *self = g_new0 (ModelWire, 1);

  self->loop = loop;
  self->socket = g_object_ref (socket);
  self->tls = certificate ? make_tls (socket, certificate) : NULL;
  self->watch.fd = g_socket_get_fd (socket);
  self->watch.func = on_events;
  self->watch.data = self;
  self->ready = ready;
  self->gone = gone;
  self->data = data;
  return self;
}

/* A handshake that goes on in a thread has the socket too, hence shutdown. */
static void
close_socket (ModelWire * self, gboolean reset)
{
  struct linger linger = {.l_onoff = 1,.l_linger = 0 };

  if (reset)
    setsockopt (self->watch.fd, SOL_SOCKET, SO_LINGER, &linger,
        sizeof linger);
  else
    g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
  g_socket_close (self->socket, NULL);
}

void
model_wire_close (ModelWire * self, gboolean reset)
{
  model_loop_watch (self->loop, &self->watch, 0);
  clear_source (self);
  close_socket (self, reset);
  g_clear_object (&self->tls);
  g_object_unref (self->socket);
  g_free (self);
}
