/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * jsonlsink and its journal: when records are committed, and what a second run
 * does with those of the first.
 */

#include "config.h"

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>
#include <zlib.h>

#include <recto/recto.h>
#include <recto/recto-run-private.h>

#include <jsonl/line-reader.h>

#include "record-lines.h"
#include "sink-fixture.h"

#define URI "file:///tmp/a.pdf"
#define SHA256 \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static SinkFixture fixture;

static void
setup (void)
{
  sink_fixture_init (&fixture, "jsonlsink");
}

static void
teardown (void)
{
  sink_fixture_clear (&fixture);
}

static gboolean
wants_page (RectoRun * run, guint number)
{
  RectoIndexPage found;

  return recto_run_wants_page (run, URI, SHA256, number, &found);
}

static RectoPage *
make_page (guint number, gboolean last)
{
  g_autoptr (RectoDocument) document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", URI, "name", "a.pdf", "n-pages", 3, "sha256", SHA256, NULL);

  return recto_page_new (document, number, last);
}

static void
push (guint number, gboolean last)
{
  g_autoptr (RectoPage) page = make_page (number, last);

  fail_unless_equals_int (sink_fixture_push (&fixture, page, NULL, "x", -1),
      GST_FLOW_OK);
}

static guint64
get_stat (const char *name)
{
  return sink_fixture_get_stat (&fixture, name);
}

/* As a source does, whose pipeline reads with `setting`. */
static RectoRun *
ask (int setting)
{
  g_autoptr (GstQuery) query = recto_query_new_run ();
  g_autoptr (GstPad) pad = gst_element_get_static_pad (fixture.sink, "sink");

  recto_query_add_run_config (query, "x", 1,
      g_variant_new_parsed ("{'a': <%i>}", setting), NULL);
  fail_unless (gst_pad_query (pad, query));
  return recto_query_dup_run (query);
}

static char *
make_digest (int setting)
{
  g_autoptr (GstQuery) query = recto_query_new_run ();

  recto_query_add_run_config (query, "x", 1,
      g_variant_new_parsed ("{'a': <%i>}", setting), NULL);
  return recto_query_get_run_digest (query);
}

/* Starts a run and asks. */
static RectoRun *
play_and_ask (int setting)
{
  sink_fixture_play (&fixture, NULL);
  return ask (setting);
}

static GPtrArray *
read_records (void)
{
  g_autofree char *contents = NULL;

  fail_unless (g_file_get_contents (fixture.path, &contents, NULL, NULL));
  return parse_lines (contents);
}

static guint
count_records (void)
{
  g_autoptr (GPtrArray) records = read_records ();

  return records->len;
}

/* A run that recorded pages 1 and 2. */
static void
run_before (void)
{
  recto_run_unref (play_and_ask (1));
  push (1, FALSE);
  push (2, FALSE);
  sink_fixture_stop (&fixture);
}

static void
assert_settings_error (const char *what)
{
  g_autoptr (GError) error = sink_fixture_pop_error (&fixture);

  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_SETTINGS), "%s", error->message);
  fail_unless (strstr (error->message, what) != NULL, "%s", error->message);
}

/* Commits */

/* Nothing is counted that is not durable. */
GST_START_TEST (test_counts_follow_commits)
{
  gst_util_set_object_arg (G_OBJECT (fixture.sink), "sync", "document");
  sink_fixture_play (&fixture, NULL);
  push (1, FALSE);
  push (2, FALSE);
  fail_unless_equals_uint64 (get_stat ("records"), 0);
  fail_unless_equals_int (count_records (), 0);

  push (3, TRUE);
  fail_unless_equals_uint64 (get_stat ("records"), 3);
  fail_unless_equals_uint64 (get_stat ("documents"), 1);
  fail_unless_equals_int (count_records (), 3);
}

GST_END_TEST;

GST_START_TEST (test_end_of_stream_commits)
{
  gst_util_set_object_arg (G_OBJECT (fixture.sink), "sync", "document");
  sink_fixture_play (&fixture, NULL);
  push (1, FALSE);
  fail_unless (gst_harness_push_event (fixture.harness, gst_event_new_eos ()));
  fail_unless_equals_uint64 (get_stat ("records"), 1);
  fail_unless_equals_int (count_records (), 1);
}

GST_END_TEST;

GST_START_TEST (test_stop_commits)
{
  gst_util_set_object_arg (G_OBJECT (fixture.sink), "sync", "document");
  sink_fixture_play (&fixture, NULL);
  push (1, FALSE);
  sink_fixture_stop (&fixture);
  fail_unless_equals_uint64 (get_stat ("records"), 1);
  fail_unless_equals_int (count_records (), 1);
}

GST_END_TEST;

/* Control characters take six bytes each. */
GST_START_TEST (test_too_long_record)
{
  const gsize size = RECTO_RECORD_MAX_LINE / 5;
  g_autofree char *text = g_strnfill (size, '\x01');
  g_autoptr (RectoPage) page = make_page (1, TRUE);

  sink_fixture_play (&fixture, NULL);
  fail_unless_equals_int (sink_fixture_push (&fixture, page, NULL, text, size),
      GST_FLOW_OK);
  sink_fixture_stop (&fixture);
  fail_unless_equals_uint64 (get_stat ("pages-failed"), 1);
  fail_unless_equals_int (count_records (), 1);
}

GST_END_TEST;

/* A closed valve, or a slow model: no record follows. */
GST_START_TEST (test_time_commits)
{
  sink_fixture_play (&fixture, NULL);
  push (1, FALSE);
  while (get_stat ("records") == 0)
    g_usleep (1000);
  fail_unless_equals_int (count_records (), 1);
}

GST_END_TEST;

/* Runs */

GST_START_TEST (test_resume)
{
  g_autoptr (RectoRun) run = NULL;
  g_autoptr (GPtrArray) records = NULL;

  run_before ();
  fail_unless_equals_uint64 (get_stat ("recorded"), 0);

  run = play_and_ask (1);
  fail_unless_equals_uint64 (get_stat ("recorded"), 2);
  fail_unless_equals_uint64 (get_stat ("records"), 0);
  fail_if (recto_run_is_refused (run));
  fail_if (recto_run_is_retry (run));
  fail_if (wants_page (run, 2));
  fail_unless (wants_page (run, 3));
  push (3, TRUE);
  sink_fixture_stop (&fixture);

  records = read_records ();
  fail_unless_equals_int (records->len, 3);
  for (guint i = 0; i < records->len; i++) {
    JsonObject *record = records->pdata[i];

    fail_unless_equals_int (json_object_get_int_member (record, "page"), i + 1);
    fail_unless_equals_int (json_object_get_int_member (record, "attempt"), 1);
  }
}

GST_END_TEST;

GST_START_TEST (test_torn_record_is_cut)
{
  g_autofree char *contents = NULL;
  g_autofree char *torn = NULL;
  g_autoptr (RectoRun) run = NULL;

  run_before ();
  fail_unless (g_file_get_contents (fixture.path, &contents, NULL, NULL));
  torn = g_strdup_printf ("%s{\"schema\":\"rec", contents);
  fail_unless (g_file_set_contents (fixture.path, torn, -1, NULL));

  run = play_and_ask (1);
  fail_unless_equals_uint64 (get_stat ("recorded"), 2);
  push (3, TRUE);
  sink_fixture_stop (&fixture);
  fail_unless_equals_int (count_records (), 3);
}

GST_END_TEST;

GST_START_TEST (test_other_settings)
{
  g_autoptr (RectoRun) run = NULL, other = NULL;

  run_before ();
  run = play_and_ask (2);
  fail_unless (recto_run_is_refused (run));
  assert_settings_error ("x a: 1 → 2");
  sink_fixture_stop (&fixture);
  fail_unless_equals_int (count_records (), 2);

  gst_util_set_object_arg (G_OBJECT (fixture.sink), "settings-changed",
      "again");
  other = play_and_ask (2);
  fail_if (recto_run_is_refused (other));
  fail_unless (wants_page (other, 2));
  push (2, FALSE);
  sink_fixture_stop (&fixture);
  fail_unless_equals_int (count_records (), 3);
}

GST_END_TEST;

static void
set_policy (const char *policy)
{
  gst_util_set_object_arg (G_OBJECT (fixture.sink), "settings-changed", policy);
}

/* The message has both options. */
GST_START_TEST (test_refusal_names_options)
{
  run_before ();
  recto_run_unref (play_and_ask (2));
  assert_settings_error ("--settings-changed): “keep” counts these pages as "
      "read, “again” reads them again.");
}

GST_END_TEST;

GST_START_TEST (test_unknown_settings)
{
  g_autofree char *log = g_strconcat (fixture.path, ".run", NULL);

  run_before ();
  fail_unless (g_unlink (log) == 0);
  recto_run_unref (play_and_ask (2));
  assert_settings_error ("its log does not have them");
}

GST_END_TEST;

/* What any settings read is done, and new records have the new digest. */
GST_START_TEST (test_keep)
{
  g_autoptr (RectoRun) run = NULL, later = NULL;
  g_autoptr (GPtrArray) records = NULL;
  g_autofree char *digest = make_digest (2);

  run_before ();
  set_policy ("keep");
  run = play_and_ask (2);
  fail_if (recto_run_is_refused (run));
  fail_if (wants_page (run, 1));
  fail_unless (wants_page (run, 3));
  push (3, TRUE);
  sink_fixture_stop (&fixture);

  records = read_records ();
  fail_unless_equals_int (records->len, 3);
  fail_unless_equals_string (get_string (records->pdata[2], "config"), digest);

  later = play_and_ask (3);
  for (guint i = 1; i <= 3; i++)
    fail_if (wants_page (later, i));
}

GST_END_TEST;

/* The pages of the first run would be read again. */
GST_START_TEST (test_refuse_after_keep)
{
  g_autoptr (RectoRun) run = NULL;

  run_before ();
  set_policy ("keep");
  recto_run_unref (play_and_ask (2));
  push (3, TRUE);
  sink_fixture_stop (&fixture);

  set_policy ("refuse");
  run = play_and_ask (2);
  fail_unless (recto_run_is_refused (run));
  assert_settings_error ("x a: 1 → 2");
}

GST_END_TEST;

static void
push_failed (guint number)
{
  g_autoptr (RectoPage) page = make_page (number, FALSE);
  g_autoptr (RectoPage) failed = make_failed_page (recto_page_get_document
      (page), number, RECTO_PAGE_TIMEOUT, "slow");

  fail_unless_equals_int (sink_fixture_push (&fixture, failed, NULL, "", 0),
      GST_FLOW_OK);
}

/* Page 1 failed with one kind of settings, and page 2 with the other. */
GST_START_TEST (test_retry_with_other_settings)
{
  recto_run_unref (play_and_ask (1));
  push_failed (1);
  push (3, TRUE);
  sink_fixture_stop (&fixture);
  set_policy ("keep");
  recto_run_unref (play_and_ask (2));
  push_failed (2);
  sink_fixture_stop (&fixture);

  g_object_set (fixture.sink, "retry", TRUE, NULL);
  for (guint i = 0; i < 3; i++) {
    static const char *const policies[] = { "refuse", "keep", "again" };
    g_autoptr (RectoRun) run = NULL;

    set_policy (policies[i]);
    run = play_and_ask (2);
    fail_if (recto_run_is_refused (run));
    fail_unless_equals_int (wants_page (run, 1), i > 0);
    fail_unless (wants_page (run, 2));
    fail_if (wants_page (run, 3));
    sink_fixture_stop (&fixture);
  }

  set_policy ("refuse");
  recto_run_unref (play_and_ask (3));
  assert_settings_error ("x a: 2 → 3");
}

GST_END_TEST;

static RectoRun *
ask_text_layer (const char *settings)
{
  g_autoptr (GstQuery) query = recto_query_new_run ();
  g_autoptr (GstPad) pad = gst_element_get_static_pad (fixture.sink, "sink");

  recto_query_add_run_config (query, "textlayerinference", 1,
      g_variant_new_parsed (settings), g_variant_new_parsed ("{'new': <0>}"));
  fail_unless (gst_pad_query (pad, query));
  return recto_query_dup_run (query);
}

/* A journal of the time before revisions goes on under its digest. */
GST_START_TEST (test_former_digest)
{
  static const char former[] = "af76cb82b11c3036";
  g_autoptr (RectoRun) run = NULL, other = NULL;
  g_autofree char *body = g_strdup_printf ("{\"schema\":\"recto-page/1\","
      "\"uri\":\"" URI "\",\"document\":\"a.pdf\",\"sha256\":\"" SHA256 "\","
      "\"page\":1,\"pages\":3,\"status\":\"ok\",\"attempt\":1,"
      "\"config\":\"%s\",\"warnings\":0,\"text\":\"\"", former);
  g_autofree char *line = g_strdup_printf ("%s,\"crc32\":\"%08lx\"}\n", body,
      crc32 (0, (const Bytef *) body, strlen (body)));
  g_autoptr (GPtrArray) records = NULL;

  fail_unless (g_file_set_contents (fixture.path, line, -1, NULL));
  sink_fixture_play (&fixture, NULL);
  run = ask_text_layer ("{'new': <0>}");
  fail_if (recto_run_is_refused (run));
  fail_if (wants_page (run, 1));
  fail_unless (wants_page (run, 2));
  push (2, FALSE);
  sink_fixture_stop (&fixture);
  records = read_records ();
  fail_unless_equals_string (get_string (records->pdata[1], "config"), former);

  sink_fixture_play (&fixture, NULL);
  other = ask_text_layer ("{'new': <1>}");
  fail_unless (recto_run_is_refused (other));
  assert_settings_error ("textlayerinference new: 0 → 1");
}

GST_END_TEST;

/* Which records count has to be said again where there are both. */
GST_START_TEST (test_mixed_settings)
{
  g_autoptr (RectoRun) run = NULL, later = NULL;

  run_before ();
  gst_util_set_object_arg (G_OBJECT (fixture.sink), "settings-changed",
      "again");
  run = play_and_ask (2);
  push (1, FALSE);
  sink_fixture_stop (&fixture);

  later = play_and_ask (2);
  fail_if (recto_run_is_refused (later));
  fail_if (wants_page (later, 1));
  fail_unless (wants_page (later, 2));
}

GST_END_TEST;

/* It would do everything again. */
GST_START_TEST (test_source_that_asks_nothing)
{
  g_autoptr (RectoPage) page = make_page (1, FALSE);

  run_before ();
  sink_fixture_play (&fixture, NULL);
  fail_unless_equals_int (sink_fixture_push (&fixture, page, NULL, "x", -1),
      GST_FLOW_ERROR);
  assert_settings_error ("again");
  sink_fixture_stop (&fixture);
  fail_unless_equals_int (count_records (), 2);

  gst_util_set_object_arg (G_OBJECT (fixture.sink), "settings-changed",
      "again");
  sink_fixture_play (&fixture, NULL);
  push (1, FALSE);
  sink_fixture_stop (&fixture);
  fail_unless_equals_int (count_records (), 3);
}

GST_END_TEST;

GST_START_TEST (test_retry)
{
  g_autoptr (RectoRun) run = NULL;
  g_autoptr (RectoPage) page = make_page (1, FALSE);
  g_autoptr (RectoPage) failed = make_failed_page (recto_page_get_document
      (page), 1, RECTO_PAGE_TIMEOUT, "slow");
  g_autoptr (GPtrArray) records = NULL;

  recto_run_unref (play_and_ask (1));
  sink_fixture_push (&fixture, failed, NULL, "", 0);
  push (2, FALSE);
  sink_fixture_stop (&fixture);

  g_object_set (fixture.sink, "retry", TRUE, NULL);
  run = play_and_ask (1);
  fail_unless (recto_run_is_retry (run));
  fail_unless (wants_page (run, 1));
  fail_if (wants_page (run, 2));
  push (1, FALSE);
  sink_fixture_stop (&fixture);

  records = read_records ();
  fail_unless_equals_int (records->len, 3);
  fail_unless_equals_int (json_object_get_int_member (records->pdata[2],
          "attempt"), 2);
  fail_unless_equals_string (get_string (records->pdata[2], "status"), "ok");
}

GST_END_TEST;

GST_START_TEST (test_message)
{
  g_autoptr (RectoRun) run = NULL;
  g_autoptr (GstMessage) message = NULL;
  g_autofree char *digest = make_digest (1);
  const GstStructure *structure;
  guint64 n_recorded;

  run_before ();
  gst_bus_set_flushing (fixture.bus, TRUE);
  gst_bus_set_flushing (fixture.bus, FALSE);
  run = play_and_ask (1);

  message = gst_bus_pop_filtered (fixture.bus, GST_MESSAGE_ELEMENT);
  fail_unless (message != NULL);
  structure = gst_message_get_structure (message);
  fail_unless (gst_structure_has_name (structure, "recto-run"));
  fail_unless_equals_string (gst_structure_get_string (structure, "config"),
      digest);
  fail_unless (strstr (gst_structure_get_string (structure, "elements"), "x")
      != NULL);
  fail_unless (gst_structure_get_uint64 (structure, "recorded", &n_recorded));
  fail_unless_equals_uint64 (n_recorded, 2);
}

GST_END_TEST;

/* A stream has no past, so there is nothing to be told. */
GST_START_TEST (test_stream)
{
  g_autoptr (RectoRun) run = NULL;

  sink_fixture_play (&fixture, "/dev/null");
  run = ask (1);
  fail_unless (run == NULL);
  push (1, FALSE);
  fail_unless_equals_uint64 (get_stat ("records"), 1);
  fail_unless_equals_uint64 (get_stat ("recorded"), 0);
}

GST_END_TEST;

GST_START_TEST (test_folder)
{
  g_autofree char *file = g_build_filename (fixture.folder,
      "pages-00001.jsonl", NULL);
  g_autofree char *next = g_build_filename (fixture.folder,
      "pages-00002.jsonl", NULL);
  g_autofree char *log = g_build_filename (fixture.folder, "pages.run.jsonl",
      NULL);
  g_autoptr (RectoRun) run = NULL, again = NULL;

  gst_util_set_object_arg (G_OBJECT (fixture.sink), "sync", "page");
  g_object_set (fixture.sink, "max-file-size", G_GUINT64_CONSTANT (1), NULL);
  sink_fixture_play (&fixture, fixture.folder);
  run = ask (1);
  push (1, FALSE);
  push (2, FALSE);
  sink_fixture_stop (&fixture);
  fail_unless (g_file_test (file, G_FILE_TEST_EXISTS));
  fail_if (g_file_test (next, G_FILE_TEST_EXISTS));
  fail_unless (g_file_test (log, G_FILE_TEST_EXISTS));

  sink_fixture_play (&fixture, fixture.folder);
  again = ask (1);
  fail_unless_equals_uint64 (get_stat ("recorded"), 2);
  fail_if (wants_page (again, 1));
  fail_unless (wants_page (again, 3));
}

GST_END_TEST;

GST_START_TEST (test_two_sinks)
{
  GstElement *other = gst_element_factory_make ("jsonlsink", NULL);

  sink_fixture_play (&fixture, NULL);
  g_object_set (other, "location", fixture.path, NULL);
  fail_unless_equals_int (gst_element_set_state (other, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (other, GST_STATE_NULL);
  gst_object_unref (other);

  push (1, FALSE);
  sink_fixture_stop (&fixture);
  fail_unless_equals_int (count_records (), 1);
}

GST_END_TEST;

static Suite *
jsonlsinkrun_suite (void)
{
  Suite *suite = suite_create ("jsonlsinkrun");
  TCase *commits = tcase_create ("commits");
  TCase *runs = tcase_create ("runs");

  suite_add_tcase (suite, commits);
  tcase_add_checked_fixture (commits, setup, teardown);
  tcase_add_test (commits, test_counts_follow_commits);
  tcase_add_test (commits, test_end_of_stream_commits);
  tcase_add_test (commits, test_stop_commits);
  tcase_add_test (commits, test_too_long_record);
  tcase_add_test (commits, test_time_commits);

  suite_add_tcase (suite, runs);
  tcase_add_checked_fixture (runs, setup, teardown);
  tcase_add_test (runs, test_resume);
  tcase_add_test (runs, test_torn_record_is_cut);
  tcase_add_test (runs, test_other_settings);
  tcase_add_test (runs, test_refusal_names_options);
  tcase_add_test (runs, test_unknown_settings);
  tcase_add_test (runs, test_keep);
  tcase_add_test (runs, test_refuse_after_keep);
  tcase_add_test (runs, test_retry_with_other_settings);
  tcase_add_test (runs, test_former_digest);
  tcase_add_test (runs, test_mixed_settings);
  tcase_add_test (runs, test_source_that_asks_nothing);
  tcase_add_test (runs, test_retry);
  tcase_add_test (runs, test_message);
  tcase_add_test (runs, test_stream);
  tcase_add_test (runs, test_folder);
  tcase_add_test (runs, test_two_sinks);

  return suite;
}

GST_CHECK_MAIN (jsonlsinkrun);
