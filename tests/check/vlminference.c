/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What vlminference asks and makes of answers, good and bad.
 */

#include "config.h"

#include <sys/resource.h>

#include <glib/gstdio.h>

#include "vlm-fixture.h"

static VlmFixture fixture;

/* Answers */

GST_START_TEST (test_answer)
{
  g_autoptr (GstBuffer) buffer = NULL;
  RectoResult *result;

  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "");
  vlm_fixture_push (&fixture, 0);
  buffer = vlm_fixture_pull (&fixture, 0, RECTO_PAGE_OK);
  result = recto_buffer_get_result (buffer);
  fail_unless_equals_string (recto_result_get_model (result), "stand-in");
  fail_unless_equals_string (recto_result_get_language (result), "en");
  fail_unless_equals_string (recto_result_get_finish_reason (result), "stop");
  fail_unless_equals_string (recto_result_get_fallback (result), NULL);
  fail_unless_equals_string (recto_result_get_profile (result), "olmocr-2");
  fail_unless_equals_int (recto_result_get_source (result),
      RECTO_TEXT_SOURCE_MODEL);
  fail_unless_equals_int (recto_result_get_reason (result),
      RECTO_TEXT_REASON_UNKNOWN);
  fail_unless_equals_int (recto_result_get_attempts (result), 1);
  fail_unless_equals_int (recto_result_get_rotation (result), 0);
  fail_unless_equals_int (recto_result_get_is_table (result), FALSE);
  fail_unless_equals_int (recto_result_get_is_diagram (result), FALSE);
  fail_unless (recto_result_get_input_tokens (result) > 0);
  fail_unless (recto_result_get_output_tokens (result) > 0);
  fail_unless (recto_result_get_seconds (result) > 0);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

typedef struct
{
  GMutex lock;
  GArray *temperatures;
  char *system, *prompt, *media_type, *model, *extra, *header, *key;
  gint64 max_tokens;
  char *content;                /* what is answered; NULL: as it would be */
} Record;

static Record record;

static void
record_clear (void)
{
  g_array_unref (record.temperatures);
  g_free (record.system);
  g_free (record.prompt);
  g_free (record.media_type);
  g_free (record.model);
  g_free (record.extra);
  g_free (record.header);
  g_free (record.key);
}

static void
note_request (ModelRequest * request, ModelReply * reply, gpointer data)
{
  double temperature;
  JsonObject *json;

  if (!model_request_is_completion (request))
    return;
  json = model_request_get_json (request);
  temperature = model_request_get_temperature (request);
  g_mutex_lock (&record.lock);
  if (record.temperatures->len == 0) {
    record.model = g_strdup (model_request_get_model (request));
    record.prompt = g_strdup (model_request_get_prompt (request));
    record.system = g_strdup (model_request_get_system (request));
    record.media_type = g_strdup (model_request_get_media_type (request));
    record.max_tokens = model_request_get_max_tokens (request);
    record.header = model_request_dup_header (request, "X-Team");
    record.key = model_request_dup_header (request, "Authorization");
    record.extra = g_strdup (json_object_get_string_member_with_default (json,
            "priority", NULL));
  }
  g_array_append_val (record.temperatures, temperature);
  if (record.content)
    model_reply_set_content (reply, record.content);
  g_mutex_unlock (&record.lock);
}

static void
record_begin (const char *content)
{
  record = (Record) {
    .temperatures = g_array_new (FALSE, FALSE, sizeof (double)),
    .content = (char *) content,
  };
  model_server_set_handler (fixture.server, note_request, NULL);
}

static void
assert_temperatures (guint n, ...)
{
  va_list args;

  fail_unless_equals_int (record.temperatures->len, n);
  va_start (args, n);
  for (guint i = 0; i < n; i++)
    fail_unless_equals_float (g_array_index (record.temperatures, double, i),
        va_arg (args, double));
  va_end (args);
}

GST_START_TEST (test_request_of_profile)
{
  vlm_fixture_init (&fixture);
  record_begin (NULL);
  vlm_fixture_play (&fixture, "");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);

  fail_unless_equals_string (record.model, "stand-in");
  fail_unless (g_str_has_prefix (record.prompt,
          "Attached is one page of a document that you must process."));
  fail_unless (strstr (record.prompt, "equations to LateX"));
  fail_unless_equals_string (record.system, NULL);
  fail_unless_equals_string (record.media_type, "image/png");
  fail_unless_equals_string (record.key, NULL);
  fail_unless_equals_int (record.max_tokens, 8000);
  assert_temperatures (1, 0.1);
  record_clear ();
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_request_of_user)
{
  g_autofree char *file = NULL;
  int fd = g_file_open_tmp ("recto-key-XXXXXX", &file, NULL);

  vlm_fixture_init (&fixture);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (file, "very-secret\n", -1, NULL));
  record_begin (NULL);
  vlm_fixture_build (&fixture, "model=stand-in prompt=\"Read “this”.\" "
      "system-prompt=\"You read.\" max-tokens=77 "
      "sampling=\"[{\\\"temperature\\\":0.25}]\" "
      "extra-body=\"{\\\"priority\\\":\\\"high\\\",\\\"messages\\\":1}\" "
      "extra-headers=\"headers,X-Team=scans\"");
  g_object_set (fixture.element, "api-key-file", file, NULL);
  vlm_fixture_start (&fixture);
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);

  fail_unless_equals_string (record.prompt, "Read “this”.");
  fail_unless_equals_string (record.system, "You read.");
  fail_unless_equals_string (record.extra, "high");
  fail_unless_equals_string (record.header, "scans");
  fail_unless_equals_string (record.key, "Bearer very-secret");
  fail_unless_equals_int (record.max_tokens, 77);
  assert_temperatures (1, 0.25);
  record_clear ();
  g_unlink (file);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Those of the file win. */
GST_START_TEST (test_headers_of_file)
{
  g_autofree char *file = NULL;
  int fd = g_file_open_tmp ("recto-headers-XXXXXX", &file, NULL);

  vlm_fixture_init (&fixture);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (file,
          "X-Other: a: b\r\n\nX-Team:  of the file \n", -1, NULL));
  record_begin (NULL);
  vlm_fixture_build (&fixture, "extra-headers=\"headers,X-Team=scans\"");
  g_object_set (fixture.element, "extra-headers-file", file, NULL);
  vlm_fixture_start (&fixture);
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  fail_unless_equals_string (record.header, "of the file");
  record_clear ();
  g_unlink (file);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_plain_profile)
{
  vlm_fixture_init (&fixture);
  model_server_set_format (fixture.server, MODEL_FORMAT_PLAIN);
  vlm_fixture_build (&fixture, "");
  fail_unless (gst_preset_load_preset (GST_PRESET (fixture.element),
          "generic"));
  vlm_fixture_start (&fixture);
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_presets)
{
  g_auto (GStrv) names = NULL;

  vlm_fixture_init (&fixture);
  vlm_fixture_build (&fixture, "");
  names = gst_preset_get_preset_names (GST_PRESET (fixture.element));
  fail_unless (g_strv_contains ((const char *const *) names, "olmocr-2"));
  fail_unless (g_strv_contains ((const char *const *) names, "generic"));
  fail_if (gst_preset_load_preset (GST_PRESET (fixture.element), "no-such"));
  fail_if (gst_preset_save_preset (GST_PRESET (fixture.element), "mine"));
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* As many attempts as the profile has temperatures, in its order. */
GST_START_TEST (test_temperatures)
{
  g_autoptr (GstBuffer) buffer = NULL;
  const GError *error;

  vlm_fixture_init (&fixture);
  record_begin ("No front matter at all");
  vlm_fixture_play (&fixture, "fallback=none");
  vlm_fixture_push (&fixture, 0);
  buffer = vlm_fixture_pull (&fixture, 0, RECTO_PAGE_INFER_FAILED);
  error = recto_page_get_error (recto_buffer_get_page (buffer));
  fail_unless (strstr (error->message, "8 attempts") != NULL, error->message);
  fail_unless_equals_int (recto_result_get_attempts (recto_buffer_get_result
          (buffer)), 8);
  assert_temperatures (8, 0.1, 0.1, 0.2, 0.3, 0.5, 0.8, 0.9, 1.0);
  record_clear ();
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Beyond the context an answer is not valid, but it is an answer. */
static void
use_much (ModelRequest * request, ModelReply * reply, gpointer data)
{
  gboolean first = model_request_get_serial (request) == 0;

  if (model_request_is_completion (request))
    model_reply_set_usage (reply, 100, first ? 101 : 100);
}

GST_START_TEST (test_max_context)
{
  vlm_fixture_init (&fixture);
  model_server_set_handler (fixture.server, use_much, NULL);
  vlm_fixture_play (&fixture, "max-context=200");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 2);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Faults, each once; then all is well. */

static const struct
{
  const char *fault;
  guint attempts;               /* that it takes */
} once[] = {
  {"none", 1},
  {"garbage-json", 1},
  {"truncated-json", 2},
  {"wrong-types:0", 2},
  {"wrong-types:1", 2},
  {"wrong-types:2", 2},
  {"wrong-types:3", 2},
  {"wrong-types:4", 1},
  {"wrong-types:5", 1},
  {"deep-nesting", 2},
  {"missing-usage", 1},
  {"empty-choices", 2},
  {"invalid-utf8", 2},
  {"lone-surrogate", 1},
  {"nul-escape", 1},
  {"error-in-200", 1},
  {"html", 1},
  {"content-type", 1},
  {"length", 2},
  {"bad-front-matter", 2},
  {"endless-body", 2},
  {"slow:100", 1},
  {"gzip-bomb:300", 2},
  {"huge-headers:200", 0},
  {"endless-1xx", 1},
  {"hang", 1},
  {"hang:200", 1},
  {"reset", 1},
  {"reset:1", 1},
  {"reset:150", 1},
  {"close", 1},
  {"close-early", 1},
  {"redirect-302", 2},
  {"redirect-307", 2},
  {"408", 2},
  {"429", 1},
  {"429:seconds", 1},
  {"429:date", 1},
  {"429:negative", 1},
  {"429:past", 1},
  {"429:nonsense", 1},
  {"500", 1},
  {"502", 1},
  {"503", 1},
  {"503:seconds", 1},
  {"504", 1},
};

static void
set_script (const char *description)
{
  ModelFault fault;

  fail_unless (model_fault_parse (&fault, description, NULL), description);
  model_server_set_script (fixture.server, &fault, 1);
}

static glong
get_peak_kb (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

GST_START_TEST (test_fault_once)
{
  glong before;

  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "timeout=2 max-in-flight=1");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);

  before = get_peak_kb ();
  set_script (once[__i__].fault);
  vlm_fixture_push (&fixture, 1);
  vlm_fixture_pull_ok (&fixture, 1, once[__i__].attempts);
  vlm_fixture_push (&fixture, 2);
  vlm_fixture_pull_ok (&fixture, 2, 1);
  fail_unless (get_peak_kb () - before < 96 * 1024,
      "%s: %ld MB more", once[__i__].fault, (get_peak_kb () - before) / 1024);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Faults that go on; the page fails, and says why. */

static const struct
{
  const char *fault;
  RectoPageStatus status;
  RectoTextReason reason;
  const char *why;
} always[] = {
  {"garbage-json", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR,
      "JSON"},
  {"wrong-types", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR, ""},
  {"error-in-200", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR,
      ""},
  {"html", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR,
      "not a JSON object: “"},
  {"length", RECTO_PAGE_TRUNCATED_OUTPUT, RECTO_TEXT_REASON_TRUNCATED,
      "length"},
  {"bad-front-matter", RECTO_PAGE_INFER_FAILED,
      RECTO_TEXT_REASON_INVALID_ANSWER, ""},
  {"endless-body", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_INVALID_ANSWER,
      "more than 65536 bytes"},
  {"gzip-bomb:300", RECTO_PAGE_INFER_FAILED,
      RECTO_TEXT_REASON_INVALID_ANSWER, ""},
  {"hang", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_TOO_SLOW,
      "took too long"},
  {"reset:100", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR, ""},
  {"close", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR, ""},
  {"close-early", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR, ""},
  {"redirect-302", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR,
      "sends us to"},
  {"400", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_REFUSED, "400"},
  {"413", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_REFUSED, "413"},
  {"422", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_REFUSED, "422"},
  {"500", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR, "500"},
  {"504", RECTO_PAGE_INFER_FAILED, RECTO_TEXT_REASON_SERVER_ERROR, "504"},
};

GST_START_TEST (test_fault_always)
{
  g_autoptr (GstBuffer) buffer = NULL;
  g_autofree char *text = NULL;
  const GError *error;

  vlm_fixture_init (&fixture);
  vlm_fixture_poison (&fixture, 1, always[__i__].fault);
  vlm_fixture_play (&fixture, "timeout=1 retries=1 fallback=none "
      "max-response-bytes=65536");
  vlm_fixture_push (&fixture, 0);
  vlm_fixture_pull_ok (&fixture, 0, 1);
  vlm_fixture_push (&fixture, 1);
  buffer = vlm_fixture_pull (&fixture, 1, always[__i__].status);
  error = recto_page_get_error (recto_buffer_get_page (buffer));
  fail_unless (strstr (error->message, always[__i__].why) != NULL,
      "%s: %s", always[__i__].fault, error->message);

  text = vlm_buffer_dup_text (buffer);
  fail_unless_equals_int (*text != '\0',
      always[__i__].status == RECTO_PAGE_TRUNCATED_OUTPUT);
  fail_unless_equals_int (recto_result_get_reason (recto_buffer_get_result
          (buffer)), always[__i__].reason);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Mixed faults: one page out for one in, in order, each with its own text. */
GST_START_TEST (test_mixed_faults)
{
  static const char *const names[] = { "408", "429", "500", "502", "503:past",
    "504", "garbage-json", "truncated-json", "wrong-types", "empty-choices",
    "invalid-utf8", "error-in-200", "html", "length", "bad-front-matter",
    "reset", "reset:60", "close", "close-early", "gzip-bomb:10"
  };
  ModelFault faults[G_N_ELEMENTS (names)];
  const guint n = 100;

  vlm_fixture_init (&fixture);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    fail_unless (model_fault_parse (&faults[i], names[i], NULL), names[i]);
  model_server_set_mix (fixture.server, 30, 42 + __i__, faults,
      G_N_ELEMENTS (faults));
  model_server_set_jitter (fixture.server, 0.01);
  vlm_fixture_play (&fixture, "max-in-flight=16 timeout=5");
  for (guint i = 0, pulled = 0; pulled < n; pulled++) {
    for (; i < n && i < pulled + 48; i++)
      vlm_fixture_push (&fixture, i);
    vlm_fixture_pull_ok (&fixture, pulled, 0);
  }
  fail_unless (vlm_fixture_get_stat (&fixture, "attempts-failed") > 0);
  fail_unless (vlm_fixture_get_stat (&fixture, "waits") > 0);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Any bytes are an answer, and any answer a page of valid text. */

static guint32 noise;

static void
answer_noise (ModelRequest * request, ModelReply * reply, gpointer data)
{
  static const char alphabet[] = "{}[]\",:\\u0dn\n-e1 \xff\xc3\xa9\0t";
  g_autoptr (GRand) rand = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  if (!model_request_is_completion (request))
    return;
  rand = g_rand_new_with_seed (noise + model_request_get_serial (request));
  size = g_rand_int_range (rand, 0, 200);
  bytes = g_malloc (size + 1);
  for (gsize i = 0; i < size; i++)
    bytes[i] = alphabet[g_rand_int_range (rand, 0, sizeof alphabet)];
  /* What is not even like an object comes from a server in trouble. */
  if (size > 0 && g_rand_int_range (rand, 0, 100) > 0)
    bytes[0] = '{';
  if (size > 0 && g_rand_boolean (rand)) {
    g_autoptr (GBytes) body = g_bytes_new (bytes, size);

    model_reply_set_body (reply, "application/json", body);
  } else {
    bytes[size] = '\0';
    model_reply_set_content (reply, g_utf8_make_valid (bytes, size));
  }
}

GST_START_TEST (test_any_bytes)
{
  vlm_fixture_init (&fixture);
  noise = g_random_int ();
  model_server_set_handler (fixture.server, answer_noise, NULL);
  vlm_fixture_play (&fixture, "@preset=generic retries=0 fallback=none");
  for (guint i = 0; i < 500; i++) {
    g_autoptr (GstBuffer) buffer = NULL;
    g_autofree char *text = NULL;

    vlm_fixture_push (&fixture, i);
    buffer = gst_harness_pull (fixture.harness);
    text = vlm_buffer_dup_text (buffer);
    fail_unless_equals_int (recto_page_get_number (recto_buffer_get_page
            (buffer)), i + 1);
    fail_unless (g_utf8_validate (text, -1, NULL), "seed %u, page %u", noise,
        i);
    fail_unless_equals_int (strlen (text), gst_buffer_get_size (buffer));
  }
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Limits */

GST_START_TEST (test_concurrency)
{
  static const guint limits[] = { 1, 64, 512 };
  guint n = limits[__i__];
  g_autofree char *properties = g_strdup_printf ("max-in-flight=%u", n);

  vlm_fixture_init (&fixture);
  model_server_raise_file_limit ();
  vlm_fixture_play (&fixture, properties);
  vlm_fixture_hold (&fixture, n);
  model_server_release (fixture.server, n);
  for (guint i = 0; i < n; i++)
    vlm_fixture_pull_ok (&fixture, i, 1);
  fail_unless_equals_uint64 (model_server_get_count (fixture.server,
          MODEL_COUNT_PEAK_IN_FLIGHT), n);

  /* They are used again. */
  model_server_end_hold (fixture.server);
  for (guint i = 0; i < 20; i++) {
    vlm_fixture_push (&fixture, i);
    vlm_fixture_pull_ok (&fixture, i, 1);
  }
  fail_unless (model_server_get_count (fixture.server,
          MODEL_COUNT_ALL_CONNECTIONS) <= n + 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_too_few_descriptors)
{
  const struct rlimit limit = { 1000, 1000 };
  g_autoptr (GError) error = NULL;

  vlm_fixture_init (&fixture);
  fail_unless (setrlimit (RLIMIT_NOFILE, &limit) == 0);
  vlm_fixture_build (&fixture, "max-in-flight=900");
  fail_unless_equals_int (gst_element_set_state (fixture.element,
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  error = vlm_fixture_wait_error (&fixture);
  fail_unless (strstr (error->message, "ulimit -n 1156") != NULL,
      error->message);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* The window is full behind one slow page: it is asked for once more. */

static void
hang_once (ModelRequest * request, ModelReply * reply, gpointer data)
{
  const ModelFault hang = { MODEL_FAULT_HANG };

  if (model_request_is_completion (request)
      && model_request_get_serial (request) == 0)
    model_reply_set_fault (reply, &hang);
}

GST_START_TEST (test_hedge)
{
  vlm_fixture_init (&fixture);
  model_server_set_handler (fixture.server, hang_once, NULL);
  vlm_fixture_play (&fixture, "max-in-flight=4 max-pending=8 timeout=60");
  vlm_fixture_push (&fixture, 0);
  fail_unless (model_server_wait_at_least (fixture.server,
          MODEL_COUNT_REQUESTS, 1));
  for (guint i = 1; i < 12; i++)
    vlm_fixture_push (&fixture, i);
  for (guint i = 0; i < 12; i++)
    vlm_fixture_pull_ok (&fixture, i, 1);
  fail_unless_equals_uint64 (vlm_fixture_get_stat (&fixture, "hedged"), 1);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Ends */

GST_START_TEST (test_null_in_flight)
{
  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "max-in-flight=8");
  vlm_fixture_hold (&fixture, 8);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

GST_START_TEST (test_flush)
{
  vlm_fixture_init (&fixture);
  vlm_fixture_play (&fixture, "max-in-flight=8");
  vlm_fixture_hold (&fixture, 8);
  fail_unless (gst_harness_push_event (fixture.harness,
          gst_event_new_flush_start ()));
  fail_unless (gst_harness_push_event (fixture.harness,
          gst_event_new_flush_stop (TRUE)));
  /* The connections of what is void are closed. */
  fail_unless (model_server_wait_at_most (fixture.server,
          MODEL_COUNT_IN_FLIGHT, 0));

  model_server_end_hold (fixture.server);
  gst_harness_set_src_caps_str (fixture.harness, "image/png");
  vlm_fixture_push (&fixture, 20);
  vlm_fixture_pull_ok (&fixture, 20, 1);
  fail_unless_equals_int (gst_harness_buffers_in_queue (fixture.harness), 0);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

/* Bad settings */

static const struct
{
  const char *properties;
  const char *message;
} bad_settings[] = {
  {"server-url=localhost:8000", "is no URL of a server"},
  {"server-url=ftp://localhost/", "is no URL of a server"},
  {"server-url=http://me:hunter2@localhost/v1", "api-key-file"},
  {"server-url=\"http://localhost/v1?a=b&api_key=hunter2\"", "api-key-file"},
  {"profile=no-such", "no-such"},
  {"sampling=\"{}\"", "“sampling” has to be a JSON array"},
  {"sampling=\"[]\"", "“sampling” has to be a JSON array"},
  {"sampling=\"[1]\"", "“sampling” has to be a JSON array"},
  {"extra-body=\"[]\"", "“extra-body” has to be a JSON object"},
  {"extra-body=\"{\"", "“extra-body” is no JSON"},
  {"api-key-file=/dev/null", "has no key in it"},
  {"api-key-file=/no/such", "api-key-file: "},
  {"ca-file=/no/such", "/no/such"},
  {"profile=generic guided-decoding=guided-regex", "guided-regex"},
};

GST_START_TEST (test_bad_settings)
{
  g_autoptr (GError) error = NULL;

  vlm_fixture_init (&fixture);
  vlm_fixture_build (&fixture, bad_settings[__i__].properties);
  fail_unless_equals_int (gst_element_set_state (fixture.element,
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  error = vlm_fixture_wait_error (&fixture);
  fail_unless (strstr (error->message, bad_settings[__i__].message) != NULL,
      error->message);
  fail_if (strstr (error->message, "hunter2") != NULL);
  vlm_fixture_clear (&fixture);
}

GST_END_TEST;

static Suite *
vlm_inference_suite (void)
{
  Suite *suite = suite_create ("vlminference");
  TCase *answers = tcase_create ("answers");
  TCase *faults = tcase_create ("faults");
  TCase *limits = tcase_create ("limits");

  suite_add_tcase (suite, answers);
  tcase_add_test (answers, test_answer);
  tcase_add_test (answers, test_request_of_profile);
  tcase_add_test (answers, test_headers_of_file);
  tcase_add_test (answers, test_request_of_user);
  tcase_add_test (answers, test_plain_profile);
  tcase_add_test (answers, test_presets);
  tcase_add_test (answers, test_temperatures);
  tcase_add_test (answers, test_max_context);

  suite_add_tcase (suite, faults);
  tcase_add_loop_test (faults, test_fault_once, 0, G_N_ELEMENTS (once));
  tcase_add_loop_test (faults, test_fault_always, 0, G_N_ELEMENTS (always));
  tcase_add_loop_test (faults, test_mixed_faults, 0, 3);
  tcase_add_test (faults, test_any_bytes);

  suite_add_tcase (suite, limits);
  tcase_add_loop_test (limits, test_concurrency, 0, 3);
  tcase_add_test (limits, test_too_few_descriptors);
  tcase_add_test (limits, test_hedge);
  tcase_add_test (limits, test_null_in_flight);
  tcase_add_test (limits, test_flush);
  tcase_add_loop_test (limits, test_bad_settings, 0,
      G_N_ELEMENTS (bad_settings));

  return suite;
}

GST_CHECK_MAIN (vlm_inference);
