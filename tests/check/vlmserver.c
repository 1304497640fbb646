/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How vlminference gets on with a server that isn't there, has no such model,
 * lets nobody in, is busy, goes away, or is somebody else.
 */

#include "config.h"

#include <recto/recto-run-rule-private.h>

#include "vlm-fixture.h"

static VlmFixture fixture;

static ModelFault
parse_fault (const char *description)
{
  ModelFault fault;

  fail_unless (model_fault_parse (&fault, description, NULL), description);
  return fault;
}

static void
set_script (const char *description)
{
  ModelFault fault = parse_fault (description);

  model_server_set_script (fixture.server, &fault, 1);
}

static void
set_cycle (const char *description)
{
  ModelFault fault = parse_fault (description);

  model_server_set_cycle (fixture.server, &fault, 1);
}

/* The rule of its own by which the run ended, or NULL. */
static char *
wait_rule (void)
{
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (fixture.bus,
      30 * GST_SECOND, GST_MESSAGE_ERROR);

  fail_unless (message != NULL, "the run does not end");
  return g_strdup (recto_run_rule_parse (message));
}

/* Waits for the error and for the flow to tell it. */
static void
assert_run_ends (const char *message, GQuark domain, int code)
{
  g_autoptr (GError) error = vlm_fixture_wait_error (&fixture);
  GstFlowReturn flow = GST_FLOW_OK;

  fail_unless (strstr (error->message, message) != NULL, "“%s” has no “%s”",
      error->message, message);
  fail_unless (g_error_matches (error, domain, code), "%s %d",
      g_quark_to_string (error->domain), error->code);
  while (flow == GST_FLOW_OK)
    flow = gst_harness_push (fixture.harness,
        vlm_fixture_make_page (&fixture, 99));
  fail_unless_equals_int (flow, GST_FLOW_ERROR);
}

/* The start */

static char *
dup_config_model (void)
{
  g_autoptr (GstQuery) query = recto_query_new_run ();
  g_autoptr (GVariant) configs = NULL;
  g_autoptr (GVariant) config = NULL;
  char *model = NULL;

  gst_pad_peer_query (fixture.harness->srcpad, query);
  configs = recto_query_get_run_config (query);
  fail_unless_equals_int (g_variant_n_children (configs), 1);
  g_variant_get_child (configs, 0, "(&s@a{sv})", NULL, &config);
  fail_unless (g_variant_lookup (config, "model", "s", &model));
  return model;
}

GST_START_TEST (test_only_model)
{
  g_autofree char *model = NULL;

  vlm_fixture_init (&fixture);
  model_server_set_models (fixture.server, "some/model-7B", NULL);
  vlm_fixture_play (&fixture, "");
  model = dup_config_model ();
  fail_unless_equals_string (model, "some/model-7B");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_named_model)
{
  g_autofree char *model = NULL;

  vlm_fixture_init (&fixture);
  model_server_set_models (fixture.server, "a", "b", NULL);
  vlm_fixture_play (&fixture, "model=b");
  model = dup_config_model ();
  fail_unless_equals_string (model, "b");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

static void
assert_warned (const char *text)
{
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (fixture.bus,
      30 * GST_SECOND, GST_MESSAGE_WARNING);
  g_autoptr (GError) warning = NULL;

  fail_unless (message != NULL, "there was no warning");
  gst_message_parse_warning (message, &warning, NULL);
  fail_unless (strstr (warning->message, text) != NULL, warning->message);
}

static void
assert_not_warned (void)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (fixture.bus,
      GST_MESSAGE_WARNING);

  fail_unless (message == NULL, "there was a warning");
}

/* The server may take it all the same; if not, its own words end the run. */
GST_START_TEST (test_unlisted_name)
{
  vlm_fixture_init (&fixture);
  model_server_set_models (fixture.server, "a", "b", NULL);
  model_server_take_any_model (fixture.server);
  vlm_fixture_play (&fixture, "model=c");
  assert_warned ("does not list the model “c”, which is asked for all the same."
      " It lists: a, b.");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_unknown_model)
{
  static const char *const faults[] = { "404", "400" };

  vlm_fixture_init (&fixture);
  model_server_set_models (fixture.server, "a", "b", NULL);
  set_cycle (faults[__i__]);
  vlm_fixture_play (&fixture, "model=c");
  vlm_fixture_push (&fixture, 0);
  assert_run_ends ("has no model “c”: The server says: 40", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_other_names)
{
  static const char *const names[] = { "models/reader", "reader:latest" };

  vlm_fixture_init (&fixture);
  model_server_set_models (fixture.server, names[__i__], "other", NULL);
  model_server_take_any_model (fixture.server);
  vlm_fixture_play (&fixture, "model=reader");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  assert_not_warned ();
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Whatever is wrong with the list, a model that has a name needs none. */
GST_START_TEST (test_no_list)
{
  static const char *const faults[] = {
    "endless-body", "garbage-json", "html", "500", "502", "503"
  };
  gboolean is_loading = g_str_equal (faults[__i__], "503");
  ModelFault fault = parse_fault (faults[__i__]);

  vlm_fixture_init (&fixture);
  model_server_set_models_fault (fixture.server, &fault);
  vlm_fixture_play (&fixture, is_loading ? "model=stand-in ready-timeout=1" :
      "model=stand-in ready-timeout=0");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_several_models)
{
  g_autofree char *model = NULL;

  vlm_fixture_init (&fixture);
  model_server_set_models (fixture.server, "a", "b", NULL);
  vlm_fixture_play (&fixture, "");
  assert_run_ends ("Say which “model” of", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS);

  /* Nobody waits for what will never be known. */
  model = dup_config_model ();
  fail_unless_equals_string (model, "");
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_unlisted_model)
{
  ModelFault fault = parse_fault ("404");

  vlm_fixture_init (&fixture);
  model_server_set_models_fault (fixture.server, &fault);
  vlm_fixture_play (&fixture, "model=stand-in");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);

  vlm_fixture_play (&fixture, "");
  assert_run_ends ("does not list its models (404 Not Found)",
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

static const struct
{
  const char *fault;
  const char *message;
} bad_lists[] = {
  {"garbage-json", "does not list its models"},
  {"html", "does not list its models"},
  {"deep-nesting", "does not list its models"},
  {"endless-body", "has more than 1048576 bytes"},
  {"401", "does not let us in"},
  {"403", "does not let us in"},
  {"redirect-302", "sends us to"},
  {"hang", "can't be reached"},
  {"503", "can't be reached"},
  {"reset", "can't be reached"},
};

GST_START_TEST (test_bad_list)
{
  ModelFault fault = parse_fault (bad_lists[__i__].fault);
  g_autoptr (GError) error = NULL;

  vlm_fixture_init (&fixture);
  model_server_set_models_fault (fixture.server, &fault);
  vlm_fixture_play (&fixture, "ready-timeout=1");
  error = vlm_fixture_wait_error (&fixture);
  fail_unless (strstr (error->message, bad_lists[__i__].message) != NULL,
      "%s: %s", bad_lists[__i__].fault, error->message);
  fail_unless (strstr (error->message, model_server_get_url (fixture.server))
      != NULL, error->message);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_nobody_there)
{
  vlm_fixture_init (&fixture);
  model_server_stop_listening (fixture.server);
  vlm_fixture_play (&fixture, "ready-timeout=1");
  assert_run_ends ("Is the server running?", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_READ);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_late_server)
{
  g_autoptr (GstMessage) warning = NULL;

  vlm_fixture_init (&fixture);
  model_server_stop_listening (fixture.server);
  vlm_fixture_play (&fixture, "");
  vlm_fixture_push (&fixture, 0);
  warning = gst_bus_timed_pop_filtered (fixture.bus, 30 * GST_SECOND,
      GST_MESSAGE_WARNING);
  fail_unless (warning != NULL, "nobody said that it waits");
  fail_unless (model_server_start_listening (fixture.server, NULL));
  vlm_fixture_pull_ok (&fixture, 0, 1);
  gst_clear_message (&warning);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* What ends the run, in the server's words */

static const struct
{
  const char *fault;
  const char *message;
  int code;
} ends[] = {
  {"401", "does not let us in", GST_RESOURCE_ERROR_NOT_AUTHORIZED},
  {"402", "wants to be paid", GST_RESOURCE_ERROR_NOT_AUTHORIZED},
  {"404", "404 Not Found: ", GST_RESOURCE_ERROR_NOT_FOUND},
};

GST_START_TEST (test_end)
{
  vlm_fixture_init (&fixture);
  set_cycle (ends[__i__].fault);
  vlm_fixture_play (&fixture, "max-in-flight=4");
  for (guint i = 0; i < 4; i++)
    vlm_fixture_push (&fixture, i);
  assert_run_ends (ends[__i__].message, GST_RESOURCE_ERROR, ends[__i__].code);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_rules)
{
  static const char *const faults[] = { "402", "401", "404" };
  static const char *const rules[] = { "payment", NULL, NULL };
  g_autofree char *rule = NULL;

  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "");
  set_script (faults[__i__]);
  vlm_fixture_push (&fixture, 0);
  rule = wait_rule ();
  fail_unless_equals_string (rule, rules[__i__]);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* At the start it is the key. */
GST_START_TEST (test_forbidden)
{
  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "fallback=none");
  set_script ("403");
  vlm_fixture_push (&fixture, 0);
  assert_run_ends ("does not let us in", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_wrong_key)
{
  vlm_fixture_init (&fixture);
  model_server_set_api_key (fixture.server, "right");
  g_setenv ("RECTO_API_KEY", "wrong", TRUE);
  vlm_fixture_play (&fixture, "");
  assert_run_ends ("RECTO_API_KEY", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED);

  g_setenv ("RECTO_API_KEY", "right", TRUE);
  vlm_fixture_play (&fixture, "");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

static void
quote_key (ModelRequest * request, ModelReply * reply, gpointer data)
{
  g_autofree char *key = model_request_dup_header (request, "Authorization");
  g_autofree char *json = g_strdup_printf ("{\"error\":{\"message\":"
      "\"Incorrect key: %s\"}}", key);
  g_autoptr (GBytes) body = g_bytes_new (json, strlen (json));

  if (!model_request_is_completion (request))
    return;
  model_reply_set_status (reply, 401);
  model_reply_set_body (reply, "application/json", body);
}

GST_START_TEST (test_quoted_key)
{
  g_autoptr (GError) error = NULL;

  vlm_fixture_init (&fixture);
  model_server_set_handler (fixture.server, quote_key, NULL);
  g_setenv ("RECTO_API_KEY", "very-secret", TRUE);
  vlm_fixture_play (&fixture, "");
  vlm_fixture_push (&fixture, 0);
  error = vlm_fixture_wait_error (&fixture);
  fail_unless (strstr (error->message, "Incorrect key: Bearer ***."),
      error->message);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* A setting that no page is taken with is not the pages' fault; once one was,
 * it is. */
GST_START_TEST (test_all_refused)
{
  vlm_fixture_init (&fixture);
  set_cycle ("400");
  vlm_fixture_play (&fixture, "max-in-flight=1 fallback=none");
  for (guint i = 0; i < 16; i++)
    vlm_fixture_push (&fixture, i);
  assert_run_ends ("it must be the settings", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS);
  for (guint i = 0; i < 15; i++)
    gst_buffer_unref (vlm_fixture_pull (&fixture, i, RECTO_PAGE_INFER_FAILED));
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_some_refused)
{
  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "max-in-flight=1 fallback=none");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  set_cycle ("422");
  for (guint i = 1; i < 40; i++) {
    vlm_fixture_push (&fixture, i);
    gst_buffer_unref (vlm_fixture_pull (&fixture, i, RECTO_PAGE_INFER_FAILED));
  }
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Pauses and outages */

static gint64 paused_at;
static int n_too_early;

static void
look_at_pause (ModelRequest * request, ModelReply * reply, gpointer data)
{
  gint64 now = g_get_monotonic_time ();

  if (!model_request_is_completion (request))
    return;
  if (model_request_get_serial (request) == 4) {
    model_reply_set_status (reply, 503);
    model_reply_add_header (reply, "Retry-After", "1");
    paused_at = now;
  } else if (paused_at > 0 && now - paused_at < 900 * 1000) {
    n_too_early++;
  }
}

/* What one request is told holds for all. */
GST_START_TEST (test_shared_pause)
{
  vlm_fixture_init (&fixture);
  model_server_set_handler (fixture.server, look_at_pause, NULL);
  vlm_fixture_play (&fixture, "max-in-flight=2");
  for (guint i = 0; i < 20; i++)
    vlm_fixture_push (&fixture, i);
  for (guint i = 0; i < 20; i++)
    vlm_fixture_pull_ok (&fixture, i, 1);
  fail_unless (paused_at > 0);
  /* One may have been under way. */
  fail_unless (n_too_early <= 1, "%d requests in the pause", n_too_early);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_outage)
{
  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "max-in-flight=8");
  vlm_fixture_hold (&fixture, 8);
  model_server_stop_listening (fixture.server);
  gst_message_unref (gst_bus_timed_pop_filtered (fixture.bus, 30 * GST_SECOND,
          GST_MESSAGE_WARNING));
  model_server_end_hold (fixture.server);
  fail_unless (model_server_start_listening (fixture.server, NULL));
  for (guint i = 0; i < 8; i++)
    vlm_fixture_pull_ok (&fixture, i, 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* The run ends, what is done comes out, and no page has failed. */
GST_START_TEST (test_long_outage)
{
  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "max-in-flight=4 max-outage=1");
  vlm_fixture_hold (&fixture, 4);
  model_server_release (fixture.server, 2);
  fail_unless (model_server_wait_at_least (fixture.server,
          MODEL_COUNT_ANSWERED, 2));
  model_server_stop_listening (fixture.server);
  assert_run_ends ("run the same again to go on", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ);
  while (gst_harness_buffers_in_queue (fixture.harness) > 0) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (fixture.harness);

    fail_if (recto_page_is_failed (recto_buffer_get_page (buffer)));
  }
  fail_unless_equals_int (gst_harness_buffers_received (fixture.harness), 2);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* A server is gone, or it hangs, though connections are made: no page fails of
 * that. */

static const char *const deaths[] = {
  "close", "reset", "hang", "502", "504", "error-in-200", "html", "403",
};

GST_START_TEST (test_dead_behind)
{
  ModelFault fault = parse_fault (deaths[__i__]);

  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "timeout=1 max-outage=2 fallback=none");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  model_server_set_models_fault (fixture.server, &fault);
  model_server_set_cycle (fixture.server, &fault, 1);
  for (guint i = 1; i < 9; i++)
    vlm_fixture_push (&fixture, i);
  assert_run_ends ("run the same again to go on", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ);
  fail_unless_equals_int (gst_harness_buffers_received (fixture.harness), 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* And if it comes back, none of it was an attempt. */
GST_START_TEST (test_back_from_the_dead)
{
  ModelFault fault = parse_fault ("close");
  const ModelFault none = { MODEL_FAULT_NONE };

  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "fallback=none");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  model_server_set_models_fault (fixture.server, &fault);
  model_server_set_cycle (fixture.server, &fault, 1);
  for (guint i = 1; i < 9; i++)
    vlm_fixture_push (&fixture, i);
  gst_message_unref (gst_bus_timed_pop_filtered (fixture.bus, 30 * GST_SECOND,
          GST_MESSAGE_WARNING));
  model_server_set_models_fault (fixture.server, &none);
  model_server_set_cycle (fixture.server, &none, 1);
  for (guint i = 1; i < 9; i++)
    vlm_fixture_pull_ok (&fixture, i, 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* A page that is answered so while others are read fails, and no other does.
 * Some servers use 403 for what is on a page. */
static const char *const poisons[] = {
  "502", "500", "401", "403", "404", "529", "close", "reset", "html",
};

GST_START_TEST (test_poison)
{
  vlm_fixture_init (&fixture);
  vlm_fixture_poison (&fixture, 3, poisons[__i__]);
  vlm_fixture_play (&fixture, "retries=2");
  for (guint i = 0; i < 8; i++)
    vlm_fixture_push (&fixture, i);
  for (guint i = 0; i < 8; i++) {
    if (i == 3)
      gst_buffer_unref (vlm_fixture_pull (&fixture, i,
              RECTO_PAGE_INFER_FAILED));
    else
      vlm_fixture_pull_ok (&fixture, i, 1);
  }
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Nothing holds up the end, least of all what was asked at the start. */
GST_START_TEST (test_stop_at_start)
{
  ModelFault fault = parse_fault ("hang:30");

  vlm_fixture_init (&fixture);
  model_server_set_models_fault (fixture.server, &fault);
  vlm_fixture_play (&fixture, "");
  vlm_fixture_push (&fixture, 0);
  fail_unless (model_server_wait_at_least (fixture.server,
          MODEL_COUNT_OTHER_REQUESTS, 1));
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

static gpointer
ask_config (gpointer data)
{
  g_free (dup_config_model ());
  return NULL;
}

/* Who waits to know the model is let go of by a flush. */
GST_START_TEST (test_flush_at_start)
{
  GThread *thread;

  vlm_fixture_init (&fixture);
  model_server_stop_listening (fixture.server);
  vlm_fixture_play (&fixture, "ready-timeout=0");
  thread = g_thread_new ("asker", ask_config, NULL);
  gst_message_unref (gst_bus_timed_pop_filtered (fixture.bus, 30 * GST_SECOND,
          GST_MESSAGE_WARNING));
  gst_harness_push_event (fixture.harness, gst_event_new_flush_start ());
  g_thread_join (thread);
  gst_harness_push_event (fixture.harness, gst_event_new_flush_stop (TRUE));
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* A server that puts everybody off is no better than one that is gone. */
GST_START_TEST (test_busy_for_good)
{
  vlm_fixture_init (&fixture);
  set_cycle ("429");
  vlm_fixture_play (&fixture, "max-outage=1");
  vlm_fixture_push (&fixture, 0);
  assert_run_ends ("429", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* TLS */

static void
play_tls (const char *ca_file)
{
  g_autofree char *path = ca_file ?
      g_build_filename (g_getenv ("RECTO_SOURCE_ROOT"), "tests",
      "model-server", ca_file, NULL) : NULL;

  vlm_fixture_build (&fixture, "ready-timeout=5");
  g_object_set (fixture.element, "ca-file", path, NULL);
  vlm_fixture_start (&fixture);
}

GST_START_TEST (test_tls_trusted)
{
  vlm_fixture_init_tls (&fixture, "certificate.pem");
  play_tls ("certificate.pem");
  for (guint i = 0; i < 3; i++) {
    vlm_fixture_push (&fixture, i);
    vlm_fixture_pull_ok (&fixture, i, 1);
  }
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* From where the test runs up to the root, and down again. */
GST_START_TEST (test_tls_relative)
{
  g_autofree char *here = g_get_current_dir ();
  GString *path = g_string_new (NULL);

  for (const char *c = here; *c != '\0'; c++) {
    if (*c == '/' && c[1] != '\0')
      g_string_append (path, "../");
  }
  g_string_append_printf (path, "%s/tests/model-server/certificate.pem",
      g_getenv ("RECTO_SOURCE_ROOT") + 1);
  fail_if (g_path_is_absolute (path->str));

  vlm_fixture_init_tls (&fixture, "certificate.pem");
  vlm_fixture_build (&fixture, "ready-timeout=5");
  g_object_set (fixture.element, "ca-file", path->str, NULL);
  vlm_fixture_start (&fixture);
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  vlm_fixture_clear (&fixture);
  g_string_free (path, TRUE);
}

GST_END_TEST;

static const struct
{
  const char *certificate;
  const char *ca_file;          /* NULL: the system's alone */
} untrusted[] = {
  {"certificate.pem", NULL},    /* self-signed */
  {"certificate.pem", "expired.pem"},   /* by somebody else */
  {"expired.pem", "expired.pem"},
  {"wrong-host.pem", "wrong-host.pem"},
};

GST_START_TEST (test_tls_untrusted)
{
  vlm_fixture_init_tls (&fixture, untrusted[__i__].certificate);
  play_tls (untrusted[__i__].ca_file);
  assert_run_ends ("can't be trusted", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_READ);
  fail_unless_equals_uint64 (model_server_get_count (fixture.server,
          MODEL_COUNT_OTHER_REQUESTS), 0);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_tls_with_plain_server)
{
  g_autofree char *url = NULL;

  vlm_fixture_init (&fixture);
  url = g_strdup_printf ("https://127.0.0.1:%u/v1",
      model_server_get_port (fixture.server));
  vlm_fixture_build (&fixture, "ready-timeout=1");
  g_object_set (fixture.element, "server-url", url, NULL);
  vlm_fixture_start (&fixture);
  assert_run_ends (url, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

static Suite *
vlm_server_suite (void)
{
  Suite *suite = suite_create ("vlmserver");
  TCase *starts = tcase_create ("starts");
  TCase *runs = tcase_create ("runs");
  TCase *tls = tcase_create ("tls");

  suite_add_tcase (suite, starts);
  tcase_add_test (starts, test_only_model);
  tcase_add_test (starts, test_named_model);
  tcase_add_test (starts, test_unlisted_name);
  tcase_add_loop_test (starts, test_unknown_model, 0, 2);
  tcase_add_loop_test (starts, test_other_names, 0, 2);
  tcase_add_loop_test (starts, test_no_list, 0, 6);
  tcase_add_test (starts, test_several_models);
  tcase_add_test (starts, test_unlisted_model);
  tcase_add_loop_test (starts, test_bad_list, 0, G_N_ELEMENTS (bad_lists));
  tcase_add_test (starts, test_nobody_there);
  tcase_add_test (starts, test_late_server);

  suite_add_tcase (suite, runs);
  tcase_add_loop_test (runs, test_end, 0, G_N_ELEMENTS (ends));
  tcase_add_loop_test (runs, test_rules, 0, 3);
  tcase_add_test (runs, test_forbidden);
  tcase_add_test (runs, test_wrong_key);
  tcase_add_test (runs, test_quoted_key);
  tcase_add_test (runs, test_all_refused);
  tcase_add_test (runs, test_some_refused);
  tcase_add_test (runs, test_shared_pause);
  tcase_add_test (runs, test_outage);
  tcase_add_test (runs, test_long_outage);
  tcase_add_loop_test (runs, test_dead_behind, 0, G_N_ELEMENTS (deaths));
  tcase_add_test (runs, test_back_from_the_dead);
  tcase_add_loop_test (runs, test_poison, 0, G_N_ELEMENTS (poisons));
  tcase_add_test (runs, test_stop_at_start);
  tcase_add_test (runs, test_flush_at_start);
  tcase_add_test (runs, test_busy_for_good);

  suite_add_tcase (suite, tls);
  tcase_add_test (tls, test_tls_trusted);
  tcase_add_test (tls, test_tls_relative);
  tcase_add_loop_test (tls, test_tls_untrusted, 0, G_N_ELEMENTS (untrusted));
  tcase_add_test (tls, test_tls_with_plain_server);

  return suite;
}

GST_CHECK_MAIN (vlm_server);
