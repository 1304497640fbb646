/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The text that documents carry, before and after their pages are drawn.
 */

#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <recto/recto-page-private.h>

#include "page-fixture.h"

/* Where the text is taken: at once, or when the page is drawn. */
static const char *const chains[] = {
  "",
  "queue ! ",
  "pagerasterizer longest-side=32 ! image/png ! ",
  "pagerasterizer longest-side=32 ! video/x-raw ! queue ! ",
  "pagerasterizer longest-side=32 ! video/x-raw ! jpegenc ! ",
};

#define DRAWN 2                 /* the first of them */

#define CHAIN "pdfsrc name=source location=%s ! %s" \
    "textlayerinference name=inference"

static const PageSpec pages[] = {
  {.content = TEXT ("one")}, {.content = TEXT ("two")}, {.content = RED},
  {.content = TEXT ("four")},
};

#define N_PAGES G_N_ELEMENTS (pages)

static const char *const texts[N_PAGES] = { "one", "two", "", "four" };

static char *
make_document (PageFixture * self)
{
  return page_fixture_make_pdf (self, "text.pdf", pages, N_PAGES);
}

static void
assert_text (GstSample * sample, const char *expected)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstStructure *structure =
      gst_caps_get_structure (gst_sample_get_caps (sample), 0);
  RectoResult *result = recto_buffer_get_result (buffer);
  g_autofree char *text = NULL;
  gsize size = gst_buffer_get_size (buffer);

  fail_unless (gst_structure_has_name (structure, "text/x-raw"));
  fail_unless_equals_string (gst_structure_get_string (structure, "format"),
      "utf8");

  text = g_malloc0 (size + 1);
  gst_buffer_extract (buffer, 0, text, size);
  fail_unless_equals_string (g_strstrip (text), expected);

  fail_unless (result != NULL);
  fail_unless_equals_string (recto_result_get_model (result), "text-layer");
  fail_unless (recto_result_get_seconds (result) >= 0);
  fail_unless_equals_int (recto_result_get_source (result),
      RECTO_TEXT_SOURCE_TEXT_LAYER);
  fail_unless (recto_page_get_size (get_page (sample), NULL, NULL));
  fail_unless (recto_page_get_bytes (get_page (sample)) == NULL);
}

static void
assert_texts (PageFixture * self)
{
  for (guint i = 0; i < N_PAGES; i++) {
    g_autoptr (GstSample) sample =
        page_fixture_pull_page (self, i + 1, RECTO_PAGE_OK);

    assert_text (sample, texts[i]);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (gst_sample_get_buffer
            (sample)), i * GST_SECOND);
  }
  page_fixture_assert_end (self);
}

GST_START_TEST (test_text)
{
  PageFixture self;
  g_autofree char *path = NULL;

  page_fixture_init (&self);
  path = make_document (&self);
  page_fixture_play (&self, CHAIN, path, chains[__i__]);
  assert_texts (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* What was complained of when the page was drawn adds to that. */
GST_START_TEST (test_warnings)
{
  static const PageSpec odd[] = {
    {.content = TEXT ("one")}, {.content = "nonsense " TEXT ("two")},
  };
  gint64 expected = __i__ < DRAWN ? 1 : 2;
  PageFixture self;
  g_autofree char *path = NULL;

  page_fixture_init (&self);
  path = page_fixture_make_pdf (&self, "odd.pdf", odd, G_N_ELEMENTS (odd));
  page_fixture_play (&self, CHAIN, path, chains[__i__]);
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
    g_autoptr (GstSample) sample =
        page_fixture_pull_page (&self, i + 1, RECTO_PAGE_OK);

    fail_unless_equals_int64 (recto_page_get_warnings (get_page (sample)),
        i * expected);
  }
  page_fixture_assert_end (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Pages that are drawn bring their size and label along. */
GST_START_TEST (test_page_is_kept)
{
  PageFixture self;
  g_autofree char *path = NULL;
  GstSample *sample;
  double width, height;

  page_fixture_init (&self);
  path = make_document (&self);
  page_fixture_play (&self, CHAIN, path, chains[DRAWN]);
  sample = page_fixture_pull_page (&self, 1, RECTO_PAGE_OK);
  fail_unless (recto_page_get_size (get_page (sample), &width, &height));
  fail_unless_equals_float (width, 200);
  fail_unless_equals_float (height, 100);
  gst_sample_unref (sample);
  page_fixture_clear (&self);
}

GST_END_TEST;

GST_START_TEST (test_encrypted)
{
  PageFixture self;
  g_autofree char *path = NULL;
  GstSample *sample;

  page_fixture_init (&self);
  path = page_fixture_make_encrypted (&self, "encrypted.pdf");
  page_fixture_build (&self, CHAIN, path, chains[__i__]);
  g_object_set (page_fixture_get (&self, "source"), "password", "secret",
      NULL);
  page_fixture_start (&self);
  sample = page_fixture_pull_page (&self, 1, RECTO_PAGE_OK);
  assert_text (sample, "hidden");
  gst_sample_unref (sample);
  page_fixture_assert_end (&self);

  /* And without it there is one record, with no text. */
  page_fixture_play (&self, CHAIN, path, chains[__i__]);
  sample = page_fixture_pull (&self);
  fail_unless_equals_int (recto_page_get_document_status (get_page (sample)),
      RECTO_DOCUMENT_ENCRYPTED);
  fail_unless_equals_int (gst_buffer_get_size (gst_sample_get_buffer
          (sample)), 0);
  gst_sample_unref (sample);
  page_fixture_assert_end (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* An image has no text, which is no failure. */
GST_START_TEST (test_image)
{
  PageFixture self;
  g_autofree char *path =
      g_build_filename (g_getenv ("RECTO_SAMPLES"), "notice.png", NULL);
  GstSample *sample;

  page_fixture_init (&self);
  page_fixture_play (&self, CHAIN, path, chains[__i__]);
  sample = page_fixture_pull_page (&self, 1, RECTO_PAGE_OK);
  assert_text (sample, "");
  gst_sample_unref (sample);
  page_fixture_assert_end (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Failed pages and documents pass as they are. */
GST_START_TEST (test_failed)
{
  static const PageSpec damaged[] = {
    {.content = TEXT ("one")}, {.content = DAMAGED}, {.content = TEXT ("3")},
  };
  PageFixture self;
  g_autofree char *path = NULL;
  GstSample *sample;

  page_fixture_init (&self);
  path = page_fixture_make_pdf (&self, "damaged.pdf", damaged, 3);
  page_fixture_play (&self, CHAIN, path, chains[DRAWN]);
  sample = page_fixture_pull_page (&self, 1, RECTO_PAGE_OK);
  assert_text (sample, "one");
  gst_sample_unref (sample);
  sample = page_fixture_pull_page (&self, 2, RECTO_PAGE_RENDER_FAILED);
  fail_unless (recto_buffer_get_result (gst_sample_get_buffer (sample)) ==
      NULL);
  gst_sample_unref (sample);
  sample = page_fixture_pull_page (&self, 3, RECTO_PAGE_OK);
  assert_text (sample, "3");
  gst_sample_unref (sample);
  page_fixture_assert_end (&self);

  /* It is counted where it failed. */
  fail_unless_equals_uint64 (page_fixture_get_stat (&self, "inference",
          "failed"), 0);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Files that change */

typedef void (*ChangeFunc) (const char *path);

static void
replace (const char *path)
{
  fail_unless (g_file_set_contents (path, "%PDF-1.4\n", -1, NULL));
}

/* The same size, and the same file, but for one byte. */
static void
overwrite (const char *path)
{
  int fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);

  fail_unless (fd >= 0);
  fail_unless_equals_int (pwrite (fd, "5", 1, strlen ("%PDF-1.")), 1);
  close (fd);
}

static void
delete (const char *path)
{
  fail_unless_equals_int (g_remove (path), 0);
}

static const struct
{
  ChangeFunc change;
  const char *code;
} changes[] = {
  {replace, "changed"},
  {overwrite, "changed"},
  {delete, "not-found"},
};

typedef struct
{
  ChangeFunc change;
  const char *path;
} Change;

static GstPadProbeReturn
change_once (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  Change *change = user_data;

  change->change (change->path);
  return GST_PAD_PROBE_REMOVE;
}

/* The pages are drawn already; what is in the file now is not their text. */
GST_START_TEST (test_changed)
{
  PageFixture self;
  g_autofree char *path = NULL;
  g_autoptr (GstPad) pad = NULL;
  Change change = {.change = changes[__i__].change };

  page_fixture_init (&self);
  change.path = path = make_document (&self);
  page_fixture_build (&self, CHAIN, path, chains[DRAWN]);
  pad = gst_element_get_static_pad (page_fixture_get (&self, "inference"),
      "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, change_once, &change,
      NULL);
  page_fixture_start (&self);

  for (guint i = 0; i < N_PAGES; i++) {
    g_autoptr (GstSample) sample =
        page_fixture_pull_page (&self, i + 1, RECTO_PAGE_INFER_FAILED);
    g_autofree char *code = recto_page_dup_error_code (get_page (sample));

    fail_unless_equals_string (code, changes[__i__].code);
    fail_unless_equals_int (gst_buffer_get_size (gst_sample_get_buffer
            (sample)), 0);
  }
  page_fixture_assert_end (&self);
  g_clear_object (&pad);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Streams */

static gpointer
copy_to_pipe (gpointer data)
{
  const char *const *paths = data;
  g_autofree char *contents = NULL;
  gsize size;
  int fd = g_open (paths[1], O_WRONLY | O_CLOEXEC, 0);

  fail_unless (fd >= 0);
  fail_unless (g_file_get_contents (paths[0], &contents, &size, NULL));
  fail_unless (write (fd, contents, size) == (gssize) size);
  close (fd);
  return NULL;
}

GST_START_TEST (test_fifo)
{
  PageFixture self;
  g_autofree char *path = NULL;
  g_autofree char *fifo = NULL;
  const char *paths[2];
  GThread *writer;

  page_fixture_init (&self);
  paths[0] = path = make_document (&self);
  paths[1] = fifo = g_build_filename (self.folder, "fifo", NULL);
  fail_unless_equals_int (mkfifo (fifo, 0600), 0);

  writer = g_thread_new ("writer", copy_to_pipe, paths);
  page_fixture_play (&self, CHAIN, fifo, chains[__i__]);
  assert_texts (&self);
  g_thread_join (writer);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Nothing that has a name is read again: what came is kept elsewhere. */
GST_START_TEST (test_standard_input)
{
  PageFixture self;
  g_autofree char *path = NULL;
  int saved = dup (0), fd;

  page_fixture_init (&self);
  path = make_document (&self);
  fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  fail_unless_equals_int (dup2 (fd, 0), 0);
  close (fd);
  fail_unless_equals_int (g_remove (path), 0);

  page_fixture_play (&self, CHAIN, "-", chains[__i__]);
  assert_texts (&self);
  page_fixture_clear (&self);
  dup2 (saved, 0);
  close (saved);
}

GST_END_TEST;

/* Without a document */

GST_START_TEST (test_image_of_nobody)
{
  PageFixture self;
  GstSample *sample;

  page_fixture_init (&self);
  page_fixture_play (&self,
      "videotestsrc num-buffers=1 ! pngenc ! textlayerinference");
  sample = page_fixture_pull (&self);
  fail_unless_equals_int (recto_page_get_status (get_page (sample)),
      RECTO_PAGE_INFER_FAILED);
  fail_unless (strstr (recto_page_get_error (get_page (sample))->message,
          "pdfsrc") != NULL);
  gst_sample_unref (sample);
  page_fixture_assert_end (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

static Suite *
text_layer_inference_suite (void)
{
  Suite *suite = suite_create ("textlayerinference");
  TCase *documents = tcase_create ("documents");
  TCase *files = tcase_create ("files");
  const int n_chains = G_N_ELEMENTS (chains);

  suite_add_tcase (suite, documents);
  tcase_add_loop_test (documents, test_text, 0, n_chains);
  tcase_add_loop_test (documents, test_warnings, 0, n_chains);
  tcase_add_test (documents, test_page_is_kept);
  tcase_add_loop_test (documents, test_encrypted, 0, n_chains);
  tcase_add_loop_test (documents, test_image, 0, n_chains);
  tcase_add_test (documents, test_failed);
  tcase_add_test (documents, test_image_of_nobody);

  suite_add_tcase (suite, files);
  tcase_add_loop_test (files, test_changed, 0, G_N_ELEMENTS (changes));
  tcase_add_loop_test (files, test_fifo, 0, n_chains);
  tcase_add_loop_test (files, test_standard_input, 0, n_chains);

  return suite;
}

GST_CHECK_MAIN (text_layer_inference);
