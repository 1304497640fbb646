/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Journals that a crash, a disk or another program has changed.
 */

#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include <jsonl/cut-file.h>
#include <jsonl/journal-repair.h>
#include <jsonl/line-reader.h>

#include "journal-fixture.h"

static char *folder;
static char *location;          /* of a journal that is yet to be made */

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

static char *
dup_cut (void)
{
  return recto_cut_file_dup_path (location);
}

/* A first record that was cut is ours, wherever it was. One that lacks its
 * newline alone is whole. */
GST_START_TEST (test_cut_first_record)
{
  g_autoptr (GString) record = make_records (0, 1, 20);
  g_autoptr (GString) nothing = g_string_new (NULL);
  g_autofree char *cut = dup_cut ();

  for (gsize size = 1; size < record->len - 1; size++) {
    g_autoptr (GString) start = g_string_new_len (record->str, size);

    g_unlink (cut);
    fail_unless (g_file_set_contents (location, record->str, size, NULL));
    assert_journal (location, nothing);
    g_string_append_c (start, '\n');
    assert_file (cut, start);
  }
  g_unlink (cut);
  fail_unless (g_file_set_contents (location, record->str, record->len - 1,
          NULL));
  assert_journal (location, record);
  fail_if (g_file_test (cut, G_FILE_TEST_EXISTS));
}

GST_END_TEST;

/* Writes `before` records, one that is damaged, and `after` more. */
static GString *
write_damaged (guint before, guint after)
{
  g_autoptr (GString) damaged = make_records (before, 1, 20);
  g_autoptr (GString) rest = make_records (before + 1, after, 20);
  GString *contents = make_records (0, before, 20);

  damaged->str[damaged->len / 2] ^= 1;
  g_string_append_len (contents, damaged->str, damaged->len);
  g_string_append_len (contents, rest->str, rest->len);
  fail_unless (g_file_set_contents (location, contents->str, contents->len,
          NULL));
  return contents;
}

static void
commit_records (guint n_records)
{
  g_autoptr (GString) lines = make_records (0, n_records, 20);
  RectoJournal *journal = open_journal (location);

  fail_unless (recto_journal_commit (journal, lines->str, lines->len, TRUE,
          NULL));
  recto_journal_close (journal, TRUE, n_records);
}

static void
make_log (void)
{
  g_autofree char *log = g_build_filename (folder, "out.run.jsonl", NULL);

  fail_unless (g_file_set_contents (log, "", 0, NULL));
}

/* The lines from `first` on that are whole, and those from it on. */
static void
assert_cut (const GString * contents, guint first, guint n_after)
{
  g_autoptr (GString) good = make_records (0, first, 20);
  g_autoptr (GString) rest = make_records (first + 1, n_after, 20);
  g_autoptr (GString) bad = NULL;
  g_autofree char *cut = dup_cut ();

  bad = g_string_new_len (contents->str + good->len,
      contents->len - good->len);
  g_string_append_len (good, rest->str, rest->len);
  assert_journal (location, good);
  assert_file (cut, bad);
}

/* Without a log it is not known whether the line was committed. */
GST_START_TEST (test_damage_without_log)
{
  for (guint after = 1; after < 4; after++) {
    g_autoptr (GString) contents = write_damaged (4, after);

    assert_refused (location, "line 5 is not a whole record");
    assert_refused (location, "recto repair");
    assert_file (location, contents);
  }
}

GST_END_TEST;

GST_START_TEST (test_damaged_last_line)
{
  g_autoptr (GString) contents = write_damaged (4, 0);

  assert_cut (contents, 4, 0);
}

GST_END_TEST;

/* Beyond what the log knows to be committed, however many lines follow. */
GST_START_TEST (test_damaged_tail)
{
  for (guint after = 0; after <= 3 * RECTO_JOURNAL_BATCH; after += 48) {
    g_autofree char *cut = dup_cut ();
    g_autoptr (GString) contents = write_damaged (4, after);

    make_log ();
    assert_cut (contents, 4, after);
    g_unlink (cut);
  }
}

GST_END_TEST;

static void
assert_repair (guint64 n_whole, guint64 n_adopted, guint64 n_moved)
{
  g_auto (RectoJournalRepair) repair = { NULL, };
  g_autoptr (GError) error = NULL;

  fail_unless (recto_journal_repair (location, &recto_file_layer, &repair,
          &error), "%s", error ? error->message : "");
  fail_unless_equals_uint64 (repair.n_whole, n_whole);
  fail_unless_equals_uint64 (repair.n_adopted, n_adopted);
  fail_unless_equals_uint64 (repair.n_moved, n_moved);
}

/* What was committed is never taken for what a crash left, and repair is the
 * cure. */
GST_START_TEST (test_damaged_commit)
{
  g_autoptr (GString) good = make_records (0, 4, 20);
  g_autoptr (GString) rest = make_records (5, 3, 20);
  g_autoptr (GString) contents = NULL;

  commit_records (8);
  contents = write_damaged (4, 3);
  assert_refused (location, "line 5 is not a whole record");
  assert_file (location, contents);

  g_string_append_len (good, rest->str, rest->len);
  assert_repair (7, 0, 1);
  assert_journal (location, good);
  assert_repair (7, 0, 0);
}

GST_END_TEST;

GST_START_TEST (test_cut_commit)
{
  g_autoptr (GString) good = make_records (0, 8, 20);
  g_autoptr (GString) cut = g_string_new_len (good->str, good->len - 10);

  commit_records (8);
  fail_unless (g_file_set_contents (location, cut->str, cut->len, NULL));
  assert_refused (location, "line 8 is not a whole record");
  assert_file (location, cut);

  g_string_truncate (good, strrchr (cut->str, '\n') + 1 - cut->str);
  assert_repair (7, 0, 1);
  assert_journal (location, good);
}

GST_END_TEST;

/* Writes the records with `from` replaced by `to`. */
static void
edit_records (guint n_records, const char *from, const char *to)
{
  g_autoptr (GString) contents = make_records (0, n_records, 20);

  g_string_replace (contents, from, to, 0);
  fail_unless (g_file_set_contents (location, contents->str, contents->len,
          NULL));
}

static void
assert_adopted (const char *from, const char *to, const char *expected)
{
  g_autoptr (GString) records = make_records (0, 5, 20);

  if (expected)
    g_string_replace (records, from, expected, 0);
  edit_records (5, from, to);
  assert_refused (location, "line 1 is not a whole record");
  assert_repair (0, 5, 0);
  assert_repair (5, 0, 0);
  if (expected == NULL)
    assert_journal (location, records);
}

GST_START_TEST (test_adopted_lines)
{
  commit_records (5);
  /* A line end of other systems, other white space, another order. */
  assert_adopted ("\n", "\r\n", NULL);
  assert_adopted (",\"", ", \"", NULL);
  assert_adopted ("{\"schema\":", "{\"attempt\":1,\"schema\":", NULL);
}

GST_END_TEST;

/* A text that a person has corrected. */
GST_START_TEST (test_adopted_text)
{
  g_autoptr (GString) contents = NULL;

  commit_records (5);
  edit_records (5, "\"aaaaaaaaaaaaaaaaaaaa\"", "\"corrected\"");
  assert_refused (location, "line 1 is not a whole record");
  assert_repair (4, 1, 0);
  contents = read_journal (location);
  fail_unless (strstr (contents->str, "\"text\":\"corrected\"") != NULL);
  assert_journal (location, contents);
}

GST_END_TEST;

GST_START_TEST (test_repair_of_something_else)
{
  static const char *const foreign[] = { "precious", "precious\n", "{}\n{}\n" };

  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++) {
    g_auto (RectoJournalRepair) repair = { NULL, };
    g_autoptr (GError) error = NULL;

    fail_unless (g_file_set_contents (location, foreign[i], -1, NULL));
    fail_if (recto_journal_repair (location, &recto_file_layer, &repair,
            &error));
    fail_unless (strstr (error->message, "no record") != NULL);
    assert_untouched (location, foreign[i], strlen (foreign[i]));
  }
}

GST_END_TEST;

/* Lines that are longer than any record can be, and a file that lacks its last
 * newline. */
GST_START_TEST (test_repair_of_long_line)
{
  g_autofree char *line = g_strnfill (RECTO_RECORD_MAX_LINE + 1, 'x');
  g_autoptr (GString) records = make_records (0, 2, 20);
  g_autoptr (GString) contents = g_string_new (records->str);
  g_autofree char *cut = dup_cut ();
  GStatBuf status;

  g_string_append (contents, line);
  g_string_append_c (contents, '\n');
  g_string_append_len (contents, records->str, records->len);
  fail_unless (g_file_set_contents (location, contents->str, contents->len,
          NULL));
  assert_refused (location, "line 3 is not a whole record");
  assert_repair (4, 0, 1);
  fail_unless_equals_int (g_stat (cut, &status), 0);
  fail_unless_equals_int64 (status.st_size, strlen (line) + 1);
}

GST_END_TEST;

/* The file that is written */

typedef void (*Interference) (void);

static void
remove_file (void)
{
  g_unlink (location);
}

static void
move_file (void)
{
  g_autofree char *other = g_strconcat (location, ".old", NULL);

  g_rename (location, other);
}

static void
truncate_file (void)
{
  fail_unless_equals_int (truncate (location, 0), 0);
}

static void
append_byte (void)
{
  int fd = g_open (location, O_WRONLY | O_APPEND | O_CLOEXEC, 0);

  fail_unless_equals_int (write (fd, "x", 1), 1);
  g_close (fd, NULL);
}

GST_START_TEST (test_changed_while_written)
{
  static const Interference interferences[] =
      { remove_file, move_file, truncate_file, append_byte };

  for (guint i = 0; i < G_N_ELEMENTS (interferences); i++) {
    g_autoptr (GString) lines = make_records (0, 1, 20);
    g_autoptr (GError) error = NULL;
    RectoJournal *journal = open_journal (location);

    assert_commit (journal, lines);
    fail_unless (recto_journal_check (journal, NULL));
    interferences[i] ();
    fail_if (recto_journal_check (journal, NULL));
    fail_if (recto_journal_commit (journal, lines->str, lines->len, TRUE,
            &error));
    fail_unless (strstr (error->message, location) != NULL, "%s",
        error->message);
    recto_journal_close (journal, TRUE, 1);
    g_unlink (location);
  }
}

GST_END_TEST;

static Suite *
journaldamage_suite (void)
{
  Suite *suite = suite_create ("journaldamage");
  TCase *damage = tcase_create ("damage");

  suite_add_tcase (suite, damage);
  tcase_add_checked_fixture (damage, setup, teardown);
  tcase_add_test (damage, test_cut_first_record);
  tcase_add_test (damage, test_damage_without_log);
  tcase_add_test (damage, test_damaged_last_line);
  tcase_add_test (damage, test_damaged_commit);
  tcase_add_test (damage, test_cut_commit);
  tcase_add_test (damage, test_adopted_lines);
  tcase_add_test (damage, test_adopted_text);
  tcase_add_test (damage, test_repair_of_something_else);
  tcase_add_test (damage, test_repair_of_long_line);
  tcase_add_test (damage, test_changed_while_written);
  tcase_add_test (damage, test_damaged_tail);

  return suite;
}

GST_CHECK_MAIN (journaldamage);
