/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Journals: what can be one, and who may write to it.
 */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include <jsonl/shards.h>

#include "journal-fixture.h"

#define ANYBODY 65534

static char *folder;
static char *location;          /* where nothing is yet */

static void
setup (void)
{
  folder = fixture_folder_new ();
  location = g_build_filename (folder, "out.jsonl", NULL);
}

static void
teardown (void)
{
  fixture_folder_remove (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&location, g_free);
}

/* Places */

GST_START_TEST (test_what_fits)
{
  g_autofree char *pipe = g_build_filename (folder, "pipe", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing", NULL);
  g_autofree char *slash = g_strconcat (missing, "/", NULL);

  fail_unless_equals_int (mkfifo (pipe, 0600), 0);
  fail_unless (g_file_set_contents (location, "", 0, NULL));

  fail_unless (recto_journal_fits (location));
  fail_unless (recto_journal_fits (folder));
  fail_unless (recto_journal_fits (missing));
  fail_unless (recto_journal_fits (slash));
  fail_if (recto_journal_fits (pipe));
  fail_if (recto_journal_fits ("/dev/null"));
  fail_if (recto_journal_fits ("-"));
}

GST_END_TEST;

GST_START_TEST (test_symbolic_link)
{
  g_autofree char *target = g_build_filename (folder, "target", NULL);
  g_autofree char *log = g_build_filename (folder, "out.run.jsonl", NULL);

  fail_unless_equals_int (symlink (target, location), 0);
  fail_unless (recto_journal_fits (location));
  assert_refused (location, "symbolic link");
  fail_if (g_file_test (target, G_FILE_TEST_EXISTS));
  fail_unless_equals_int (g_unlink (location), 0);

  /* Nor is the log's followed. */
  fail_unless_equals_int (symlink (target, log), 0);
  assert_refused (location, log);
  fail_if (g_file_test (target, G_FILE_TEST_EXISTS));
  fail_if (g_file_test (location, G_FILE_TEST_EXISTS));
}

GST_END_TEST;

GST_START_TEST (test_missing_folder)
{
  g_autofree char *file = g_build_filename (folder, "a", "b.jsonl", NULL);
  g_autofree char *shards = g_build_filename (folder, "a", "b/", NULL);

  assert_refused (file, "Create it first");
  assert_refused (shards, "Create it first");
}

GST_END_TEST;

/* Returns the exit code of `func` in a process that may do no more than
 * anybody may. */
static int
run_as_anybody (int (*func) (void))
{
  pid_t pid = fork ();
  int status;

  if (pid == 0) {
    if (getuid () == 0 && (setgid (ANYBODY) < 0 || setuid (ANYBODY) < 0))
      _exit (77);
    _exit (func ());
  }
  fail_unless_equals_int (waitpid (pid, &status, 0), pid);
  fail_unless (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static int
open_where_nobody_may (void)
{
  g_autoptr (GError) error = NULL;

  if (recto_journal_open (location, 0, FALSE, &recto_file_layer, &error))
    return 1;
  return strstr (error->message, "where you may write") ? 0 : 2;
}

GST_START_TEST (test_read_only_folder)
{
  fail_unless_equals_int (g_chmod (folder, 0555), 0);
  fail_unless_equals_int (run_as_anybody (open_where_nobody_may), 0);
  fail_unless_equals_int (g_chmod (folder, 0700), 0);
}

GST_END_TEST;

GST_START_TEST (test_read_only_file)
{
  g_autoptr (GString) records = make_journal (location, 3);

  fail_unless_equals_int (g_chmod (folder, 0755), 0);
  fail_unless_equals_int (g_chmod (location, 0444), 0);
  fail_unless_equals_int (run_as_anybody (open_where_nobody_may), 0);
  assert_file (location, records);
}

GST_END_TEST;

GST_START_TEST (test_foreign_file)
{
  static const char *const foreign[] = {
    "precious", "precious\n", "{\"schema\":\"recto-page/2\"}\n", "{}\n",
    "\n", " ", "{\"schema\":\"recto-page/1\";",
    "{\"uri\":\"file:///a\"}\n{\"uri\":\"file:///b\"}\n",
  };
  g_autoptr (GPtrArray) names = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++) {
    fail_unless (g_file_set_contents (location, foreign[i], -1, NULL));
    assert_refused (location, "exists already");
    assert_untouched (location, foreign[i], strlen (foreign[i]));
  }

  names = list_folder (folder);
  fail_unless_equals_int (names->len, 1);
}

GST_END_TEST;

GST_START_TEST (test_foreign_log)
{
  g_autofree char *log = g_build_filename (folder, "out.run.jsonl", NULL);

  fail_unless (g_file_set_contents (log, "precious\n", -1, NULL));
  assert_refused (location, log);
  assert_untouched (log, "precious\n", strlen ("precious\n"));
  fail_if (g_file_test (location, G_FILE_TEST_EXISTS));
}

GST_END_TEST;

/* A hole where the first record should be: the log tells whose it is. */
GST_START_TEST (test_hole_at_the_start)
{
  const char zeros[1000] = { 0 };
  g_autofree char *log = g_build_filename (folder, "out.run.jsonl", NULL);
  g_autoptr (GString) nothing = g_string_new (NULL);

  fail_unless (g_file_set_contents (location, zeros, sizeof zeros, NULL));
  assert_refused (location, "exists already");
  assert_untouched (location, zeros, sizeof zeros);

  fail_unless (g_file_set_contents (log, "", 0, NULL));
  assert_journal (location, nothing);
}

GST_END_TEST;

/* Folders */

GST_START_TEST (test_missing_files)
{
  g_autofree char *path = NULL;
  g_autoptr (GPtrArray) names = NULL;

  g_free (location);
  location = g_build_filename (folder, "out", NULL);
  fail_unless_equals_int (g_mkdir (location, 0700), 0);
  path = recto_shards_dup_name (location, 99999);
  fail_unless (g_file_set_contents (path, "", 0, NULL));
  assert_refused (location, "pages-00000.jsonl is missing");
  names = list_folder (location);
  fail_unless_equals_int (names->len, 1);
}

GST_END_TEST;

GST_START_TEST (test_foreign_file_in_folder)
{
  g_autofree char *path = NULL;

  g_free (location);
  location = g_strconcat (folder, "/out/", NULL);
  g_string_free (make_journal (location, 3), TRUE);
  path = recto_shards_dup_name (location, 1);
  fail_unless (g_file_set_contents (path, "my diary\nof two days\n", -1, NULL));
  assert_refused (location, "not a file of records");
  assert_untouched (path, "my diary\nof two days\n", 21);
}

GST_END_TEST;

/* Names */

static const char *const odd_names[] = {
  "new\nline", " ", "-", "--help", "a\"b", "\\", "%s%n", "\xff\xfe.jsonl",
  "报告.jsonl", ".jsonl", "a.jsonl.jsonl", "out.run.jsonl",
};

static void
check_name (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GString) records = make_records (0, 3, 20);
  RectoJournal *journal = open_journal (path);

  assert_commit (journal, records);
  recto_journal_close (journal, TRUE, 3);
  assert_journal (path, records);
}

GST_START_TEST (test_names_of_files)
{
  g_autofree char *long_name = g_strnfill (255 - strlen (".run.jsonl"), 'x');
  g_autofree char *too_long = g_strnfill (255, 'x');
  g_autofree char *path = g_build_filename (folder, too_long, NULL);
  g_autoptr (GPtrArray) names = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (odd_names); i++)
    check_name (odd_names[i]);
  check_name (long_name);

  /* Its log would have no name. */
  assert_refused (path, "File name too long");
  names = list_folder (folder);
  fail_unless_equals_int (names->len, 2 * (G_N_ELEMENTS (odd_names) + 1));
}

GST_END_TEST;

static void
append_named (GString * out, const char *name)
{
  g_autoptr (RectoDocument) document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", name, "name", name, "sha256", TEST_SHA256, "n-pages", 1, NULL);
  g_autoptr (RectoPage) page = recto_page_new (document, 1, TRUE);
  RectoPageRecord record = {
    .page = page,.attempt = 1,.config = TEST_CONFIG,.text = "x",.size = 1
  };

  recto_page_record_append_line (&record, out);
}

/* They are in records; no file has a name from them. */
GST_START_TEST (test_names_of_documents)
{
  g_autofree char *long_name = g_strnfill (255, 'x');
  const char *names[] = { "../../x", "/etc/x", "a\nb", "\xff\xfe", long_name,
    "pages-00000.jsonl", "报告", "a\"b\\"
  };
  g_autofree char *shards = g_build_filename (folder, "out", NULL);
  g_autofree char *found = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GString) all = g_string_new (NULL);
  RectoJournal *journal;

  fail_unless_equals_int (g_mkdir (shards, 0700), 0);
  journal = recto_journal_open (shards, 1, FALSE, &recto_file_layer, NULL);
  fail_unless (journal != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GString) line = g_string_new (NULL);

    append_named (line, names[i]);
    assert_commit (journal, line);
    g_string_append_len (all, line->str, line->len);
  }
  recto_journal_close (journal, TRUE, 4);
  assert_journal (shards, all);

  files = list_folder (shards);
  g_ptr_array_add (files, NULL);
  found = g_strjoinv (" ", (char **) files->pdata);
  fail_unless_equals_string (found, "pages-00000.jsonl pages-00001.jsonl "
      "pages-00002.jsonl pages-00003.jsonl pages-00004.jsonl "
      "pages-00005.jsonl pages-00006.jsonl pages-00007.jsonl "
      "pages.run.jsonl");
  g_ptr_array_unref (files);
  files = list_folder (folder);
  fail_unless_equals_int (files->len, 1);
}

GST_END_TEST;

/* Writers */

/* A process that has the journal open till it is killed. */
static pid_t
start_holder (void)
{
  int fds[2];
  char byte;
  pid_t pid;

  fail_unless_equals_int (pipe2 (fds, O_CLOEXEC), 0);
  pid = fork ();
  if (pid == 0) {
    RectoJournal *journal = recto_journal_open (location, 0, FALSE,
        &recto_file_layer, NULL);

    if (journal && write (fds[1], "x", 1) == 1)
      for (;;)
        pause ();
    _exit (1);
  }
  g_close (fds[1], NULL);
  fail_unless_equals_int (read (fds[0], &byte, 1), 1);
  g_close (fds[0], NULL);
  return pid;
}

static void
check_two_writers (void)
{
  pid_t pid = start_holder ();
  g_autofree char *who = g_file_test ("/proc/locks", G_FILE_TEST_EXISTS) ?
      g_strdup_printf ("process %d", pid) : g_strdup ("another process");
  int status;

  assert_refused (location, who);
  fail_unless_equals_int (kill (pid, SIGKILL), 0);
  fail_unless_equals_int (waitpid (pid, &status, 0), pid);
  recto_journal_close (open_journal (location), TRUE, 0);
}

GST_START_TEST (test_two_writers)
{
  g_autoptr (GString) records = make_journal (location, 3);

  check_two_writers ();
  assert_journal (location, records);
}

GST_END_TEST;

GST_START_TEST (test_two_writers_of_a_folder)
{
  g_free (location);
  location = g_build_filename (folder, "out", NULL);
  fail_unless_equals_int (g_mkdir (location, 0700), 0);
  check_two_writers ();
}

GST_END_TEST;

/* Killed while it was starting another process, which has the lock as well
 * until it begins its own program. */
GST_START_TEST (test_killed_writer)
{
  g_autoptr (GString) records = make_journal (location, 3);
  pid_t pid = fork ();
  int status;

  if (pid == 0) {
    if (open_journal (location) && fork () == 0)
      g_usleep (G_TIME_SPAN_SECOND / 5);
    _exit (0);
  }
  fail_unless_equals_int (waitpid (pid, &status, 0), pid);
  recto_journal_close (open_journal (location), TRUE, 0);
  assert_journal (location, records);
}

GST_END_TEST;

/* The one who came first has more than one file. */
GST_START_TEST (test_two_writers_of_many_files)
{
  guint n_files;
  g_autoptr (GError) error = NULL;
  RectoJournal *journal;

  g_free (location);
  location = g_build_filename (folder, "out", NULL);
  fail_unless_equals_int (g_mkdir (location, 0700), 0);
  journal = recto_journal_open (location, 1, FALSE, &recto_file_layer, &error);
  fail_unless (journal != NULL);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GString) batch = make_records (i, 1, 10);

    assert_commit (journal, batch);
  }
  fail_unless (recto_shards_count (location, &n_files, NULL));
  fail_unless_equals_int (n_files, 3);
  assert_refused (location, "is being written by");
  recto_journal_close (journal, TRUE, 3);
}

GST_END_TEST;

/* What was opened in vain is gone, what ended in good order stays. */
GST_START_TEST (test_in_vain)
{
  g_autoptr (GPtrArray) names = NULL;

  recto_journal_close (open_journal (location), FALSE, 0);
  names = list_folder (folder);
  fail_unless_equals_int (names->len, 0);

  recto_journal_close (open_journal (location), TRUE, 0);
  recto_journal_close (open_journal (location), FALSE, 0);
  fail_unless (g_file_test (location, G_FILE_TEST_EXISTS));
}

GST_END_TEST;

static Suite *
journalplaces_suite (void)
{
  Suite *suite = suite_create ("journalplaces");
  TCase *places = tcase_create ("places");
  TCase *writers = tcase_create ("writers");

  suite_add_tcase (suite, places);
  tcase_add_checked_fixture (places, setup, teardown);
  tcase_add_test (places, test_what_fits);
  tcase_add_test (places, test_symbolic_link);
  tcase_add_test (places, test_missing_folder);
  tcase_add_test (places, test_read_only_folder);
  tcase_add_test (places, test_read_only_file);
  tcase_add_test (places, test_foreign_file);
  tcase_add_test (places, test_foreign_log);
  tcase_add_test (places, test_hole_at_the_start);
  tcase_add_test (places, test_missing_files);
  tcase_add_test (places, test_foreign_file_in_folder);
  tcase_add_test (places, test_names_of_files);
  tcase_add_test (places, test_names_of_documents);

  suite_add_tcase (suite, writers);
  tcase_add_checked_fixture (writers, setup, teardown);
  tcase_add_test (writers, test_two_writers);
  tcase_add_test (writers, test_killed_writer);
  tcase_add_test (writers, test_two_writers_of_a_folder);
  tcase_add_test (writers, test_two_writers_of_many_files);
  tcase_add_test (writers, test_in_vain);

  return suite;
}

GST_CHECK_MAIN (journalplaces);
