/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/resource.h>

#include "model-connection.h"

#define BACKLOG 4096

struct _ModelServer
{
  ModelHub hub;
  GTlsCertificate *certificate; /* nullable */
  guint16 port;
  char *url;

  /* The thread's: */
  GSocket *listener;            /* nullable */
  ModelWatch watch;

  GMutex lock;                  /* for what is handed to the thread: */
  GSocket *next_listener;
  guint n_to_release;
};

/* Listening, in the thread */

static void
on_listener_ready (guint32 events, gpointer data)
{
  ModelServer *self = data;
  GSocket *socket;

  while ((socket = g_socket_accept (self->listener, NULL, NULL))) {
    g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
    model_connection_open (&self->hub, socket, self->certificate);
    g_object_unref (socket);
  }
}

static void
accept_connections (gpointer data)
{
  ModelServer *self = data;

  if (self->listener)
    model_loop_watch (self->hub.loop, &self->watch, EPOLLIN);
}

static void
leave_connections (gpointer data)
{
  ModelServer *self = data;

  if (self->listener)
    model_loop_watch (self->hub.loop, &self->watch, 0);
}

static void
go_down (gpointer data)
{
  ModelServer *self = data;
  ModelConnection *connection;

  leave_connections (self);
  g_clear_object (&self->listener);
  while ((connection = g_queue_peek_head (&self->hub.connections)))
    model_connection_kill (connection);
}

static void
come_up (gpointer data)
{
  ModelServer *self = data;

  g_mutex_lock (&self->lock);
  self->listener = g_steal_pointer (&self->next_listener);
  g_mutex_unlock (&self->lock);

  self->watch.fd = g_socket_get_fd (self->listener);
  accept_connections (self);
}

/* Listening */

static GSocket *
make_listener (guint16 port, GError ** error)
{
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4,
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (!socket)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, TRUE, error) ||
      !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

static guint16
get_port (GSocket * socket)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (socket,
      NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

void
model_server_pause_accepting (ModelServer * self)
{
  model_loop_call (self->hub.loop, leave_connections, self);
}

void
model_server_resume_accepting (ModelServer * self)
{
  model_loop_call (self->hub.loop, accept_connections, self);
}

void
model_server_stop_listening (ModelServer * self)
{
  model_loop_call (self->hub.loop, go_down, self);
}

gboolean
model_server_start_listening (ModelServer * self, GError ** error)
{
  GSocket *listener = make_listener (self->port, error);

  if (!listener)
    return FALSE;
  self->port = get_port (listener);
  if (!self->url)
    self->url = g_strdup_printf ("%s://127.0.0.1:%u/v1",
        self->certificate ? "https" : "http", self->port);

  g_mutex_lock (&self->lock);
  self->next_listener = listener;
  g_mutex_unlock (&self->lock);
  model_loop_call (self->hub.loop, come_up, self);
  return TRUE;
}

/* Holding */

static void
start_hold (gpointer data)
{
  ModelHub *hub = &((ModelServer *) data)->hub;

  hub->holds = TRUE;
  hub->n_released = 0;
}

static void
release (gpointer data)
{
  ModelServer *self = data;
  ModelHub *hub = &self->hub;

  g_mutex_lock (&self->lock);
  hub->n_released += self->n_to_release;
  self->n_to_release = 0;
  g_mutex_unlock (&self->lock);

  for (; hub->n_released > 0 && hub->held.head; hub->n_released--)
    model_connection_release (hub->held.head->data);
}

static void
stop_hold (gpointer data)
{
  ModelHub *hub = &((ModelServer *) data)->hub;

  hub->holds = FALSE;
  while (hub->held.head)
    model_connection_release (hub->held.head->data);
}

void
model_server_hold (ModelServer * self)
{
  model_loop_call (self->hub.loop, start_hold, self);
}

void
model_server_release (ModelServer * self, guint n_answers)
{
  g_mutex_lock (&self->lock);
  self->n_to_release += n_answers;
  g_mutex_unlock (&self->lock);
  model_loop_call (self->hub.loop, release, self);
}

void
model_server_end_hold (ModelServer * self)
{
  model_loop_call (self->hub.loop, stop_hold, self);
}

/* Life */

static gboolean
load_certificate (ModelServer * self, const char *certificate,
    const char *key, GError ** error)
{
  if (!certificate)
    return TRUE;
  self->certificate = key ?
      g_tls_certificate_new_from_files (certificate, key, error) :
      g_tls_certificate_new_from_file (certificate, error);
  return self->certificate != NULL;
}

ModelServer *
model_server_new_full (guint16 port, const char *certificate,
    const char *key, GError ** error)
{
  g_autoptr (ModelServer) self = g_new0 (ModelServer, 1);

  g_mutex_init (&self->lock);
  model_answers_init (&self->hub.answers);
  model_counts_init (&self->hub.counts);
  self->hub.loop = model_loop_new ();
  self->watch.func = on_listener_ready;
  self->watch.data = self;
  self->port = port;

  if (!load_certificate (self, certificate, key, error))
    return NULL;
  return g_steal_pointer (&self);
}

ModelServer *
model_server_new (void)
{
  g_autoptr (GError) error = NULL;
  ModelServer *self = model_server_new_full (0, NULL, NULL, &error);

  if (!self || !model_server_start_listening (self, &error))
    g_error ("no model server: %s", error->message);
  return self;
}

void
model_server_free (ModelServer * self)
{
  model_loop_call (self->hub.loop, go_down, self);
  model_loop_free (self->hub.loop);
  model_answers_clear (&self->hub.answers);
  model_counts_clear (&self->hub.counts);
  g_clear_object (&self->certificate);
  g_mutex_clear (&self->lock);
  g_free (self->url);
  g_free (self);
}

const char *
model_server_get_url (ModelServer * self)
{
  return self->url;
}

guint16
model_server_get_port (ModelServer * self)
{
  return self->port;
}

void
model_server_raise_file_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
}

/* Counts */

guint64
model_server_get_count (ModelServer * self, ModelCount count)
{
  return model_counts_get (&self->hub.counts, count);
}

void
model_server_reset_counts (ModelServer * self)
{
  model_counts_reset (&self->hub.counts);
}

typedef struct
{
  ModelCount count;
  guint64 n;
} Bound;

static gboolean
is_at_least (const guint64 * counts, gpointer data)
{
  const Bound *bound = data;

  return counts[bound->count] >= bound->n;
}

static gboolean
is_at_most (const guint64 * counts, gpointer data)
{
  const Bound *bound = data;

  return counts[bound->count] <= bound->n;
}

gboolean
model_server_wait_at_least (ModelServer * self, ModelCount count, guint64 n)
{
  Bound bound = { count, n };

  return model_counts_wait (&self->hub.counts, is_at_least, &bound);
}

gboolean
model_server_wait_at_most (ModelServer * self, ModelCount count, guint64 n)
{
  Bound bound = { count, n };

  return model_counts_wait (&self->hub.counts, is_at_most, &bound);
}

gboolean
model_server_wait_for (ModelServer * self, ModelCondition condition,
    gpointer data)
{
  return model_counts_wait (&self->hub.counts, condition, data);
}

/* Settings */

static GMutexLocker *
lock_answers (ModelServer * self)
{
  return g_mutex_locker_new (&self->hub.answers.lock);
}

void
model_server_set_models_strv (ModelServer * self, const char *const *names)
{
  ModelAnswers *answers = &self->hub.answers;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = lock_answers (self);

  g_strfreev (answers->models);
  answers->models = g_strdupv ((char **) names);
  answers->is_strict = TRUE;
}

void
model_server_set_models (ModelServer * self, const char *name, ...)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  va_list more;

  va_start (more, name);
  for (; name; name = va_arg (more, const char *))
    g_ptr_array_add (names, (char *) name);
  va_end (more);
  g_ptr_array_add (names, NULL);
  model_server_set_models_strv (self, (const char *const *) names->pdata);
}

void
model_server_take_any_model (ModelServer * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = lock_answers (self);

  self->hub.answers.is_strict = FALSE;
}

void
model_server_set_format (ModelServer * self, ModelFormat format)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = lock_answers (self);

  self->hub.answers.format = format;
}

void
model_server_set_cheap (ModelServer * self, gboolean cheap)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = lock_answers (self);

  self->hub.answers.cheap = cheap;
}

void
model_server_set_delay (ModelServer * self, double seconds)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = lock_answers (self);

  self->hub.answers.delay = seconds;
}

void
model_server_set_jitter (ModelServer * self, double seconds)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = lock_answers (self);

  self->hub.answers.jitter = seconds;
}

void
model_server_set_api_key (ModelServer * self, const char *key)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = lock_answers (self);

  g_free (self->hub.answers.api_key);
  self->hub.answers.api_key = g_strdup (key);
}

void
model_server_set_body_limit (ModelServer * self, gsize size)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = lock_answers (self);

  self->hub.answers.body_limit = size;
}

void
model_server_set_script (ModelServer * self, const ModelFault * faults,
    gsize n_faults)
{
  model_answers_set_script (&self->hub.answers, faults, n_faults, FALSE);
}

void
model_server_set_cycle (ModelServer * self, const ModelFault * faults,
    gsize n_faults)
{
  model_answers_set_script (&self->hub.answers, faults, n_faults, TRUE);
}

void
model_server_set_mix (ModelServer * self, guint percent, guint32 seed,
    const ModelFault * faults, gsize n_faults)
{
  model_answers_set_mix (&self->hub.answers, percent, seed, faults, n_faults);
}

void
model_server_set_models_fault (ModelServer * self, const ModelFault * fault)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = lock_answers (self);

  self->hub.answers.models_fault = fault ? model_fault_intern (fault) :
      (ModelFault) {
  MODEL_FAULT_NONE};
}

static void
do_nothing (gpointer data)
{
}

void
model_server_set_handler (ModelServer * self, ModelHandler handler,
    gpointer data)
{
  ModelAnswers *answers = &self->hub.answers;

  g_mutex_lock (&answers->lock);
  answers->handler = handler;
  answers->handler_data = data;
  g_mutex_unlock (&answers->lock);

  /* Whoever calls the former one has to come to an end first. */
  model_loop_call (self->hub.loop, do_nothing, NULL);
}
