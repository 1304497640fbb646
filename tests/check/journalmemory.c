/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Memory that runs out while records are written. GLib ends the process then,
 * wherever it is: what was acknowledged has to be there, once.
 */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include <jsonl/journal-writer.h>

#include "journal-fixture.h"

#define N_RECORDS 200
#define PATIENCE 60
/* So many allocations fail one by one; later ones are tried in steps that
 * grow. */
#define N_EACH 400
#define STEP 1.02

/* Allocations that fail. They are not counted by thread, nor before the test
 * says so. */

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *pointer, size_t size);

/* Libraries are to find these before those of the C library. */
__attribute__((visibility ("default")))
void *malloc (size_t size);
__attribute__((visibility ("default")))
void *calloc (size_t n, size_t size);
__attribute__((visibility ("default")))
void *realloc (void *pointer, size_t size);

static gint allocations_left = G_MAXINT;

static gboolean
fails_now (void)
{
  if (g_atomic_int_get (&allocations_left) == G_MAXINT
      || g_atomic_int_add (&allocations_left, -1) != 1)
    return FALSE;
  errno = ENOMEM;
  return TRUE;
}

void *
malloc (size_t size)
{
  return fails_now () ? NULL : __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  return fails_now () ? NULL : __libc_calloc (n, size);
}

void *
realloc (void *pointer, size_t size)
{
  return fails_now () ? NULL : __libc_realloc (pointer, size);
}

/* A process whose memory runs out */

static void
on_committed (const RectoRecordCounts * counts, gpointer data)
{
  int fd = GPOINTER_TO_INT (data);

  for (guint64 i = 0; i < counts->records; i++) {
    if (write (fd, "", 1) != 1)
      _exit (1);
  }
}

static void
on_failed (const GError * error, gpointer data)
{
  _exit (1);
}

static void
put (RectoJournalWriter * writer, guint number)
{
  g_autoptr (RectoPage) page = make_test_page (number);
  g_autoptr (GString) line = g_string_new (NULL);
  RectoPageRecord record = {.page = page };

  append_record (line, number, 100);
  if (!recto_journal_writer_put (writer, line, &record))
    _exit (1);
}

/* Nothing but the process ends, so nothing needs to be stored. */
static int
store_nothing (int fd)
{
  return 0;
}

static RectoFileLayer
make_layer (void)
{
  RectoFileLayer layer = recto_file_layer;

  layer.sync_data = store_nothing;
  layer.sync = store_nothing;
  return layer;
}

static void
write_records (const char *location, int fd, guint first)
{
  const RectoFileLayer layer = make_layer ();
  RectoJournal *journal = recto_journal_open (location, 0, FALSE, &layer, NULL);
  RectoJournalWriter *writer;

  if (journal == NULL)
    _exit (1);
  writer = recto_journal_writer_new (journal, GST_RECTO_SYNC_BATCH,
      on_committed, on_failed, GINT_TO_POINTER (fd));
  for (guint i = first; i < first + N_RECORDS; i++)
    put (writer, i);
  recto_journal_writer_free (writer);
  recto_journal_close (journal, TRUE, N_RECORDS);
}

static void
be_quiet (void)
{
  struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_CORE, &none);
  if (freopen ("/dev/null", "w", stderr) == NULL)
    _exit (1);
}

/* Returns whether no allocation failed, and sets how many records were
 * acknowledged. */
static gboolean
run_out_of_memory (const char *location, guint number, gint nth,
    guint * n_acknowledged)
{
  int fds[2], status;
  pid_t pid;
  char bytes[N_RECORDS];
  gssize n;

  fail_unless_equals_int (pipe (fds), 0);
  pid = fork ();
  if (pid == 0) {
    /* If it hangs it is ended, and that is seen. */
    alarm (PATIENCE);
    be_quiet ();
    signal (SIGABRT, SIG_DFL);
    signal (SIGTRAP, SIG_DFL);
    signal (SIGSEGV, SIG_DFL);
    g_atomic_int_set (&allocations_left, nth);
    write_records (location, fds[1], number);
    _exit (g_atomic_int_get (&allocations_left) > 0 ? 0 : 2);
  }
  close (fds[1]);
  for (*n_acknowledged = 0; (n = read (fds[0], bytes, sizeof bytes)) > 0;)
    *n_acknowledged += n;
  close (fds[0]);

  fail_unless_equals_int (waitpid (pid, &status, 0), pid);
  fail_if (WIFSIGNALED (status) && WTERMSIG (status) == SIGALRM,
      "allocation %d: it hangs", nth);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

/* Returns how many records there are. */
static guint
check_journal (const char *location, guint n_least, gint nth)
{
  const RectoFileLayer layer = make_layer ();
  RectoJournal *journal = recto_journal_open (location, 0, FALSE, &layer, NULL);
  g_autoptr (GString) contents = read_journal (location);
  guint n_records;

  fail_unless (journal != NULL, "allocation %d: it can't be opened", nth);
  n_records = assert_indexed (journal, contents);
  fail_unless (n_records >= n_least, "allocation %d: of %u records that were "
      "acknowledged there are %u", nth, n_least, n_records);
  recto_journal_close (journal, TRUE, 0);
  return n_records;
}

GST_START_TEST (test_every_allocation)
{
  g_autofree char *folder = fixture_folder_new ();
  gint nth = 1;
  gboolean done = FALSE;

  while (!done) {
    g_autofree char *location = g_build_filename (folder, "out.jsonl", NULL);
    g_autofree char *log = g_build_filename (folder, "out.run.jsonl", NULL);
    guint n_acknowledged, n_records;

    done = run_out_of_memory (location, 0, nth, &n_acknowledged);
    n_records = check_journal (location, n_acknowledged, nth);
    fail_if (done && n_acknowledged < N_RECORDS);

    /* It goes on from there. */
    if (nth % 50 == 0) {
      run_out_of_memory (location, N_RECORDS, G_MAXINT - 1, &n_acknowledged);
      fail_unless_equals_int (check_journal (location, 0, nth),
          n_records + N_RECORDS);
    }
    g_unlink (location);
    g_unlink (log);
    nth = nth < N_EACH ? nth + 1 : (gint) (nth * STEP);
  }
  fail_unless (nth > N_EACH);
  fixture_folder_remove (folder);
}

GST_END_TEST;

static Suite *
journalmemory_suite (void)
{
  Suite *suite = suite_create ("journalmemory");
  TCase *memory = tcase_create ("memory");

  suite_add_tcase (suite, memory);
  tcase_set_timeout (memory, 100);
  tcase_add_test (memory, test_every_allocation);

  return suite;
}

GST_CHECK_MAIN (journalmemory);
