/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The stand-in for a server of models, which other tests rely on.
 */

#include "config.h"

#include <gst/check/gstcheck.h>
#include <libsoup/soup.h>

#include <model-server.h>

#define N_MANY 512

/* The head of a PNG of 1000x1288. */
#define IMAGE "iVBORw0KGgoAAAANSUhEUgAAA+gAAAUICAAAAAA="
#define IMAGE_TEXT "image/png 1000x1288 sha256:"

#define BODY "{\"model\":\"stand-in\",\"temperature\":0.25,\"max_tokens\":99," \
    "\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"}," \
    "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Read.\"}," \
    "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64," \
    IMAGE "\"}}]}]}"

static ModelServer *server;
static SoupSession *session;

static void
setup (void)
{
  model_server_raise_file_limit ();
  server = model_server_new ();
  session = soup_session_new ();
}

static void
teardown (void)
{
  g_clear_object (&session);
  g_clear_pointer (&server, model_server_free);
}

/* Asking with libsoup */

/* NULL when the connection fails. */
static char *
ask_at (const char *base, const char *path, const char *body, guint * status)
{
  g_autofree char *url = g_strconcat (base, path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (body ? "POST" : "GET",
      url);
  g_autoptr (GBytes) request = g_bytes_new (body, body ? strlen (body) : 0);
  g_autoptr (GBytes) reply = NULL;

  /* A connection isn't used again for what can't be sent again. */
  soup_message_add_flags (message,
      SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT);
  soup_message_headers_append (soup_message_get_request_headers (message),
      "Authorization", "Bearer secret");
  if (body)
    soup_message_set_request_body_from_bytes (message, "application/json",
        request);
  reply = soup_session_send_and_read (session, message, NULL, NULL);
  *status = reply ? soup_message_get_status (message) : 0;
  return reply ? g_strndup (g_bytes_get_data (reply, NULL),
      g_bytes_get_size (reply)) : NULL;
}

static guint
ask (void)
{
  guint status;

  g_free (ask_at (model_server_get_url (server), "/chat/completions", BODY,
          &status));
  return status;
}

static void
assert_says (const char *path, const char *body, guint expected,
    const char *what)
{
  guint status;
  g_autofree char *reply = ask_at (model_server_get_url (server), path, body,
      &status);

  fail_unless_equals_int (status, expected);
  fail_unless (strstr (reply, what) != NULL, "“%s” does not say “%s”", reply,
      what);
}

/* Asking by hand */

static GSocketConnection *
open_connection (GError ** error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  return g_socket_client_connect_to_host (client, "127.0.0.1",
      model_server_get_port (server), NULL, error);
}

static void
send_request (GSocketConnection * connection)
{
  GOutputStream *stream =
      g_io_stream_get_output_stream (G_IO_STREAM (connection));

  fail_unless (g_output_stream_printf (stream, NULL, NULL, NULL,
          "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
          "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", strlen (BODY),
          BODY));
}

static gssize
read_some (GSocketConnection * connection, char *data, gsize size,
    GError ** error)
{
  return g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM
          (connection)), data, size, NULL, error);
}

/* A reply fits, but may come in pieces. */
static void
read_reply (GSocketConnection * connection)
{
  char reply[4096] = "";
  gsize used = 0;

  while (!strstr (reply, "\"completion_tokens\":")) {
    gssize n = read_some (connection, reply + used, sizeof reply - 1 - used,
        NULL);

    fail_unless (n > 0, "“%s” is no reply", reply);
    used += n;
    reply[used] = '\0';
  }
  fail_unless (g_str_has_prefix (reply, "HTTP/1.1 200 OK\r\n"));
  fail_unless (strstr (reply, IMAGE_TEXT) != NULL);
}

/* Answers */

GST_START_TEST (test_good_answer)
{
  assert_says ("/models", NULL, 200, "\"id\":\"stand-in\"");
  assert_says ("/chat/completions", BODY, 200,
      "is_rotation_valid: True\\nrotation_correction: 0\\nis_table: False\\n"
      "is_diagram: False\\n---\\n" IMAGE_TEXT);
  assert_says ("/nothing", NULL, 404, "NotFoundError");
  assert_says ("/chat/completions", "[", 400, "BadRequestError");

  model_server_set_format (server, MODEL_FORMAT_PLAIN);
  assert_says ("/chat/completions", BODY, 200, "\"content\":\"" IMAGE_TEXT);
  model_server_set_cheap (server, TRUE);
  assert_says ("/chat/completions", BODY, 200, "\"content\":\"3\"");
}

GST_END_TEST;

GST_START_TEST (test_refusals)
{
  model_server_set_models (server, "one", "two", NULL);
  assert_says ("/models", NULL, 200, "\"id\":\"two\"");
  assert_says ("/chat/completions", BODY, 404, "no such model");

  model_server_set_body_limit (server, 10);
  assert_says ("/chat/completions", BODY, 413, "too large");
  model_server_set_api_key (server, "secret");
  assert_says ("/models", NULL, 200, "two");
  model_server_set_api_key (server, "other");
  assert_says ("/models", NULL, 401, "API key");
}

GST_END_TEST;

GST_START_TEST (test_delay)
{
  gint64 start = g_get_monotonic_time ();

  model_server_set_delay (server, 0.05);
  fail_unless_equals_int (ask (), 200);
  fail_unless (g_get_monotonic_time () - start >= 50000);
}

GST_END_TEST;

/* Connections */

GST_START_TEST (test_keep_alive)
{
  for (guint i = 0; i < 20; i++)
    fail_unless_equals_int (ask (), 200);
  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_REQUESTS), 20);
  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_ALL_CONNECTIONS), 1);
}

GST_END_TEST;

static void
ask_many (GPtrArray * connections)
{
  model_server_hold (server);
  for (guint i = 0; i < N_MANY; i++)
    send_request (connections->pdata[i]);
  fail_unless (model_server_wait_at_least (server, MODEL_COUNT_WAITING,
          N_MANY));
  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_IN_FLIGHT), N_MANY);

  model_server_release (server, 1);
  fail_unless (model_server_wait_at_most (server, MODEL_COUNT_IN_FLIGHT,
          N_MANY - 1));
  model_server_end_hold (server);
  for (guint i = 0; i < N_MANY; i++)
    read_reply (connections->pdata[i]);
}

GST_START_TEST (test_many)
{
  g_autoptr (GPtrArray) connections =
      g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < N_MANY; i++) {
    GSocketConnection *connection = open_connection (NULL);

    fail_unless (connection != NULL);
    g_ptr_array_add (connections, connection);
  }
  ask_many (connections);
  ask_many (connections);

  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_PEAK_IN_FLIGHT), N_MANY);
  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_PEAK_CONNECTIONS), N_MANY);
  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_ALL_CONNECTIONS), N_MANY);
  g_ptr_array_set_size (connections, 0);
  fail_unless (model_server_wait_at_most (server, MODEL_COUNT_CONNECTIONS, 0));
}

GST_END_TEST;

GST_START_TEST (test_down_and_up)
{
  g_autoptr (GSocketConnection) connection = open_connection (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refusal = NULL;
  char byte;

  model_server_hold (server);
  send_request (connection);
  fail_unless (model_server_wait_at_least (server, MODEL_COUNT_WAITING, 1));
  model_server_stop_listening (server);
  fail_unless (read_some (connection, &byte, 1, &error) < 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  fail_unless (open_connection (&refusal) == NULL);
  g_assert_error (refusal, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_IN_FLIGHT), 0);

  fail_unless (model_server_start_listening (server, NULL));
  model_server_end_hold (server);
  fail_unless_equals_int (ask (), 200);
}

GST_END_TEST;

GST_START_TEST (test_tls)
{
  g_autofree char *path = g_build_filename (g_getenv ("RECTO_SOURCE_ROOT"),
      "tests", "model-server", "certificate.pem", NULL);
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (path, NULL);

  g_clear_pointer (&server, model_server_free);
  server = model_server_new_full (0, path, NULL, NULL);
  fail_unless (model_server_start_listening (server, NULL));
  fail_unless (server != NULL);
  fail_unless_equals_int (ask (), 0);

  soup_session_set_tls_database (session, database);
  assert_says ("/models", NULL, 200, "stand-in");
  model_server_set_delay (server, 0.01);
  for (guint i = 0; i < 5; i++)
    fail_unless_equals_int (ask (), 200);
}

GST_END_TEST;

/* Faults */

GST_START_TEST (test_script)
{
  static const ModelFault faults[] = {
    {MODEL_FAULT_STATUS, 503, "date"},
    {MODEL_FAULT_HTML},
    {MODEL_FAULT_ROTATION, 180},
    {MODEL_FAULT_CLOSE_EARLY, 1},
    {MODEL_FAULT_REDIRECT_307},
  };

  fail_unless_equals_int (ask (), 200);
  model_server_set_script (server, faults, G_N_ELEMENTS (faults));
  fail_unless_equals_int (ask (), 503);
  assert_says ("/chat/completions", BODY, 200, "log in");
  assert_says ("/chat/completions", BODY, 200,
      "is_rotation_valid: False\\nrotation_correction: 180");
  fail_unless_equals_int (ask (), 0);
  fail_unless_equals_int (ask (), 307);
  fail_unless_equals_int (ask (), 200);
}

GST_END_TEST;

GST_START_TEST (test_reset)
{
  static const ModelFault fault = { MODEL_FAULT_RESET, 12 };
  g_autoptr (GSocketConnection) connection = open_connection (NULL);
  g_autoptr (GError) error = NULL;
  char reply[100];

  model_server_set_cycle (server, &fault, 1);
  send_request (connection);
  fail_unless_equals_int (read_some (connection, reply, sizeof reply, NULL),
      12);
  fail_unless (read_some (connection, reply, sizeof reply, &error) < 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

GST_END_TEST;

GST_START_TEST (test_endless)
{
  static const ModelFaultKind kinds[] = { MODEL_FAULT_ENDLESS_BODY,
    MODEL_FAULT_HUGE_HEADERS, MODEL_FAULT_ENDLESS_1XX
  };
  ModelFault fault = { kinds[__i__] };
  GSocketConnection *connection = open_connection (NULL);
  g_autofree char *data = g_malloc (65536);

  model_server_set_cycle (server, &fault, 1);
  send_request (connection);
  for (gssize size = 0; size < 10000000;) {
    gssize n = read_some (connection, data, 65536, NULL);

    fail_unless (n > 0);
    size += n;
  }
  g_object_unref (connection);
  fail_unless (model_server_wait_at_least (server, MODEL_COUNT_ABORTED, 1));
  fail_unless (model_server_wait_at_most (server, MODEL_COUNT_IN_FLIGHT, 0));
}

GST_END_TEST;

static char *
ask_mixed (guint32 seed)
{
  static const ModelFault faults[] = {
    {MODEL_FAULT_STATUS, 500},
    {MODEL_FAULT_STATUS, 429, "1"},
  };
  GString *statuses = g_string_new (NULL);

  teardown ();
  setup ();
  model_server_set_mix (server, 50, seed, faults, G_N_ELEMENTS (faults));
  for (guint i = 0; i < 40; i++)
    g_string_append_printf (statuses, "%u ", ask ());
  return g_string_free (statuses, FALSE);
}

GST_START_TEST (test_mix)
{
  g_autofree char *one = ask_mixed (7);
  g_autofree char *same = ask_mixed (7);
  g_autofree char *other = ask_mixed (8);

  fail_unless_equals_string (one, same);
  fail_if (g_str_equal (one, other));
  fail_unless (strstr (one, "200") && strstr (one, "500") &&
      strstr (one, "429"), "%s", one);
}

GST_END_TEST;

GST_START_TEST (test_names)
{
  for (ModelFaultKind kind = 0; kind < MODEL_FAULT_STATUS; kind++) {
    ModelFault fault;

    fail_unless (model_fault_parse (&fault, model_fault_kind_get_name (kind),
            NULL));
    fail_unless_equals_int (fault.kind, kind);
  }
}

GST_END_TEST;

/* Handlers */

static void
on_request (ModelRequest * request, ModelReply * reply, gpointer data)
{
  g_autofree char *key = model_request_dup_header (request, "authorization");
  guint *n_calls = data;

  (*n_calls)++;
  fail_unless_equals_string (key, "Bearer secret");
  fail_unless_equals_string (model_request_get_model (request), "stand-in");
  fail_unless_equals_string (model_request_get_prompt (request), "Read.");
  fail_unless_equals_string (model_request_get_system (request), "Be brief.");
  fail_unless_equals_string (model_request_get_media_type (request),
      "image/png");
  fail_unless_equals_int (g_bytes_get_size (model_request_get_image (request)),
      29);
  fail_unless_equals_int (model_request_get_max_tokens (request), 99);
  fail_unless (model_request_get_temperature (request) == 0.25);

  model_reply_set_text (reply, "“Ä\"\\\n”");
  model_reply_set_status (reply, 203);
}

GST_START_TEST (test_handler)
{
  guint n_calls = 0;

  model_server_set_handler (server, on_request, &n_calls);
  assert_says ("/chat/completions", BODY, 203, "---\\n“Ä\\\"\\\\\\n”\"");
  model_server_set_handler (server, NULL, NULL);
  fail_unless_equals_int (ask (), 200);
  fail_unless_equals_int (n_calls, 1);
}

GST_END_TEST;

static void
on_last_request (ModelRequest * request, ModelReply * reply, gpointer data)
{
  model_server_stop_listening (server);
}

GST_START_TEST (test_down_by_itself)
{
  model_server_set_handler (server, on_last_request, NULL);
  model_server_hold (server);
  fail_unless_equals_int (ask (), 0);
  fail_unless_equals_int (ask (), 0);
  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_REQUESTS), 1);
}

GST_END_TEST;

GST_START_TEST (test_pause)
{
  g_autoptr (GSocketConnection) connection = NULL;

  model_server_pause_accepting (server);
  connection = open_connection (NULL);
  fail_unless (connection != NULL);
  send_request (connection);
  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_ALL_CONNECTIONS), 0);
  model_server_resume_accepting (server);
  read_reply (connection);
}

GST_END_TEST;

static Suite *
modelserver_suite (void)
{
  Suite *s = suite_create ("modelserver");
  TCase *tc = tcase_create ("general");

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_good_answer);
  tcase_add_test (tc, test_refusals);
  tcase_add_test (tc, test_delay);
  tcase_add_test (tc, test_keep_alive);
  tcase_add_test (tc, test_many);
  tcase_add_test (tc, test_down_and_up);
  tcase_add_test (tc, test_tls);
  tcase_add_test (tc, test_script);
  tcase_add_test (tc, test_reset);
  tcase_add_loop_test (tc, test_endless, 0, 3);
  tcase_add_test (tc, test_mix);
  tcase_add_test (tc, test_names);
  tcase_add_test (tc, test_handler);
  tcase_add_test (tc, test_down_by_itself);
  tcase_add_test (tc, test_pause);
  suite_add_tcase (s, tc);

  return s;
}

GST_CHECK_MAIN (modelserver);
