/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <cairo.h>
#include <gst/check/check.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>
#include <recto/recto.h>
#include <time.h>

#define QUICK_FOX "The quick brown fox\njumps over the lazy dog"

typedef struct
{
  double red, green, blue;
} Colour;

static const Colour black = { 0, 0, 0 };
static const Colour white = { 1, 1, 1 };

/* Drawing. Canvases are of 0xRRGGBB pixels. */

static cairo_surface_t *
draw_lines (int width, int height, double font_size, const char *text,
    Colour ink, Colour ground)
{
  cairo_surface_t *canvas =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (canvas);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  cairo_set_source_rgb (cr, ground.red, ground.green, ground.blue);
  cairo_paint (cr);
  cairo_set_source_rgb (cr, ink.red, ink.green, ink.blue);
  cairo_select_font_face (cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
      CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size (cr, font_size);
  for (int i = 0; lines[i]; i++) {
    cairo_move_to (cr, 2 * font_size, (1.5 * i + 2.5) * font_size);
    cairo_show_text (cr, lines[i]);
  }

  cairo_destroy (cr);
  cairo_surface_flush (canvas);
  return canvas;
}

static void
put_pixel (GstVideoFrame * frame, int x, int y, guint32 pixel)
{
  guint8 *to = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, 0) +
      y * GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0) +
      x * GST_VIDEO_FRAME_COMP_PSTRIDE (frame, 0);
  guint8 red = pixel >> 16, green = pixel >> 8, blue = pixel;

  switch (GST_VIDEO_FRAME_FORMAT (frame)) {
    case GST_VIDEO_FORMAT_GRAY8:
      to[0] = (red + green + blue) / 3;
      break;
    case GST_VIDEO_FORMAT_RGB:
      to[0] = red;
      to[1] = green;
      to[2] = blue;
      break;
    case GST_VIDEO_FORMAT_BGRx:
      to[0] = blue;
      to[1] = green;
      to[2] = red;
      to[3] = 0;
      break;
    default:
      g_assert_not_reached ();
  }
}

/* Copies a canvas into a buffer whose rows are longer than they have to be.
 * Takes the canvas. */
static GstBuffer *
new_image (GstVideoFormat format, cairo_surface_t * canvas)
{
  int width = cairo_image_surface_get_width (canvas);
  int height = cairo_image_surface_get_height (canvas);
  gsize offsets[GST_VIDEO_MAX_PLANES] = { 0 };
  int strides[GST_VIDEO_MAX_PLANES] = { 4 * width + 52 };
  GstBuffer *buffer = gst_buffer_new_allocate (NULL,
      (gsize) strides[0] * height, NULL);
  GstVideoInfo info;
  GstVideoFrame frame;

  gst_buffer_memset (buffer, 0, 0, -1);
  gst_buffer_add_video_meta_full (buffer, 0, format, width, height, 1,
      offsets, strides);
  gst_video_info_set_format (&info, format, width, height);
  fail_unless (gst_video_frame_map (&frame, &info, buffer, GST_MAP_WRITE));
  for (int y = 0; y < height; y++) {
    const guint32 *row = (const guint32 *)
        (cairo_image_surface_get_data (canvas) +
        y * cairo_image_surface_get_stride (canvas));

    for (int x = 0; x < width; x++)
      put_pixel (&frame, x, y, row[x] & 0xffffff);
  }
  gst_video_frame_unmap (&frame);
  cairo_surface_destroy (canvas);

  return buffer;
}

static GstBuffer *
new_text_image (GstVideoFormat format, const char *text, Colour ink,
    Colour ground)
{
  return new_image (format, draw_lines (743, 231, 40, text, ink, ground));
}

/* Feeding */

static void
set_format (GstHarness * h, GstVideoFormat format, int width, int height)
{
  GstCaps *caps = gst_caps_new_simple ("video/x-raw",
      "format", G_TYPE_STRING, gst_video_format_to_string (format),
      "width", G_TYPE_INT, width, "height", G_TYPE_INT, height,
      "framerate", GST_TYPE_FRACTION, 1, 1, NULL);

  gst_harness_set_src_caps (h, caps);
}

static void
push (GstHarness * h, GstBuffer * image)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (image);

  set_format (h, meta->format, meta->width, meta->height);
  fail_unless_equals_int (gst_harness_push (h, image), GST_FLOW_OK);
}

static char *
dup_text (GstBuffer * buffer)
{
  gsize size = gst_buffer_get_size (buffer);
  char *text = g_malloc0 (size + 1);

  gst_buffer_extract (buffer, 0, text, size);
  return text;
}

static void
check_text (GstHarness * h, const char *expected)
{
  g_autoptr (GstBuffer) buffer = gst_harness_pull (h);
  g_autofree char *text = NULL;

  fail_unless (buffer != NULL);
  text = dup_text (buffer);
  fail_unless_equals_string (text, expected);
}

static const GstVideoFormat formats[] = {
  GST_VIDEO_FORMAT_GRAY8, GST_VIDEO_FORMAT_RGB, GST_VIDEO_FORMAT_BGRx,
};

GST_START_TEST (test_formats)
{
  GstHarness *h = gst_harness_new ("tesseractinference");

  push (h, new_text_image (formats[__i__], QUICK_FOX, black, white));
  check_text (h, QUICK_FOX);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Red on dark blue can be read. With red and blue in each other's place the
 * writing is exactly as light as its ground, and can't. */
GST_START_TEST (test_colours)
{
  const Colour red = { 1, 0, 0 }, dark_blue = { 0, 0, 2 / 3.0 };
  GstHarness *h = gst_harness_new ("tesseractinference");

  push (h, new_text_image (formats[__i__], QUICK_FOX, red, dark_blue));
  check_text (h, QUICK_FOX);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_result)
{
  GstHarness *h = gst_harness_new ("tesseractinference");
  g_autoptr (GstBuffer) buffer = NULL;
  RectoResult *result;

  push (h, new_text_image (GST_VIDEO_FORMAT_GRAY8, QUICK_FOX, black, white));
  buffer = gst_harness_pull (h);
  result = recto_buffer_get_result (buffer);
  fail_unless (result != NULL);
  fail_unless (recto_result_get_confidence (result) > 0.8);
  fail_unless (recto_result_get_confidence (result) <= 1);
  fail_unless (g_str_has_prefix (recto_result_get_model (result),
          "tesseract "));
  fail_unless_equals_string (recto_result_get_language (result), "eng");
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_empty_page)
{
  GstHarness *h = gst_harness_new ("tesseractinference");
  g_autoptr (GstBuffer) buffer = NULL;
  RectoResult *result;

  push (h, new_text_image (GST_VIDEO_FORMAT_GRAY8, "", black, white));
  buffer = gst_harness_pull (h);
  fail_unless_equals_int (gst_buffer_get_size (buffer), 0);
  fail_unless (recto_buffer_get_page (buffer) == NULL);
  result = recto_buffer_get_result (buffer);
  fail_unless (result != NULL);
  fail_unless (recto_result_get_confidence (result) == -1);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A block is read where a page would be searched for columns. */
GST_START_TEST (test_page_segmentation_mode)
{
  GstHarness *h = gst_harness_new_parse
      ("tesseractinference page-segmentation-mode=single-line");

  push (h, new_image (GST_VIDEO_FORMAT_GRAY8,
          draw_lines (743, 120, 40, "The quick brown fox", black, white)));
  check_text (h, "The quick brown fox");
  gst_harness_teardown (h);
}

GST_END_TEST;

static char *
dup_start_error (const char *language)
{
  GstElement *element = gst_element_factory_make ("tesseractinference", NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_object_ref_sink (element);
  gst_element_set_bus (element, bus);
  g_object_set (element, "language", language, NULL);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_LIBRARY_ERROR,
          GST_LIBRARY_ERROR_INIT));

  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
  return g_strdup (error->message);
}

GST_START_TEST (test_missing_language)
{
  g_autofree char *one = dup_start_error ("xx_yy");
  g_autofree char *two = dup_start_error ("eng+xx_yy+xx_vert+script/Xx");
  g_autofree char *none = dup_start_error ("+");

  fail_unless (strstr (one, "package “tesseract-ocr-xx-yy”"), "%s", one);
  fail_unless (strstr (one, "“xx_yy” in “/"), "%s", one);
  fail_unless (strstr (one, "TESSDATA_PREFIX"), "%s", one);
  fail_unless (strstr (two, "packages “tesseract-ocr-xx-yy "
          "tesseract-ocr-xx-vert tesseract-ocr-all”"), "%s", two);
  fail_if (strstr (two, "tesseract-ocr-eng"), "%s", two);
  fail_unless (strstr (none, "No language is set"), "%s", none);
}

GST_END_TEST;

GST_START_TEST (test_missing_folder)
{
  g_autofree char *error = NULL;

  g_setenv ("TESSDATA_PREFIX", "/nowhere", TRUE);
  error = dup_start_error ("eng");
  g_unsetenv ("TESSDATA_PREFIX");
  fail_unless (strstr (error, "“eng” in “/nowhere"), "%s", error);
}

GST_END_TEST;

/* Its language can be changed between two runs. */
GST_START_TEST (test_restart)
{
  GstHarness *h = gst_harness_new ("tesseractinference");

  push (h, new_text_image (GST_VIDEO_FORMAT_GRAY8, "Once", black, white));
  check_text (h, "Once");
  gst_element_set_state (h->element, GST_STATE_READY);
  g_object_set (h->element, "language", "xx_yy", NULL);
  fail_unless_equals_int (gst_element_set_state (h->element,
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Pages that take longer and shorter, in three threads. */
GST_START_TEST (test_order)
{
  const char *pages[] = {
    QUICK_FOX, "Two", QUICK_FOX "\nfour", "Four", "Five", "Six\nand seven",
    "Eight", QUICK_FOX, "Ten",
  };
  GstHarness *h = gst_harness_new_parse ("tesseractinference n-threads=3");
  GstElement *element = gst_harness_find_element (h, "tesseractinference");
  guint n_threads;

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    push (h, new_image (formats[i % 3], draw_lines (743 + i, 400 - i, 40,
                pages[i], black, white)));
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    check_text (h, pages[i]);

  g_object_get (element, "max-in-flight", &n_threads, NULL);
  fail_unless_equals_int (n_threads, 3);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_failed_page)
{
  GstHarness *h = gst_harness_new ("tesseractinference");
  g_autoptr (RectoDocument) document = recto_document_new ("file:///x", "x");
  g_autoptr (RectoPage) page = recto_page_new (document, 3, FALSE);
  g_autoptr (GError) error =
      g_error_new_literal (RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED, "boom");
  g_autoptr (RectoPage) failed =
      recto_page_with_error (page, RECTO_PAGE_CRASHED, error);
  GstBuffer *image = new_text_image (GST_VIDEO_FORMAT_GRAY8, QUICK_FOX, black,
      white);
  g_autoptr (GstBuffer) buffer = NULL;

  recto_buffer_add_page (image, failed);
  push (h, image);
  buffer = gst_harness_pull (h);
  fail_unless_equals_int (gst_buffer_get_size (buffer), 0);
  fail_unless_equals_int (recto_page_get_status (recto_buffer_get_page
          (buffer)), RECTO_PAGE_CRASHED);
  gst_harness_teardown (h);
}

GST_END_TEST;

static void
check_infer_failed (GstHarness * h, const char *why)
{
  g_autoptr (GstBuffer) buffer = gst_harness_pull (h);
  RectoPage *page = recto_buffer_get_page (buffer);

  fail_unless (page != NULL);
  fail_unless_equals_int (recto_page_get_status (page),
      RECTO_PAGE_INFER_FAILED);
  fail_unless (strstr (recto_page_get_error (page)->message, why),
      "%s", recto_page_get_error (page)->message);
  fail_unless_equals_int (gst_buffer_get_size (buffer), 0);
}

/* What can't be read costs its page; the next is read. */
GST_START_TEST (test_bad_images)
{
  GstHarness *h = gst_harness_new ("tesseractinference");

  set_format (h, GST_VIDEO_FORMAT_GRAY8, 40000, 8);
  gst_harness_push (h, gst_buffer_new_allocate (NULL, 40000 * 8, NULL));
  check_infer_failed (h, "40000 × 8");

  set_format (h, GST_VIDEO_FORMAT_GRAY8, 600, 600);
  gst_harness_push (h, gst_buffer_new_allocate (NULL, 600, NULL));
  check_infer_failed (h, "caps");

  push (h, new_text_image (GST_VIDEO_FORMAT_GRAY8, QUICK_FOX, black, white));
  check_text (h, QUICK_FOX);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Cancelling. A page of many lines, and a debug log function that tells when
 * the element has begun to read it. */

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean reading;
} Watch;

static void
watch_log (GstDebugCategory * category, GstDebugLevel level, const char *file,
    const char *function, int line, GObject * object,
    GstDebugMessage * message, gpointer user_data)
{
  Watch *watch = user_data;

  if (!g_str_equal (gst_debug_category_get_name (category),
          "tesseractinference") ||
      !g_str_has_prefix (gst_debug_message_get (message), "reading "))
    return;

  g_mutex_lock (&watch->lock);
  watch->reading = TRUE;
  g_cond_signal (&watch->cond);
  g_mutex_unlock (&watch->lock);
}

static void
watch_start (Watch * watch)
{
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (watch_log, watch, NULL);
  gst_debug_set_threshold_for_name ("tesseractinference", GST_LEVEL_DEBUG);
}

static void
watch_stop (Watch * watch)
{
  gst_debug_unset_threshold_for_name ("tesseractinference");
  gst_debug_remove_log_function_by_data (watch);
}

static void
watch_wait (Watch * watch)
{
  g_mutex_lock (&watch->lock);
  while (!watch->reading)
    g_cond_wait (&watch->cond, &watch->lock);
  watch->reading = FALSE;
  g_mutex_unlock (&watch->lock);
}

static GstBuffer *
new_dense_page (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < 50; i++)
    g_string_append_printf (text, "%d quick brown foxes jump over %d lazy "
        "dogs, and nobody counts them.\n", 101 + i, 900 - i);
  return new_image (GST_VIDEO_FORMAT_GRAY8,
      draw_lines (1650, 2000, 24, text->str, black, white));
}

static guint64
get_cpu_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return GST_TIMESPEC_TO_TIME (now);
}

static guint64
measure_dense_page (GstHarness * h, Watch * watch)
{
  guint64 start = get_cpu_time ();
  g_autoptr (GstBuffer) buffer = NULL;

  push (h, new_dense_page ());
  watch_wait (watch);
  start = get_cpu_time ();
  buffer = gst_harness_pull (h);
  fail_unless (gst_buffer_get_size (buffer) > 50 * 50);

  return get_cpu_time () - start;
}

static void
flush (GstHarness * h)
{
  GstSegment segment;

  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
}

/* The page is given up: the one after the flush is the first to come, and it
 * takes less work to get there than the given-up page would have been. One
 * thread, so that it has to wait for that. */
GST_START_TEST (test_flush)
{
  Watch watch = { 0 };
  GstHarness *h = gst_harness_new_parse ("tesseractinference n-threads=1");
  guint64 whole, start;

  watch_start (&watch);
  whole = measure_dense_page (h, &watch);

  push (h, new_dense_page ());
  watch_wait (&watch);
  start = get_cpu_time ();
  flush (h);
  push (h, new_text_image (GST_VIDEO_FORMAT_GRAY8, "After", black, white));
  check_text (h, "After");
  fail_unless (get_cpu_time () - start < whole / 2);
  watch_stop (&watch);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_null)
{
  Watch watch = { 0 };
  GstHarness *h = gst_harness_new_parse ("tesseractinference n-threads=1");
  guint64 whole, start;

  watch_start (&watch);
  whole = measure_dense_page (h, &watch);

  push (h, new_dense_page ());
  watch_wait (&watch);
  start = get_cpu_time ();
  fail_unless_equals_int (gst_element_set_state (h->element, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless (get_cpu_time () - start < whole / 2);
  watch_stop (&watch);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* What it says of itself */

GST_START_TEST (test_image_request)
{
  GstHarness *h = gst_harness_new ("tesseractinference");
  g_autoptr (GstQuery) query = recto_query_new_image_request ();
  RectoImageRequest request;

  fail_unless (gst_pad_peer_query (h->srcpad, query));
  recto_query_get_image_request (query, &request);
  fail_unless (request.longest > 1288);
  /* The media type and the format are the caps' affair. */
  fail_unless (request.format == NULL);
  gst_harness_teardown (h);
}

GST_END_TEST;

static char *
dup_run_digest (const char *launch_line)
{
  GstHarness *h = gst_harness_new_parse (launch_line);
  g_autoptr (GstQuery) query = recto_query_new_run ();
  char *digest;

  gst_pad_peer_query (h->srcpad, query);
  digest = recto_query_get_run_digest (query);
  gst_harness_teardown (h);

  return digest;
}

GST_START_TEST (test_run_config)
{
  g_autofree char *one = dup_run_digest ("tesseractinference");
  g_autofree char *same = dup_run_digest ("tesseractinference n-threads=7");
  g_autofree char *language =
      dup_run_digest ("tesseractinference language=eng+eng");
  g_autofree char *mode =
      dup_run_digest ("tesseractinference page-segmentation-mode=single-line");

  fail_unless_equals_string (one, same);
  fail_if (g_str_equal (one, language));
  fail_if (g_str_equal (one, mode));
}

GST_END_TEST;

static Suite *
tesseractinference_suite (void)
{
  Suite *suite = suite_create ("tesseractinference");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_formats, 0, G_N_ELEMENTS (formats));
  /* Without GRAY8, which has no colours. */
  tcase_add_loop_test (tc, test_colours, 1, G_N_ELEMENTS (formats));
  tcase_add_test (tc, test_result);
  tcase_add_test (tc, test_empty_page);
  tcase_add_test (tc, test_page_segmentation_mode);
  tcase_add_test (tc, test_missing_language);
  tcase_add_test (tc, test_missing_folder);
  tcase_add_test (tc, test_restart);
  tcase_add_test (tc, test_order);
  tcase_add_test (tc, test_failed_page);
  tcase_add_test (tc, test_bad_images);
  tcase_add_test (tc, test_flush);
  tcase_add_test (tc, test_null);
  tcase_add_test (tc, test_image_request);
  tcase_add_test (tc, test_run_config);

  return suite;
}

GST_CHECK_MAIN (tesseractinference);
