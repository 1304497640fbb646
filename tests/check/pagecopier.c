/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which records are copied, and how.
 */

#include "config.h"

#include <string.h>

#include <gst/check/gstcheck.h>

#include <jsonl/page-copier.h>
#include <recto/recto-page-private.h>

#include "journal-fixture.h"
#include "record-lines.h"

#define OTHER_SHA256 \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdee"
#define OTHER_CONFIG "fedcba9876543210"

static char *folder;
static char *location;
static RectoJournal *journal;
static RectoJournalWriter *writer;
static RectoPageCopier *copier;
static guint64 n_copied;

static void
on_committed (const RectoRecordCounts * counts, gpointer data)
{
  n_copied += counts->pages_copied;
}

static void
on_failed (const GError * error, gpointer data)
{
  fail ("%s", error->message);
}

static void
open_all (void)
{
  g_autoptr (GError) error = NULL;

  /* In a folder each record has a file of its own. */
  journal = recto_journal_open (location, 1, TRUE, &recto_file_layer, &error);
  fail_unless (journal != NULL, "%s", error ? error->message : "");
  writer = recto_journal_writer_new (journal, GST_RECTO_SYNC_PAGE,
      on_committed, on_failed, NULL);
  copier = recto_page_copier_new (journal, writer);
}

static void
close_all (void)
{
  recto_page_copier_close (copier);
  g_clear_pointer (&copier, recto_page_copier_unref);
  g_clear_pointer (&writer, recto_journal_writer_free);
  recto_journal_close (g_steal_pointer (&journal), TRUE, 0);
}

static void
setup (void)
{
  folder = fixture_folder_enter ();
  location = g_build_filename (folder, "out.jsonl", NULL);
  n_copied = 0;
  open_all ();
}

static void
teardown (void)
{
  close_all ();
  g_clear_pointer (&location, g_free);
  fixture_folder_leave (folder);
}

static guint
number_config (const char *config)
{
  return recto_config_table_intern (recto_journal_get_configs (journal),
      config, strlen (config));
}

static RectoPage *
make_page (const char *name, const char *sha256, guint number)
{
  g_autofree char *uri = g_strdup_printf ("file:///%s", name);
  g_autoptr (RectoDocument) document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", uri, "name", name, "n-pages", 3, "sha256", sha256, NULL);

  return recto_page_new (document, number, FALSE);
}

static RectoPage *
make_failed_page (const char *name)
{
  g_autoptr (RectoPage) page = make_page (name, TEST_SHA256, 1);
  g_autoptr (GError) error = g_error_new_literal (RECTO_PAGE_ERROR,
      RECTO_PAGE_TIMEOUT, "It took too long.");

  return recto_page_with_error (page, RECTO_PAGE_TIMEOUT, error);
}

/* What a model returns for a page. */
static RectoResult *
make_result (void)
{
  RectoResult *result = recto_result_new ();

  recto_result_set_model (result, "reader");
  recto_result_set_input_tokens (result, 100);
  recto_result_set_output_tokens (result, 20);
  recto_result_set_attempts (result, 2);
  recto_result_set_confidence (result, 0.97);
  recto_result_set_seconds (result, 1.5);
  return result;
}

/* Returns where the record is. */
static goffset
put (RectoPage * page, const char *config)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (RectoResult) result = make_result ();
  g_autoptr (GString) before = read_journal (location);
  RectoPageRecord record = {.page = page,.result = result,.attempt = 4,
    .config = config,.text = "What “it”\nsays \\ here",
  };

  record.size = strlen (record.text);
  recto_journal_set_config (journal, number_config (config));
  recto_page_record_append_line (&record, line);
  fail_unless (recto_journal_writer_put (writer, line, &record));
  return before->len;
}

static void
put_page (const char *name)
{
  g_autoptr (RectoPage) page = make_page (name, TEST_SHA256, 1);

  put (page, TEST_CONFIG);
}

static gboolean
copy (RectoPage * page, guint attempt)
{
  return recto_page_copier_copy (copier, number_config (TEST_CONFIG), page,
      attempt);
}

static gboolean
copy_page (const char *name)
{
  g_autoptr (RectoPage) page = make_page (name, TEST_SHA256, 1);

  return copy (page, 1);
}

/* The last line of the journal. */
static char *
read_last (void)
{
  g_autoptr (GString) contents = read_journal (location);
  const char *start;

  fail_unless (g_str_has_suffix (contents->str, "\n"));
  g_string_truncate (contents, contents->len - 1);
  start = strrchr (contents->str, '\n');
  return g_strdup (start ? start + 1 : contents->str);
}

static void
assert_starts (const char *text, const char *expected)
{
  fail_unless (g_str_has_prefix (text, expected), "“%s” does not start with "
      "“%s”", text, expected);
}

/* Each member is as it was, or as it must be. */
GST_START_TEST (test_line)
{
  g_autoptr (RectoPage) page = make_page ("moved.pdf", TEST_SHA256, 1);
  g_autofree char *line = NULL;

  put_page ("a.pdf");
  fail_unless (copy (page, 2));
  line = read_last ();
  assert_starts (line, "{\"schema\":\"recto-page/1\","
      "\"uri\":\"file:///moved.pdf\",\"document\":\"moved.pdf\","
      "\"sha256\":\"" TEST_SHA256 "\",\"page\":1,\"pages\":3,"
      "\"status\":\"ok\",\"attempt\":2,\"config\":\"" TEST_CONFIG "\"");
  fail_unless (strstr (line, "\"model\":\"reader\",") != NULL);
  fail_unless (strstr (line, "\"input_tokens\":null,\"output_tokens\":null,"
          "\"attempts\":null,") != NULL, "%s", line);
  fail_unless (strstr (line, "\"confidence\":0.97,\"seconds\":null,") != NULL,
      "%s", line);
  fail_unless (strstr (line, ",\"copied_from\":{\"uri\":\"file:///a.pdf\"},"
          "\"text\":\"What “it”\\nsays \\\\ here\",\"crc32\":\"") != NULL,
      "%s", line);
  fail_unless_equals_int (n_copied, 1);
}

GST_END_TEST;

/* A copy of a copy names what was read. */
GST_START_TEST (test_copy_of_copy)
{
  g_autofree char *line = NULL;

  put_page ("a.pdf");
  fail_unless (copy_page ("b.pdf"));
  close_all ();
  open_all ();
  fail_unless (copy_page ("c.pdf"));
  line = read_last ();
  fail_unless (strstr (line, "\"copied_from\":{\"uri\":\"file:///a.pdf\"}")
      != NULL, "%s", line);
}

GST_END_TEST;

/* What there was when the journal was opened, and what came since. */
GST_START_TEST (test_after_opening)
{
  put_page ("a.pdf");
  close_all ();
  open_all ();
  fail_unless (copy_page ("b.pdf"));
  fail_unless_equals_int (n_copied, 1);
}

GST_END_TEST;

/* Each from another file. */
GST_START_TEST (test_folder)
{
  g_autofree char *line = NULL;

  close_all ();
  g_free (location);
  location = g_build_filename (folder, "out/", NULL);
  open_all ();
  for (guint i = 1; i <= 3; i++) {
    g_autoptr (RectoPage) page = make_page ("a.pdf", TEST_SHA256, i);

    put (page, TEST_CONFIG);
  }
  fail_unless (copy_page ("b.pdf"));
  close_all ();
  open_all ();
  for (guint i = 3; i >= 1; i--) {
    g_autoptr (RectoPage) page = make_page ("c.pdf", TEST_SHA256, i);

    fail_unless (copy (page, 1), "page %u", i);
  }
  line = read_last ();
  fail_unless (strstr (line, "\"page\":1,") != NULL, "%s", line);
  fail_unless_equals_int (n_copied, 4);
}

GST_END_TEST;

GST_START_TEST (test_not_copied)
{
  g_autoptr (RectoPage) failed = make_failed_page ("failed.pdf");
  g_autoptr (RectoPage) other = make_page ("other.pdf", TEST_SHA256, 1);
  g_autoptr (RectoPage) bytes = make_page ("bytes.pdf", OTHER_SHA256, 1);
  g_autoptr (RectoPage) number = make_page ("number.pdf", TEST_SHA256, 2);
  g_autoptr (RectoPage) unknown = make_page ("unknown.pdf", NULL, 1);

  put (failed, TEST_CONFIG);
  put (other, OTHER_CONFIG);
  put (bytes, TEST_CONFIG);
  put (number, TEST_CONFIG);
  put (unknown, TEST_CONFIG);
  fail_if (copy_page ("a.pdf"));
  fail_if (copy (unknown, 1));

  put_page ("a.pdf");
  fail_unless (copy_page ("b.pdf"));
}

GST_END_TEST;

/* A document that is named twice: what the run has recorded of it is there. */
GST_START_TEST (test_own_page)
{
  g_autoptr (GString) before = NULL, after = NULL;

  put_page ("a.pdf");
  fail_unless (copy_page ("b.pdf"));
  recto_journal_writer_commit (writer);
  before = read_journal (location);
  fail_unless (copy_page ("a.pdf"));
  recto_journal_writer_commit (writer);
  after = read_journal (location);
  fail_unless (g_string_equal (before, after), "a page was copied from itself");
}

GST_END_TEST;

/* As if two contents had one hash: the index leads to another record, or into
 * the middle of one, or nowhere. */
GST_START_TEST (test_forged_match)
{
  g_autoptr (RectoPage) other = make_page ("other.pdf", OTHER_SHA256, 1);
  const RectoContent content = {
    .sha256 = TEST_SHA256,.config = number_config (TEST_CONFIG),.page = 1,
  };
  RectoContentIndex *contents = recto_journal_get_contents (journal);
  goffset place;

  place = put (other, TEST_CONFIG);
  recto_content_index_add (contents, &content, (RectoPlace) { 0, place });
  recto_content_index_add (contents, &content, (RectoPlace) { 0, place + 9 });
  recto_content_index_add (contents, &content, (RectoPlace) { 0, 1 << 30 });
  recto_content_index_add (contents, &content, (RectoPlace) { 9, 0 });
  fail_if (copy_page ("b.pdf"));
  fail_unless_equals_int (n_copied, 0);

  put_page ("a.pdf");
  fail_unless (copy_page ("b.pdf"));
}

GST_END_TEST;

/* A record that is not what was written any more. */
GST_START_TEST (test_damaged_record)
{
  g_autofree char *damaged = NULL;
  g_autofree char *text = NULL;
  gsize size;

  put_page ("a.pdf");
  fail_unless (g_file_get_contents (location, &text, &size, NULL));
  damaged = g_strdup (text);
  memcpy (strstr (damaged, "says"), "lies", 4);
  fail_unless (g_file_set_contents (location, damaged, size, NULL));
  fail_if (copy_page ("b.pdf"));
  fail_unless (g_file_set_contents (location, text, size, NULL));
}

GST_END_TEST;

/* The source may ask when the sink has stopped. */
GST_START_TEST (test_closed)
{
  put_page ("a.pdf");
  recto_page_copier_close (copier);
  fail_if (copy_page ("b.pdf"));
}

GST_END_TEST;

static Suite *
pagecopier_suite (void)
{
  Suite *suite = suite_create ("pagecopier");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_line);
  tcase_add_test (tcase, test_copy_of_copy);
  tcase_add_test (tcase, test_after_opening);
  tcase_add_test (tcase, test_folder);
  tcase_add_test (tcase, test_not_copied);
  tcase_add_test (tcase, test_own_page);
  tcase_add_test (tcase, test_forged_match);
  tcase_add_test (tcase, test_damaged_record);
  tcase_add_test (tcase, test_closed);
  return suite;
}

GST_CHECK_MAIN (pagecopier);
