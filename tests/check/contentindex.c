/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where contents are recorded, however many there are.
 */

#include "config.h"

#include <gst/check/gstcheck.h>

#include <jsonl/content-index.h>

/* More than are sorted at once in memory, and no round number. */
#define N_EARLY 70001
#define N_LATE 30011
#define N_CONFIGS 3

static char *
dup_sha256 (guint number)
{
  g_autofree char *name = g_strdup_printf ("%u", number);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);
}

/* One document has ten pages. */
static RectoContent
make_content (guint number, const char *sha256)
{
  return (RectoContent) {
    .sha256 = sha256,.config = number % N_CONFIGS,.page = number % 10 + 1,
  };
}

static RectoPlace
make_place (guint number)
{
  return (RectoPlace) {
    .file = number % 7,.offset = (goffset) number * 1000003,
  };
}

static void
add (RectoContentIndex * index, guint number)
{
  g_autofree char *sha256 = dup_sha256 (number / 10);
  RectoContent content = make_content (number, sha256);

  recto_content_index_add (index, &content, make_place (number));
}

static void
assert_found (RectoContentIndex * index, guint number)
{
  g_autofree char *sha256 = dup_sha256 (number / 10);
  RectoContent content = make_content (number, sha256);
  RectoPlace expected = make_place (number), places[2];

  fail_unless_equals_int (recto_content_index_find (index, &content, places,
          G_N_ELEMENTS (places)), 1);
  fail_unless_equals_int (places[0].file, expected.file);
  fail_unless_equals_int64 (places[0].offset, expected.offset);
}

static void
assert_missing (RectoContentIndex * index, const RectoContent * content)
{
  RectoPlace places[2];

  fail_unless_equals_int (recto_content_index_find (index, content, places,
          G_N_ELEMENTS (places)), 0);
}

GST_START_TEST (test_empty)
{
  g_autoptr (RectoContentIndex) index = recto_content_index_new ();
  g_autofree char *sha256 = dup_sha256 (1);
  RectoContent content = make_content (1, sha256);

  assert_missing (index, &content);
  fail_unless_equals_int (recto_content_index_get_size (index), 0);
}

GST_END_TEST;

/* Most come before the first question, and others while there are some. */
GST_START_TEST (test_many)
{
  g_autoptr (RectoContentIndex) index = recto_content_index_new ();

  for (guint i = 0; i < N_EARLY; i++)
    add (index, i);
  for (guint i = N_EARLY; i < N_EARLY + N_LATE; i++) {
    assert_found (index, i * 31 % N_EARLY);
    add (index, i);
    assert_found (index, i);
  }

  for (guint i = 0; i < N_EARLY + N_LATE; i++)
    assert_found (index, i);
  fail_unless_equals_int (recto_content_index_get_size (index),
      N_EARLY + N_LATE);
}

GST_END_TEST;

/* Of all that makes a content, each part counts. */
GST_START_TEST (test_others)
{
  g_autoptr (RectoContentIndex) index = recto_content_index_new ();
  g_autofree char *sha256 = dup_sha256 (1);
  g_autofree char *other = dup_sha256 (2);
  RectoContent content = {.sha256 = sha256,.config = 1,.page = 1 };

  recto_content_index_add (index, &content, (RectoPlace) { 0, 0 });
  content.page = 2;
  assert_missing (index, &content);
  content.page = 1;
  content.config = 2;
  assert_missing (index, &content);
  content.config = 1;
  content.sha256 = other;
  assert_missing (index, &content);
}

GST_END_TEST;

/* A content that is recorded often is found often, but no more than wanted. */
GST_START_TEST (test_often)
{
  g_autoptr (RectoContentIndex) index = recto_content_index_new ();
  g_autofree char *sha256 = dup_sha256 (1);
  RectoContent content = {.sha256 = sha256,.config = 1,.page = 1 };
  RectoPlace places[5];

  for (guint i = 0; i < 10000; i++) {
    recto_content_index_add (index, &content, (RectoPlace) { 0, i });
    fail_unless_equals_int (recto_content_index_find (index, &content, places,
            G_N_ELEMENTS (places)), MIN (i + 1, G_N_ELEMENTS (places)));
  }
}

GST_END_TEST;

/* Without a place for temporary files there is nothing to find, and that is
 * all. */
GST_START_TEST (test_no_room)
{
  g_autofree char *before = g_strdup (g_getenv ("TMPDIR"));
  g_autoptr (RectoContentIndex) index = recto_content_index_new ();
  g_autofree char *sha256 = dup_sha256 (0);
  RectoContent content = make_content (0, sha256);

  g_setenv ("TMPDIR", "/nonexistent", TRUE);
  add (index, 0);
  assert_missing (index, &content);
  if (before)
    g_setenv ("TMPDIR", before, TRUE);
  else
    g_unsetenv ("TMPDIR");
  assert_missing (index, &content);
}

GST_END_TEST;

static Suite *
contentindex_suite (void)
{
  Suite *suite = suite_create ("contentindex");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_empty);
  tcase_add_test (tcase, test_many);
  tcase_add_test (tcase, test_others);
  tcase_add_test (tcase, test_often);
  tcase_add_test (tcase, test_no_room);
  return suite;
}

GST_CHECK_MAIN (contentindex);
