/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Images as documents: PNG, JPEG, TIFF and WebP.
 */

#include "config.h"

#include <gst/check/gstcheck.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "worker-fixture.h"

/* 20 by 20 pixels of blue, without loss. */
static const guint8 blue_webp[] = {
  0x52, 0x49, 0x46, 0x46, 0x1c, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50,
  0x56, 0x50, 0x38, 0x4c, 0x0f, 0x00, 0x00, 0x00, 0x2f, 0x13, 0xc0, 0x04,
  0x00, 0x07, 0x10, 0xd1, 0xff, 0xfe, 0x07, 0x22, 0xa2, 0xff, 0x01, 0x00,
};

static Worker worker;

static void
setup (void)
{
  worker_start (&worker);
}

static void
teardown (void)
{
  worker_stop (&worker);
}

/* The upper left quarter is red, the rest is transparent where there is an
 * alpha channel, else white. */
static GdkPixbuf *
make_pixbuf (gboolean has_alpha)
{
  GdkPixbuf *pixbuf =
      gdk_pixbuf_new (GDK_COLORSPACE_RGB, has_alpha, 8, 200, 100);
  g_autoptr (GdkPixbuf) corner =
      gdk_pixbuf_new_subpixbuf (pixbuf, 0, 0, 100, 50);

  gdk_pixbuf_fill (pixbuf, has_alpha ? 0 : 0xffffffff);
  gdk_pixbuf_fill (corner, 0xff0000ff);
  return pixbuf;
}

static GBytes *
save (GdkPixbuf * pixbuf, const char *type)
{
  char *data;
  gsize size;

  fail_unless (gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, type, NULL,
          NULL));
  return g_bytes_new_take (data, size);
}

static GBytes *
make_image (const char *type)
{
  g_autoptr (GdkPixbuf) pixbuf = make_pixbuf (strcmp (type, "png") == 0);

  return save (pixbuf, type);
}

static void
check_pixel (GdkPixbuf * pixbuf, guint x, guint y, guint32 expected)
{
  guint32 pixel = pixbuf_get_pixel (pixbuf, x, y);
  guint shift;

  for (shift = 0; shift < 24; shift += 8)
    fail_unless (ABS ((int) (pixel >> shift & 0xff)
            - (int) (expected >> shift & 0xff)) < 16,
        "%06x instead of %06x", pixel, expected);
}

static void
check_corner (GBytes * image, const RectoWorkerLayout * layout, guint width,
    guint height, gboolean right, gboolean bottom)
{
  g_autoptr (GdkPixbuf) pixbuf = render_document (&worker, image, 1, layout);
  guint x, y;

  fail_unless (pixbuf != NULL);
  fail_unless_equals_int (gdk_pixbuf_get_width (pixbuf), width);
  fail_unless_equals_int (gdk_pixbuf_get_height (pixbuf), height);
  for (y = 0; y < 2; y++)
    for (x = 0; x < 2; x++)
      check_pixel (pixbuf, x ? width - 3 : 2, y ? height - 3 : 2,
          x == (guint) right && y == (guint) bottom ? RED : WHITE);
}

GST_START_TEST (test_each_type)
{
  const char *types[] = { "png", "jpeg", "tiff" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (GBytes) image = make_image (types[i]);
    const RectoWorkerLayout sizes[] = {
      {.longest = 400}, {.longest = 200}, {.longest = 90}, {.longest = 33},
      {.longest = 400, .rotation = 90},
    };

    check_corner (image, &sizes[0], 400, 200, FALSE, FALSE);
    check_corner (image, &sizes[1], 200, 100, FALSE, FALSE);
    check_corner (image, &sizes[2], 90, 45, FALSE, FALSE);
    check_corner (image, &sizes[3], 33, 17, FALSE, FALSE);
    check_corner (image, &sizes[4], 200, 400, FALSE, TRUE);
  }
}
GST_END_TEST;

GST_START_TEST (test_webp)
{
  g_autoptr (GBytes) image = g_bytes_new_static (blue_webp, sizeof (blue_webp));
  const RectoWorkerLayout layout = { .longest = 64 };
  g_autoptr (GdkPixbuf) pixbuf = render_document (&worker, image, 1, &layout);

  fail_unless_equals_int (gdk_pixbuf_get_width (pixbuf), 64);
  fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, 32, 32), BLUE);
}
GST_END_TEST;

static GBytes *
with_orientation (GBytes * jpeg, guint8 orientation)
{
  const guint8 exif[] = {
    0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'I', 'I', '*', 0, 8, 0, 0, 0,
    1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0,
  };
  const guint8 *data = g_bytes_get_data (jpeg, NULL);
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, data, 2);
  g_byte_array_append (bytes, exif, sizeof (exif));
  g_byte_array_append (bytes, data + 2, g_bytes_get_size (jpeg) - 2);
  return g_byte_array_free_to_bytes (bytes);
}

GST_START_TEST (test_orientation)
{
  const gboolean right[] = { 0, 0, 1, 1, 0, 0, 1, 1, 0 };
  const gboolean bottom[] = { 0, 0, 0, 1, 1, 0, 0, 1, 1 };
  const RectoWorkerLayout layout = { .longest = 200 };
  g_autoptr (GBytes) jpeg = make_image ("jpeg");
  guint i;

  for (i = 1; i <= 8; i++) {
    g_autoptr (GBytes) image = with_orientation (jpeg, i);

    check_corner (image, &layout, i < 5 ? 200 : 100, i < 5 ? 100 : 200,
        right[i], bottom[i]);
  }
}
GST_END_TEST;

static RectoWorkerStatus
read_image (GBytes * image, RectoWorkerReply * reply)
{
  const RectoWorkerLayout layout = { .longest = 200 };
  Child child;

  worker_fork (&worker, &child);
  worker_open (&worker, &child, image, NULL, reply);
  if (reply->status == RECTO_WORKER_OK)
    worker_render (&worker, &child, 1, RECTO_WORKER_PNG, &layout, reply);
  fail_unless_equals_int (worker_reap (&worker, &child), 0);
  return reply->status;
}

/* Cut off anywhere, it is never taken for a whole image. */
GST_START_TEST (test_truncated)
{
  const char *types[] = { "png", "jpeg", "tiff" };
  RectoWorkerReply reply;
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (GBytes) image = make_image (types[i]);
    gsize size = g_bytes_get_size (image);
    gsize cuts[] = { 12, 30, size / 2, size - 30, size - 2 };

    fail_unless_equals_int (read_image (image, &reply), RECTO_WORKER_OK);
    for (j = 0; j < G_N_ELEMENTS (cuts); j++) {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (image, 0, cuts[j]);
      RectoWorkerStatus status = read_image (cut, &reply);

      fail_unless (status == RECTO_WORKER_DAMAGED
          || status == RECTO_WORKER_RENDER_FAILED);
    }
  }
}
GST_END_TEST;

GST_START_TEST (test_truncated_webp)
{
  RectoWorkerReply reply;
  gsize size;

  for (size = 12; size < sizeof (blue_webp) - 1; size++) {
    g_autoptr (GBytes) cut = g_bytes_new_static (blue_webp, size);
    RectoWorkerStatus status = read_image (cut, &reply);

    fail_unless (status == RECTO_WORKER_DAMAGED
        || status == RECTO_WORKER_RENDER_FAILED);
  }
}
GST_END_TEST;

/* The header of a PNG of 30000 by 30000 pixels is all there is of it. */
GST_START_TEST (test_huge_image)
{
  static const guint8 png[] = {
    0x89, 'P', 'N', 'G', 13, 10, 26, 10,
    0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30,
    8, 2, 0, 0, 0, 0xe9, 0x45, 0x6f, 0xed,
    0, 0, 0, 0, 'I', 'D', 'A', 'T', 0x35, 0xaf, 0x06, 0x1e,
  };
  g_autoptr (GBytes) image = g_bytes_new_static (png, sizeof (png));
  RectoWorkerReply reply;

  fail_unless_equals_int (read_image (image, &reply),
      RECTO_WORKER_MEMORY_LIMIT);
}
GST_END_TEST;

GST_START_TEST (test_size_in_points)
{
  g_autoptr (GdkPixbuf) pixbuf = make_pixbuf (FALSE);
  g_autoptr (GBytes) image = NULL;
  RectoWorkerReply reply;
  char *data;
  gsize size;

  fail_unless (gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, "png", NULL,
          "x-dpi", "300", "y-dpi", "300", NULL));
  image = g_bytes_new_take (data, size);
  fail_unless_equals_int (read_image (image, &reply), RECTO_WORKER_OK);
  fail_unless (ABS (reply.page_width - 48) < 0.1);
  fail_unless (ABS (reply.page_height - 24) < 0.1);

  g_bytes_unref (image);
  image = save (pixbuf, "png");
  fail_unless_equals_int (read_image (image, &reply), RECTO_WORKER_OK);
  fail_unless (reply.page_width == 200 && reply.page_height == 100);
}
GST_END_TEST;

static void
write_fax_page (TIFF * tiff, guint n, guint32 subfile_type)
{
  guint8 row[25];
  guint y;

  TIFFSetField (tiff, TIFFTAG_SUBFILETYPE, subfile_type);
  TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, 200);
  TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, 100);
  TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE, 1);
  TIFFSetField (tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  TIFFSetField (tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
  TIFFSetField (tiff, TIFFTAG_ROWSPERSTRIP, 100);
  TIFFSetField (tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  TIFFSetField (tiff, TIFFTAG_XRESOLUTION, 200.0);
  TIFFSetField (tiff, TIFFTAG_YRESOLUTION, 100.0);

  /* Page n is black down to row 20 n. */
  for (y = 0; y < 100; y++) {
    memset (row, y < 20 * n ? 0xff : 0, sizeof (row));
    TIFFWriteScanline (tiff, row, y, 0);
  }
  TIFFWriteDirectory (tiff);
}

static GBytes *
make_fax (void)
{
  g_autofree char *name = NULL;
  char *data;
  gsize size;
  TIFF *tiff;
  int fd;

  fd = g_file_open_tmp ("recto-XXXXXX.tiff", &name, NULL);
  tiff = TIFFFdOpen (fd, name, "w");
  write_fax_page (tiff, 1, 0);
  write_fax_page (tiff, 2, 0);
  write_fax_page (tiff, 2, FILETYPE_REDUCEDIMAGE);
  write_fax_page (tiff, 3, 0);
  TIFFClose (tiff);

  fail_unless (g_file_get_contents (name, &data, &size, NULL));
  unlink (name);
  return g_bytes_new_take (data, size);
}

/* Every page of a fax is read, with the shape that its oblong pixels give. */
GST_START_TEST (test_fax)
{
  const RectoWorkerLayout layout = { .dpi = 100 };
  g_autoptr (GBytes) fax = make_fax ();
  RectoWorkerReply reply;
  Child child;
  guint page;

  worker_fork (&worker, &child);
  worker_open (&worker, &child, fax, NULL, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
  fail_unless_equals_int (reply.n_pages, 3);

  for (page = 3; page >= 1; page--) {
    g_autoptr (GdkPixbuf) pixbuf = NULL;

    worker_render (&worker, &child, page, RECTO_WORKER_GRAY8, &layout, &reply);
    fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
    fail_unless_equals_int (reply.width, 100);
    fail_unless_equals_int (reply.height, 100);
    fail_unless (reply.page_width == 72 && reply.page_height == 72);
    pixbuf = worker_get_pixbuf (&worker, RECTO_WORKER_GRAY8, &reply);
    fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, 50, 20 * page - 2),
        0);
    fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, 50, 20 * page + 2),
        WHITE);
  }

  worker_text (&worker, &child, 1, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
  fail_unless_equals_int (reply.size, 0);
  fail_unless_equals_int (worker_reap (&worker, &child), 0);
}
GST_END_TEST;

static Suite *
worker_images_suite (void)
{
  Suite *suite = suite_create ("worker-images");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_each_type);
  tcase_add_test (tcase, test_webp);
  tcase_add_test (tcase, test_orientation);
  tcase_add_test (tcase, test_truncated);
  tcase_add_test (tcase, test_truncated_webp);
  tcase_add_test (tcase, test_huge_image);
  tcase_add_test (tcase, test_size_in_points);
  tcase_add_test (tcase, test_fax);
  return suite;
}

GST_CHECK_MAIN (worker_images);
