/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include <jsonl/shards.h>

#include "journal-fixture.h"

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
list_folder (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  fail_unless (dir != NULL, "there is no %s", folder);
  while ((name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* Records */

RectoPage *
make_test_page (guint number)
{
  g_autofree char *uri = g_strdup_printf ("file:///d%u.pdf",
      number / TEST_N_PAGES);
  g_autoptr (RectoDocument) document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", uri, "name", uri, "sha256", TEST_SHA256, "n-pages", TEST_N_PAGES,
      NULL);
  guint page = number % TEST_N_PAGES + 1;

  return recto_page_new (document, page, page == TEST_N_PAGES);
}

void
append_record (GString * out, guint number, gsize text_size)
{
  g_autoptr (RectoPage) page = make_test_page (number);
  g_autofree char *text = g_strnfill (text_size, 'a' + number % 26);
  RectoPageRecord record = {
    .page = page,.attempt = 1,.config = TEST_CONFIG,
    .text = text,.size = text_size
  };

  recto_page_record_append_line (&record, out);
}

GString *
make_records (guint first, guint n_records, gsize text_size)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < n_records; i++)
    append_record (lines, first + i, text_size);
  return lines;
}

/* Files */

static void
append_file (GString * out, const char *path)
{
  g_autofree char *contents = NULL;
  gsize size;

  fail_unless (g_file_get_contents (path, &contents, &size, NULL), "%s", path);
  g_string_append_len (out, contents, size);
}

GString *
read_journal (const char *location)
{
  GString *contents = g_string_new (NULL);
  guint n_files;

  if (!g_file_test (location, G_FILE_TEST_IS_DIR)) {
    append_file (contents, location);
    return contents;
  }
  fail_unless (recto_shards_count (location, &n_files, NULL));
  for (guint i = 0; i < n_files; i++) {
    g_autofree char *path = recto_shards_dup_name (location, i);

    append_file (contents, path);
  }
  return contents;
}

void
assert_file (const char *path, const GString * expected)
{
  g_autoptr (GString) contents = g_string_new (NULL);

  append_file (contents, path);
  fail_unless (g_string_equal (contents, expected), "%s has %" G_GSIZE_FORMAT
      " bytes, expected were %" G_GSIZE_FORMAT, path, contents->len,
      expected->len);
}

void
assert_untouched (const char *path, const char *contents, gsize size)
{
  g_autoptr (GString) expected = g_string_new_len (contents, size);

  assert_file (path, expected);
}

static void
assert_in_index (RectoJournal * journal, const RectoRecordLine * line)
{
  RectoConfigTable *configs = recto_journal_get_configs (journal);
  int config = recto_config_table_find (configs, TEST_CONFIG);
  RectoIndexDocument document;
  RectoIndexPage page;

  fail_unless (config >= 0);
  document = recto_record_line_get_document (line, config);
  page = recto_page_index_find_page (recto_journal_get_index (journal),
      &document, line->page);
  fail_unless_equals_int (page.n_attempts, 1);
  fail_unless (page.ok);
}

guint
assert_indexed (RectoJournal * journal, const GString * contents)
{
  const char *p = contents->str;
  const char *end = p + contents->len;
  guint n_records = 0;

  for (; p < end; n_records++) {
    const char *newline = memchr (p, '\n', end - p);
    RectoRecordLine line;

    fail_unless (newline != NULL, "line %u is cut", n_records + 1);
    fail_unless (recto_record_line_parse (&line, p, newline - p),
        "line %u is no record", n_records + 1);
    assert_in_index (journal, &line);
    p = newline + 1;
  }
  fail_unless_equals_uint64 (recto_page_index_get_size
      (recto_journal_get_index (journal)), n_records);
  return n_records;
}

/* Journals */

RectoJournal *
open_journal (const char *location)
{
  g_autoptr (GError) error = NULL;
  RectoJournal *journal = recto_journal_open (location, 0, FALSE,
      &recto_file_layer, &error);

  fail_unless (journal != NULL, "%s", error ? error->message : "");
  return journal;
}

void
assert_journal (const char *location, const GString * expected)
{
  RectoJournal *journal = open_journal (location);
  g_autoptr (GString) contents = read_journal (location);

  fail_unless (g_string_equal (contents, expected), "there are %"
      G_GSIZE_FORMAT " bytes, expected were %" G_GSIZE_FORMAT, contents->len,
      expected->len);
  assert_indexed (journal, contents);
  recto_journal_close (journal, TRUE, 0);
}

void
assert_refused (const char *location, const char *what)
{
  g_autoptr (GError) error = NULL;

  fail_unless (recto_journal_open (location, 0, FALSE, &recto_file_layer,
          &error) == NULL);
  fail_unless (error->domain == GST_RESOURCE_ERROR, "%s", error->message);
  fail_unless (strstr (error->message, what) != NULL, "“%s” does not say “%s”",
      error->message, what);
}

void
assert_commit (RectoJournal * journal, const GString * lines)
{
  g_autoptr (GError) error = NULL;

  fail_unless (recto_journal_commit (journal, lines->str, lines->len, TRUE,
          &error), "%s", error ? error->message : "");
}

GString *
make_journal (const char *location, guint n_records)
{
  RectoJournal *journal = open_journal (location);
  GString *lines = make_records (0, n_records, 20);

  assert_commit (journal, lines);
  recto_journal_close (journal, TRUE, n_records);
  return lines;
}
