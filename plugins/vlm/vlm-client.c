/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-client.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <recto/recto-password-private.h>

#include "excerpt.h"
#include "url-secrets.h"

/* What a call costs grows with the connections of its session: 1.4 ms with
 * 64 of them, 6.9 ms with 1,000. */
#define CALLS_PER_SESSION 64

/* Connections that are on their way out count, too. */
#define SPARE_CONNECTIONS 8

/* Whoever is there takes a connection sooner than this. */
#define CONNECT_TIMEOUT (30 * G_USEC_PER_SEC)

/* Responses of status 1xx that one call may bring. */
#define MAX_INFORMATIONAL 16

#define PIECE (64 * 1024)

/* Of what has arrived so much is read at a time before other calls have their
 * turn. */
#define DRAINED_PIECE (4 * 1024)
#define MAX_DRAINED 1024

/* How much of what a server calls a status is passed on. */
#define REASON_LENGTH 100

typedef struct
{
  SoupSession *soup;
  guint n_calls;
} Session;

struct _VlmClient
{
  GUri *uri;
  char *authorization;          /* nullable */
  Secrets *secrets;             /* that no message may contain */
  GTlsDatabase *tls_database;   /* nullable */
  GProxyResolver *proxies;      /* NULL: the system's */
  gboolean is_direct;           /* there is no proxy */
  GstStructure *extra_headers;  /* nullable */
  gsize max_response_bytes;

  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;

  /* The thread's. */
  DeadlineQueue *deadlines;
  GPtrArray *sessions;
  GQueue calls;
  guint n_holds;                /* calls are among them */
};

typedef struct
{
  VlmCall call;

  VlmClient *client;
  GList link;                   /* in the client's calls */
  Session *session;
  SoupMessage *message;
  ImageBody *body;              /* nullable */
  GInputStream *answer;
  GCancellable *cancellable;
  Deadline *deadline;
  gint64 expires_at;
  VlmCallFunc func;             /* NULL once nobody wants to know */
  VlmLateFunc late;             /* nullable */
  gpointer data;
  gboolean is_connected;
  gboolean has_expired;
  guint n_informational;
} Call;

/* Ending calls */

static void
call_free (Call * self)
{
  deadline_cancel (&self->deadline);
  g_queue_unlink (&self->client->calls, &self->link);
  self->session->n_calls--;
  vlm_client_release (self->client);
  g_clear_error (&self->call.error);
  g_clear_pointer (&self->call.reason, g_free);
  g_clear_pointer (&self->call.body, g_byte_array_unref);
  g_clear_object (&self->answer);
  g_clear_object (&self->body);
  g_object_unref (self->message);
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
call_end (Call * self)
{
  VlmCallFunc func = g_steal_pointer (&self->func);

  deadline_cancel (&self->deadline);
  if (func)
    func (&self->call, self->data);
  call_free (self);
}

static void
on_closed (GObject * source, GAsyncResult * result, gpointer data)
{
  g_input_stream_close_finish (G_INPUT_STREAM (source), result, NULL);
  call_end (data);
}

/* An answer that isn't closed keeps its connection. */
static void
call_close (Call * self)
{
  if (self->answer)
    g_input_stream_close_async (self->answer, G_PRIORITY_DEFAULT,
        self->cancellable, on_closed, self);
  else
    call_end (self);
}

static gboolean
is_local_fault (const GError * error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
}

static VlmCallOutcome
judge_failure (Call * self)
{
  const GError *error = self->call.error;

  if (self->has_expired)
    return self->is_connected ? VLM_CALL_TIMED_OUT : VLM_CALL_NO_CONNECTION;
  if (is_local_fault (error))
    return VLM_CALL_LOCAL_FAULT;
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE)
      || g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_NOT_TLS))
    return VLM_CALL_UNTRUSTED;
  return self->is_connected ? VLM_CALL_LOST : VLM_CALL_NO_CONNECTION;
}

static void
call_fail (Call * self, GError * error)
{
  self->call.error = error;
  self->call.outcome = judge_failure (self);
  if (self->has_expired) {
    g_clear_error (&self->call.error);
    self->call.error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
        self->is_connected ? _("The server took too long to answer.")
        : _("The server can't be reached: it does not react."));
  }
  call_close (self);
}

static void
call_fail_too_long (Call * self)
{
  self->call.outcome = VLM_CALL_TOO_LONG;
  self->call.error = g_error_new (G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
      _("The server's answer has more than %u bytes."),
      (guint) self->client->max_response_bytes);
  g_cancellable_cancel (self->cancellable);
  call_close (self);
}

/* Reading answers */

static void on_read (GObject * source, GAsyncResult * result, gpointer data);

static void
call_read (Call * self)
{
  g_input_stream_read_bytes_async (self->answer, PIECE, G_PRIORITY_DEFAULT,
      self->cancellable, on_read, self);
}

/* FALSE when the call ends by it. `error` is taken, with a negative size. */
static gboolean
call_take (Call * self, gconstpointer piece, gssize size, GError * error)
{
  gsize room = self->client->max_response_bytes - self->call.body->len;

  if (size > 0 && (gsize) size <= room) {
    g_byte_array_append (self->call.body, piece, size);
    return TRUE;
  }
  if (size < 0)
    call_fail (self, error);
  else if (size == 0)
    call_close (self);
  else
    call_fail_too_long (self);
  return FALSE;
}

/* What has arrived already. A server may send each byte as a chunk of its own,
 * and to read it with a callback costs many times as much. FALSE when the call
 * ends by it. */
static gboolean
call_drain (Call * self)
{
  GPollableInputStream *stream = G_POLLABLE_INPUT_STREAM (self->answer);
  char piece[DRAINED_PIECE];

  for (guint i = 0; i < MAX_DRAINED; i++) {
    g_autoptr (GError) error = NULL;
    gssize size = g_pollable_input_stream_read_nonblocking (stream, piece,
        sizeof piece, self->cancellable, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      return TRUE;
    if (!call_take (self, piece, size, g_steal_pointer (&error)))
      return FALSE;
  }
  return TRUE;
}

static void
on_read (GObject * source, GAsyncResult * result, gpointer data)
{
  Call *self = data;
  GError *error = NULL;
  g_autoptr (GBytes) bytes =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result,
      &error);
  gsize size = 0;
  gconstpointer piece = bytes ? g_bytes_get_data (bytes, &size) : NULL;

  if (call_take (self, piece, bytes ? (gssize) size : -1, error)
      && call_drain (self))
    call_read (self);
}

/* Servers choose the words for a status. */
static char *
dup_reason (Call * self)
{
  const char *reason = soup_message_get_reason_phrase (self->message);
  g_autofree char *valid = g_utf8_make_valid (reason ? reason : "", -1);

  return excerpt_new (valid, REASON_LENGTH, self->client->secrets);
}

static void
on_sent (GObject * source, GAsyncResult * result, gpointer data)
{
  Call *self = data;
  GError *error = NULL;

  self->answer = soup_session_send_finish (SOUP_SESSION (source), result,
      &error);
  if (self->answer == NULL) {
    call_fail (self, error);
    return;
  }

  self->call.status = soup_message_get_status (self->message);
  self->call.reason = dup_reason (self);
  self->call.headers = soup_message_get_response_headers (self->message);
  self->call.body = g_byte_array_new ();
  call_read (self);
}

/* Making calls */

static void
expire (Call * self)
{
  self->has_expired = TRUE;
  g_cancellable_cancel (self->cancellable);
}

static void set_deadline (Call * self, gint64 when);

/* Only a server that has the request may be given more time. */
static void
on_expired (gpointer data)
{
  Call *self = data;
  gint64 more = self->func && self->late && self->is_connected ?
      self->late (&self->call, self->data) : 0;

  self->deadline = NULL;
  if (more <= 0) {
    expire (self);
    return;
  }
  self->expires_at = g_get_monotonic_time () + more;
  set_deadline (self, self->expires_at);
}

static void
set_deadline (Call * self, gint64 when)
{
  deadline_cancel (&self->deadline);
  self->deadline = deadline_queue_add (self->client->deadlines,
      MIN (when, self->expires_at), on_expired, self);
}

static void
on_network_event (SoupMessage * message, GSocketClientEvent event,
    GIOStream * connection, Call * self)
{
  static const char *const protocols[] = { "http/1.1", NULL };

  self->call.was_idle = FALSE;

  /* Over HTTP/2, libsoup 3.2 reacts to no cancellable until there are headers:
   * no deadline would hold. */
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
    g_tls_connection_set_advertised_protocols (G_TLS_CONNECTION (connection),
        protocols);
}

/* There is a connection, and nothing has been written to it yet. */
static void
on_starting (SoupMessage * message, Call * self)
{
  self->is_connected = TRUE;
  set_deadline (self, self->expires_at);
}

static void
set_body (SoupMessage * message, ImageBody * body)
{
  soup_message_set_request_body (message, "application/json",
      G_INPUT_STREAM (body), image_body_get_size (body));
}

/* libsoup reads on as long as there are more of them, and comes to nothing
 * else: no deadline would ever be met. */
static void
on_informational (SoupMessage * message, Call * self)
{
  if (++self->n_informational == MAX_INFORMATIONAL)
    expire (self);
}

/* The connection had been closed while it was idle, and another one is tried
 * before anybody has seen the request. */
static void
on_restarted (SoupMessage * message, Call * self)
{
  g_autoptr (ImageBody) body = self->body;

  self->is_connected = FALSE;
  if (body == NULL)
    return;
  self->body = image_body_dup (body);
  set_body (message, self->body);
}

/* Whatever the system's authorities say, the extra ones may say more: of who
 * the server is and until when as well. */
static gboolean
on_untrusted (SoupMessage * message, GTlsCertificate * certificate,
    GTlsCertificateFlags errors, Call * self)
{
  g_autoptr (GSocketConnectable) identity = NULL;

  if (self->client->tls_database == NULL)
    return FALSE;

  identity = g_network_address_new (g_uri_get_host (self->client->uri), 0);
  return g_tls_database_verify_chain (self->client->tls_database, certificate,
      G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity, NULL,
      G_TLS_DATABASE_VERIFY_NONE, NULL, NULL) == 0;
}

static GUri *
make_uri (VlmClient * self, const char *path)
{
  g_autofree char *below = g_strdup (g_uri_get_path (self->uri));
  g_autofree char *full = NULL;

  if (g_str_has_suffix (below, "/"))
    below[strlen (below) - 1] = '\0';
  full = g_strconcat (below, path, NULL);
  return g_uri_build (SOUP_HTTP_URI_FLAGS, g_uri_get_scheme (self->uri), NULL,
      g_uri_get_host (self->uri), g_uri_get_port (self->uri), full,
      g_uri_get_query (self->uri), NULL);
}

static gboolean
append_header (GQuark field, const GValue * value, gpointer headers)
{
  g_auto (GValue) text = G_VALUE_INIT;

  g_value_init (&text, G_TYPE_STRING);
  if (g_value_transform (value, &text) && g_value_get_string (&text))
    soup_message_headers_replace (headers, g_quark_to_string (field),
        g_value_get_string (&text));
  return TRUE;
}

/* Nothing is changed by asking twice; only what says so gets a connection
 * that has been used before. */
static SoupMessage *
make_message (VlmClient * self, const char *path, ImageBody * body)
{
  g_autoptr (GUri) uri = make_uri (self, path);
  SoupMessage *message =
      soup_message_new_from_uri (body ? SOUP_METHOD_POST : SOUP_METHOD_GET,
      uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT
      | SOUP_MESSAGE_IDEMPOTENT);
  /* A probe shows whether a connection can be made. */
  if (body == NULL)
    soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_headers_append (headers, "Accept", "application/json");
  if (self->authorization)
    soup_message_headers_append (headers, "Authorization",
        self->authorization);
  if (self->extra_headers)
    gst_structure_foreach (self->extra_headers, append_header, headers);
  if (body)
    set_body (message, body);
  return message;
}

/* Nothing decodes what comes, follows where it points or answers what it asks.
 * No connection is closed for being idle: libsoup 3.2 may do so just as it
 * gives it to a message, which then waits for ever. Servers do it anyway. */
static SoupSession *
make_soup_session (VlmClient * self)
{
  SoupSession *soup = soup_session_new_with_options (
      "max-conns", CALLS_PER_SESSION + SPARE_CONNECTIONS,
      "max-conns-per-host", CALLS_PER_SESSION + SPARE_CONNECTIONS,
      "timeout", 0, "idle-timeout", 0, "user-agent", "recto/" VERSION, NULL);

  soup_session_remove_feature_by_type (soup, SOUP_TYPE_CONTENT_DECODER);
  soup_session_remove_feature_by_type (soup, SOUP_TYPE_AUTH_MANAGER);
  if (self->proxies || self->is_direct)
    soup_session_set_proxy_resolver (soup, self->proxies);
  return soup;
}

/* The first with room, so that there are no more of them than needed. */
static Session *
find_session (VlmClient * self)
{
  Session *session;

  for (guint i = 0; i < self->sessions->len; i++) {
    session = g_ptr_array_index (self->sessions, i);
    if (session->n_calls < CALLS_PER_SESSION)
      return session;
  }
  session = g_new0 (Session, 1);
  session->soup = make_soup_session (self);
  g_ptr_array_add (self->sessions, session);
  return session;
}

static void
session_free (Session * self)
{
  g_object_unref (self->soup);
  g_free (self);
}

VlmCall *
vlm_client_call (VlmClient * self, const char *path, ImageBody * body,
    gint64 timeout, VlmCallFunc func, gpointer data)
{
  Call *call = g_new0 (Call, 1);

  call->client = self;
  call->session = find_session (self);
  call->body = body;
  call->message = make_message (self, path, body);
  call->cancellable = g_cancellable_new ();
  call->func = func;
  call->data = data;
  call->call.was_idle = TRUE;
  call->call.began_at = g_get_monotonic_time ();
  call->expires_at = call->call.began_at + timeout;
  set_deadline (call, call->call.began_at + CONNECT_TIMEOUT);

  g_signal_connect (call->message, "network-event",
      G_CALLBACK (on_network_event), call);
  g_signal_connect (call->message, "starting", G_CALLBACK (on_starting), call);
  g_signal_connect (call->message, "got-informational",
      G_CALLBACK (on_informational), call);
  g_signal_connect (call->message, "restarted", G_CALLBACK (on_restarted),
      call);
  g_signal_connect (call->message, "accept-certificate",
      G_CALLBACK (on_untrusted), call);

  vlm_client_hold (self);
  call->link.data = call;
  g_queue_push_tail_link (&self->calls, &call->link);
  call->session->n_calls++;
  soup_session_send_async (call->session->soup, call->message,
      G_PRIORITY_DEFAULT, call->cancellable, on_sent, call);
  return &call->call;
}

void
vlm_call_set_late_func (VlmCall * call, VlmLateFunc late)
{
  ((Call *) call)->late = late;
}

/* They are in the order in which they began. */
gint64
vlm_client_get_oldest (VlmClient * self)
{
  for (GList * l = self->calls.head; l; l = l->next) {
    Call *call = l->data;

    if (call->func && call->body)
      return call->call.began_at;
  }
  return 0;
}

void
vlm_call_cancel (VlmCall ** call)
{
  Call *self = (Call *) g_steal_pointer (call);

  if (self == NULL)
    return;
  self->func = NULL;
  g_cancellable_cancel (self->cancellable);
}

/* The thread */

static gpointer
run (gpointer data)
{
  VlmClient *self = data;

  g_main_context_push_thread_default (self->context);
  self->deadlines = deadline_queue_new (self->context);
  self->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify)
      session_free);

  g_main_loop_run (self->loop);

  /* Nothing is begun any more, and nobody wants to know how it ended. */
  deadline_queue_stop (self->deadlines);
  for (GList * l = self->calls.head; l; l = l->next) {
    Call *call = l->data;

    call->func = NULL;
    g_cancellable_cancel (call->cancellable);
  }
  while (self->n_holds > 0)
    g_main_context_iteration (self->context, TRUE);
  g_ptr_array_unref (self->sessions);
  deadline_queue_free (self->deadlines);
  while (g_main_context_iteration (self->context, FALSE));
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

void
vlm_client_invoke (VlmClient * self, GSourceFunc func, gpointer data,
    GDestroyNotify notify)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  /* Not g_main_context_invoke(), which might call it here and now while the
   * thread isn't there yet. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, notify);
  g_source_attach (source, self->context);
}

DeadlineQueue *
vlm_client_get_deadlines (VlmClient * self)
{
  return self->deadlines;
}

void
vlm_client_hold (VlmClient * self)
{
  self->n_holds++;
}

void
vlm_client_release (VlmClient * self)
{
  self->n_holds--;
}

static GUri *
parse_url (const char *url, GError ** error)
{
  g_autoptr (GUri) uri = url ? g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL)
      : NULL;
  const char *scheme = uri ? g_uri_get_scheme (uri) : NULL;
  g_autofree char *shown = url ? url_redact (url) : NULL;

  if (uri == NULL || g_uri_get_host (uri) == NULL
      || *g_uri_get_host (uri) == '\0' || (!g_str_equal (scheme, "http")
          && !g_str_equal (scheme, "https"))) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("“%s” is no URL of a server. It looks like"
            " http://localhost:8000/v1."), shown ? shown : "");
    return NULL;
  }
  if (url_has_secret (url)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("The server's URL has a secret in it, which others can see. Put the"
            " key into a file and name that as “api-key-file”."));
    return NULL;
  }
  return g_steal_pointer (&uri);
}

/* Which a proxy elsewhere would not reach. */
static gboolean
is_loopback (GUri * uri)
{
  const char *host = g_uri_get_host (uri);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address ? g_inet_address_get_is_loopback (address) :
      g_ascii_strcasecmp (host, "localhost") == 0;
}

static gboolean
set_proxy (VlmClient * self, const char *proxy, GError ** error)
{
  g_autoptr (GUri) uri = NULL;
  g_autofree char *shown = NULL;

  if (proxy == NULL || *proxy == '\0') {
    self->is_direct = is_loopback (self->uri);
    return TRUE;
  }
  shown = url_redact (proxy);
  uri = g_uri_parse (proxy, SOUP_HTTP_URI_FLAGS, NULL);
  if (uri && g_uri_get_host (uri) && !url_has_secret (proxy)) {
    self->proxies = g_simple_proxy_resolver_new (proxy, NULL);
    return TRUE;
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      _("“%s” is not a valid URL of a proxy. It looks like"
          " http://proxy:3128, without a name and password."), shown);
  return FALSE;
}

const Secrets *
vlm_client_get_secrets (VlmClient * self)
{
  return self->secrets;
}

/* What follows a scheme such as “Basic” may be quoted without it. */
static gboolean
add_header_secret (GQuark field, const GValue * value, gpointer secrets)
{
  const char *header = G_VALUE_HOLDS_STRING (value) ?
      g_value_get_string (value) : NULL;
  const char *space = header ? strrchr (header, ' ') : NULL;

  secrets_add (secrets, header);
  secrets_add (secrets, space ? space + 1 : NULL);
  return TRUE;
}

VlmClient *
vlm_client_new (const VlmClientOptions * options, GError ** error)
{
  g_autoptr (GUri) uri = parse_url (options->url, error);
  g_autoptr (GTlsDatabase) tls_database = NULL;
  VlmClient *self;

  if (uri == NULL)
    return NULL;
  if (options->ca_file) {
    tls_database = g_tls_file_database_new (options->ca_file, error);
    if (tls_database == NULL)
      return NULL;
  }

  self = g_new0 (VlmClient, 1);
  self->uri = g_steal_pointer (&uri);
  if (!set_proxy (self, options->proxy, error)) {
    g_uri_unref (self->uri);
    g_free (self);
    return NULL;
  }
  self->tls_database = g_steal_pointer (&tls_database);
  self->secrets = secrets_new ();
  secrets_add (self->secrets, options->api_key);
  if (options->api_key)
    self->authorization = g_strconcat ("Bearer ", options->api_key, NULL);
  if (options->extra_headers) {
    self->extra_headers = gst_structure_copy (options->extra_headers);
    gst_structure_foreach (self->extra_headers, add_header_secret,
        self->secrets);
  }
  self->max_response_bytes = options->max_response_bytes;
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("vlm-client", run, self);
  return self;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

void
vlm_client_free (VlmClient * self)
{
  vlm_client_invoke (self, quit, self->loop, NULL);
  g_thread_join (self->thread);

  recto_password_clear (&self->authorization);
  secrets_free (self->secrets);
  g_clear_pointer (&self->extra_headers, gst_structure_free);
  g_clear_object (&self->tls_database);
  g_clear_object (&self->proxies);
  g_uri_unref (self->uri);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}
