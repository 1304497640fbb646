/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>
#include <gst/check/gstcheck.h>

#include "sink-fixture.h"

static SinkFixture fixture;

static void
setup (void)
{
  sink_fixture_init (&fixture, "markdownsink");
}

static void
teardown (void)
{
  sink_fixture_clear (&fixture);
}

static void
play (const char *format)
{
  gst_util_set_object_arg (G_OBJECT (fixture.sink), "format", format);
  sink_fixture_play (&fixture, NULL);
}

static void
push (RectoPage * page, const char *text)
{
  fail_unless_equals_int (sink_fixture_push (&fixture, page, NULL, text, -1),
      GST_FLOW_OK);
}

static void
assert_written (const char *expected)
{
  g_autofree char *contents = sink_fixture_finish (&fixture, NULL);

  fail_unless_equals_string (contents, expected);
}

/* A page that was read, one that failed, one cut short, and a document. */
static void
push_pages (void)
{
  g_autoptr (RectoDocument) document = recto_document_new ("file:///a.pdf",
      "a.pdf");
  g_autoptr (RectoDocument) unnamed = recto_document_new ("file:///b.pdf",
      NULL);
  g_autoptr (RectoPage) read = recto_page_new (document, 1, FALSE);
  g_autoptr (RectoPage) failed = make_failed_page (document, 2,
      RECTO_PAGE_TIMEOUT, "It took too long.");
  g_autoptr (RectoPage) truncated = make_failed_page (document, 3,
      RECTO_PAGE_TRUNCATED_OUTPUT, "It is too long.");
  g_autoptr (RectoPage) encrypted = make_failed_document (unnamed,
      RECTO_DOCUMENT_ENCRYPTED, "It needs a password.");

  push (read, "# One\n\nText.\n \n\n");
  push (failed, "");
  push (truncated, "Three");
  push (encrypted, "");
}

GST_START_TEST (test_markdown)
{
  play ("markdown");
  push_pages ();
  assert_written ("<!-- page 1 of a.pdf -->\n# One\n\nText.\n\n"
      "<!-- page 2 of a.pdf: timeout: It took too long. -->\n\n"
      "<!-- page 3 of a.pdf: truncated-output: It is too long. -->\nThree\n\n"
      "<!-- file:///b.pdf: encrypted: It needs a password. -->\n\n");
}

GST_END_TEST;

GST_START_TEST (test_text)
{
  play ("text");
  push_pages ();
  assert_written ("# One\n\nText.\n\f" "\f" "Three\n\f" "\f");
}

GST_END_TEST;

GST_START_TEST (test_without_page)
{
  play ("markdown");
  push (NULL, "one");
  push (NULL, "two");
  assert_written ("<!-- page 1 -->\none\n\n<!-- page 2 -->\ntwo\n\n");
}

GST_END_TEST;

GST_START_TEST (test_form_feed_in_text)
{
  play ("text");
  push (NULL, "a\fb\n\f");
  assert_written ("a\nb\n\f");
}

GST_END_TEST;

GST_START_TEST (test_invalid_text)
{
  play ("text");
  sink_fixture_push (&fixture, NULL, NULL, "a\xff\0b", 4);
  assert_written ("a\xef\xbf\xbd\xef\xbf\xbd" "b\n\f");
}

GST_END_TEST;

/* The file with one page of a document of that name and failure. */
static char *
write_comment (const char *name, const char *message)
{
  g_autoptr (RectoDocument) document = recto_document_new (NULL, name);
  g_autoptr (RectoPage) page = make_failed_document (document,
      RECTO_DOCUMENT_DAMAGED, message);

  play ("markdown");
  push (page, "");
  return sink_fixture_finish (&fixture, NULL);
}

GST_START_TEST (test_comment_is_escaped)
{
  g_autofree char *contents = write_comment (">a--><b>--!>&-",
      "---\nx\x7f\xff");

  fail_unless_equals_string (contents, "<!-- >a-&#45;><b>-&#45;!>&amp;-"
      ": damaged: -&#45;&#45;&#10;x&#127;\xef\xbf\xbd -->\n\n");
}

GST_END_TEST;

GST_START_TEST (test_comment_is_not_left)
{
  static const char letters[] = "-->!<&\n x";
  g_autoptr (GRand) random = g_rand_new_with_seed (__i__);
  char name[9] = { 0 };
  char message[9] = { 0 };
  g_autofree char *contents = NULL;
  char *end;

  for (guint i = 0; i < 8; i++) {
    name[i] = letters[g_rand_int_range (random, 0, sizeof letters - 1)];
    message[i] = letters[g_rand_int_range (random, 0, sizeof letters - 1)];
  }

  /* One comment on one line: it starts and ends where it should. */
  contents = write_comment (name, message);
  fail_unless (g_str_has_prefix (contents, "<!-- "));
  end = strstr (contents + strlen ("<!--"), "--");
  fail_unless_equals_string (end, "-->\n\n");
  fail_unless (strchr (contents, '\n') == end + strlen ("-->"));
}

GST_END_TEST;

GST_START_TEST (test_properties)
{
  int format;
  gboolean sync;

  g_object_get (fixture.sink, "format", &format, "sync", &sync, NULL);
  fail_unless_equals_int (format, 0);
  fail_if (sync);

  gst_util_set_object_arg (G_OBJECT (fixture.sink), "format", "text");
  g_object_get (fixture.sink, "format", &format, NULL);
  fail_unless_equals_int (format, 1);
}

GST_END_TEST;

GST_START_TEST (test_output_and_stats)
{
  fail_unless (g_file_set_contents (fixture.path, "precious", -1, NULL));
  sink_fixture_assert_refused (&fixture, fixture.path, "exists already");

  sink_fixture_play (&fixture, "/dev/null");
  push_pages ();
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "records"), 4);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "pages-ok"), 1);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "pages-failed"),
      2);
}

GST_END_TEST;

static Suite *
markdownsink_suite (void)
{
  Suite *suite = suite_create ("markdownsink");
  TCase *general = tcase_create ("general");

  suite_add_tcase (suite, general);
  tcase_add_checked_fixture (general, setup, teardown);
  tcase_add_test (general, test_markdown);
  tcase_add_test (general, test_text);
  tcase_add_test (general, test_without_page);
  tcase_add_test (general, test_form_feed_in_text);
  tcase_add_test (general, test_invalid_text);
  tcase_add_test (general, test_comment_is_escaped);
  tcase_add_loop_test (general, test_comment_is_not_left, 0, 100);
  tcase_add_test (general, test_properties);
  tcase_add_test (general, test_output_and_stats);

  return suite;
}

GST_CHECK_MAIN (markdownsink);
