/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The images that pagerasterizer makes: what is on them, their formats, their
 * sizes, and what stands for pages that failed.
 */

#include "config.h"

#include <gst/video/video.h>

#include "page-fixture.h"

#define SOURCE "pdfsrc name=source location=%s ! "
#define CHAIN SOURCE "pagerasterizer name=rasterizer "

static char *
make_one_page (PageFixture * self, PageSpec page)
{
  return page_fixture_make_pdf (self, "one.pdf", &page, 1);
}

/* Runs it over one page, and returns what becomes of that. */
static GstSample *
draw (PageFixture * self, PageSpec page, const char *chain)
{
  g_autofree char *path = make_one_page (self, page);
  GstSample *sample;

  page_fixture_play (self, CHAIN "%s", path, chain);
  sample = page_fixture_pull_page (self, 1, RECTO_PAGE_OK);
  page_fixture_assert_end (self);
  page_fixture_stop (self);

  return sample;
}

static void
assert_size (GstSample * sample, int expected_width, int expected_height)
{
  int width, height;

  get_size (sample, &width, &height);
  fail_unless_equals_int (width, expected_width);
  fail_unless_equals_int (height, expected_height);
}

static void
assert_media_type (GstSample * sample, const char *name, const char *format)
{
  GstStructure *structure =
      gst_caps_get_structure (gst_sample_get_caps (sample), 0);

  fail_unless_equals_string (gst_structure_get_name (structure), name);
  if (format)
    fail_unless_equals_string (gst_structure_get_string (structure, "format"),
        format);
}

/* Colours */

#define TO_RGB "videoconvert ! video/x-raw,format=RGB"

static const struct
{
  const char *chain;
  int tolerance;
} codecs[] = {
  {"! video/x-raw,format=RGB", 0},
  {"! video/x-raw,format=BGRx", 0},
  {"! image/png ! pngdec", 0},
  {"! image/jpeg ! jpegdec ! " TO_RGB, 8},
  {"! pngenc ! pngdec", 0},
  {"! video/x-raw ! pngenc ! pngdec", 0},
  {"! jpegenc ! jpegdec ! " TO_RGB, 8},
  {"! webpenc quality=95 ! webpdec ! " TO_RGB, 8},
  {"! videoconvert ! pngenc ! pngdec", 0},
  /* JPEG has all of 8 bits, this only those of television. */
  {"! videoconvert ! video/x-raw,format=I420 ! jpegenc ! jpegdec ! " TO_RGB,
      24},
};

GST_START_TEST (test_colours)
{
  static const PageSpec pages[] = {
    {.content = RED}, {.content = GREEN}, {.content = BLUE},
  };
  static const guint colours[] = { 0xff0000, 0x00ff00, 0x0000ff };
  PageFixture self;
  g_autofree char *path = NULL;

  page_fixture_init (&self);
  path = page_fixture_make_pdf (&self, "colours.pdf", pages,
      G_N_ELEMENTS (pages));
  page_fixture_play (&self, CHAIN "longest-side=100 %s", path,
      codecs[__i__].chain);
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++) {
    g_autoptr (GstSample) sample =
        page_fixture_pull_page (&self, i + 1, RECTO_PAGE_OK);

    assert_size (sample, 100, 50);
    assert_colour (sample, colours[i], codecs[__i__].tolerance);
  }
  page_fixture_assert_end (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

static void
assert_same_pixels (GstSample * sample, GstSample * other)
{
  int width, height;

  get_size (sample, &width, &height);
  assert_size (other, width, height);
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++)
      fail_unless_equals_int (get_pixel (sample, x, y),
          get_pixel (other, x, y));
  }
}

/* PNG is lossless: with colour, and without, when it is a grey one. */
GST_START_TEST (test_png_equals_raster)
{
  static const struct
  {
    PageSpec page;
    const char *format;
  } cases[] = {
    {{.content = "1 0 0 rg " TEXT ("Ferry") " 0 0 1 rg 9 9 31 7 re f"}, "RGB"},
    {{.content = "0.3 g " TEXT ("Ferry") " 0.7 g 9 9 31 7 re f"}, "GRAY8"},
    {{.content = ""}, "GRAY8"},
  };
  PageFixture self;
  g_autoptr (GstSample) raster = NULL;
  g_autoptr (GstSample) png = NULL;

  page_fixture_init (&self);
  raster = draw (&self, cases[__i__].page,
      "longest-side=151 ! video/x-raw,format=RGB");
  png = draw (&self, cases[__i__].page,
      "longest-side=151 ! image/png ! pngdec");
  assert_media_type (png, "video/x-raw", cases[__i__].format);
  assert_same_pixels (png, raster);

  g_clear_pointer (&raster, gst_sample_unref);
  g_clear_pointer (&png, gst_sample_unref);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Other rasters are of the same page, too. */
GST_START_TEST (test_rasters_agree)
{
  const PageSpec page = {.content = "0.3 g " TEXT ("Ferry") };
  PageFixture self;
  g_autoptr (GstSample) rgb = NULL;
  g_autoptr (GstSample) bgrx = NULL;
  g_autoptr (GstSample) grey = NULL;

  page_fixture_init (&self);
  rgb = draw (&self, page, "longest-side=151 ! video/x-raw,format=RGB");
  bgrx = draw (&self, page, "longest-side=151 ! video/x-raw,format=BGRx");
  grey = draw (&self, page, "longest-side=151 ! video/x-raw,format=GRAY8");
  assert_same_pixels (bgrx, rgb);
  assert_same_pixels (grey, rgb);

  g_clear_pointer (&rgb, gst_sample_unref);
  g_clear_pointer (&bgrx, gst_sample_unref);
  g_clear_pointer (&grey, gst_sample_unref);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Formats */

#define RAW(format) "video/x-raw,format=" format

static const struct
{
  const char *filter;
  const char *name, *format;
} orders[] = {
  {"ANY", "image/png", NULL},
  {RAW ("GRAY8") ";" RAW ("RGB"), "video/x-raw", "GRAY8"},
  {RAW ("RGB") ";" RAW ("GRAY8"), "video/x-raw", "RGB"},
  {RAW ("BGRx") ";" RAW ("RGB"), "video/x-raw", "BGRx"},
  {RAW ("(string){GRAY8,BGRx,RGB}"), "video/x-raw", "GRAY8"},
  {RAW ("(string){I420,RGB,BGRx}"), "video/x-raw", "RGB"},
  {"image/png;image/jpeg", "image/png", NULL},
  {"image/jpeg;image/png", "image/jpeg", NULL},
  {"image/webp;image/jpeg;" RAW ("RGB"), "image/jpeg", NULL},
  {"video/x-raw;image/png", "video/x-raw", "BGRx"},
};

GST_START_TEST (test_order_of_formats)
{
  PageFixture self;
  g_autofree char *chain =
      g_strdup_printf ("longest-side=64 ! capsfilter caps=\"%s\"",
      orders[__i__].filter);
  g_autoptr (GstSample) sample = NULL;

  page_fixture_init (&self);
  sample = draw (&self, (PageSpec) { .content = RED }, chain);
  assert_media_type (sample, orders[__i__].name, orders[__i__].format);
  if (g_str_equal (orders[__i__].name, "video/x-raw") &&
      !g_str_equal (orders[__i__].format, "GRAY8"))
    assert_colour (sample, 0xff0000, 0);

  g_clear_pointer (&sample, gst_sample_unref);
  page_fixture_clear (&self);
}

GST_END_TEST;

GST_START_TEST (test_nothing_acceptable)
{
  const PageSpec page = {.content = RED };
  PageFixture self;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCaps) caps = gst_caps_from_string (RAW ("I420"));

  page_fixture_init (&self);
  path = page_fixture_make_long_pdf (&self, "many.pdf", &page, 20, 0);
  page_fixture_build (&self, CHAIN, path);
  /* Who links is told by the pads. */
  g_object_set (self.sink, "caps", caps, NULL);
  page_fixture_start (&self);

  error = page_fixture_pull_error (&self);
  fail_unless (strstr (error->message, "image/png") != NULL, "%s",
      error->message);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Sizes */

/* Each page has its own, and the caps with it say so. */
GST_START_TEST (test_size_changes)
{
  static const PageSpec pages[] = {
    {.width = 612,.height = 792}, {.width = 792,.height = 612},
    {.width = 100,.height = 100}, {.width = 100,.height = 100},
    {.width = 612,.height = 792,.rotation = 90},
  };
  static const int sizes[][2] = {
    {155, 200}, {200, 155}, {200, 200}, {200, 200}, {200, 155}
  };
  PageFixture self;
  g_autofree char *path = NULL;

  page_fixture_init (&self);
  path = page_fixture_make_pdf (&self, "sizes.pdf", pages,
      G_N_ELEMENTS (pages));
  page_fixture_play (&self, CHAIN "longest-side=200 ! %s", path,
      __i__ ? "image/png ! pngdec" : "video/x-raw");
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++) {
    g_autoptr (GstSample) sample =
        page_fixture_pull_page (&self, i + 1, RECTO_PAGE_OK);
    GstVideoInfo info;

    assert_size (sample, sizes[i][0], sizes[i][1]);
    fail_unless (gst_video_info_from_caps (&info,
            gst_sample_get_caps (sample)));
    fail_unless_equals_int (gst_buffer_get_size (gst_sample_get_buffer
            (sample)), GST_VIDEO_INFO_SIZE (&info));
  }
  page_fixture_assert_end (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* The page's lower left corner is red; turned clockwise by /Rotate it goes
 * round. */
GST_START_TEST (test_rotation)
{
  static const int corners[][2] = { {0, 1}, {0, 0}, {1, 0}, {1, 1} };
  const PageSpec page = {.rotation = 90 * __i__,
    .content = "1 0 0 rg 0 0 50 50 re f"
  };
  PageFixture self;
  g_autoptr (GstSample) sample = NULL;
  int width = __i__ % 2 ? 100 : 200;
  int height = __i__ % 2 ? 200 : 100;
  double page_width, page_height;

  page_fixture_init (&self);
  sample = draw (&self, page, "longest-side=200 ! video/x-raw,format=RGB");
  assert_size (sample, width, height);
  for (guint i = 0; i < G_N_ELEMENTS (corners); i++)
    fail_unless_equals_int (get_pixel (sample,
            corners[i][0] ? width - 9 : 9, corners[i][1] ? height - 9 : 9),
        i == (guint) __i__ ? 0xff0000 : 0xffffff);

  fail_unless (recto_page_get_size (get_page (sample), &page_width,
          &page_height));
  fail_unless_equals_float (page_width, width);
  fail_unless_equals_float (page_height, height);

  g_clear_pointer (&sample, gst_sample_unref);
  page_fixture_clear (&self);
}

GST_END_TEST;

static const struct
{
  const char *settings;
  double width, height;         /* points */
  int expected_width, expected_height;
} sizes[] = {
  {"", 612, 792, 995, 1288},
  {"longest-side=500", 612, 792, 386, 500},
  {"dpi=72", 612, 792, 612, 792},
  {"dpi=150", 612, 792, 1275, 1650},
  {"dpi=300 max-side=400", 612, 792, 309, 400},
  {"dpi=300 longest-side=100", 612, 792, 77, 100},
  {"longest-side=10000 max-side=300", 600, 300, 300, 150},
  {"max-side=1000", 600, 300, 1000, 500},
  /* 200 by 200 inches, and what even cairo does not draw. */
  {"", 14400, 14400, 1288, 1288},
  {"dpi=300", 14400, 14400, 4096, 4096},
  {"dpi=10000", 14400, 144, 4096, 41},
};

GST_START_TEST (test_size)
{
  PageFixture self;
  g_autofree char *chain = g_strdup_printf ("%s ! video/x-raw,format=GRAY8",
      sizes[__i__].settings);
  g_autoptr (GstSample) sample = NULL;

  page_fixture_init (&self);
  sample = draw (&self, (PageSpec) { sizes[__i__].width, sizes[__i__].height },
      chain);
  assert_size (sample, sizes[__i__].expected_width,
      sizes[__i__].expected_height);

  g_clear_pointer (&sample, gst_sample_unref);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Takes effect with the next page. */
GST_START_TEST (test_size_is_set_while_running)
{
  const PageSpec page = { 0 };
  PageFixture self;
  g_autofree char *path = NULL;
  int width, height;

  page_fixture_init (&self);
  path = page_fixture_make_long_pdf (&self, "long.pdf", &page, 200, 0);
  page_fixture_play (&self, CHAIN "longest-side=64 ! image/png", path);
  g_object_set (self.sink, "max-buffers", 1, NULL);
  gst_sample_unref (page_fixture_pull_page (&self, 1, RECTO_PAGE_OK));
  g_object_set (page_fixture_get (&self, "rasterizer"), "longest-side", 32,
      NULL);

  for (guint i = 2; i <= 200; i++) {
    g_autoptr (GstSample) sample =
        page_fixture_pull_page (&self, i, RECTO_PAGE_OK);

    get_size (sample, &width, &height);
    fail_unless (width == 32 || (width == 64 && i < 200), "page %u: %d", i,
        width);
  }
  page_fixture_clear (&self);
}

GST_END_TEST;

/* A fixed size downstream */

GST_START_TEST (test_fixed_size)
{
  static const struct
  {
    const char *settings;
    PageSpec page;
    int x, y;                   /* of the page's upper left corner */
  } cases[] = {
    {"", {.width = 100,.height = 100,.content = RED}, 20, 0},
    {"", {.width = 100,.height = 30,.content = RED}, 0, 29},
    {"", {.width = 50,.height = 100,.content = RED}, 45, 0},
    {"longest-side=60", {.width = 100,.height = 100,.content = RED}, 40, 20},
    {"dpi=1000", {.width = 100,.height = 100,.content = RED}, 20, 0},
  };
  PageFixture self;
  g_autofree char *chain = g_strconcat (cases[__i__].settings,
      " ! video/x-raw,format=RGB,width=140,height=100", NULL);
  g_autoptr (GstSample) sample = NULL;
  int x = cases[__i__].x, y = cases[__i__].y;

  page_fixture_init (&self);
  sample = draw (&self, cases[__i__].page, chain);
  assert_size (sample, 140, 100);
  for (int i = 0; i < 4; i++) {
    gboolean right = i % 2, low = i / 2;

    fail_unless_equals_int (get_pixel (sample, right ? 139 - x : x,
            low ? 99 - y : y), 0xff0000);
    fail_unless_equals_int (get_pixel (sample, right ? 139 : 0,
            low ? 99 : 0), 0xffffff);
    if (x > 0)
      fail_unless_equals_int (get_pixel (sample, right ? 140 - x : x - 1, 50),
          0xffffff);
    if (y > 0)
      fail_unless_equals_int (get_pixel (sample, 70, low ? 100 - y : y - 1),
          0xffffff);
  }

  g_clear_pointer (&sample, gst_sample_unref);
  page_fixture_clear (&self);
}

GST_END_TEST;

GST_START_TEST (test_fixed_size_of_png)
{
  PageFixture self;
  g_autoptr (GstSample) sample = NULL;

  page_fixture_init (&self);
  sample = draw (&self, (PageSpec) {.content = RED},
      "! image/png,width=64,height=64 ! pngdec");
  assert_size (sample, 64, 64);
  assert_colour (sample, 0xff0000, 0);
  fail_unless_equals_int (get_pixel (sample, 0, 0), 0xffffff);

  g_clear_pointer (&sample, gst_sample_unref);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Failed pages */

#define SKINNY {.width = 1, .height = 100000, .content = RED}

static const struct
{
  const char *chain;
  int side;                     /* of placeholders */
  gboolean gap;                 /* which decoders take away */
} placeholders[] = {
  {"! image/png", 16, TRUE},
  {"! image/png ! pngdec", 16, FALSE},
  {"! image/jpeg", 16, TRUE},
  {"! image/jpeg ! jpegdec", 16, FALSE},
  {"! video/x-raw,format=BGRx", 16, TRUE},
  {"! video/x-raw,format=RGB", 16, TRUE},
  {"! video/x-raw,format=GRAY8", 16, TRUE},
  {"! video/x-raw,format=RGB,width=40,height=40", 40, TRUE},
  {"! image/png,width=40,height=40", 40, TRUE},
  {"longest-side=2000 ! image/png", 16, TRUE},
};

static void
assert_placeholder (GstSample * sample, int side, gboolean gap)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  RectoPage *page = get_page (sample);
  GstStructure *structure =
      gst_caps_get_structure (gst_sample_get_caps (sample), 0);

  assert_size (sample, side, side);
  if (gap)
    fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP));
  fail_unless (recto_page_get_error (page) != NULL);
  fail_unless (*recto_page_get_error (page)->message != '\0');
  fail_unless (gst_buffer_get_size (buffer) > 0);

  if (g_str_equal (gst_structure_get_string (structure, "format") ? : "",
          "RGB")) {
    fail_unless_equals_int (get_pixel (sample, 0, 0), 0xffffff);
    assert_colour (sample, 0xffffff, 0);
  }
}

GST_START_TEST (test_placeholders)
{
  static const PageSpec pages[] = {
    {.content = RED}, {.content = DAMAGED}, {.content = RED}, SKINNY,
    {.content = RED},
  };
  static const RectoPageStatus statuses[] = {
    RECTO_PAGE_OK, RECTO_PAGE_RENDER_FAILED, RECTO_PAGE_OK,
    RECTO_PAGE_DEGENERATE, RECTO_PAGE_OK
  };
  PageFixture self;
  g_autofree char *path = NULL;
  GstSample *sample;

  page_fixture_init (&self);
  path = page_fixture_make_pdf (&self, "1.pdf", pages, G_N_ELEMENTS (pages));
  g_free (page_fixture_make_pdf (&self, "2.pdf", pages, 0));
  g_free (page_fixture_make_pdf (&self, "3.pdf", pages, 1));

  page_fixture_play (&self, CHAIN "%s", self.folder,
      placeholders[__i__].chain);
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++) {
    sample = page_fixture_pull_page (&self, i + 1, statuses[i]);
    if (statuses[i] != RECTO_PAGE_OK) {
      assert_placeholder (sample, placeholders[__i__].side,
          placeholders[__i__].gap);
      g_assert_error (recto_page_get_error (get_page (sample)),
          RECTO_PAGE_ERROR, (int) statuses[i]);
    } else if (placeholders[__i__].gap) {
      fail_if (GST_BUFFER_FLAG_IS_SET (gst_sample_get_buffer (sample),
              GST_BUFFER_FLAG_GAP));
    }
    gst_sample_unref (sample);
  }

  sample = page_fixture_pull (&self);
  fail_unless_equals_int (recto_page_get_number (get_page (sample)), 0);
  fail_unless_equals_int (recto_page_get_document_status (get_page (sample)),
      RECTO_DOCUMENT_NO_PAGES);
  assert_placeholder (sample, placeholders[__i__].side,
      placeholders[__i__].gap);
  gst_sample_unref (sample);

  gst_sample_unref (page_fixture_pull_page (&self, 1, RECTO_PAGE_OK));
  page_fixture_assert_end (&self);

  /* The document counts where it failed. */
  fail_unless_equals_uint64 (page_fixture_get_stat (&self, "rasterizer",
          "failed"), 2);
  fail_unless_equals_uint64 (page_fixture_get_stat (&self, "rasterizer",
          "done"), 7);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* A page that is too narrow on its own is not when it is drawn larger. */
GST_START_TEST (test_degenerate)
{
  static const struct
  {
    double width, height;
    RectoPageStatus status;
  } cases[] = {
    {1, 100000, RECTO_PAGE_DEGENERATE},
    {100000, 1, RECTO_PAGE_DEGENERATE},
    {13, 1288, RECTO_PAGE_DEGENERATE},
    {14, 1288, RECTO_PAGE_OK},
    {1, 1, RECTO_PAGE_OK},
  };
  const PageSpec page = { cases[__i__].width, cases[__i__].height };
  PageFixture self;
  g_autofree char *path = NULL;

  page_fixture_init (&self);
  path = make_one_page (&self, page);
  page_fixture_play (&self, CHAIN "! image/png", path);
  gst_sample_unref (page_fixture_pull_page (&self, 1, cases[__i__].status));
  page_fixture_assert_end (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Only source of pages: there is one record for it, and no end of the run. */
GST_START_TEST (test_only_a_failed_document)
{
  PageFixture self;
  g_autofree char *path = NULL;
  GstSample *sample;

  page_fixture_init (&self);
  path = g_build_filename (self.folder, "missing.pdf", NULL);
  page_fixture_play (&self, CHAIN "! image/png", path);
  sample = page_fixture_pull (&self);
  assert_placeholder (sample, 16, TRUE);
  fail_unless_equals_int (recto_page_get_document_status (get_page (sample)),
      RECTO_DOCUMENT_UNREADABLE);
  gst_sample_unref (sample);
  page_fixture_assert_end (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* What inference asks for */

static GstPadProbeReturn
answer_image_request (GstPad * pad, GstPadProbeInfo * info,
    gpointer user_data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (!recto_query_is_image_request (query))
    return GST_PAD_PROBE_OK;
  recto_query_set_image_request (query, user_data);
  return GST_PAD_PROBE_HANDLED;
}

static GstSample *
draw_as_asked (PageFixture * self, PageSpec page, const char *chain,
    RectoImageRequest * request, RectoPageStatus status)
{
  g_autofree char *path = make_one_page (self, page);
  g_autoptr (GstPad) pad = NULL;
  GstSample *sample;

  page_fixture_build (self, CHAIN "%s", path, chain);
  pad = gst_element_get_static_pad (self->sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      answer_image_request, request, NULL);
  page_fixture_start (self);
  sample = page_fixture_pull_page (self, 1, status);
  page_fixture_stop (self);

  return sample;
}

static const struct
{
  RectoImageRequest request;
  const char *chain;
  int width, height;            /* of a page of 600 by 300 points */
  const char *media_type;
} requests[] = {
  {{.longest = 500}, "", 500, 250, "image/png"},
  {{.shortest = 500}, "", 1000, 500, "image/png"},
  {{.exact = 300}, "", 300, 300, "image/png"},
  {{.exact = 300,.longest = 500,.shortest = 10}, "", 300, 300, "image/png"},
  {{.longest = 500,.shortest = 10}, "", 500, 250, "image/png"},
  {{.longest = 500,.multiple = 28}, "", 504, 252, "image/png"},
  {{.longest = 1000,.max_pixels = 20000}, "", 200, 100, "image/png"},
  {{.longest = 500,.format = "image/jpeg"}, "", 500, 250, "image/jpeg"},
  {{.longest = 500,.format = "image/jpeg"}, "! image/png;image/jpeg", 500,
      250, "image/jpeg"},
  /* What downstream does not take can't be had. */
  {{.longest = 500,.format = "image/webp"}, "", 500, 250, "image/png"},
  {{.longest = 500,.format = "image/jpeg"}, "! image/png", 500, 250,
      "image/png"},
  /* The user decides, and limits are limits. */
  {{.longest = 500}, "longest-side=100 ", 100, 50, "image/png"},
  {{.longest = 500}, "dpi=72 ", 600, 300, "image/png"},
  {{.longest = 500}, "max-side=100 ", 100, 50, "image/png"},
  {{.longest = 500}, "! image/png,width=80,height=80", 80, 80, "image/png"},
  {{0}, "", 1288, 644, "image/png"},
};

GST_START_TEST (test_image_request)
{
  RectoImageRequest request = requests[__i__].request;
  PageFixture self;
  g_autoptr (GstSample) sample = NULL;

  page_fixture_init (&self);
  sample = draw_as_asked (&self, (PageSpec) { 600, 300 },
      requests[__i__].chain, &request, RECTO_PAGE_OK);
  assert_media_type (sample, requests[__i__].media_type, NULL);
  assert_size (sample, requests[__i__].width, requests[__i__].height);

  g_clear_pointer (&sample, gst_sample_unref);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* What nobody will read need not be large. */
GST_START_TEST (test_placeholder_as_asked)
{
  static const struct
  {
    RectoImageRequest request;
    int side;
  } cases[] = {
    {{.exact = 300}, 16},
    {{.longest = 500,.multiple = 28}, 28},
  };
  RectoImageRequest request = cases[__i__].request;
  PageFixture self;
  GstSample *sample;

  page_fixture_init (&self);
  sample = draw_as_asked (&self, (PageSpec) {.content = DAMAGED}, "",
      &request, RECTO_PAGE_RENDER_FAILED);
  assert_placeholder (sample, cases[__i__].side, TRUE);
  gst_sample_unref (sample);
  page_fixture_clear (&self);
}

GST_END_TEST;

static gsize
get_jpeg_size (PageFixture * self, const char *chain, guint quality)
{
  RectoImageRequest request = {.quality = quality };
  const PageSpec page = {.content = RED " 0 g " TEXT ("quality") };
  g_autoptr (GstSample) sample =
      draw_as_asked (self, page, chain, &request, RECTO_PAGE_OK);

  return gst_buffer_get_size (gst_sample_get_buffer (sample));
}

GST_START_TEST (test_jpeg_quality)
{
  PageFixture self;
  gsize best, good, bad;

  page_fixture_init (&self);
  best = get_jpeg_size (&self, "jpeg-quality=100 ! image/jpeg", 0);
  good = get_jpeg_size (&self, "! image/jpeg", 0);
  bad = get_jpeg_size (&self, "jpeg-quality=10 ! image/jpeg", 0);
  fail_unless (best > good && good > bad, "%zu, %zu, %zu", best, good, bad);

  /* What was asked for goes before what was set. */
  fail_unless_equals_int (get_jpeg_size (&self,
          "jpeg-quality=100 ! image/jpeg", 10), bad);
  fail_unless_equals_int (get_jpeg_size (&self,
          "jpeg-quality=10 ! image/jpeg", 90), good);
  page_fixture_clear (&self);
}

GST_END_TEST;

static Suite *
page_rasterizer_suite (void)
{
  Suite *suite = suite_create ("pagerasterizer");
  TCase *colours = tcase_create ("colours");
  TCase *formats = tcase_create ("formats");
  TCase *geometry = tcase_create ("sizes");
  TCase *failures = tcase_create ("failures");
  TCase *wishes = tcase_create ("requests");

  suite_add_tcase (suite, colours);
  tcase_add_loop_test (colours, test_colours, 0, G_N_ELEMENTS (codecs));
  tcase_add_loop_test (colours, test_png_equals_raster, 0, 3);
  tcase_add_test (colours, test_rasters_agree);

  suite_add_tcase (suite, formats);
  tcase_add_loop_test (formats, test_order_of_formats, 0,
      G_N_ELEMENTS (orders));
  tcase_add_test (formats, test_nothing_acceptable);

  suite_add_tcase (suite, geometry);
  tcase_add_loop_test (geometry, test_size_changes, 0, 2);
  tcase_add_loop_test (geometry, test_rotation, 0, 4);
  tcase_add_loop_test (geometry, test_size, 0, G_N_ELEMENTS (sizes));
  tcase_add_test (geometry, test_size_is_set_while_running);
  tcase_add_loop_test (geometry, test_fixed_size, 0, 5);
  tcase_add_test (geometry, test_fixed_size_of_png);

  suite_add_tcase (suite, failures);
  tcase_add_loop_test (failures, test_placeholders, 0,
      G_N_ELEMENTS (placeholders));
  tcase_add_loop_test (failures, test_degenerate, 0, 5);
  tcase_add_test (failures, test_only_a_failed_document);

  suite_add_tcase (suite, wishes);
  tcase_add_loop_test (wishes, test_image_request, 0,
      G_N_ELEMENTS (requests));
  tcase_add_loop_test (wishes, test_placeholder_as_asked, 0, 2);
  tcase_add_test (wishes, test_jpeg_quality);

  return suite;
}

GST_CHECK_MAIN (page_rasterizer);
