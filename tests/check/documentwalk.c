/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gstdio.h>
#include <glib-unix.h>
#include <gst/check/gstcheck.h>
#include <sys/stat.h>
#include <unistd.h>

#include "document-fixture.h"
#include "page/document-walk.h"
#include "page/sorted-folder.h"

#define MAX_LINE (64 * 1024)

static char *folder;

static void
setup (void)
{
  folder = fixture_folder_enter ();
}

static void
teardown (void)
{
  fixture_folder_leave (folder);
}

static void
write_file (const char *name, const char *content)
{
  g_free (fixture_write (folder, name, content, -1));
}

static void
append_entry (GString * found, DocumentEntry * entry)
{
  if (found->len > 0)
    g_string_append_c (found, ' ');
  g_string_append (found, entry->name);
  if (entry->error)
    g_string_append_c (found, '!');
}

/* The names that are found, with a “!” after those that come with an error. */
static char *
walk_all (const char *const *locations, gsize run_size)
{
  g_autoptr (DocumentWalk) walk = document_walk_new (locations, run_size);
  GString *found = g_string_new (NULL);

  for (;;) {
    DocumentEntry *entry;

    fail_unless (document_walk_next (walk, &entry, NULL, NULL));
    if (entry == NULL)
      break;
    append_entry (found, entry);
    document_entry_free (entry);
  }
  return g_string_free (found, FALSE);
}

static void
assert_walk (const char *location, const char *expected)
{
  const char *locations[] = { location, NULL };
  g_autofree char *found = walk_all (locations, SORTED_FOLDER_RUN_SIZE);

  fail_unless_equals_string (found, expected);
}

static DocumentEntry *
walk_one (const char *location)
{
  const char *locations[] = { location, NULL };
  g_autoptr (DocumentWalk) walk = document_walk_new (locations,
      SORTED_FOLDER_RUN_SIZE);
  DocumentEntry *entry, *end;

  fail_unless (document_walk_next (walk, &entry, NULL, NULL));
  fail_unless (entry != NULL);
  fail_unless (document_walk_next (walk, &end, NULL, NULL));
  fail_unless (end == NULL);

  return entry;
}

GST_START_TEST (test_order_given)
{
  const char *locations[] = { "b.pdf", "a.pdf", "missing.pdf", "-", "b.pdf",
    NULL
  };
  g_autofree char *found = NULL;

  write_file ("a.pdf", "");
  write_file ("b.pdf", "");
  found = walk_all (locations, SORTED_FOLDER_RUN_SIZE);

  fail_unless_equals_string (found, "b.pdf a.pdf missing.pdf - b.pdf");
}

GST_END_TEST;

GST_START_TEST (test_folder)
{
  write_file ("in/p10.pdf", "");
  write_file ("in/p2.PDF", "");
  write_file ("in/p1.Tiff", "");
  write_file ("in/notes.txt", "no document");
  write_file ("in/plain", "%PDF-1.4");
  write_file ("in/late", "\n\n\n%PDF-1.4");
  write_file ("in/picture", "\x89PNG\r\n\x1a\n");
  write_file ("in/photo", "\xff\xd8\xff\xe0");
  write_file ("in/.hidden.pdf", "");
  write_file ("in/.hidden/p.pdf", "");
  write_file ("in/.pdf", "");
  write_file ("in/m/z.webp", "");
  write_file ("in/m/deep/er/a.jpeg", "");
  write_file ("in/empty/notes.txt", "");

  assert_walk ("in", "in/late in/m/deep/er/a.jpeg in/m/z.webp in/p1.Tiff "
      "in/p2.PDF in/p10.pdf in/photo in/picture in/plain");
  assert_walk ("in/", "in/late in/m/deep/er/a.jpeg in/m/z.webp in/p1.Tiff "
      "in/p2.PDF in/p10.pdf in/photo in/picture in/plain");
}

GST_END_TEST;

GST_START_TEST (test_nothing_found)
{
  write_file ("none/deep/notes.txt", "");

  assert_walk ("none", "none!");
  assert_walk ("*.pdf", "*.pdf!");
  assert_walk ("none/*/*.pdf", "none/*/*.pdf!");
  assert_walk ("nowhere/*.pdf", "nowhere/*.pdf!");
  assert_walk ("none/deep/notes.txt/*", "none/deep/notes.txt/*!");
}

GST_END_TEST;

GST_START_TEST (test_symbolic_links)
{
  write_file ("real/a.pdf", "");
  fail_unless (g_mkdir ("in", 0755) == 0);
  fail_unless (symlink ("../real/a.pdf", "in/file.pdf") == 0);
  fail_unless (symlink ("../real", "in/folder") == 0);
  fail_unless (symlink (".", "in/loop") == 0);
  fail_unless (symlink ("nowhere", "in/dangling.pdf") == 0);
  fail_unless (mkfifo ("in/fifo.pdf", 0600) == 0);

  assert_walk ("in", "in/dangling.pdf in/file.pdf");
  /* What is named is followed. */
  assert_walk ("in/folder", "in/folder/a.pdf");
  assert_walk ("in/fold*", "in/folder/a.pdf");
  assert_walk ("in/dangling.pdf", "in/dangling.pdf");
  assert_walk ("in/fifo.pdf", "in/fifo.pdf");
}

GST_END_TEST;

GST_START_TEST (test_globs)
{
  g_autofree char *absolute = NULL;
  g_autofree char *expected = NULL;

  write_file ("in/p10.pdf", "");
  write_file ("in/p2.pdf", "");
  write_file ("in/q1.txt", "");
  write_file ("in/.p3.pdf", "");
  write_file ("in/s1/x.pdf", "");
  write_file ("in/s2/x.pdf", "");
  write_file ("in/s2/y.txt", "");

  assert_walk ("in/p*.pdf", "in/p2.pdf in/p10.pdf");
  assert_walk ("in/p?.pdf", "in/p2.pdf");
  assert_walk ("in/[pq]*", "in/p2.pdf in/p10.pdf in/q1.txt");
  assert_walk ("in/.p*", "in/.p3.pdf");
  assert_walk ("*/s*/x.pdf", "in/s1/x.pdf in/s2/x.pdf");
  /* Folders that match are walked, for documents alone. */
  assert_walk ("in/*", "in/p2.pdf in/p10.pdf in/q1.txt in/s1/x.pdf "
      "in/s2/x.pdf");
  assert_walk ("in/*/", "in/s1/x.pdf in/s2/x.pdf");
  assert_walk ("./in//p?.pdf", "./in/p2.pdf");

  absolute = g_build_filename (folder, "*", "p2.pdf", NULL);
  expected = g_build_filename (folder, "in", "p2.pdf", NULL);
  assert_walk (absolute, expected);
}

GST_END_TEST;

GST_START_TEST (test_files_win)
{
  write_file ("a.pdf", "");
  write_file ("*.pdf", "");
  write_file ("[a].pdf", "");
  write_file ("@list", "a.pdf\n");
  write_file ("list", "a.pdf\n");
  write_file ("@-", "");

  assert_walk ("*.pdf", "*.pdf");
  assert_walk ("[a].pdf", "[a].pdf");
  assert_walk ("@list", "@list");
  assert_walk ("@-", "@-");

  fail_unless (g_remove ("@list") == 0);
  assert_walk ("@list", "a.pdf");
  fail_unless (g_remove ("*.pdf") == 0);
  assert_walk ("*.pdf", "[a].pdf a.pdf");
  assert_walk ("\\[*.pdf", "[a].pdf");
}

GST_END_TEST;

GST_START_TEST (test_list)
{
  g_autofree char *uri = g_strconcat ("file://", folder, "/in%20here/b.pdf",
      NULL);
  g_autofree char *list = g_strconcat ("in here\r\n", "\n", "  \n", "*.pdf\n",
      "@other\n", "-\n", uri, "\n", "missing.pdf\n", "http://x/y.pdf\n",
      "file://elsewhere/x.pdf\n", "file:///a%00b\n", "last.pdf", NULL);
  g_autofree char *expected = g_strconcat ("in here/b.pdf a.pdf @other - ",
      uri, " missing.pdf http://x/y.pdf file://elsewhere/x.pdf! "
      "file:///a%00b! last.pdf", NULL);

  write_file ("in here/b.pdf", "");
  write_file ("a.pdf", "");
  write_file ("other", "a.pdf\n");
  write_file ("list", list);
  write_file ("blank", "\n\r\n\n");
  write_file ("empty", "");

  assert_walk ("@list", expected);
  assert_walk ("@blank", "");
  assert_walk ("@empty", "");
  assert_walk ("@missing", "@missing!");
  assert_walk ("@in here", "@in here!");
}

GST_END_TEST;

/* As some editors write it. A second one is part of a name. */
GST_START_TEST (test_list_with_byte_order_mark)
{
  write_file ("a.pdf", "");
  write_file ("list", "\xef\xbb\xbf" "a.pdf\r\n\xef\xbb\xbf" "b.pdf\r\n");
  assert_walk ("@list", "a.pdf \xef\xbb\xbf" "b.pdf");
  write_file ("list", "\xef\xbb\xbf");
  assert_walk ("@list", "");
  write_file ("list", "\xef\xbb\xbf\n\na.pdf");
  assert_walk ("@list", "a.pdf");
}

GST_END_TEST;

GST_START_TEST (test_list_of_patterns)
{
  write_file ("a1.pdf", "");
  write_file ("a2.pdf", "");
  write_file ("in/b.pdf", "%PDF-1.4");
  write_file ("[c].pdf", "");
  write_file ("list", "a?.pdf\ni*\n[c].pdf\nnone*.pdf\na[2].pdf\n@list\n-\n");
  assert_walk ("@list", "a1.pdf a2.pdf in/b.pdf [c].pdf none*.pdf! a2.pdf @list"
      " -");
}

GST_END_TEST;

static void
assert_check (const char *location, gboolean expected)
{
  g_autoptr (GError) error = NULL;
  gboolean there = document_walk_check (location, &error);

  fail_unless (there == expected, "“%s”: %s", location,
      error ? error->message : "is there");
  fail_unless (there == (error == NULL));
}

GST_START_TEST (test_check)
{
  static const char *const there[] = {
    "-", "@-", "a.pdf", "in", "empty", "@a.pdf", "*.pdf", "e*", "i?/b.*",
    "to-[a].pdf", "lost*"
  };
  static const char *const missing[] = {
    "", "b.pdf", "a.pdf/b.pdf", "@", "@b", "*.png", "in/*.png", "x*/b.pdf",
    "lost.pdf", "file:///nowhere/a.pdf", "file://elsewhere/a.pdf"
  };

  write_file ("a.pdf", "");
  write_file ("in/b.pdf", "");
  write_file ("to-[a].pdf", "");
  fail_unless (g_mkdir ("empty", 0700) == 0);
  fail_unless (symlink ("nowhere", "lost.pdf") == 0);
  for (guint i = 0; i < G_N_ELEMENTS (there); i++)
    assert_check (there[i], TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (missing); i++)
    assert_check (missing[i], FALSE);
}

GST_END_TEST;

GST_START_TEST (test_list_of_bad_lines)
{
  GString *list = g_string_new ("a.pdf\n");
  g_autofree char *path = NULL;

  for (guint i = 0; i < 3 * MAX_LINE; i++)
    g_string_append_c (list, 'x');
  g_string_append (list, "\nb.pdf\n");
  g_string_append_len (list, "c\0d\n", 4);
  g_string_append (list, "e.pdf");
  path = fixture_write (folder, "list", list->str, list->len);
  g_string_free (list, TRUE);

  assert_walk ("@list", "a.pdf @list! b.pdf @list! e.pdf");
}

GST_END_TEST;

/* Lines that end anywhere in the reader's buffer. */
GST_START_TEST (test_long_list)
{
  GString *list = g_string_new (NULL);
  const char *locations[] = { "@list", NULL };
  g_autoptr (DocumentWalk) walk = NULL;
  g_autofree char *path = NULL;
  const guint n = 20000;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (list, "%0*u.pdf\n", 1 + i % 37, i);
  path = fixture_write (folder, "list", list->str, list->len);
  g_string_free (list, TRUE);

  walk = document_walk_new (locations, SORTED_FOLDER_RUN_SIZE);
  for (guint i = 0; i <= n; i++) {
    g_autofree char *name = g_strdup_printf ("%0*u.pdf", 1 + i % 37, i);
    DocumentEntry *entry;

    fail_unless (document_walk_next (walk, &entry, NULL, NULL));
    fail_unless ((entry == NULL) == (i == n));
    if (entry) {
      fail_unless_equals_string (entry->name, name);
      document_entry_free (entry);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_list_is_read_as_needed)
{
  const char *locations[] = { "@-", NULL };
  g_autoptr (DocumentWalk) walk = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  int ends[2], saved = dup (0);
  DocumentEntry *entry;

  fail_unless (g_unix_open_pipe (ends, FD_CLOEXEC, NULL));
  fail_unless (dup2 (ends[0], 0) == 0);
  close (ends[0]);
  walk = document_walk_new (locations, SORTED_FOLDER_RUN_SIZE);
  fail_if (document_walk_is_repeatable (locations));

  /* The other end is still open. */
  fail_unless (write (ends[1], "a.pdf\nb.", 8) == 8);
  fail_unless (document_walk_next (walk, &entry, cancellable, NULL));
  fail_unless_equals_string (entry->name, "a.pdf");
  document_entry_free (entry);

  /* And half a line outlives a cancellation. */
  g_cancellable_cancel (cancellable);
  fail_if (document_walk_next (walk, &entry, cancellable, &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_cancellable_reset (cancellable);

  fail_unless (write (ends[1], "pdf\n", 4) == 4);
  fail_unless (document_walk_next (walk, &entry, cancellable, NULL));
  fail_unless_equals_string (entry->name, "b.pdf");
  document_entry_free (entry);

  close (ends[1]);
  fail_unless (document_walk_next (walk, &entry, cancellable, NULL));
  fail_unless (entry == NULL);
  fail_unless (dup2 (saved, 0) == 0);
  close (saved);
}

GST_END_TEST;

static gpointer
cancel_when_told (gpointer data)
{
  char byte;

  fail_unless (read (0, &byte, 1) == 0);
  g_cancellable_cancel (data);
  return NULL;
}

/* A FIFO that nobody writes to has no lines and no end. */
GST_START_TEST (test_cancelled_list)
{
  const char *locations[] = { "@fifo", NULL };
  g_autoptr (DocumentWalk) walk = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  int ends[2], saved = dup (0);
  DocumentEntry *entry;
  GThread *thread;

  fail_unless (mkfifo ("fifo", 0600) == 0);
  fail_unless (g_unix_open_pipe (ends, FD_CLOEXEC, NULL));
  fail_unless (dup2 (ends[0], 0) == 0);
  close (ends[0]);

  thread = g_thread_new (NULL, cancel_when_told, cancellable);
  walk = document_walk_new (locations, SORTED_FOLDER_RUN_SIZE);
  close (ends[1]);
  fail_if (document_walk_next (walk, &entry, cancellable, &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));

  g_thread_join (thread);
  fail_unless (dup2 (saved, 0) == 0);
  close (saved);
}

GST_END_TEST;

/* So many names that runs go to disk and are merged. */
GST_START_TEST (test_many_runs)
{
  const char *locations[] = { "in", NULL };
  static const gsize run_sizes[] = { 1, 50, 1000, SORTED_FOLDER_RUN_SIZE };
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 0; i < 400; i++) {
    /* 7 and 400 have no factor in common: all names, in another order. */
    g_autofree char *name = g_strdup_printf ("in/p%u.pdf", i * 7 % 400);

    write_file (name, "");
    g_string_append_printf (expected, i ? " in/p%u.pdf" : "in/p%u.pdf", i);
  }

  for (guint i = 0; i < G_N_ELEMENTS (run_sizes); i++) {
    g_autofree char *found = walk_all (locations, run_sizes[i]);

    fail_unless_equals_string (found, expected->str);
  }
}

GST_END_TEST;

/* More than is kept in memory of a folder that the walk is in. */
GST_START_TEST (test_large_folder)
{
  g_autoptr (SortedFolder) sorted = NULL;
  g_autofree char *before = NULL;
  const char *name;
  guint n = 0;

  for (guint i = 0; i < 600; i++) {
    g_autofree char *file = g_strdup_printf ("in/%0200u", i);

    write_file (file, "");
  }
  sorted = sorted_folder_open ("in", "*", SORTED_FOLDER_RUN_SIZE, NULL, NULL);
  fail_unless (sorted != NULL);

  while ((name = sorted_folder_next (sorted))) {
    fail_unless (before == NULL || strcmp (before, name) < 0);
    g_free (before);
    before = g_strdup (name);
    n++;
  }
  fail_unless_equals_int (n, 600);
}

GST_END_TEST;

GST_START_TEST (test_names_of_any_bytes)
{
  g_autoptr (DocumentEntry) newline = NULL;
  g_autoptr (DocumentEntry) latin1 = NULL;
  g_autofree char *newline_uri = g_strconcat ("file://", folder,
      "/a%0Ab.pdf", NULL);
  g_autofree char *latin1_uri = g_strconcat ("file://", folder,
      "/in/caf%E9.pdf", NULL);
  g_autofree char *latin1_path = g_build_filename (folder, "in",
      "caf\xe9.pdf", NULL);

  write_file ("a\nb.pdf", "");
  write_file ("in/caf\xe9.pdf", "");

  newline = walk_one ("a\nb.pdf");
  fail_unless_equals_string (newline->name, "a\nb.pdf");
  fail_unless_equals_string (newline->uri, newline_uri);

  /* fnmatch() is not to stumble over it either. */
  latin1 = walk_one ("in/c*.pdf");
  fail_unless_equals_string (latin1->name, "in/caf\xef\xbf\xbd.pdf");
  fail_unless_equals_string (latin1->uri, latin1_uri);
  fail_unless_equals_string (latin1->path, latin1_path);

  assert_walk ("in", "in/caf\xef\xbf\xbd.pdf");
}

GST_END_TEST;

static void
assert_uri (const char *location, const char *path)
{
  g_autoptr (DocumentEntry) entry = walk_one (location);
  g_autofree char *real = realpath (folder, NULL);
  g_autofree char *expected = g_build_filename (real, path, NULL);
  g_autofree char *uri = g_filename_to_uri (expected, NULL, NULL);

  fail_unless_equals_string (entry->uri, uri);
}

/* One file has one URI, however it is named. */
GST_START_TEST (test_uris)
{
  g_autofree char *real = realpath (folder, NULL);

  /* Relative names start from where the kernel says that we are. */
  fail_unless (g_chdir (real) == 0);
  write_file ("in/deep/a.pdf", "");
  write_file ("a.pdf", "");
  fail_unless (symlink ("in/deep", "link") == 0);

  assert_uri ("a.pdf", "a.pdf");
  assert_uri ("./a.pdf", "a.pdf");
  assert_uri (".//in/./deep//a.pdf", "in/deep/a.pdf");
  assert_uri ("in/../a.pdf", "a.pdf");
  assert_uri ("link/a.pdf", "link/a.pdf");
  /* “link/..” is “in”, and not this folder. */
  assert_uri ("link/../deep/a.pdf", "in/deep/a.pdf");
  assert_uri ("nowhere/../a.pdf", "a.pdf");
}

GST_END_TEST;

static DocumentEntry *
walk_with_error (const char *location)
{
  DocumentEntry *entry = walk_one (location);

  fail_unless (entry->error != NULL);
  return entry;
}

/* Of root nothing can be hidden. */
static gboolean
become_nobody (void)
{
  return geteuid () != 0 || seteuid (65534) == 0;
}

GST_START_TEST (test_unreadable_folder)
{
  const char *locations[] = { "in", NULL };
  g_autofree char *found = NULL;
  g_autofree char *matched = NULL;
  gboolean is_nobody;

  write_file ("in/a.pdf", "");
  write_file ("in/closed/b.pdf", "");
  write_file ("in/z.pdf", "");
  fail_unless (g_chmod (folder, 0755) == 0);
  fail_unless (g_chmod ("in/closed", 0000) == 0);

  is_nobody = become_nobody ();
  found = walk_all (locations, SORTED_FOLDER_RUN_SIZE);
  locations[0] = "in/closed/*";
  matched = walk_all (locations, SORTED_FOLDER_RUN_SIZE);
  fail_unless (getuid () != 0 || seteuid (0) == 0);
  g_chmod ("in/closed", 0755);

  if (is_nobody) {
    fail_unless_equals_string (found, "in/a.pdf in/closed! in/z.pdf");
    fail_unless_equals_string (matched, "in/closed!");
  }
}

GST_END_TEST;

/* A folder whose path is longer than the kernel takes. */
GST_START_TEST (test_bottomless_folder)
{
  const char *locations[] = { "in", NULL };
  g_autoptr (DocumentWalk) walk = NULL;
  g_autofree char *long_name = g_strnfill (250, 'd');
  DocumentEntry *entry;
  guint depth;

  fail_unless (g_mkdir ("in", 0755) == 0 && g_chdir ("in") == 0);
  for (depth = 0; depth < 20; depth++)
    fail_unless (g_mkdir (long_name, 0755) == 0 && g_chdir (long_name) == 0);
  fail_unless (g_chdir (folder) == 0);
  write_file ("in/z.pdf", "");

  walk = document_walk_new (locations, SORTED_FOLDER_RUN_SIZE);
  fail_unless (document_walk_next (walk, &entry, NULL, NULL));
  fail_unless (g_error_matches (entry->error, G_IO_ERROR,
          G_IO_ERROR_FILENAME_TOO_LONG));
  document_entry_free (entry);

  fail_unless (document_walk_next (walk, &entry, NULL, NULL));
  fail_unless_equals_string (entry->name, "in/z.pdf");
  document_entry_free (entry);

  /* What is as deep is removed from inside. */
  fail_unless (g_chdir ("in") == 0);
  while (g_chdir (long_name) == 0);
  while (depth-- > 0)
    fail_unless (g_chdir ("..") == 0 && g_rmdir (long_name) == 0);
}

GST_END_TEST;

GST_START_TEST (test_errors_name_what_is_wrong)
{
  g_autoptr (DocumentEntry) glob = walk_with_error ("x*.pdf");
  g_autoptr (DocumentEntry) list = walk_with_error ("@nowhere");
  g_autofree char *glob_uri = g_strconcat ("file://", folder, "/x*.pdf", NULL);

  fail_unless (g_error_matches (glob->error, G_IO_ERROR,
          G_IO_ERROR_NOT_FOUND));
  fail_unless_equals_string (glob->uri, glob_uri);
  fail_unless (g_error_matches (list->error, G_IO_ERROR,
          G_IO_ERROR_NOT_FOUND));
}

GST_END_TEST;

static Suite *
documentwalk_suite (void)
{
  Suite *suite = suite_create ("documentwalk");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_order_given);
  tcase_add_test (tcase, test_folder);
  tcase_add_test (tcase, test_nothing_found);
  tcase_add_test (tcase, test_symbolic_links);
  tcase_add_test (tcase, test_globs);
  tcase_add_test (tcase, test_files_win);
  tcase_add_test (tcase, test_list);
  tcase_add_test (tcase, test_list_with_byte_order_mark);
  tcase_add_test (tcase, test_list_of_patterns);
  tcase_add_test (tcase, test_check);
  tcase_add_test (tcase, test_list_of_bad_lines);
  tcase_add_test (tcase, test_long_list);
  tcase_add_test (tcase, test_list_is_read_as_needed);
  tcase_add_test (tcase, test_cancelled_list);
  tcase_add_test (tcase, test_many_runs);
  tcase_add_test (tcase, test_large_folder);
  tcase_add_test (tcase, test_names_of_any_bytes);
  tcase_add_test (tcase, test_uris);
  tcase_add_test (tcase, test_unreadable_folder);
  tcase_add_test (tcase, test_bottomless_folder);
  tcase_add_test (tcase, test_errors_name_what_is_wrong);

  return suite;
}

GST_CHECK_MAIN (documentwalk);
