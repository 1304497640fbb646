/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>

#include <gio/gio.h>
#include <gst/base/gstbasesink.h>
#include <gst/check/gstcheck.h>

#include <recto/recto-page-private.h>

#include "record-lines.h"
#include "sink-fixture.h"

#define URI "file:///tmp/a%20b.pdf"
#define SHA256 \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Members that are always there; error and text come before crc32. */
#define MEMBERS \
    "schema", "uri", "document", "sha256", "page", "pages", "status", \
    "attempt", "config", "warnings", "model", "language", "rotation", \
    "is_table", "is_diagram", "input_tokens", "output_tokens", "attempts", \
    "finish_reason", "fallback", "confidence", "seconds", "extra"

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

static RectoDocument *
make_document (guint n_pages)
{
  return g_object_new (RECTO_TYPE_DOCUMENT, "uri", URI, "name", "a b.pdf",
      "n-pages", n_pages, "sha256", SHA256, NULL);
}

static RectoResult *
make_result (void)
{
  RectoResult *result = recto_result_new ();

  recto_result_set_model (result, "m");
  recto_result_set_language (result, "en");
  recto_result_set_rotation (result, 90);
  recto_result_set_is_table (result, TRUE);
  recto_result_set_is_diagram (result, FALSE);
  recto_result_set_input_tokens (result, 1000);
  recto_result_set_output_tokens (result, 0);
  recto_result_set_attempts (result, 2);
  recto_result_set_finish_reason (result, "stop");
  recto_result_set_fallback (result, "text-layer");
  recto_result_set_confidence (result, 0.5);
  recto_result_set_seconds (result, 1.25);
  recto_result_set_extra (result, "x:n", g_variant_new_int32 (7));

  return result;
}

/* The records of the file, when the stream has ended. */
static GPtrArray *
finish (void)
{
  gsize size;
  g_autofree char *contents = sink_fixture_finish (&fixture, &size);

  fail_unless_equals_uint64 (strlen (contents), size);
  return parse_lines (contents);
}

static JsonObject *
finish_one (void)
{
  g_autoptr (GPtrArray) records = finish ();

  fail_unless_equals_int (records->len, 1);
  return json_object_ref (g_ptr_array_index (records, 0));
}

static gint64
get_int (JsonObject * record, const char *name)
{
  return json_object_get_int_member (record, name);
}

static void
assert_members (JsonObject * record, const char *const *names)
{
  g_autoptr (GList) members = json_object_get_members (record);
  GList *member = members;

  for (; *names; names++, member = member->next) {
    fail_unless (member != NULL, "there is no %s", *names);
    fail_unless_equals_string (member->data, *names);
  }
  fail_unless (member == NULL);
}

static void
push (RectoPage * page, RectoResult * result, const char *text)
{
  fail_unless_equals_int (sink_fixture_push (&fixture, page, result, text, -1),
      GST_FLOW_OK);
}

GST_START_TEST (test_all_members)
{
  static const char *const members[] = { MEMBERS, "time", "text", "crc32",
    NULL
  };
  g_autoptr (RectoDocument) document = make_document (3);
  g_autoptr (RectoPage) plain = recto_page_new (document, 2, FALSE);
  g_autoptr (RectoPage) page = recto_page_with_warnings (plain, 0);
  g_autoptr (RectoResult) result = make_result ();
  g_autoptr (JsonObject) record = NULL;

  sink_fixture_play (&fixture, NULL);
  push (page, result, "Hällo\n");
  record = finish_one ();

  assert_members (record, members);
  fail_unless_equals_string (get_string (record, "schema"), "recto-page/1");
  fail_unless_equals_string (get_string (record, "uri"), URI);
  fail_unless_equals_string (get_string (record, "document"), "a b.pdf");
  fail_unless_equals_string (get_string (record, "sha256"), SHA256);
  fail_unless_equals_int (get_int (record, "page"), 2);
  fail_unless_equals_int (get_int (record, "pages"), 3);
  fail_unless_equals_string (get_string (record, "status"), "ok");
  fail_unless_equals_int (get_int (record, "attempt"), 1);
  fail_unless (!json_object_get_null_member (record, "warnings"));
  fail_unless_equals_int (get_int (record, "warnings"), 0);
  fail_unless_equals_string (get_string (record, "model"), "m");
  fail_unless_equals_string (get_string (record, "language"), "en");
  fail_unless_equals_int (get_int (record, "rotation"), 90);
  fail_unless (json_object_get_boolean_member (record, "is_table"));
  fail_unless (!json_object_get_null_member (record, "is_diagram"));
  fail_unless (!json_object_get_boolean_member (record, "is_diagram"));
  fail_unless_equals_int (get_int (record, "input_tokens"), 1000);
  fail_unless (!json_object_get_null_member (record, "output_tokens"));
  fail_unless_equals_int (get_int (record, "output_tokens"), 0);
  fail_unless_equals_int (get_int (record, "attempts"), 2);
  fail_unless_equals_string (get_string (record, "finish_reason"), "stop");
  fail_unless_equals_string (get_string (record, "fallback"), "text-layer");
  fail_unless_equals_float (json_object_get_double_member (record,
          "confidence"), 0.5);
  fail_unless_equals_float (json_object_get_double_member (record, "seconds"),
      1.25);
  fail_unless_equals_int (get_int (json_object_get_object_member (record,
              "extra"), "x:n"), 7);
  fail_unless_equals_string (get_string (record, "text"), "Hällo\n");
}

GST_END_TEST;

/* When the record was made, as it is written. */
static char *
dup_time (const char *line)
{
  const char *start = strstr (line, ",\"time\":\"");
  char *time;

  fail_unless (start != NULL);
  time = g_strndup (start + strlen (",\"time\":\""),
      strlen ("2026-11-30T10:00:00Z"));
  fail_unless (g_regex_match_simple ("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$",
          time, 0, 0), "%s", time);
  return time;
}

/* The bytes, for readers that don't parse. */
GST_START_TEST (test_golden_line)
{
  const char *golden = "{\"schema\":\"recto-page/1\",\"uri\":\"" URI "\","
      "\"document\":\"a b.pdf\",\"sha256\":\"" SHA256 "\",\"page\":1,"
      "\"pages\":1,\"status\":\"ok\",\"attempt\":1,\"config\":null,"
      "\"warnings\":3,"
      "\"model\":\"m\",\"language\":\"en\",\"rotation\":90,\"is_table\":true,"
      "\"is_diagram\":false,\"input_tokens\":1000,\"output_tokens\":0,"
      "\"attempts\":2,\"finish_reason\":\"stop\",\"fallback\":\"text-layer\","
      "\"confidence\":0.5,\"seconds\":1.25,\"extra\":{\"x:n\":7},"
      "\"time\":\"";
  const char *rest = "\",\"text\":\"a\\nb\\u007f\\u001f\\u0085\\u2028\\u2029\xef\xbf\xbd\"";
  g_autoptr (RectoDocument) document = make_document (1);
  g_autoptr (RectoPage) plain = recto_page_new (document, 1, TRUE);
  g_autoptr (RectoPage) page = recto_page_with_warnings (plain, 3);
  g_autoptr (RectoResult) result = make_result ();
  g_autofree char *line = NULL;
  g_autofree char *time = NULL, *members = NULL, *expected = NULL;

  sink_fixture_play (&fixture, NULL);
  push (page, result, "a\nb\x7f\x1f\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xff");
  line = sink_fixture_finish (&fixture, NULL);

  time = dup_time (line);
  members = g_strconcat (golden, time, rest, NULL);
  expected = g_strdup_printf ("%s,\"crc32\":\"%08x\"}\n", members,
      compute_crc32 (members, strlen (members)));
  fail_unless_equals_string (line, expected);
}

GST_END_TEST;

static void
assert_unknown (JsonObject * record)
{
  static const char *const members[] = { MEMBERS, "time", "text", "crc32",
    NULL
  };
  static const char *const unknown[] = { "uri", "document", "sha256", "pages",
    "config", "model", "language", "rotation", "is_table", "is_diagram",
    "input_tokens", "output_tokens", "attempts", "finish_reason", "fallback",
    "confidence", "seconds", NULL
  };

  assert_members (record, members);
  for (guint i = 0; unknown[i]; i++)
    fail_unless (json_object_get_null_member (record, unknown[i]), "%s",
        unknown[i]);
  fail_unless_equals_int (json_object_get_size (json_object_get_object_member
          (record, "extra")), 0);
}

GST_START_TEST (test_without_page)
{
  g_autoptr (RectoResult) result = recto_result_new ();
  g_autoptr (GPtrArray) records = NULL;

  sink_fixture_play (&fixture, NULL);
  push (NULL, NULL, "one");
  push (NULL, result, "two");
  records = finish ();

  fail_unless_equals_int (records->len, 2);
  for (guint i = 0; i < records->len; i++) {
    JsonObject *record = g_ptr_array_index (records, i);

    assert_unknown (record);
    fail_unless_equals_int (get_int (record, "page"), i + 1);
    fail_unless_equals_string (get_string (record, "status"), "ok");
  }
}

GST_END_TEST;

GST_START_TEST (test_empty_page)
{
  static const char *const members[] = { MEMBERS, "time", "crc32", NULL };
  g_autoptr (RectoDocument) document = make_document (0);
  g_autoptr (RectoPage) page = recto_page_new (document, 1, TRUE);
  g_autoptr (JsonObject) record = NULL;

  sink_fixture_play (&fixture, NULL);
  push (page, NULL, "");
  record = finish_one ();

  assert_members (record, members);
  fail_unless (json_object_get_null_member (record, "pages"));
}

GST_END_TEST;

static void
assert_error (JsonObject * record, const char *status, const char *code,
    const char *message)
{
  static const char *const members[] = { "code", "message", NULL };
  JsonObject *error = json_object_get_object_member (record, "error");

  fail_unless_equals_string (get_string (record, "status"), status);
  assert_members (error, members);
  fail_unless_equals_string (get_string (error, "code"), code);
  fail_unless_equals_string (get_string (error, "message"), message);
}

GST_START_TEST (test_failed_page)
{
  static const char *const members[] = { MEMBERS, "source", "time", "error",
    "crc32", NULL
  };
  g_autoptr (RectoDocument) document = make_document (3);
  g_autoptr (RectoPage) page = make_failed_page (document, 3,
      RECTO_PAGE_CRASHED, "It “died”.");
  g_autoptr (JsonObject) record = NULL;

  sink_fixture_play (&fixture, NULL);
  push (page, NULL, "");
  record = finish_one ();

  assert_members (record, members);
  assert_error (record, "crashed", "crashed", "It “died”.");
  fail_unless_equals_int (get_int (record, "page"), 3);
}

GST_END_TEST;

GST_START_TEST (test_failed_document)
{
  static const char *const members[] = { MEMBERS, "time", "error", "crc32",
    NULL
  };
  g_autoptr (RectoDocument) document = recto_document_new (URI, "a b.pdf");
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR,
      G_IO_ERROR_NOT_FOUND, "It is gone.");
  g_autoptr (RectoPage) page = recto_page_new_failed_document (document,
      RECTO_DOCUMENT_UNREADABLE, error);
  g_autoptr (JsonObject) record = NULL;

  sink_fixture_play (&fixture, NULL);
  push (page, NULL, "");
  record = finish_one ();

  assert_members (record, members);
  assert_error (record, "unreadable", "not-found", "It is gone.");
  fail_unless_equals_int (get_int (record, "page"), 0);
  fail_unless (!json_object_get_null_member (record, "pages"));
  fail_unless_equals_int (get_int (record, "pages"), 0);
  fail_unless (json_object_get_null_member (record, "sha256"));
}

GST_END_TEST;

GST_START_TEST (test_truncated_output)
{
  static const char *const members[] = { MEMBERS, "time", "error", "text",
    "crc32",
    NULL
  };
  g_autoptr (RectoDocument) document = make_document (1);
  g_autoptr (RectoPage) page = make_failed_page (document, 1,
      RECTO_PAGE_TRUNCATED_OUTPUT, "too long");
  g_autoptr (JsonObject) record = NULL;

  sink_fixture_play (&fixture, NULL);
  push (page, NULL, "the beginning");
  record = finish_one ();

  assert_members (record, members);
  assert_error (record, "truncated-output", "truncated-output", "too long");
  fail_unless_equals_string (get_string (record, "text"), "the beginning");
}

GST_END_TEST;

static char *
make_noise (GRand * random, gsize size)
{
  /* Bytes that say something to JSON, UTF-8 and line readers come often. */
  static const char odd[] = "\"\\\n\r\x1f\x7f\xc2\x85\xe2\x80\xa8\xa9\xed\xf4";
  char *noise = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++) {
    if (g_rand_boolean (random))
      noise[i] = odd[g_rand_int_range (random, 0, sizeof odd)];
    else
      noise[i] = g_rand_int_range (random, 0, 256);
  }
  noise[size] = '\0';
  return noise;
}

GST_START_TEST (test_any_bytes_as_text)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20240229);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) records = NULL;
  char every[256];

  sink_fixture_play (&fixture, NULL);
  for (guint i = 0; i < 256; i++)
    every[i] = i;
  sink_fixture_push (&fixture, NULL, NULL, every, sizeof every);
  g_ptr_array_add (texts, g_utf8_make_valid (every, sizeof every));

  for (guint i = 0; i < 1000; i++) {
    gsize size = g_rand_int_range (random, 1, 200);
    g_autofree char *noise = make_noise (random, size);

    sink_fixture_push (&fixture, NULL, NULL, noise, size);
    g_ptr_array_add (texts, g_utf8_make_valid (noise, size));
  }

  records = finish ();
  fail_unless_equals_int (records->len, texts->len);
  for (guint i = 0; i < records->len; i++)
    fail_unless_equals_string (get_string (g_ptr_array_index (records, i),
            "text"), g_ptr_array_index (texts, i));
}

GST_END_TEST;

static void
push_noise (const char *noise)
{
  g_autoptr (RectoDocument) document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", noise, "name", noise, "sha256", noise, NULL);
  g_autoptr (RectoPage) page = make_failed_page (document, 1,
      RECTO_PAGE_INFER_FAILED, noise);
  g_autoptr (RectoResult) result = recto_result_new ();
  g_autofree char *valid = g_utf8_make_valid (noise, -1);

  recto_result_set_model (result, noise);
  recto_result_set_language (result, noise);
  recto_result_set_finish_reason (result, noise);
  recto_result_set_fallback (result, noise);
  recto_result_set_extra (result, valid, g_variant_new_bytestring (noise));
  recto_result_set_extra (result, "valid", g_variant_new_string (valid));

  push (page, result, noise);
}

GST_START_TEST (test_any_bytes_elsewhere)
{
  static const char *const members[] = { "uri", "document", "sha256", "model",
    "language", "finish_reason", "fallback", "text"
  };
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) records = NULL;

  sink_fixture_play (&fixture, NULL);
  for (guint i = 0; i < 200; i++) {
    g_autofree char *noise = make_noise (random, 40);

    /* These end at a zero byte, and an empty text is left out. */
    noise[0] = 'x';
    push_noise (noise);
    g_ptr_array_add (texts, g_utf8_make_valid (noise, -1));
  }

  records = finish ();
  fail_unless_equals_int (records->len, texts->len);
  for (guint i = 0; i < records->len; i++) {
    JsonObject *record = g_ptr_array_index (records, i);
    const char *text = g_ptr_array_index (texts, i);

    for (guint j = 0; j < G_N_ELEMENTS (members); j++)
      fail_unless_equals_string (get_string (record, members[j]), text);
    assert_error (record, "infer-failed", "infer-failed", text);
    fail_unless_equals_string (get_string (json_object_get_object_member
            (record, "extra"), "valid"), text);
  }
}

GST_END_TEST;

GST_START_TEST (test_numbers_that_are_none)
{
  g_autoptr (RectoResult) result = recto_result_new ();
  g_autoptr (JsonObject) record = NULL;
  JsonObject *extra;
  JsonArray *array;

  recto_result_set_confidence (result, NAN);
  recto_result_set_seconds (result, INFINITY);
  recto_result_set_extra (result, "nan", g_variant_new_double (NAN));
  recto_result_set_extra (result, "list", g_variant_new_parsed
      ("[<1.5>, <-inf>, <{'in': <inf>}>, <@ms nothing>]"));

  sink_fixture_play (&fixture, NULL);
  push (NULL, result, "x");
  record = finish_one ();

  fail_unless (json_object_get_null_member (record, "confidence"));
  fail_unless (json_object_get_null_member (record, "seconds"));
  extra = json_object_get_object_member (record, "extra");
  fail_unless (json_object_get_null_member (extra, "nan"));
  array = json_object_get_array_member (extra, "list");
  fail_unless_equals_float (json_array_get_double_element (array, 0), 1.5);
  fail_unless (json_array_get_null_element (array, 1));
  fail_unless (json_object_get_null_member (json_array_get_object_element
          (array, 2), "in"));
  fail_unless (json_array_get_null_element (array, 3));
}

GST_END_TEST;

GST_START_TEST (test_deep_extra)
{
  g_autoptr (RectoResult) result = recto_result_new ();
  g_autoptr (JsonObject) record = NULL;
  GVariant *deep = g_variant_new_string ("bottom");
  JsonNode *node;
  guint depth = 0;

  for (guint i = 0; i < 50; i++)
    deep = g_variant_new_tuple (&deep, 1);
  recto_result_set_extra (result, "deep", deep);

  sink_fixture_play (&fixture, NULL);
  push (NULL, result, "x");
  record = finish_one ();

  node = json_object_get_member (json_object_get_object_member (record,
          "extra"), "deep");
  for (; JSON_NODE_HOLDS_ARRAY (node); depth++)
    node = json_array_get_element (json_node_get_array (node), 0);
  fail_unless (JSON_NODE_HOLDS_NULL (node));
  fail_unless_equals_int (depth, 32);
}

GST_END_TEST;

GST_START_TEST (test_run_query)
{
  g_autoptr (GstQuery) query = recto_query_new_run ();
  g_autoptr (GstQuery) other = gst_query_new_custom (GST_QUERY_CUSTOM,
      gst_structure_new_empty ("other"));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (fixture.sink, "sink");
  g_autofree char *digest = NULL;
  g_autoptr (JsonObject) record = NULL;

  sink_fixture_play (&fixture, NULL);
  recto_query_add_run_config (query, "x", 1,
      g_variant_new_parsed ("{'a': <1>}"), NULL);
  digest = recto_query_get_run_digest (query);
  fail_unless (gst_pad_query (pad, query));
  fail_unless (!gst_pad_query (pad, other));

  push (NULL, NULL, "x");
  record = finish_one ();
  fail_unless_equals_string (get_string (record, "config"), digest);
}

GST_END_TEST;

GST_START_TEST (test_stats)
{
  g_autoptr (RectoDocument) document = make_document (2);
  g_autoptr (RectoPage) page_1 = recto_page_new (document, 1, FALSE);
  g_autoptr (RectoPage) page_2 = recto_page_new (document, 2, TRUE);
  g_autoptr (RectoPage) clean = recto_page_with_warnings (page_1, 0);
  g_autoptr (RectoPage) bad = recto_page_with_warnings (page_2, 2);
  g_autoptr (RectoPage) failed = make_failed_page (document, 2,
      RECTO_PAGE_TIMEOUT, "slow");
  g_autoptr (RectoPage) damaged = make_failed_document (document,
      RECTO_DOCUMENT_DAMAGED, "bad");
  g_autofree char *contents = NULL;
  gsize size;
  guint64 bytes;

  gst_util_set_object_arg (G_OBJECT (fixture.sink), "sync", "page");
  sink_fixture_play (&fixture, NULL);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "records"), 0);
  push (clean, NULL, "x");
  push (bad, NULL, "x");
  push (failed, NULL, "");
  push (damaged, NULL, "");
  push (NULL, NULL, "x");

  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "records"), 5);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "pages-ok"), 3);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "pages-failed"),
      1);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture,
          "pages-with-warnings"), 1);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "documents"), 2);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture,
          "documents-failed"), 1);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "rendered"), 5);
  bytes = sink_fixture_get_stat (&fixture, "bytes");

  contents = sink_fixture_finish (&fixture, &size);
  fail_unless_equals_uint64 (bytes, size);
}

GST_END_TEST;

GST_START_TEST (test_sync_values)
{
  static const char *const nicks[] = { "batch", "page", "document", "none" };

  for (guint i = 0; i < G_N_ELEMENTS (nicks); i++) {
    int sync;

    gst_util_set_object_arg (G_OBJECT (fixture.sink), "sync", nicks[i]);
    g_object_get (fixture.sink, "sync", &sync, NULL);
    fail_unless_equals_int (sync, i);

    /* It is another property than the base class's. */
    fail_if (gst_base_sink_get_sync (GST_BASE_SINK (fixture.sink)));
  }
}

GST_END_TEST;

GST_START_TEST (test_defaults)
{
  int sync, settings_changed;
  gboolean async, last, retry, clock;
  guint64 max_file_size;
  g_autofree char *location = NULL;

  g_object_get (fixture.sink, "sync", &sync, "async", &async,
      "enable-last-sample", &last, "location", &location, "settings-changed",
      &settings_changed, "retry", &retry, "max-file-size", &max_file_size,
      NULL);
  clock = gst_base_sink_get_sync (GST_BASE_SINK (fixture.sink));
  fail_unless_equals_int (sync, 0);
  fail_if (clock);
  fail_unless_equals_int (settings_changed, 0);
  fail_if (retry);
  fail_unless_equals_uint64 (max_file_size, 1 << 30);
  fail_if (async);
  fail_if (last);
  fail_unless (location == NULL);
}

GST_END_TEST;

static Suite *
jsonlsink_suite (void)
{
  Suite *suite = suite_create ("jsonlsink");
  TCase *record = tcase_create ("record");

  suite_add_tcase (suite, record);
  tcase_add_checked_fixture (record, setup, teardown);
  tcase_add_test (record, test_all_members);
  tcase_add_test (record, test_golden_line);
  tcase_add_test (record, test_without_page);
  tcase_add_test (record, test_empty_page);
  tcase_add_test (record, test_failed_page);
  tcase_add_test (record, test_failed_document);
  tcase_add_test (record, test_truncated_output);
  tcase_add_test (record, test_any_bytes_as_text);
  tcase_add_test (record, test_any_bytes_elsewhere);
  tcase_add_test (record, test_numbers_that_are_none);
  tcase_add_test (record, test_deep_extra);
  tcase_add_test (record, test_run_query);
  tcase_add_test (record, test_stats);
  tcase_add_test (record, test_sync_values);
  tcase_add_test (record, test_defaults);

  return suite;
}

GST_CHECK_MAIN (jsonlsink);
