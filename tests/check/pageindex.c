/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gst/check/gstcheck.h>
#include <signal.h>
#include <sys/resource.h>

#include <recto/recto.h>
#include <recto/recto-page-index-private.h>

#define A "file:///a.pdf"
#define B "file:///b.pdf"

/* Versions. */
static const char one[] =
    "1111111111111111111111111111111111111111111111111111111111111111";
static const char two[] =
    "2222222222222222222222222222222222222222222222222222222222222222";

static RectoIndexDocument
make_document (const char *uri, const char *sha256, guint config)
{
  return (RectoIndexDocument) {
    .uri = uri,
    .uri_length = uri ? strlen (uri) : 0,
    .sha256 = sha256,
    .config = config,
  };
}

static RectoPageIndex *
index_new (void)
{
  g_autoptr (GError) error = NULL;
  RectoPageIndex *index = recto_page_index_new (&error);

  g_assert_no_error (error);
  return index;
}

static void
add (RectoPageIndex * index, const char *uri, const char *sha256,
    guint config, guint64 page, RectoIndexFlags flags)
{
  RectoIndexDocument document = make_document (uri, sha256, config);
  g_autoptr (GError) error = NULL;

  recto_page_index_add (index, &document, page, flags, &error);
  g_assert_no_error (error);
}

static void
seal (RectoPageIndex * index)
{
  g_autoptr (GError) error = NULL;

  recto_page_index_seal (index, &error);
  g_assert_no_error (error);
}

static void
assert_page (RectoPageIndex * index, const char *uri, const char *sha256,
    guint config, guint64 page, guint n_attempts, gboolean ok)
{
  RectoIndexDocument document = make_document (uri, sha256, config);
  RectoIndexPage found = recto_page_index_find_page (index, &document, page);

  fail_unless_equals_int (found.n_attempts, n_attempts);
  fail_unless_equals_int (found.ok, ok);
}

static void
assert_document (RectoPageIndex * index, const char *uri, const char *sha256,
    guint n_recorded, gint64 n_pages, gboolean failed, gboolean changed)
{
  RectoIndexDocument document = make_document (uri, sha256, 0);
  RectoIndexSummary found = recto_page_index_find_document (index, &document);

  fail_unless_equals_int (found.n_recorded, n_recorded);
  fail_unless_equals_int64 (found.n_pages, n_pages);
  fail_unless_equals_int (found.failed, failed);
  fail_unless_equals_int (found.changed, changed);
}

static gboolean
visit (RectoPageIndex * index, const char *uri, guint64 page)
{
  RectoIndexDocument document = make_document (uri, one, 0);

  return recto_page_index_visit (index, &document, page);
}

static gboolean
has_later_pages (RectoPageIndex * index, const char *uri)
{
  RectoIndexDocument document = make_document (uri, one, 0);

  return recto_page_index_has_later_pages (index, &document);
}

GST_START_TEST (test_empty)
{
  g_autoptr (RectoPageIndex) index = index_new ();

  seal (index);
  fail_unless_equals_uint64 (recto_page_index_get_size (index), 0);
  assert_page (index, A, one, 0, 1, 0, FALSE);
  assert_document (index, A, one, 0, -1, FALSE, FALSE);
  fail_if (visit (index, A, 1));
  fail_if (has_later_pages (index, A));
}

GST_END_TEST;

GST_START_TEST (test_attempts)
{
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, A, one, 0, 1, RECTO_INDEX_FAILED);
  add (index, A, one, 0, 1, RECTO_INDEX_FAILED);
  add (index, A, one, 0, 2, RECTO_INDEX_FAILED);
  add (index, A, one, 0, 2, 0);
  add (index, A, one, 1, 2, 0);
  add (index, A, two, 0, 2, 0);
  add (index, B, one, 0, 2, 0);
  fail_unless_equals_uint64 (recto_page_index_get_size (index), 7);
  seal (index);
  fail_unless_equals_uint64 (recto_page_index_get_size (index), 7);

  assert_page (index, A, one, 0, 1, 2, FALSE);
  assert_page (index, A, one, 0, 2, 2, TRUE);
  assert_page (index, A, one, 1, 2, 1, TRUE);
  assert_page (index, A, one, 1, 1, 0, FALSE);
  assert_page (index, A, two, 0, 2, 1, TRUE);
  assert_page (index, A, two, 0, 1, 0, FALSE);
  assert_page (index, A, NULL, 0, 2, 0, FALSE);
  assert_page (index, B, one, 0, 2, 1, TRUE);
}

GST_END_TEST;

/* The greatest values that a key can have end their ranges as others do. */
GST_START_TEST (test_greatest)
{
  const guint config = RECTO_PAGE_INDEX_MAX_CONFIGS - 1;
  const guint64 page = RECTO_PAGE_INDEX_MAX_PAGES - 1;
  g_autoptr (RectoPageIndex) index = index_new ();

  for (guint i = 0; i < 3; i++)
    add (index, A, one, config, page, RECTO_INDEX_LAST | RECTO_INDEX_FAILED);
  add (index, A, one, config, page - 1, 0);
  add (index, A, one, config - 1, page, 0);
  seal (index);

  assert_page (index, A, one, config, page, 3, FALSE);
  assert_page (index, A, one, config, page - 1, 1, TRUE);
  assert_page (index, A, one, config - 1, page, 1, TRUE);
}

GST_END_TEST;

/* A page number that a key has no room for is no other page's. */
GST_START_TEST (test_large_pages)
{
  const guint64 beyond = RECTO_PAGE_INDEX_MAX_PAGES;
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, A, one, 0, 5, 0);
  add (index, A, one, 0, beyond + 7, 0);
  add (index, A, one, 0, 2 * beyond + 7, RECTO_INDEX_FAILED);
  add (index, A, one, 0, G_MAXUINT64, 0);
  seal (index);

  assert_page (index, A, one, 0, 5, 1, TRUE);
  assert_page (index, A, one, 0, 7, 0, FALSE);
  assert_page (index, A, one, 0, beyond + 5, 0, FALSE);
  assert_page (index, A, one, 0, beyond + 7, 1, TRUE);
  assert_page (index, A, one, 0, 2 * beyond + 7, 1, FALSE);
  assert_page (index, A, one, 0, G_MAXUINT64, 1, TRUE);
  assert_document (index, A, one, 1, -1, FALSE, FALSE);
}

GST_END_TEST;

GST_START_TEST (test_length)
{
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, A, one, 0, 2, 0);
  add (index, A, one, 0, 3, RECTO_INDEX_LAST | RECTO_INDEX_FAILED);
  add (index, A, one, 0, 3, RECTO_INDEX_LAST);
  add (index, A, one, 0, 0, RECTO_INDEX_FAILED);
  add (index, A, one, 1, 9, RECTO_INDEX_LAST);
  add (index, B, one, 0, 9, 0);
  seal (index);

  assert_document (index, A, one, 4, 3, FALSE, FALSE);
  assert_document (index, B, one, 1, -1, FALSE, FALSE);
}

GST_END_TEST;

/* That a document could not be opened is past when pages of it are recorded,
 * but a quarantine only when the last one is. */
GST_START_TEST (test_failed)
{
  const RectoIndexFlags whole = RECTO_INDEX_LAST | RECTO_INDEX_FAILED;
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, "failed", one, 0, 0, whole);
  add (index, "unread", NULL, 0, 0, whole);
  add (index, "quarantined", one, 0, 1, 0);
  add (index, "quarantined", one, 0, 0, whole | RECTO_INDEX_SKIPPED);
  add (index, "opened", one, 0, 0, whole);
  add (index, "opened", one, 0, 1, 0);
  add (index, "retried", one, 0, 0, whole);
  add (index, "retried", one, 0, 0, whole);
  add (index, "retried", one, 0, 1, 0);
  add (index, "retried", one, 0, 2, RECTO_INDEX_LAST);
  add (index, "limited", one, 0, 1, 0);
  add (index, "limited", one, 0, 0, RECTO_INDEX_FAILED);
  seal (index);

  assert_document (index, "failed", one, 1, -1, TRUE, FALSE);
  assert_document (index, "unread", NULL, 1, -1, TRUE, FALSE);
  assert_document (index, "unread", one, 0, -1, FALSE, FALSE);
  assert_document (index, "quarantined", one, 2, -1, TRUE, FALSE);
  assert_document (index, "opened", one, 2, -1, FALSE, FALSE);
  assert_document (index, "retried", one, 4, 2, FALSE, FALSE);
  assert_document (index, "limited", one, 2, -1, FALSE, FALSE);
}

GST_END_TEST;

static gboolean
has_others (RectoPageIndex * index, const char *uri, const char *sha256)
{
  RectoIndexDocument document = make_document (uri, sha256, 0);

  return recto_page_index_has_others (index, &document);
}

GST_START_TEST (test_others)
{
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, A, one, 0, 1, 0);
  add (index, A, one, 0, 2, RECTO_INDEX_LAST);
  add (index, A, two, 1, 1, RECTO_INDEX_LAST);
  add (index, B, one, 0, 1, RECTO_INDEX_LAST);
  add (index, B, two, 0, 1, RECTO_INDEX_LAST);
  add (index, "unread", one, 0, 1, RECTO_INDEX_LAST);
  add (index, "unread", NULL, 0, 0, RECTO_INDEX_LAST | RECTO_INDEX_FAILED);
  add (index, "told", one, 0, 1, RECTO_INDEX_LAST);
  add (index, "told", two, 0, RECTO_PAGE_INDEX_CHANGED, RECTO_INDEX_FAILED);
  seal (index);

  fail_if (has_others (index, A, one));
  fail_unless (has_others (index, A, two));
  fail_unless (has_others (index, B, one));
  fail_unless (has_others (index, B, two));
  fail_unless (has_others (index, "unread", one));
  fail_unless (has_others (index, "told", one));
  fail_if (has_others (index, "no", one));
}

GST_END_TEST;

/* That a version was there again says nothing of its pages. */
GST_START_TEST (test_confirmed)
{
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, A, one, 0, 1, 0);
  add (index, A, one, 0, 2, RECTO_INDEX_LAST);
  add (index, A, one, 0, RECTO_PAGE_INDEX_CONFIRMED, 0);
  add (index, A, one, 0, RECTO_PAGE_INDEX_CHANGED, RECTO_INDEX_FAILED);
  seal (index);
  assert_document (index, A, one, 2, 2, FALSE, FALSE);
}

GST_END_TEST;

static RectoIndexPage
find_page (RectoPageIndex * index, const char *uri, guint64 page)
{
  RectoIndexDocument document = make_document (uri, one, 0);

  return recto_page_index_find_page (index, &document, page);
}

static void
assert_settled (RectoPageIndex * index, const char *uri, guint64 page,
    gboolean ok, gboolean settled)
{
  RectoIndexPage found = find_page (index, uri, page);

  fail_unless_equals_int (found.ok, ok);
  fail_unless_equals_int (found.settled, settled);
  fail_unless (found.tried);
}

/* Neither ok nor failed, nor the same as skipped. */
GST_START_TEST (test_settled)
{
  const RectoIndexFlags whole = RECTO_INDEX_LAST | RECTO_INDEX_SETTLED;
  RectoIndexDocument declined = make_document (B, one, 0);
  RectoIndexDocument failed = make_document ("failed", one, 0);
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, A, one, 0, 1, RECTO_INDEX_SETTLED);
  add (index, A, one, 0, 2, RECTO_INDEX_FAILED);
  add (index, A, one, 0, 2, RECTO_INDEX_SETTLED);
  add (index, A, one, 0, 3, RECTO_INDEX_SETTLED);
  add (index, A, one, 0, 3, 0);
  add (index, A, one, 0, 4, RECTO_INDEX_FAILED);
  add (index, A, one, 0, 5, RECTO_INDEX_FAILED | RECTO_INDEX_SKIPPED);
  add (index, A, one, 0, 6, whole);
  add (index, B, one, 0, 0, whole);
  add (index, "failed", one, 0, 0, RECTO_INDEX_LAST | RECTO_INDEX_FAILED);
  seal (index);

  assert_settled (index, A, 1, FALSE, TRUE);
  assert_settled (index, A, 2, FALSE, TRUE);
  assert_settled (index, A, 3, TRUE, TRUE);
  assert_settled (index, A, 4, FALSE, FALSE);
  fail_if (find_page (index, A, 5).settled || find_page (index, A, 5).tried);
  assert_settled (index, A, 6, FALSE, TRUE);
  assert_document (index, A, one, 8, 6, FALSE, FALSE);
  assert_document (index, B, one, 1, -1, TRUE, FALSE);
  fail_unless (recto_page_index_find_document (index, &declined).settled);
  fail_if (recto_page_index_find_document (index, &failed).settled);
}

GST_END_TEST;

GST_START_TEST (test_changed)
{
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, A, one, 0, 1, RECTO_INDEX_LAST);
  add (index, B, one, 1, 1, RECTO_INDEX_LAST);
  add (index, "unknown", NULL, 0, 0, RECTO_INDEX_LAST | RECTO_INDEX_FAILED);
  add (index, "told", one, 0, 1, RECTO_INDEX_LAST);
  add (index, "told", two, 0, RECTO_PAGE_INDEX_CHANGED, RECTO_INDEX_FAILED);
  add (index, "only told", two, 0, RECTO_PAGE_INDEX_CHANGED,
      RECTO_INDEX_FAILED);
  seal (index);

  assert_document (index, A, one, 1, 1, FALSE, FALSE);
  assert_document (index, A, two, 0, -1, FALSE, TRUE);
  assert_document (index, A, NULL, 0, -1, FALSE, FALSE);
  /* of another configuration */
  assert_document (index, B, two, 0, -1, FALSE, FALSE);
  assert_document (index, "unknown", one, 0, -1, FALSE, FALSE);
  /* That it was told is no version. */
  assert_document (index, "told", two, 0, -1, FALSE, TRUE);
  assert_document (index, "told", one, 1, 1, FALSE, FALSE);
  assert_document (index, "only told", one, 0, -1, FALSE, FALSE);
  assert_page (index, "told", two, 0, RECTO_PAGE_INDEX_CHANGED, 1, FALSE);
}

GST_END_TEST;

GST_START_TEST (test_no_uri)
{
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, NULL, one, 0, 1, 0);
  add (index, NULL, NULL, 0, 2, 0);
  seal (index);

  assert_page (index, NULL, one, 0, 1, 1, TRUE);
  assert_page (index, "", one, 0, 1, 1, TRUE);
  assert_page (index, NULL, NULL, 0, 2, 1, TRUE);
  assert_page (index, NULL, one, 0, 2, 0, FALSE);
}

GST_END_TEST;

GST_START_TEST (test_visit)
{
  g_autoptr (RectoPageIndex) index = index_new ();

  add (index, A, one, 0, 0, RECTO_INDEX_FAILED);
  add (index, A, one, 0, 1, RECTO_INDEX_FAILED);
  add (index, A, one, 0, 2, 0);
  add (index, A, one, 0, 1, 0);
  add (index, A, one, 0, 1, RECTO_INDEX_FAILED);
  add (index, B, one, 0, 3, 0);
  seal (index);

  fail_unless (has_later_pages (index, A));
  fail_if (visit (index, A, 1));
  fail_unless (visit (index, A, 2));
  fail_if (visit (index, A, 1));
  fail_unless (has_later_pages (index, A));
  fail_unless (visit (index, A, 1));
  fail_if (has_later_pages (index, A));
  fail_unless (visit (index, A, 0));
  fail_unless (has_later_pages (index, B));

  /* More than there were when it was made. */
  fail_if (visit (index, A, 1));
  fail_if (visit (index, A, 3));
  /* What was visited is found as before. */
  assert_page (index, A, one, 0, 1, 3, TRUE);
  assert_page (index, A, one, 0, 2, 1, TRUE);
}

GST_END_TEST;

/* More than are sorted at a time, of which no bit tells one from another. */
GST_START_TEST (test_equal_keys)
{
  const guint n = 150000;
  g_autoptr (RectoPageIndex) index = index_new ();

  for (guint i = 0; i < n; i++)
    add (index, A, one, 0, 3, RECTO_INDEX_FAILED);
  add (index, A, one, 0, 2, 0);
  add (index, B, one, 0, 4, RECTO_INDEX_LAST);
  seal (index);

  assert_page (index, A, one, 0, 3, n, FALSE);
  assert_page (index, A, one, 0, 2, 1, TRUE);
  assert_document (index, A, one, n + 1, -1, FALSE, FALSE);
  assert_document (index, B, one, 1, 4, FALSE, FALSE);
}

GST_END_TEST;

/* A document with more pages than are sorted at a time, backwards. */
GST_START_TEST (test_long_document)
{
  const guint n = 200000;
  g_autoptr (RectoPageIndex) index = index_new ();

  for (guint page = n; page > 0; page--)
    add (index, A, one, 0, page, page == n ? RECTO_INDEX_LAST :
        page % 7 == 0 ? RECTO_INDEX_FAILED : 0);
  seal (index);

  assert_document (index, A, one, n, n, FALSE, FALSE);
  for (guint page = 1; page < n; page++)
    assert_page (index, A, one, 0, page, 1, page % 7 != 0);
}

GST_END_TEST;

/* What a simple table would say. */
typedef struct
{
  guint n_attempts;
  gboolean ok;
} Expected;

typedef struct
{
  char *uri;
  const char *sha256;
  guint config;
  guint page;
} RandomPage;

static RandomPage
random_page (GRand * rand)
{
  static const char *const versions[] = { one, two, NULL };

  return (RandomPage) {
    .uri = g_strdup_printf ("file:///%d.pdf", g_rand_int_range (rand, 0,
            3000)),
    .sha256 = versions[g_rand_int_range (rand, 0, 3)],
    .config = g_rand_int_range (rand, 0, 2),
    .page = g_rand_int_range (rand, 0, 15),
  };
}

static char *
describe_page (const RandomPage * page)
{
  return g_strdup_printf ("%s %s %u %u", page->uri,
      page->sha256 ? page->sha256 : "", page->config, page->page);
}

GST_START_TEST (test_random)
{
  const guint32 seed = g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (RectoPageIndex) index = index_new ();
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash,
      g_str_equal, g_free, g_free);

  g_print ("seed %u\n", seed);
  for (guint i = 0; i < 200000; i++) {
    RandomPage page = random_page (rand);
    g_autofree char *uri = page.uri;
    char *key = describe_page (&page);
    Expected *expected = g_hash_table_lookup (table, key);
    gboolean failed = g_rand_boolean (rand);

    add (index, uri, page.sha256, page.config, page.page,
        failed ? RECTO_INDEX_FAILED : 0);
    if (expected == NULL)
      g_hash_table_insert (table, g_strdup (key),
          expected = g_new0 (Expected, 1));
    expected->n_attempts++;
    expected->ok |= !failed;
    g_free (key);
  }
  seal (index);
  fail_unless_equals_uint64 (recto_page_index_get_size (index), 200000);

  for (guint i = 0; i < 200000; i++) {
    RandomPage page = random_page (rand);
    g_autofree char *uri = page.uri;
    g_autofree char *key = describe_page (&page);
    Expected *expected = g_hash_table_lookup (table, key);

    assert_page (index, uri, page.sha256, page.config, page.page,
        expected ? expected->n_attempts : 0, expected && expected->ok);
  }
}

GST_END_TEST;

/* Asked from several threads. */
static gpointer
ask_all (gpointer data)
{
  for (guint page = 1; page <= 100000; page++)
    assert_page (data, A, one, 0, page, 1, TRUE);
  return NULL;
}

GST_START_TEST (test_threads)
{
  g_autoptr (RectoPageIndex) index = index_new ();
  GThread *threads[4];

  for (guint page = 1; page <= 100000; page++)
    add (index, A, one, 0, page, 0);
  for (guint page = 1; page <= 500000; page++)
    add (index, B, one, 0, page, 0);
  seal (index);

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, ask_all, index);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

GST_END_TEST;

GST_START_TEST (test_no_folder)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("TMPDIR", "/nowhere/at/all", TRUE);
  fail_unless (recto_page_index_new (&error) == NULL);
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
  fail_unless (strstr (error->message, "/nowhere/at/all") != NULL);
  fail_unless (strstr (error->message, "TMPDIR") != NULL);
}

GST_END_TEST;

/* A disk that is full when what was added is written. */
GST_START_TEST (test_no_space)
{
  const RectoIndexDocument document = make_document (A, one, 0);
  g_autoptr (RectoPageIndex) index = index_new ();
  g_autoptr (GError) error = NULL;
  struct rlimit limit = { 4096, 4096 };

  fail_unless (setrlimit (RLIMIT_FSIZE, &limit) == 0);
  for (guint page = 1; page <= 10000 && error == NULL; page++)
    recto_page_index_add (index, &document, page, 0, &error);

  fail_unless (error != NULL && error->domain == G_IO_ERROR);
  fail_unless (strstr (error->message, "ulimit -f"), "%s", error->message);
}

GST_END_TEST;

/* More than are kept in memory while they are sorted. */
GST_START_TEST (test_merge_configs)
{
  const guint n_pages = 100000;
  g_autoptr (RectoPageIndex) index = index_new ();

  for (guint page = 1; page <= n_pages; page++) {
    add (index, A, one, 0, page, RECTO_INDEX_FAILED);
    add (index, A, one, page % 2 + 1, page,
        page % 3 == 0 ? RECTO_INDEX_FAILED : 0);
  }
  add (index, B, one, RECTO_PAGE_INDEX_MAX_CONFIGS - 1, 1, RECTO_INDEX_LAST);
  seal (index);
  assert_page (index, A, one, 0, 1, 1, FALSE);
  assert_page (index, B, one, 0, 1, 0, FALSE);

  recto_page_index_merge_configs (index);
  for (guint page = 1; page <= n_pages; page++)
    assert_page (index, A, one, 0, page, 2, page % 3 != 0);
  assert_document (index, A, one, 2 * n_pages, -1, FALSE, FALSE);
  assert_document (index, B, one, 1, 1, FALSE, FALSE);
}

GST_END_TEST;

static Suite *
pageindex_suite (void)
{
  Suite *suite = suite_create ("pageindex");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_empty);
  tcase_add_test (tcase, test_attempts);
  tcase_add_test (tcase, test_greatest);
  tcase_add_test (tcase, test_large_pages);
  tcase_add_test (tcase, test_length);
  tcase_add_test (tcase, test_failed);
  tcase_add_test (tcase, test_others);
  tcase_add_test (tcase, test_confirmed);
  tcase_add_test (tcase, test_settled);
  tcase_add_test (tcase, test_changed);
  tcase_add_test (tcase, test_no_uri);
  tcase_add_test (tcase, test_visit);
  tcase_add_test (tcase, test_equal_keys);
  tcase_add_test (tcase, test_long_document);
  tcase_add_test (tcase, test_random);
  tcase_add_test (tcase, test_threads);
  tcase_add_test (tcase, test_merge_configs);
  tcase_add_test (tcase, test_no_folder);
  tcase_add_test (tcase, test_no_space);

  return suite;
}

GST_CHECK_MAIN (pageindex);
