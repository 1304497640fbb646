/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Journals: what is left of them when something fails.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include "journal-fixture.h"

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

/* A layer that fails */

static struct
{
  gint64 room;                  /* bytes that may be written; -1: no end */
  int no_room;                  /* what comes then */
  gsize most;                   /* bytes of one write; 0: any */
  guint n_interrupts;           /* before each write */
  guint n_interrupted;
  guint n_syncs;                /* till one fails */
  gboolean folder_fails;
  gboolean truncate_fails;
} fault;

static void
forget_faults (void)
{
  memset (&fault, 0, sizeof fault);
  fault.room = -1;
  fault.no_room = ENOSPC;
  fault.n_syncs = G_MAXUINT;
}

static int
set_errno (int code)
{
  errno = code;
  return -1;
}

static gssize
faulty_write (int fd, gconstpointer data, gsize size)
{
  gssize n;

  if (fault.n_interrupted < fault.n_interrupts) {
    fault.n_interrupted++;
    return set_errno (EINTR);
  }
  fault.n_interrupted = 0;
  if (fault.room == 0)
    return set_errno (fault.no_room);
  if (fault.room > 0)
    size = MIN (size, (gsize) fault.room);
  if (fault.most > 0)
    size = MIN (size, fault.most);

  n = write (fd, data, size);
  if (fault.room > 0)
    fault.room -= n;
  return n;
}

static int
faulty_sync_data (int fd)
{
  if (fault.n_syncs == 0)
    return set_errno (EIO);
  fault.n_syncs--;
  return 0;
}

static int
faulty_sync (int fd)
{
  return fault.folder_fails ? set_errno (EIO) : 0;
}

static int
faulty_truncate (int fd, goffset size)
{
  return fault.truncate_fails ? set_errno (EIO) : ftruncate (fd, size);
}

static int
faulty_open (const char *path, int flags, guint mode)
{
  return g_open (path, flags, mode);
}

static const RectoFileLayer faulty_layer = {
  .open = faulty_open,
  .write = faulty_write,
  .sync_data = faulty_sync_data,
  .sync = faulty_sync,
  .truncate = faulty_truncate,
  .rename = g_rename,
};

static RectoJournal *
open_faulty (void)
{
  g_autoptr (GError) error = NULL;
  RectoJournal *journal = recto_journal_open (location, 0, FALSE, &faulty_layer,
      &error);

  fail_unless (journal != NULL, "%s", error ? error->message : "");
  return journal;
}

static void
assert_commit_fails (RectoJournal * journal, const GString * lines, int code)
{
  g_autoptr (GError) error = NULL;

  fail_if (recto_journal_commit (journal, lines->str, lines->len, TRUE,
          &error));
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR, code), "%s",
      error->message);
  fail_unless (strstr (error->message, location) != NULL, "%s",
      error->message);
}

static GString *
join (const GString * a, const GString * b)
{
  GString *all = g_string_new_len (a->str, a->len);

  return g_string_append_len (all, b->str, b->len);
}

/* Failures */

static void
check_full_disk (const GString * before, const GString * batch, goffset room,
    int code)
{
  RectoJournal *journal;

  fail_unless (g_file_set_contents (location, before->str, before->len, NULL));
  journal = open_faulty ();
  fault.room = room;
  fault.no_room = code;
  assert_commit_fails (journal, batch, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  assert_file (location, before);

  /* Some space now would make a gap. */
  fault.room = -1;
  assert_commit_fails (journal, batch, GST_RESOURCE_ERROR_WRITE);
  assert_file (location, before);
  recto_journal_close (journal, FALSE, 0);

  journal = open_faulty ();
  assert_indexed (journal, before);
  assert_commit (journal, batch);
  recto_journal_close (journal, TRUE, 2);
}

GST_START_TEST (test_full_disk_at_every_byte)
{
  g_autoptr (GString) before = make_records (0, 3, 10);
  g_autoptr (GString) batch = make_records (3, 2, 10);
  g_autoptr (GString) all = join (before, batch);

  forget_faults ();
  for (gsize room = 0; room < batch->len; room++) {
    check_full_disk (before, batch, room, ENOSPC);
    assert_file (location, all);
  }
  check_full_disk (before, batch, 100, EDQUOT);
  check_full_disk (before, batch, 100, EFBIG);
  assert_journal (location, all);
}

GST_END_TEST;

/* Nothing was there before the first commit. */
GST_START_TEST (test_full_disk_from_the_start)
{
  g_autoptr (GString) batch = make_records (0, 2, 10);
  RectoJournal *journal;

  forget_faults ();
  journal = open_faulty ();
  fault.room = 0;
  assert_commit_fails (journal, batch, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  recto_journal_close (journal, FALSE, 0);
  fail_if (g_file_test (location, G_FILE_TEST_EXISTS));
}

GST_END_TEST;

/* What could not be cut then is cut later. */
GST_START_TEST (test_full_disk_that_can_not_be_cut)
{
  g_autoptr (GString) before = make_journal (location, 3);
  g_autoptr (GString) batch = make_records (3, 2, 10);
  g_autoptr (GString) all = NULL;
  g_autoptr (GString) first = make_records (3, 1, 10);
  g_autoptr (GString) with_first = join (before, first);
  RectoJournal *journal;

  for (gsize room = 1; room < batch->len; room += 97) {
    gboolean has_first = room >= first->len;

    forget_faults ();
    fail_unless (g_file_set_contents (location, before->str, before->len,
            NULL));
    journal = open_faulty ();
    fault.room = room;
    fault.truncate_fails = TRUE;
    assert_commit_fails (journal, batch, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
    recto_journal_close (journal, FALSE, 0);

    /* A record that was written is one, acknowledged or not. */
    assert_journal (location, has_first ? with_first : before);
  }

  fail_unless (g_file_set_contents (location, before->str, before->len,
          NULL));
  journal = open_journal (location);
  assert_commit (journal, batch);
  recto_journal_close (journal, TRUE, 2);
  all = join (before, batch);
  assert_journal (location, all);
}

GST_END_TEST;

GST_START_TEST (test_limited_file_size)
{
  g_autoptr (GString) before = make_journal (location, 3);
  g_autoptr (GString) batch = make_records (3, 2, 10);
  g_autoptr (GError) error = NULL;
  RectoJournal *journal = open_journal (location);
  struct rlimit old, limit;
  gboolean committed;
  sigset_t pending;

  fail_unless_equals_int (getrlimit (RLIMIT_FSIZE, &old), 0);
  limit = old;
  limit.rlim_cur = before->len + 100;

  /* Each check writes to a file too, so there is none while the limit holds. */
  setrlimit (RLIMIT_FSIZE, &limit);
  committed = recto_journal_commit (journal, batch->str, batch->len, TRUE,
      &error);
  setrlimit (RLIMIT_FSIZE, &old);

  fail_if (committed);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_NO_SPACE_LEFT), "%s", error->message);
  sigpending (&pending);
  fail_if (sigismember (&pending, SIGXFSZ));
  assert_file (location, before);
  recto_journal_close (journal, FALSE, 0);
  assert_journal (location, before);
}

GST_END_TEST;

/* A file system of some pages, which only this process sees. */
static gboolean
mount_small_disk (void)
{
  return unshare (CLONE_NEWNS) == 0
      && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
      && mount ("tmpfs", folder, "tmpfs", 0, "size=32k") == 0;
}

GST_START_TEST (test_small_disk)
{
  g_autoptr (GString) committed = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  RectoJournal *journal;
  guint n_records = 0;

  if (!mount_small_disk ()) {
    g_printerr ("A small disk can't be mounted here.\n");
    return;
  }

  journal = open_journal (location);
  while (error == NULL) {
    g_autoptr (GString) batch = make_records (n_records, 5, 100);

    n_records += 5;
    fail_unless (n_records < 1000);
    if (recto_journal_commit (journal, batch->str, batch->len, TRUE, &error))
      g_string_append_len (committed, batch->str, batch->len);
  }
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_NO_SPACE_LEFT), "%s", error->message);
  recto_journal_close (journal, FALSE, 0);
  assert_journal (location, committed);

  /* The file system ends with this process. */
  fail_unless_equals_int (umount2 (folder, MNT_DETACH), 0);
}

GST_END_TEST;

/* Nobody knows what a failed fdatasync has stored. */
GST_START_TEST (test_failed_sync)
{
  g_autoptr (GString) before = make_journal (location, 3);
  g_autoptr (GString) batch = make_records (3, 2, 10);
  RectoJournal *journal;

  forget_faults ();
  journal = open_faulty ();
  fault.n_syncs = 0;
  assert_commit_fails (journal, batch, GST_RESOURCE_ERROR_WRITE);
  fault.n_syncs = G_MAXUINT;
  assert_commit_fails (journal, batch, GST_RESOURCE_ERROR_WRITE);
  recto_journal_close (journal, FALSE, 0);
  assert_journal (location, before);
}

GST_END_TEST;

static void
assert_open_fails (void)
{
  g_autoptr (GError) error = NULL;

  fail_unless (recto_journal_open (location, 0, FALSE, &faulty_layer, &error)
      == NULL);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_WRITE), "%s", error->message);
}

/* A name that can't be made durable is worth no record. */
GST_START_TEST (test_failed_sync_of_folder)
{
  g_autoptr (GPtrArray) names = NULL;

  forget_faults ();
  fault.folder_fails = TRUE;
  assert_open_fails ();
  names = list_folder (folder);
  fail_unless_equals_int (names->len, 0);
}

GST_END_TEST;

GST_START_TEST (test_failed_recovery)
{
  g_autoptr (GString) before = make_journal (location, 3);
  g_autoptr (GString) torn = g_string_new (before->str);

  g_string_append (torn, "{\"schema\":\"recto-");
  fail_unless (g_file_set_contents (location, torn->str, torn->len, NULL));

  forget_faults ();
  fault.truncate_fails = TRUE;
  assert_open_fails ();
  assert_file (location, torn);

  forget_faults ();
  fault.n_syncs = 0;
  assert_open_fails ();
  assert_journal (location, before);
}

GST_END_TEST;

GST_START_TEST (test_short_and_interrupted_writes)
{
  g_autoptr (GString) before = make_journal (location, 3);
  g_autoptr (GString) batch = make_records (3, 10, 100);
  g_autoptr (GString) all = join (before, batch);
  RectoJournal *journal;

  forget_faults ();
  fault.most = 7;
  fault.n_interrupts = 2;
  journal = open_faulty ();
  assert_commit (journal, batch);
  recto_journal_close (journal, TRUE, 10);
  assert_journal (location, all);
}

GST_END_TEST;

static Suite *
journal_suite (void)
{
  Suite *suite = suite_create ("journal");
  TCase *failures = tcase_create ("failures");

  suite_add_tcase (suite, failures);
  tcase_add_checked_fixture (failures, setup, teardown);
  tcase_add_test (failures, test_full_disk_at_every_byte);
  tcase_add_test (failures, test_full_disk_from_the_start);
  tcase_add_test (failures, test_full_disk_that_can_not_be_cut);
  tcase_add_test (failures, test_limited_file_size);
  tcase_add_test (failures, test_small_disk);
  tcase_add_test (failures, test_failed_sync);
  tcase_add_test (failures, test_failed_sync_of_folder);
  tcase_add_test (failures, test_failed_recovery);
  tcase_add_test (failures, test_short_and_interrupted_writes);

  return suite;
}

GST_CHECK_MAIN (journal);
