/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * NAME.run.jsonl and the documents that may have ended a process.
 */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include <jsonl/line-reader.h>
#include <jsonl/run-log-line.h>
#include <jsonl/run-log.h>
#include <jsonl/run-suspects.h>

#include "journal-fixture.h"

#define A "file:///a.pdf"
#define B "file:///b.pdf"

static char *folder;
static char *path;

static void
setup (void)
{
  folder = fixture_folder_new ();
  path = g_build_filename (folder, "out.run.jsonl", NULL);
}

static void
teardown (void)
{
  fixture_folder_remove (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&path, g_free);
}

static RectoRunLog *
open_log (void)
{
  g_autoptr (GError) error = NULL;
  RectoRunLog *log = recto_run_log_open (path, FALSE, &error);

  fail_unless (log != NULL, "%s", error ? error->message : "");
  return log;
}

static void
begin_run (RectoRunLog * log)
{
  recto_run_log_head (log, g_variant_new ("a{sv}", NULL));
}

/* A process that begins a document alone and dies. Returns how many deaths
 * before counted against the document. */
static guint
begin_and_die (const char *uri, guint n_recorded)
{
  g_autoptr (RectoRunLog) log = open_log ();
  guint n_deaths = recto_run_log_count_deaths (log, uri, n_recorded);

  begin_run (log);
  recto_run_log_begin (log, uri, n_recorded, TRUE);

  /* The death of this process is yet to come. */
  fail_unless_equals_int (recto_run_log_count_deaths (log, uri, n_recorded),
      n_deaths);
  return n_deaths;
}

static void
append_to_log (const char *text, gsize size)
{
  g_autofree char *contents = NULL;
  g_autoptr (GString) all = NULL;
  gsize length;

  fail_unless (g_file_get_contents (path, &contents, &length, NULL));
  all = g_string_new_len (contents, length);
  g_string_append_len (all, text, size);
  fail_unless (g_file_set_contents (path, all->str, all->len, NULL));
}

GST_START_TEST (test_names)
{
  static const char *const names[][2] = {
    {"out.jsonl", "out.run.jsonl"},
    {"out", "out.run"},
    {"a.jsonl/out.txt", "a.jsonl/out.txt.run"},
    {".jsonl", ".run.jsonl"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = recto_run_log_dup_path (names[i][0]);

    fail_unless_equals_string (name, names[i][1]);
  }
}

GST_END_TEST;

GST_START_TEST (test_deaths_are_counted)
{
  for (guint i = 0; i < 4; i++) {
    fail_unless_equals_int (begin_and_die (A, 5), i);
    fail_unless_equals_int (begin_and_die (B, i), 0);
  }
}

GST_END_TEST;

GST_START_TEST (test_what_gets_further_is_no_suspect)
{
  fail_unless_equals_int (begin_and_die (A, 0), 0);
  fail_unless_equals_int (begin_and_die (A, 0), 1);
  fail_unless_equals_int (begin_and_die (A, 1), 0);
  fail_unless_equals_int (begin_and_die (A, 1), 1);
  fail_unless_equals_int (begin_and_die (A, 1), 2);
}

GST_END_TEST;

/* What got further is still one for as long as nobody knows its end. */
GST_START_TEST (test_suspect)
{
  g_autoptr (RectoRunLog) log = NULL;

  begin_and_die (A, 0);
  log = open_log ();
  fail_unless (recto_run_log_is_suspect (log, A));
  fail_if (recto_run_log_is_suspect (log, B));
  fail_unless_equals_int (recto_run_log_count_deaths (log, A, 1), 0);

  /* That this process begins it is no sign of its death. */
  recto_run_log_begin (log, B, 0, FALSE);
  fail_if (recto_run_log_is_suspect (log, B));
}

GST_END_TEST;

GST_START_TEST (test_end)
{
  RectoRunLog *log;

  begin_and_die (A, 0);
  begin_and_die (A, 0);
  log = open_log ();
  fail_unless_equals_int (recto_run_log_count_deaths (log, A, 0), 2);
  fail_unless (recto_run_log_is_suspect (log, A));
  recto_run_log_begin (log, A, 0, TRUE);
  recto_run_log_end (log, A);
  fail_if (recto_run_log_is_suspect (log, A));
  recto_run_log_unref (log);

  fail_unless_equals_int (begin_and_die (A, 0), 0);
}

GST_END_TEST;

/* A run that ended in good order is no death, whatever it had not come to an
 * end with. */
GST_START_TEST (test_stop)
{
  RectoRunLog *log = open_log ();

  begin_run (log);
  recto_run_log_begin (log, A, 0, TRUE);
  recto_run_log_stop (log, 3);

  /* A thread that is late. */
  recto_run_log_begin (log, B, 0, TRUE);
  recto_run_log_unref (log);

  fail_unless_equals_int (begin_and_die (A, 0), 0);
  fail_unless_equals_int (begin_and_die (B, 0), 0);
}

GST_END_TEST;

/* A run that was refused has no head, and ends none of those before. */
GST_START_TEST (test_refused_run)
{
  RectoRunLog *log;

  begin_and_die (A, 0);
  log = open_log ();
  recto_run_log_commit (log, 0, 0);
  recto_run_log_stop (log, 0);
  recto_run_log_unref (log);
  fail_unless_equals_int (begin_and_die (A, 0), 1);
}

GST_END_TEST;

/* It neither counts nor makes the deaths before it forgotten. */
GST_START_TEST (test_stop_between_deaths)
{
  RectoRunLog *log;

  begin_and_die (A, 0);
  begin_and_die (A, 0);
  log = open_log ();
  begin_run (log);
  recto_run_log_begin (log, A, 0, TRUE);
  recto_run_log_stop (log, 0);
  recto_run_log_unref (log);
  fail_unless_equals_int (begin_and_die (A, 0), 2);
}

GST_END_TEST;

/* Other documents may be to blame for it. */
GST_START_TEST (test_death_in_company)
{
  RectoRunLog *log = open_log ();

  begin_run (log);
  recto_run_log_begin (log, A, 0, FALSE);
  recto_run_log_begin (log, B, 0, FALSE);
  recto_run_log_unref (log);

  log = open_log ();
  fail_unless (recto_run_log_is_suspect (log, A));
  fail_unless (recto_run_log_is_suspect (log, B));
  fail_unless_equals_int (recto_run_log_count_deaths (log, A, 0), 0);
  fail_unless_equals_int (recto_run_log_count_deaths (log, B, 0), 0);
  recto_run_log_unref (log);
}

GST_END_TEST;

static void
append_begin (const char *boot)
{
  g_autofree char *line = g_strdup_printf ("{\"run\":{}}\n{\"begin\":\"" A
      "\",\"recorded\":0,\"alone\":true,\"boot\":\"%s\"}\n", boot);

  append_to_log (line, strlen (line));
}

GST_START_TEST (test_reboot)
{
  g_autoptr (RunSuspects) suspects = run_suspects_new ();
  RectoRunLog *log;

  recto_run_log_unref (open_log ());
  append_begin ("another");
  log = open_log ();
  fail_if (recto_run_log_is_suspect (log, A));
  recto_run_log_unref (log);

  append_begin (run_suspects_get_boot (suspects));
  append_begin ("another");
  log = open_log ();
  fail_unless_equals_int (recto_run_log_count_deaths (log, A, 0), 1);
  recto_run_log_unref (log);
}

GST_END_TEST;

/* As older versions wrote them. */
GST_START_TEST (test_short_begin)
{
  static const char lines[] =
      "{\"run\":{}}\n{\"begin\":\"" A "\",\"recorded\":0}\n";
  RectoRunLog *log;

  recto_run_log_unref (open_log ());
  append_to_log (lines, sizeof lines - 1);
  log = open_log ();
  fail_unless (recto_run_log_is_suspect (log, A));
  fail_unless_equals_int (recto_run_log_count_deaths (log, A, 0), 0);
  recto_run_log_unref (log);
}

GST_END_TEST;

GST_START_TEST (test_torn_last_line)
{
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;
  const char *torn = "{\"begin\":\"" A "\",\"recorded\":0";
  const char zeros[100] = { 0 };

  begin_and_die (A, 0);
  append_to_log (torn, strlen (torn));
  fail_unless_equals_int (begin_and_die (A, 0), 1);
  append_to_log (zeros, sizeof zeros);
  fail_unless_equals_int (begin_and_die (A, 0), 2);

  fail_unless (g_file_get_contents (path, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", -1);
  fail_unless_equals_string (lines[2], torn);
  fail_unless (g_str_has_prefix (lines[3], "{\"run\":"), "%s", lines[3]);
}

GST_END_TEST;

/* Lines of no meaning do no harm, however long or deep they are. */
GST_START_TEST (test_other_lines)
{
  static const char lines[] = "{\"run\":{}}\n\n{}\n\0\0\n{\"begin\":\n"
      "{\"begin\":\"\n{\"begin\":\"" A "\"}\n{\"end\":\"\n{\"end\":1}\n"
      "{\"begin\":null,\"recorded\":0}\n{\"commit\":{\"file\":\"x\"}}\n"
      "{\"begin\":\"" A "\",\"recorded\":0,\"alone\":true,\"boot\":null}\n"
      "{\"then\":\"" A "\"}\n";
  g_autofree char *deep = g_strnfill (RECTO_RUN_LOG_MAX_LINE + 100, '[');
  g_autofree char *run = g_strconcat ("{\"run\":", deep, "}\n", NULL);

  recto_run_log_unref (open_log ());
  append_to_log (lines, sizeof lines - 1);
  append_to_log (run, strlen (run));
  fail_unless_equals_int (begin_and_die (A, 0), 1);
}

GST_END_TEST;

GST_START_TEST (test_deep_run)
{
  g_autofree char *deep = g_strnfill (200000, '[');
  g_autofree char *run = g_strconcat ("{\"run\":", deep, "}", NULL);
  RectoRunLogLine line;

  fail_unless (recto_run_log_line_parse (&line, run, strlen (run)));
  fail_unless (recto_run_log_line_parse_run (&line) == NULL);
}

GST_END_TEST;

GST_START_TEST (test_odd_uris)
{
  static const char *const uris[] = {
    "\"", "\\", "a\"b", "\",\"recorded\":0}", "\",\"time\":\"", "\n",
    "\xff\xfe", "报告", "",
  };
  RectoRunLog *log;

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++) {
    fail_unless_equals_int (begin_and_die (uris[i], 7), 0);
    fail_unless_equals_int (begin_and_die (uris[i], 7), 1);
  }
  log = open_log ();
  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    recto_run_log_end (log, uris[i]);
  recto_run_log_unref (log);
  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    fail_unless_equals_int (begin_and_die (uris[i], 7), 0);
}

GST_END_TEST;

GST_START_TEST (test_without_uri)
{
  RectoRunLog *log = open_log ();

  recto_run_log_begin (log, NULL, 0, TRUE);
  fail_if (recto_run_log_is_suspect (log, NULL));
  recto_run_log_end (log, NULL);
  recto_run_log_unref (log);
  fail_unless_equals_int (begin_and_die (NULL, 0), 0);
}

GST_END_TEST;

/* A journal that is new has no past. */
GST_START_TEST (test_fresh)
{
  g_autoptr (RectoRunLog) log = NULL;

  begin_and_die (A, 0);
  begin_and_die (A, 0);
  log = recto_run_log_open (path, TRUE, NULL);
  fail_unless (recto_run_log_was_there (log));
  fail_if (recto_run_log_is_suspect (log, A));
  fail_unless_equals_int (recto_run_log_count_deaths (log, A, 0), 0);
}

GST_END_TEST;

static void
assert_foreign (const char *precious)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;

  fail_unless (g_file_set_contents (path, precious, -1, NULL));
  fail_unless (recto_run_log_open (path, FALSE, &error) == NULL);
  fail_unless (strstr (error->message, path) != NULL, "%s", error->message);
  g_clear_error (&error);
  fail_unless (recto_run_log_open (path, TRUE, &error) == NULL);
  fail_unless (g_file_get_contents (path, &contents, NULL, NULL));
  fail_unless_equals_string (contents, precious);
}

GST_START_TEST (test_foreign_file)
{
  assert_foreign ("precious");
  assert_foreign ("{\"id\":1}\n{\"id\":2}");
  assert_foreign ("{\"schema\":\"recto-page/1\",\"uri\":null}\n");
}

GST_END_TEST;

GST_START_TEST (test_abandon)
{
  RectoRunLog *log = open_log ();

  fail_if (recto_run_log_was_there (log));
  recto_run_log_begin (log, A, 0, TRUE);
  recto_run_log_abandon (log);
  recto_run_log_begin (log, A, 0, TRUE);
  recto_run_log_unref (log);
  fail_if (g_file_test (path, G_FILE_TEST_EXISTS));

  begin_and_die (A, 0);
  log = open_log ();
  recto_run_log_abandon (log);
  recto_run_log_unref (log);
  fail_unless (g_file_test (path, G_FILE_TEST_EXISTS));
}

GST_END_TEST;

GST_START_TEST (test_head)
{
  RectoRunLog *log = open_log ();
  g_autofree char *contents = NULL;

  recto_run_log_head (log, g_variant_new_parsed ("{'config': <'x'>}"));
  recto_run_log_unref (log);
  fail_unless (g_file_get_contents (path, &contents, NULL, NULL));
  fail_unless (g_str_has_prefix (contents, "{\"run\":{"));
  fail_unless (strstr (contents, "\"config\":\"x\"") != NULL);
  fail_unless (strstr (contents, "\"time\":\"") != NULL);
  fail_unless (g_str_has_suffix (contents, "}}\n"));
  fail_unless_equals_int (begin_and_die (A, 0), 0);
  fail_unless_equals_int (begin_and_die (A, 0), 1);
}

GST_END_TEST;

static Suite *
runlog_suite (void)
{
  Suite *suite = suite_create ("runlog");
  TCase *log = tcase_create ("log");

  suite_add_tcase (suite, log);
  tcase_add_checked_fixture (log, setup, teardown);
  tcase_add_test (log, test_names);
  tcase_add_test (log, test_deaths_are_counted);
  tcase_add_test (log, test_what_gets_further_is_no_suspect);
  tcase_add_test (log, test_suspect);
  tcase_add_test (log, test_end);
  tcase_add_test (log, test_stop);
  tcase_add_test (log, test_refused_run);
  tcase_add_test (log, test_stop_between_deaths);
  tcase_add_test (log, test_death_in_company);
  tcase_add_test (log, test_reboot);
  tcase_add_test (log, test_short_begin);
  tcase_add_test (log, test_torn_last_line);
  tcase_add_test (log, test_other_lines);
  tcase_add_test (log, test_deep_run);
  tcase_add_test (log, test_odd_uris);
  tcase_add_test (log, test_without_uri);
  tcase_add_test (log, test_fresh);
  tcase_add_test (log, test_foreign_file);
  tcase_add_test (log, test_abandon);
  tcase_add_test (log, test_head);

  return suite;
}

GST_CHECK_MAIN (runlog);
