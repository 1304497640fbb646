/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A page's image depends on nothing but the page: not on what was drawn
 * before it, nor on who draws at the same time.
 */

#include "pdf-writer.h"
#include "renderer-fixture.h"
#include "small-pdf.h"

typedef struct
{
  char *name;
  GBytes *data;
  guint n_pages;
  RectoDocumentBytes *bytes;    /* while it is open */
} Document;

typedef struct
{
  Document *document;
  guint number;
  char *png, *raster;           /* what they are when it is drawn alone */
} Page;

static RendererFixture fixture;
static RectoRenderer *renderer;
static GPtrArray *documents;
static GPtrArray *pages;

/* Documents */

static void
document_free (Document * self)
{
  g_bytes_unref (self->data);
  g_free (self->name);
  g_free (self);
}

static void
add_document (const char *name, GBytes * data)
{
  Document *document = g_new0 (Document, 1);

  document->name = g_strdup (name);
  document->data = data;
  g_ptr_array_add (documents, document);
}

static void
add_samples (void)
{
  const char *folder = g_getenv ("RECTO_SAMPLES");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  fail_unless (dir != NULL, "%s", folder);
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    char *contents;
    gsize size;

    if (g_str_has_suffix (name, ".txt"))
      continue;
    fail_unless (g_file_get_contents (path, &contents, &size, NULL));
    add_document (name, g_bytes_new_take (contents, size));
  }
}

/* What may be drawn with memory that nobody has set: boxes that are not there
 * or make no sense, images with too little data, fonts that are elsewhere or
 * nowhere. */
static const struct
{
  const char *entries;
  const char *content;
} odd_pages[] = {
  {"", "1 0 0 rg 10 10 50 50 re f"},
  {"/MediaBox [0 0 0 0]", "0 1 0 rg 10 10 50 50 re f"},
  {"/MediaBox [200 100 0 0] /CropBox [500 500 600 600]",
      "0 0 1 rg 10 10 50 50 re f"},
  {"/MediaBox [-50 -50 150.5 77.7] /Rotate 90 /UserUnit 3",
      "10 w 0 0 m 100 50 l S"},
  {"/MediaBox [0 0 200 100] /Rotate 45", "BT /Times 30 Tf (Italic) Tj ET"},
  {"/MediaBox [0 0 200 100]", "BT /Symbols 30 Tf 10 10 Td (abc) Tj "
        "/Dingbats 30 Tf (abc) Tj ET"},
  {"/MediaBox [0 0 200 100]", "BT /Unknown 30 Tf 10 10 Td (Nowhere) Tj "
        "/Missing 30 Tf (at all) Tj ET"},
  {"/MediaBox [0 0 200 100]", "BT /Three 30 Tf 10 10 Td (aaa) Tj ET"},
  {"/MediaBox [0 0 200 100] /Group << /S /Transparency /CS /DeviceRGB >>",
      "1 0 0 rg 0 0 120 80 re f /Multiply gs 0 0 1 rg 60 20 120 80 re f "
        "/Masked gs 0 1 0 rg 0 0 200 100 re f"},
  {"/MediaBox [0 0 200 100]", "100 0 0 100 0 0 cm /Short Do"},
  {"/MediaBox [0 0 200 100]", "q 80 0 0 80 10 10 cm /Stencil Do Q "
        "q 80 0 0 80 100 10 cm /Whole Do Q"},
  {"/MediaBox [0 0 200 100]", "/Axial sh"},
  {"/MediaBox [0 0 200 100]", "/Pattern cs /Tiles scn 0 0 200 100 re f"},
  {"/MediaBox [0 0 200 100]", "100 0 0 100 0 0 cm BI /W 40 /H 40 /BPC 8 "
        "/CS /RGB ID xyz EI"},
};

/* Objects 4 to 15. */
static void
add_odd_resources (PdfWriter * writer)
{
  pdf_writer_add (writer, "<< /Font << "
      "/Times << /Type /Font /Subtype /Type1 /BaseFont /Times-Italic >> "
      "/Symbols << /Type /Font /Subtype /Type1 /BaseFont /Symbol >> "
      "/Dingbats << /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >> "
      "/Unknown << /Type /Font /Subtype /TrueType /BaseFont /No+Such >> "
      "/Three 5 0 R >> "
      "/XObject << /Short 7 0 R /Stencil 8 0 R /Whole 9 0 R >> "
      "/ExtGState << /Multiply << /BM /Multiply /ca 0.5 >> "
      "/Masked << /BM /Normal /ca 0.7 "
      "/SMask << /S /Luminosity /G 10 0 R >> >> >> "
      "/Shading << /Axial 11 0 R >> /Pattern << /Tiles 12 0 R >> >>");
  pdf_writer_add (writer, "<< /Type /Font /Subtype /Type3 "
      "/FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] "
      "/CharProcs << /a 6 0 R >> /Encoding << /Differences [97 /a] >> "
      "/FirstChar 97 /LastChar 97 /Widths [900] /Resources << >> >>");
  pdf_writer_add_stream (writer, "", "900 0 0 0 800 800 d1 0 0 800 500 re f");
  pdf_writer_add_stream (writer, "/Type /XObject /Subtype /Image /Width 50 "
      "/Height 50 /BitsPerComponent 8 /ColorSpace /DeviceRGB "
      "/Filter /ASCIIHexDecode", "ff0000 00ff00 0000ff>");
  pdf_writer_add_stream (writer, "/Type /XObject /Subtype /Image /Width 8 "
      "/Height 8 /ImageMask true /BitsPerComponent 1 "
      "/Filter /ASCIIHexDecode", "aa55aa55>");
  pdf_writer_add_stream (writer, "/Type /XObject /Subtype /Image /Width 2 "
      "/Height 2 /BitsPerComponent 8 /ColorSpace /DeviceGray "
      "/Filter /ASCIIHexDecode", "004080c0>");
  pdf_writer_add_stream (writer, "/Type /XObject /Subtype /Form "
      "/BBox [0 0 100 100] /Group << /S /Transparency /CS /DeviceGray >>",
      "0.5 g 20 20 60 60 re f");
  pdf_writer_add (writer, "<< /ShadingType 2 /ColorSpace /DeviceRGB "
      "/Coords [0 0 200 100] /Function << /FunctionType 2 /Domain [0 1] "
      "/C0 [1 0 0] /C1 [0 0 1] /N 2 >> /Extend [false true] >>");
  pdf_writer_add_stream (writer, "/Type /Pattern /PatternType 1 /PaintType 1 "
      "/TilingType 1 /BBox [0 0 10 10] /XStep 13 /YStep 7 /Resources << >>",
      "0 0.5 0.5 rg 0 0 6 6 re f");
}

#define FIRST_ODD_PAGE 13       /* the number of its object */

static GBytes *
make_odd_document (void)
{
  g_autoptr (GString) kids = g_string_new (NULL);
  PdfWriter writer;

  pdf_writer_init (&writer);
  pdf_writer_add (&writer, "<< /Type /Catalog /Pages 2 0 R >>");
  for (guint i = 0; i < G_N_ELEMENTS (odd_pages); i++)
    g_string_append_printf (kids, " %u 0 R", FIRST_ODD_PAGE + 2 * i);
  pdf_writer_add (&writer, "<< /Type /Pages /Count %zu /Kids [%s ] "
      "/Resources 4 0 R >>", G_N_ELEMENTS (odd_pages), kids->str);
  pdf_writer_add (&writer, "null");
  add_odd_resources (&writer);

  for (guint i = 0; i < G_N_ELEMENTS (odd_pages); i++) {
    pdf_writer_add (&writer, "<< /Type /Page /Parent 2 0 R /Contents %u 0 R "
        "%s >>", FIRST_ODD_PAGE + 2 * i + 1, odd_pages[i].entries);
    pdf_writer_add_stream (&writer, "", odd_pages[i].content);
  }
  return pdf_writer_finish (&writer, "");
}

/* Pages */

static void
page_free (Page * self)
{
  g_free (self->png);
  g_free (self->raster);
  g_free (self);
}

/* The digest of its image, or why there is none. */
static char *
digest (RectoDocumentBytes * bytes, guint number,
    const RectoRenderOptions * options)
{
  g_autoptr (RectoPage) page = lazy_page (bytes, number);
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  if (recto_renderer_render (renderer, page, options, &rendering, NULL,
          &error))
    return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, rendering.data);
  return g_strdup (error->message);
}

/* In a child that draws nothing else. */
static char *
digest_alone (Page * page, const RectoRenderOptions * options)
{
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, g_bytes_ref (page->document->data));

  return digest (bytes, page->number, options);
}

static void
open_all (void)
{
  for (guint i = 0; i < documents->len; i++) {
    Document *document = g_ptr_array_index (documents, i);
    g_auto (RectoDocumentInfo) info = { 0 };
    g_autoptr (GError) error = NULL;

    document->bytes = read_document (renderer, g_bytes_ref (document->data),
        &error);
    g_assert_no_error (error);
    recto_renderer_open (renderer, document->bytes, &info, NULL, &error);
    g_assert_no_error (error);
    document->n_pages = info.n_pages;
  }
}

static void
close_all (void)
{
  for (guint i = 0; i < documents->len; i++) {
    Document *document = g_ptr_array_index (documents, i);

    g_clear_pointer (&document->bytes, recto_document_bytes_unref);
  }
}

static void
add_pages (void)
{
  for (guint i = 0; i < documents->len; i++) {
    Document *document = g_ptr_array_index (documents, i);

    for (guint number = 1; number <= document->n_pages; number++) {
      Page *page = g_new0 (Page, 1);

      page->document = document;
      page->number = number;
      page->png = digest_alone (page, &png_options);
      page->raster = digest_alone (page, &bgrx_options);
      g_ptr_array_add (pages, page);
    }
  }
}

static void
setup (void)
{
  renderer_fixture_init (&fixture);
  renderer = fixture.renderer;
  documents = g_ptr_array_new_with_free_func ((GDestroyNotify) document_free);
  pages = g_ptr_array_new_with_free_func ((GDestroyNotify) page_free);

  add_samples ();
  add_document ("small", small_pdf_new (3, ""));
  add_document ("odd", make_odd_document ());
  open_all ();
  close_all ();
  add_pages ();
}

static void
teardown (void)
{
  g_clear_pointer (&pages, g_ptr_array_unref);
  g_clear_pointer (&documents, g_ptr_array_unref);
  renderer = NULL;
  renderer_fixture_clear (&fixture);
}

/* Orders */

static void
check_page (gpointer data, gpointer user_data)
{
  Page *page = data;
  g_autofree char *raster = digest (page->document->bytes, page->number,
      &bgrx_options);
  g_autofree char *png = digest (page->document->bytes, page->number,
      &png_options);

  fail_unless (g_str_equal (raster, page->raster), "raster of page %u of %s",
      page->number, page->document->name);
  fail_unless (g_str_equal (png, page->png), "PNG of page %u of %s",
      page->number, page->document->name);
}

/* Draws them as they come, as many at a time as there are workers. */
static void
check_in_order (GPtrArray * order, guint n_workers)
{
  GThreadPool *threads =
      g_thread_pool_new (check_page, NULL, n_workers, TRUE, NULL);

  recto_renderer_set_n_workers (renderer, n_workers);
  open_all ();
  for (guint i = 0; i < order->len; i++)
    g_thread_pool_push (threads, g_ptr_array_index (order, i), NULL);
  g_thread_pool_free (threads, FALSE, TRUE);
  close_all ();
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const Page *const *left = a, *const *right = b;

  return (int) (*left)->number - (int) (*right)->number;
}

GST_START_TEST (test_forward)
{
  check_in_order (pages, __i__);
}

GST_END_TEST;

GST_START_TEST (test_reverse)
{
  g_autoptr (GPtrArray) order = g_ptr_array_new ();

  for (guint i = pages->len; i > 0; i--)
    g_ptr_array_add (order, g_ptr_array_index (pages, i - 1));
  check_in_order (order, __i__);
}

GST_END_TEST;

/* The first pages of all documents, then the second ones. */
GST_START_TEST (test_interleaved)
{
  g_autoptr (GPtrArray) order = g_ptr_array_copy (pages, NULL, NULL);

  g_ptr_array_set_free_func (order, NULL);
  g_ptr_array_sort (order, compare_numbers);
  check_in_order (order, __i__);
}

GST_END_TEST;

static Suite *
determinism_suite (void)
{
  Suite *suite = suite_create ("determinism");
  TCase *tcase = tcase_create ("orders");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_forward, 1, 3);
  tcase_add_loop_test (tcase, test_reverse, 1, 3);
  tcase_add_loop_test (tcase, test_interleaved, 1, 3);

  return suite;
}

GST_CHECK_MAIN (determinism);
