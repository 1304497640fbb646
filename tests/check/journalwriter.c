/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * When records are committed, and who is told of it.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include <jsonl/journal-writer.h>
#include <recto/recto-work-item-private.h>

#include "journal-fixture.h"

#define N_PAGES 200

static char *folder;
static char *location;
static RectoJournal *journal;
static RectoJournalWriter *writer;

/* What happened so far, by letters: w(ritten), s(ynced), c(ommitted: the
 * sink was told), i(tem committed), b(ack: an item was given back), f(ailed).
 * Also the timer's thread adds to it. */
static struct
{
  GMutex lock;
  GCond changed;
  GString *events;
  RectoRecordCounts counts;
} told;

static gint sync_fails;         /* atomic */

static void
tell (char event)
{
  g_mutex_lock (&told.lock);
  g_string_append_c (told.events, event);
  g_cond_signal (&told.changed);
  g_mutex_unlock (&told.lock);
}

static gssize
tell_write (int fd, gconstpointer data, gsize size)
{
  tell ('w');
  return write (fd, data, size);
}

static int
tell_sync_data (int fd)
{
  tell ('s');
  if (!g_atomic_int_get (&sync_fails))
    return 0;
  errno = EIO;
  return -1;
}

static int
open_file (const char *path, int flags, guint mode)
{
  return g_open (path, flags, mode);
}

static int
sync_folder (int fd)
{
  return 0;
}

static int
truncate_file (int fd, goffset size)
{
  return ftruncate (fd, size);
}

static const RectoFileLayer telling_layer = {
  .open = open_file,
  .write = tell_write,
  .sync_data = tell_sync_data,
  .sync = sync_folder,
  .truncate = truncate_file,
  .rename = g_rename,
};

static void
on_committed (const RectoRecordCounts * counts, gpointer data)
{
  fail_unless (data == &told);
  g_mutex_lock (&told.lock);
  recto_record_counts_add (&told.counts, counts);
  g_mutex_unlock (&told.lock);
  tell ('c');
}

static void
on_failed (const GError * error, gpointer data)
{
  fail_unless (data == &told);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_WRITE));
  tell ('f');
}

static void
on_settled (gboolean committed, gpointer data)
{
  tell (committed ? 'i' : 'b');
}

static void
setup (void)
{
  folder = fixture_folder_new ();
  location = g_build_filename (folder, "out.jsonl", NULL);
  told.events = g_string_new (NULL);
  memset (&told.counts, 0, sizeof told.counts);
  sync_fails = FALSE;
}

static void
stop (void)
{
  g_clear_pointer (&writer, recto_journal_writer_free);
  if (journal)
    recto_journal_close (g_steal_pointer (&journal), TRUE, 0);
}

static void
teardown (void)
{
  stop ();
  g_string_free (told.events, TRUE);
  fixture_folder_remove (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&location, g_free);
}

static void
start (GstRectoSyncPolicy policy)
{
  g_autoptr (GError) error = NULL;

  journal = recto_journal_open (location, 0, FALSE, &telling_layer, &error);
  fail_unless (journal != NULL, "%s", error ? error->message : "");
  writer = recto_journal_writer_new (journal, policy, on_committed, on_failed,
      &told);

  /* Opening it is of no interest here. */
  g_string_truncate (told.events, 0);
}

/* A document of N_PAGES, with or without a work item. */
static RectoDocument *
make_document (gboolean with_item)
{
  RectoDocument *document = g_object_new (RECTO_TYPE_DOCUMENT, "uri",
      "file:///a.pdf", "name", "a.pdf", "sha256", TEST_SHA256, "n-pages",
      N_PAGES, NULL);

  if (with_item)
    recto_document_set_work_item (document, recto_work_item_new (on_settled,
            NULL, NULL));
  return document;
}

static gboolean
put (RectoDocument * document, guint number)
{
  g_autoptr (RectoPage) page = recto_page_new (document, number,
      number == N_PAGES);
  g_autoptr (GString) line = g_string_new (NULL);
  RectoPageRecord record = {
    .page = page,.attempt = 1,.config = TEST_CONFIG,.text = "x",.size = 1
  };

  recto_page_record_append_line (&record, line);
  return recto_journal_writer_put (writer, line, &record);
}

static void
put_all (RectoDocument * document, guint first, guint last)
{
  for (guint i = first; i <= last; i++)
    fail_unless (put (document, i));
}

static void
assert_told (const char *events)
{
  g_autofree char *copy = NULL;

  g_mutex_lock (&told.lock);
  copy = g_strdup (told.events->str);
  g_mutex_unlock (&told.lock);
  fail_unless_equals_string (copy, events);
}

/* Policies */

GST_START_TEST (test_page)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);

  start (GST_RECTO_SYNC_PAGE);
  put_all (document, 1, 3);
  assert_told ("wscwscwsc");
}

GST_END_TEST;

/* The timer may add a commit on a machine that is slow, so the records are
 * counted, not the commits. */
GST_START_TEST (test_batch)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);

  start (GST_RECTO_SYNC_BATCH);
  put_all (document, 1, RECTO_JOURNAL_BATCH);
  fail_unless_equals_uint64 (told.counts.records, RECTO_JOURNAL_BATCH);
  fail_unless (told.events->len < 10 * strlen ("wsc"));
}

GST_END_TEST;

GST_START_TEST (test_end_of_document)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);

  start (GST_RECTO_SYNC_BATCH);
  fail_unless (put (document, N_PAGES));
  assert_told ("wsc");
}

GST_END_TEST;

/* Nothing else happens. */
GST_START_TEST (test_timer)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);
  gint64 end = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;

  start (GST_RECTO_SYNC_BATCH);
  for (guint i = 1; i <= 2; i++) {
    fail_unless (put (document, i));
    g_mutex_lock (&told.lock);
    while (told.counts.records < i)
      fail_unless (g_cond_wait_until (&told.changed, &told.lock, end));
    g_mutex_unlock (&told.lock);
  }
}

GST_END_TEST;

GST_START_TEST (test_document)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);

  start (GST_RECTO_SYNC_DOCUMENT);
  put_all (document, 1, N_PAGES - 1);
  assert_told ("");
  put_all (document, N_PAGES, N_PAGES);
  assert_told ("wsc");
  fail_unless_equals_uint64 (told.counts.records, N_PAGES);
  fail_unless_equals_uint64 (told.counts.documents, 1);
}

GST_END_TEST;

GST_START_TEST (test_none)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);

  start (GST_RECTO_SYNC_NONE);
  put_all (document, 1, 2);
  put_all (document, N_PAGES, N_PAGES);
  fail_unless (recto_journal_writer_commit (writer));
  assert_told ("wcwcwc");
}

GST_END_TEST;

GST_START_TEST (test_commit)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);

  start (GST_RECTO_SYNC_DOCUMENT);
  fail_unless (recto_journal_writer_commit (writer));
  assert_told ("");
  put_all (document, 1, 2);
  fail_unless (recto_journal_writer_commit (writer));
  assert_told ("wsc");
  fail_unless (recto_journal_writer_commit (writer));
  assert_told ("wsc");
}

GST_END_TEST;

GST_START_TEST (test_free_commits)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);

  start (GST_RECTO_SYNC_DOCUMENT);
  put_all (document, 1, 2);
  stop ();
  assert_told ("wsc");
}

GST_END_TEST;

/* Work items */

GST_START_TEST (test_item)
{
  RectoDocument *document = make_document (TRUE);

  start (GST_RECTO_SYNC_PAGE);
  put_all (document, 1, 1);
  assert_told ("wsc");
  put_all (document, N_PAGES, N_PAGES);
  assert_told ("wscwsci");

  /* Once. */
  g_object_unref (document);
  assert_told ("wscwsci");
}

GST_END_TEST;

/* The last page may be a failed one, or a later one than others. */
GST_START_TEST (test_item_of_failed_page)
{
  g_autoptr (RectoDocument) document = make_document (TRUE);
  g_autoptr (RectoPage) page = recto_page_new (document, N_PAGES, TRUE);
  g_autoptr (GError) error = g_error_new_literal (RECTO_PAGE_ERROR,
      RECTO_PAGE_TIMEOUT, "slow");
  g_autoptr (RectoPage) failed = recto_page_with_error (page,
      RECTO_PAGE_TIMEOUT, error);
  g_autoptr (GString) line = g_string_new (NULL);
  RectoPageRecord record = {.page = failed,.attempt = 1,.text = "" };

  start (GST_RECTO_SYNC_BATCH);
  recto_page_record_append_line (&record, line);
  fail_unless (recto_journal_writer_put (writer, line, &record));
  assert_told ("wsci");
  fail_unless_equals_uint64 (told.counts.pages_failed, 1);
}

GST_END_TEST;

GST_START_TEST (test_item_given_back)
{
  RectoDocument *document = make_document (TRUE);

  start (GST_RECTO_SYNC_PAGE);
  put_all (document, 1, 1);
  g_object_unref (document);
  assert_told ("wscb");
}

GST_END_TEST;

GST_START_TEST (test_item_of_failed_commit)
{
  RectoDocument *document = make_document (TRUE);

  start (GST_RECTO_SYNC_BATCH);
  g_atomic_int_set (&sync_fails, TRUE);
  fail_if (put (document, N_PAGES));
  assert_told ("wsf");
  g_object_unref (document);
  assert_told ("wsfb");
}

GST_END_TEST;

/* Failures */

GST_START_TEST (test_failure_is_the_last_thing)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);
  g_autoptr (GString) nothing = g_string_new (NULL);

  start (GST_RECTO_SYNC_PAGE);
  g_atomic_int_set (&sync_fails, TRUE);
  fail_if (put (document, 1));
  g_atomic_int_set (&sync_fails, FALSE);
  fail_if (put (document, 2));
  fail_if (recto_journal_writer_commit (writer));
  stop ();
  assert_told ("wsf");
  fail_unless_equals_uint64 (told.counts.records, 0);
  assert_file (location, nothing);
}

GST_END_TEST;

GST_START_TEST (test_failure_of_the_timer)
{
  g_autoptr (RectoDocument) document = make_document (FALSE);
  gint64 end = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;

  start (GST_RECTO_SYNC_BATCH);
  g_atomic_int_set (&sync_fails, TRUE);
  fail_unless (put (document, 1));
  g_mutex_lock (&told.lock);
  while (strchr (told.events->str, 'f') == NULL)
    fail_unless (g_cond_wait_until (&told.changed, &told.lock, end));
  g_mutex_unlock (&told.lock);
  fail_if (put (document, 2));
  assert_told ("wsf");
}

GST_END_TEST;

static Suite *
journalwriter_suite (void)
{
  Suite *suite = suite_create ("journalwriter");
  TCase *writing = tcase_create ("writing");

  suite_add_tcase (suite, writing);
  tcase_add_checked_fixture (writing, setup, teardown);
  tcase_add_test (writing, test_page);
  tcase_add_test (writing, test_batch);
  tcase_add_test (writing, test_end_of_document);
  tcase_add_test (writing, test_timer);
  tcase_add_test (writing, test_document);
  tcase_add_test (writing, test_none);
  tcase_add_test (writing, test_commit);
  tcase_add_test (writing, test_free_commits);
  tcase_add_test (writing, test_item);
  tcase_add_test (writing, test_item_of_failed_page);
  tcase_add_test (writing, test_item_given_back);
  tcase_add_test (writing, test_item_of_failed_commit);
  tcase_add_test (writing, test_failure_is_the_last_thing);
  tcase_add_test (writing, test_failure_of_the_timer);

  return suite;
}

GST_CHECK_MAIN (journalwriter);
