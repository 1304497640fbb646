/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What libraries leave out of a page, and say nothing of or only on standard
 * error.
 */

#include <signal.h>

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "pdf-writer.h"
#include "renderer-fixture.h"
#include "small-pdf.h"

static RendererFixture fixture;
static RectoRenderer *renderer;

static void
setup (void)
{
  renderer_fixture_init (&fixture);
  renderer = fixture.renderer;
}

static void
teardown (void)
{
  renderer = NULL;
  renderer_fixture_clear (&fixture);
}

/* Two pages, on the first of which is `content`. Object 6 is an image. */
static GBytes *
make_pdf (const char *content, const char *image, const char *data)
{
  PdfWriter writer;

  pdf_writer_init (&writer);
  pdf_writer_add (&writer, "<< /Type /Catalog /Pages 2 0 R >>");
  pdf_writer_add (&writer, "<< /Type /Pages /Count 2 /Kids [ 3 0 R 4 0 R ] "
      "/MediaBox [0 0 200 100] /Resources << /XObject << /I 6 0 R >> >> >>");
  pdf_writer_add (&writer, "<< /Type /Page /Parent 2 0 R /Contents 5 0 R >>");
  pdf_writer_add (&writer, "<< /Type /Page /Parent 2 0 R >>");
  pdf_writer_add_stream (&writer, "", content);
  pdf_writer_add_stream (&writer, image, data);
  return pdf_writer_finish (&writer, "");
}

/* The least data that there can be, all bits of it alike. */
static GBytes *
make_image_pdf (const char *kind, guint width, guint height, guint bits)
{
  gsize size = ((gsize) width * bits + 7) / 8 * height;
  g_autofree char *data = g_strnfill (MIN (size, 1024 * 1024), 'U');
  g_autofree char *image = g_strdup_printf ("/Type /XObject /Subtype /Image "
      "/Width %u /Height %u %s", width, height, kind);

  return make_pdf ("q 180 0 0 80 10 10 cm /I Do Q", image, data);
}

#define RGB "/ColorSpace /DeviceRGB /BitsPerComponent 8"
#define GREY "/ColorSpace /DeviceGray /BitsPerComponent 1"
#define MASK "/ImageMask true /BitsPerComponent 1"

static guint
count_warnings (RectoDocumentBytes * bytes, guint number)
{
  g_autoptr (RectoPage) page = lazy_page (bytes, number);
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  recto_renderer_render (renderer, page, &png_options, &rendering, NULL,
      &error);
  g_assert_no_error (error);
  return rendering.warnings;
}

static guint
count_text_warnings (RectoDocumentBytes * bytes, guint number)
{
  g_autoptr (RectoPage) page = lazy_page (bytes, number);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (RectoPage) described = NULL;

  text = recto_renderer_get_text (renderer, page, &described, NULL, &error);
  g_assert_no_error (error);
  return recto_page_get_warnings (described);
}

GST_START_TEST (test_clean_page)
{
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, small_pdf_new (2, "clean"));

  for (guint i = 1; i <= 2; i++) {
    fail_unless_equals_int (count_warnings (bytes, i), 0);
    fail_unless_equals_int (count_text_warnings (bytes, i), 0);
  }
  fail_unless_equals_uint64 (get_stat (renderer, "warnings"), 0);
  fail_unless_equals_uint64 (get_stat (renderer, "log-bytes-dropped"), 0);
}

GST_END_TEST;

/* Warnings are the page's that they are of. */
GST_START_TEST (test_syntax_error)
{
  g_autoptr (RectoDocumentBytes) bytes = open_document (renderer,
      make_pdf ("9 9 9 9 re f nonsense 9 9 9 9 re f /X Do", "", ""));

  fail_unless (count_warnings (bytes, 1) >= 2);
  fail_unless_equals_int (count_warnings (bytes, 2), 0);
  fail_unless (count_text_warnings (bytes, 1) >= 1);
  fail_unless_equals_int (count_text_warnings (bytes, 2), 0);
  fail_unless (get_stat (renderer, "warnings") >= 3);
  fail_unless_equals_uint64 (get_stat (renderer, "log-bytes-dropped"), 0);
}

GST_END_TEST;

GST_START_TEST (test_no_log)
{
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, make_pdf ("nonsense", "", ""));

  g_object_set (renderer, "max-log-bytes", 0, NULL);
  fail_unless (count_warnings (bytes, 1) >= 1);
  fail_unless (get_stat (renderer, "log-bytes-dropped") > 0);
}

GST_END_TEST;

static const struct
{
  const char *kind;
  guint width, height, bits;
  gboolean drawn;
} images[] = {
  {RGB, 32767, 1, 24, TRUE},
  {RGB, 40000, 10, 24, FALSE},
  {RGB, 10, 40000, 24, FALSE},
  {GREY, 32767, 10, 1, TRUE},
  {GREY, 40000, 10, 1, FALSE},
  {GREY, 10, 40000, 1, FALSE},
  {MASK, 32767, 10, 1, TRUE},
  {MASK, 40000, 10, 1, FALSE},
  {MASK, 10, 40000, 1, FALSE},
};

/* poppler says that all went well, and leaves the image out. */
GST_START_TEST (test_giant_image)
{
  g_autoptr (RectoDocumentBytes) bytes = open_document (renderer,
      make_image_pdf (images[__i__].kind, images[__i__].width,
          images[__i__].height, images[__i__].bits));

  fail_unless_equals_int (count_warnings (bytes, 1) == 0,
      images[__i__].drawn);
  fail_unless_equals_int (count_warnings (bytes, 2), 0);
}

GST_END_TEST;

static GBytes *
make_png_with_title (const char *title)
{
  g_autoptr (GdkPixbuf) pixbuf =
      gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 100, 100);
  g_autoptr (GError) error = NULL;
  char *data;
  gsize size;

  gdk_pixbuf_fill (pixbuf, 0xffffffff);
  gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, "png", &error,
      "tEXt::Title", title, NULL);
  g_assert_no_error (error);
  return g_bytes_new_take (data, size);
}

/* It is converted with a module of the C library, which can't be loaded any
 * more where a document is. */
GST_START_TEST (test_png_with_text)
{
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, make_png_with_title ("Caf\303\251"));

  fail_unless_equals_int (count_warnings (bytes, 1), 0);
}

GST_END_TEST;

#define FAX_SIDE 100

/* In a private tag, such as 65000, is what only a scanner's maker knows. */
static const guint16 fax_tags[][2] = {
  {256, FAX_SIDE}, {257, FAX_SIDE}, {258, 1}, {259, 4}, {262, 0}, {273, 0},
  {277, 1}, {278, FAX_SIDE}, {279, 0}, {65000, 7},
};

static void
put_le (GByteArray * array, guint n_bytes, guint32 value)
{
  guint32 bytes = GUINT32_TO_LE (value);

  g_byte_array_append (array, (const guint8 *) &bytes, n_bytes);
}

/* A page of white lines, each of which is one bit of `data`. */
static GBytes *
make_fax (guint n_bytes)
{
  const guint n_tags = G_N_ELEMENTS (fax_tags);
  const guint head = 8 + 2 + 12 * n_tags + 4;
  g_autofree char *data = g_strnfill (n_bytes, '\xff');
  GByteArray *array = g_byte_array_new ();

  g_byte_array_append (array, (const guint8 *) "II*\0\10\0\0\0", 8);
  put_le (array, 2, n_tags);
  for (guint i = 0; i < n_tags; i++) {
    guint tag = fax_tags[i][0];

    put_le (array, 2, tag);
    put_le (array, 2, 4);       /* a number of 32 bits */
    put_le (array, 4, 1);
    put_le (array, 4, tag == 273 ? head : tag == 279 ? n_bytes :
        fax_tags[i][1]);
  }
  put_le (array, 4, 0);
  g_byte_array_append (array, (const guint8 *) data, n_bytes);
  return g_byte_array_free_to_bytes (array);
}

/* libtiff makes the lines white that are missing, and says that all went
 * well. */
GST_START_TEST (test_fax)
{
  g_autoptr (RectoDocumentBytes) whole =
      open_document (renderer, make_fax ((FAX_SIDE + 7) / 8));
  g_autoptr (RectoDocumentBytes) truncated =
      open_document (renderer, make_fax (FAX_SIDE / 8 / 2));

  fail_unless_equals_int (count_warnings (whole, 1), 0);
  fail_unless (count_warnings (truncated, 1) > 0);
}

GST_END_TEST;

#ifndef __SANITIZE_ADDRESS__    /* it has an allocator of its own */

static void
limit_memory (gsize bytes)
{
  g_object_set (renderer, "page-memory-limit", (guint64) bytes, NULL);
}

static void
assert_too_much (RectoDocumentBytes * bytes)
{
  g_autoptr (GError) error = NULL;

  fail_if (draw_page (renderer, bytes, 1, NULL, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_MEMORY_LIMIT);
  GST_INFO ("%s", error->message);
}

/* poppler says that all went well here, too. */
GST_START_TEST (test_failed_allocation)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  bytes = open_document (renderer, make_image_pdf (RGB, 30000, 30000, 24));

  assert_too_much (bytes);
  fail_unless_equals_int (count_warnings (bytes, 2), 0);
  assert_too_much (bytes);
  fail_unless (draw_page (renderer, bytes, 2, NULL, &error));
  fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), 0);
  assert_works (renderer);
}

GST_END_TEST;

static char *
repeat (const char *text, gsize n)
{
  GString *repeated = g_string_sized_new (strlen (text) * n);

  while (n-- > 0)
    g_string_append (repeated, text);
  return g_string_free (repeated, FALSE);
}

/* C++ has no word for it but an exception that poppler does not catch. */
GST_START_TEST (test_abort_for_want_of_memory)
{
  g_autofree char *content = repeat ("q\n", 3000000);
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  limit_memory (256 << 20);
  bytes = open_document (renderer, make_pdf (content, "", ""));

  assert_too_much (bytes);
  fail_unless (draw_page (renderer, bytes, 2, NULL, &error));
  fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), 1);
  assert_works (renderer);
}

GST_END_TEST;

/* Nothing can be had at all. Of a document it is told as the cause. */
GST_START_TEST (test_no_memory_to_open)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;

  limit_memory (1 << 20);
  bytes = read_document (renderer, small_pdf_new (1, ""), &error);
  g_assert_no_error (error);

  fail_if (recto_renderer_open (renderer, bytes, &info, NULL, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_MEMORY_LIMIT);
  fail_unless (strstr (error->message, "more memory"), "%s", error->message);
}

GST_END_TEST;

#endif

static Suite *
losses_suite (void)
{
  Suite *suite = suite_create ("losses");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_clean_page);
  tcase_add_test (tcase, test_syntax_error);
  tcase_add_test (tcase, test_no_log);
  tcase_add_loop_test (tcase, test_giant_image, 0, G_N_ELEMENTS (images));
  tcase_add_test (tcase, test_png_with_text);
  tcase_add_test (tcase, test_fax);
#ifndef __SANITIZE_ADDRESS__
  tcase_add_test (tcase, test_failed_allocation);
  tcase_add_test (tcase, test_abort_for_want_of_memory);
  tcase_add_test (tcase, test_no_memory_to_open);
#endif

  return suite;
}

GST_CHECK_MAIN (losses);
