/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pages and results stay with their buffers through stock elements.
 */

#include "config.h"

#include "page-fixture.h"

/* Pages of two documents, and a third that is none, between them. */
#define N_PAGES 4
#define N_BUFFERS (2 * N_PAGES + 1)

typedef struct
{
  PageFixture pages;
  char *paths[3];
} MetaFixture;

static const char *const lazy_chains[] = {
  "identity",
  "queue",
  "queue2",
  "multiqueue",
  "tee",
  "funnel",
  "concat",
  "valve",
  "capsfilter",
  "memoryvalve",
};

/* After images of at most 64 pixels a side. */
static const char *const raster_chains[] = {
  "videoconvert ! video/x-raw,format=I420",
  "videoscale ! video/x-raw,width=48,height=48",
  "videocrop top=2 left=1",
  "videobox top=-4 left=-4",
  "queue ! videoconvert ! queue ! videoscale ! queue",
  "pngenc",
  "jpegenc",
  "webpenc",
  "pngenc ! pngparse",
  "jpegenc ! jpegparse",
  "pngenc ! pngdec",
  "jpegenc ! jpegdec",
  "webpenc ! webpdec",
};

static const char *const png_chains[] = {
  "identity",
  "queue",
  "pngparse",
  "pngdec",
  "pngparse ! pngdec ! videoconvert ! video/x-raw,format=I420 ! jpegenc",
};

static const char *const jpeg_chains[] = {
  "queue",
  "jpegparse",
  "jpegdec",
  "jpegparse ! jpegdec ! videoconvert ! pngenc",
};

static void
meta_fixture_init (MetaFixture * self)
{
  static const PageSpec pages[N_PAGES] = {
    {.content = RED},
    {.width = 100,.height = 100,.content = GREY},
    {.width = 70,.height = 200,.content = GREEN},
    {.width = 150,.height = 120,.content = TEXT ("four")},
  };

  page_fixture_init (&self->pages);
  self->paths[0] = page_fixture_make_pdf (&self->pages, "1.pdf", pages,
      N_PAGES);
  self->paths[1] = page_fixture_make_pdf (&self->pages, "2.pdf", pages, 0);
  self->paths[2] = page_fixture_make_pdf (&self->pages, "3.pdf", pages,
      N_PAGES);
}

static void
meta_fixture_clear (MetaFixture * self)
{
  page_fixture_clear (&self->pages);
  for (guint i = 0; i < G_N_ELEMENTS (self->paths); i++)
    g_free (self->paths[i]);
}

/* As if each page had been inferred already. */
static GstPadProbeReturn
add_result (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  RectoPage *page = recto_buffer_get_page (buffer);
  g_autoptr (RectoResult) result = recto_result_new ();

  recto_result_set_attempts (result, recto_page_get_number (page) + 1);
  buffer = gst_buffer_make_writable (buffer);
  recto_buffer_add_result (buffer, result);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;

  return GST_PAD_PROBE_OK;
}

static void
play (MetaFixture * self, const char *head, const char *chain)
{
  g_autoptr (GstPad) pad = NULL;

  page_fixture_build (&self->pages, "pdfsrc name=source location=%s ! %s%s",
      self->pages.folder, head, chain);
  pad = gst_element_get_static_pad (page_fixture_get (&self->pages, "source"),
      "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, add_result, NULL, NULL);
  page_fixture_start (&self->pages);
}

static void
assert_buffer (MetaFixture * self, GstBuffer * buffer, guint i)
{
  RectoPage *page = recto_buffer_get_page (buffer);
  RectoResult *result = recto_buffer_get_result (buffer);
  guint document = i < N_PAGES ? 0 : i == N_PAGES ? 1 : 2;
  guint number = i < N_PAGES ? i + 1 : i - N_PAGES;
  g_autofree char *uri = g_filename_to_uri (self->paths[document], NULL, NULL);

  fail_unless (page != NULL, "buffer %u is of no page", i);
  fail_unless (result != NULL, "buffer %u has no result", i);
  fail_unless_equals_string (recto_document_get_uri (recto_page_get_document
          (page)), uri);
  fail_unless_equals_int (recto_page_get_number (page), number);
  fail_unless_equals_int (recto_page_is_last (page), number % N_PAGES == 0);
  fail_unless_equals_int (recto_page_is_failed (page), number == 0);
  fail_unless_equals_int (recto_page_get_document_status (page),
      number == 0 ? RECTO_DOCUMENT_NO_PAGES : RECTO_DOCUMENT_OK);
  fail_unless_equals_int (recto_result_get_attempts (result), number + 1);

  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), i * GST_SECOND);
}

static void
run (const char *head, const char *chain)
{
  MetaFixture self;

  GST_INFO ("%s%s", head, chain);
  meta_fixture_init (&self);
  play (&self, head, chain);
  for (guint i = 0; i < N_BUFFERS; i++) {
    g_autoptr (GstSample) sample = page_fixture_pull (&self.pages);

    fail_unless (sample != NULL, "only %u buffers came through %s", i, chain);
    assert_buffer (&self, gst_sample_get_buffer (sample), i);
  }
  page_fixture_assert_end (&self.pages);
  meta_fixture_clear (&self);
}

GST_START_TEST (test_lazy)
{
  run ("", lazy_chains[__i__]);
}

GST_END_TEST;

GST_START_TEST (test_raster)
{
  run ("pagerasterizer longest-side=64 ! video/x-raw ! ",
      raster_chains[__i__]);
}

GST_END_TEST;

GST_START_TEST (test_png)
{
  run ("pagerasterizer longest-side=64 ! image/png ! ", png_chains[__i__]);
}

GST_END_TEST;

GST_START_TEST (test_jpeg)
{
  run ("pagerasterizer longest-side=64 ! image/jpeg ! ", jpeg_chains[__i__]);
}

GST_END_TEST;

/* The page's size and label are known from here on, and stay as well. */
GST_START_TEST (test_size)
{
  MetaFixture self;
  GstSample *sample;
  double width, height;

  meta_fixture_init (&self);
  play (&self, "pagerasterizer longest-side=64 ! ", "pngenc");
  sample = page_fixture_pull (&self.pages);
  fail_unless (recto_page_get_size (get_page (sample), &width, &height));
  fail_unless_equals_float (width, 200);
  fail_unless_equals_float (height, 100);
  gst_sample_unref (sample);
  meta_fixture_clear (&self);
}

GST_END_TEST;

static Suite *
page_meta_suite (void)
{
  Suite *suite = suite_create ("pagemeta");
  TCase *chains = tcase_create ("chains");

  suite_add_tcase (suite, chains);
  tcase_add_loop_test (chains, test_lazy, 0, G_N_ELEMENTS (lazy_chains));
  tcase_add_loop_test (chains, test_raster, 0, G_N_ELEMENTS (raster_chains));
  tcase_add_loop_test (chains, test_png, 0, G_N_ELEMENTS (png_chains));
  tcase_add_loop_test (chains, test_jpeg, 0, G_N_ELEMENTS (jpeg_chains));
  tcase_add_test (chains, test_size);

  return suite;
}

GST_CHECK_MAIN (page_meta);
