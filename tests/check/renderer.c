/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The renderer with the real worker: what it draws, and with how many.
 */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "processes.h"
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

static void
assert_drawn (guint number, RectoRendering * rendering)
{
  g_autofree char *label = g_strnfill (number, 'i');

  fail_unless_equals_int (rendering->width, 200);
  fail_unless_equals_int (rendering->height, 100);
  fail_unless_equals_float (rendering->page_width, 200);
  fail_unless_equals_float (rendering->page_height, 100);
  fail_unless_equals_string (rendering->label, label);
}

GST_START_TEST (test_open_render_text)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      read_document (renderer, small_pdf_new (3, "Three pages"), &error);

  g_assert_no_error (error);
  fail_unless (recto_renderer_open (renderer, bytes, &info, NULL, &error));
  fail_unless_equals_int (info.n_pages, 3);
  fail_unless_equals_string (info.title, "Three pages");

  for (guint i = 1; i <= 3; i++) {
    g_autoptr (RectoPage) page = lazy_page (bytes, i);
    g_auto (RectoRendering) png = { 0 };
    g_auto (RectoRendering) raster = { 0 };
    g_autofree char *words = g_strdup_printf ("Page %u", i);
    g_autofree char *text = NULL;

    fail_unless (recto_renderer_render (renderer, page, &png_options, &png,
            NULL, &error));
    assert_drawn (i, &png);
    fail_unless_equals_int (png.stride, 0);
    fail_unless (memcmp (g_bytes_get_data (png.data, NULL), "\x89PNG", 4) == 0);

    fail_unless (recto_renderer_render (renderer, page, &bgrx_options, &raster,
            NULL, &error));
    assert_drawn (i, &raster);
    fail_unless_equals_int (raster.stride, 800);
    fail_unless_equals_int (g_bytes_get_size (raster.data), 80000);

    text = recto_renderer_get_text (renderer, page, NULL, NULL, &error);
    fail_unless (text && strstr (text, words), "%s", text);
  }

  fail_unless_equals_uint64 (get_stat (renderer, "forks"), 1);
  fail_unless_equals_uint64 (get_stat (renderer, "pages-rendered"), 6);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 1);
}

GST_END_TEST;

GST_START_TEST (test_no_such_page)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, small_pdf_new (1, ""));

  fail_if (draw_page (renderer, bytes, 2, NULL, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_RENDER_FAILED);
  g_clear_error (&error);
  fail_unless (draw_page (renderer, bytes, 1, NULL, &error));
  fail_unless_equals_uint64 (get_stat (renderer, "forks"), 1);
}

GST_END_TEST;

static GBytes *
literal (const char *text)
{
  return g_bytes_new_static (text, strlen (text));
}

GST_START_TEST (test_bad_documents)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  g_autofree char *long_password = g_strnfill (5000, 'x');

  assert_unopenable (renderer, literal (""), NULL, RECTO_DOCUMENT_DAMAGED);
  assert_unopenable (renderer, literal ("Dear Sir"), NULL,
      RECTO_DOCUMENT_DAMAGED);
  assert_unopenable (renderer, literal ("%PDF-1.4\nmore to come"), NULL,
      RECTO_DOCUMENT_DAMAGED);
  assert_unopenable (renderer, small_pdf_new (0, ""), NULL,
      RECTO_DOCUMENT_NO_PAGES);
  assert_unopenable (renderer, small_pdf_new_encrypted (), NULL,
      RECTO_DOCUMENT_ENCRYPTED);
  assert_unopenable (renderer, small_pdf_new_encrypted (), "guess",
      RECTO_DOCUMENT_ENCRYPTED);
  assert_unopenable (renderer, small_pdf_new_encrypted (), long_password,
      RECTO_DOCUMENT_ENCRYPTED);

  bytes = read_document (renderer, small_pdf_new_encrypted (), &error);
  recto_document_bytes_set_password (bytes, "secret");
  fail_unless (recto_renderer_open (renderer, bytes, &info, NULL, &error));
  fail_unless_equals_int (info.n_pages, 1);
  fail_unless (info.encrypted);
  fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), 0);
}

GST_END_TEST;

/* A password that is not needed makes a document no encrypted one. */
GST_START_TEST (test_password_for_nothing)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      read_document (renderer, small_pdf_new (1, ""), &error);

  recto_document_bytes_set_password (bytes, "secret");
  fail_unless (recto_renderer_open (renderer, bytes, &info, NULL, &error));
  fail_if (info.encrypted);
}

GST_END_TEST;

/* Another child gets the password as well. */
GST_START_TEST (test_password_again)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      read_document (renderer, small_pdf_new_encrypted (), &error);
  g_autoptr (GArray) children = NULL;

  recto_document_bytes_set_password (bytes, "secret");
  fail_unless (recto_renderer_open (renderer, bytes, &info, NULL, &error));

  children = processes_list_children (processes_find_zygote (), FALSE);
  fail_unless_equals_int (children->len, 1);
  kill (g_array_index (children, int, 0), SIGKILL);
  processes_wait_for_none ();

  fail_unless (draw_page (renderer, bytes, 1, NULL, &error));
  fail_unless_equals_uint64 (get_stat (renderer, "forks"), 2);
}

GST_END_TEST;

GST_START_TEST (test_blank_and_image)
{
  const RectoRenderOptions blank = {
    .format = RECTO_WORKER_RGB,
    .layout = {.exact = 16,.max_width = 16,.max_height = 16},
  };
  RectoRenderOptions turned = bgrx_options;
  g_auto (RectoRendering) rendering = { 0 };
  g_auto (RectoRendering) upright = { 0 };
  g_auto (RectoRendering) sideways = { 0 };
  g_autoptr (GBytes) png = NULL;
  g_autoptr (GBytes) nonsense = literal ("no image");
  g_autoptr (GError) error = NULL;

  fail_unless (recto_renderer_render_blank (renderer, &blank, &rendering, NULL,
          &error));
  fail_unless_equals_int (rendering.width, 16);
  fail_unless_equals_int (rendering.height, 16);
  fail_unless (rendering.label == NULL);

  {
    g_autoptr (RectoDocumentBytes) bytes =
        open_document (renderer, small_pdf_new (1, ""));
    g_autoptr (RectoPage) page = lazy_page (bytes, 1);

    recto_rendering_clear (&rendering);
    fail_unless (recto_renderer_render (renderer, page, &png_options,
            &rendering, NULL, &error));
    png = g_bytes_ref (rendering.data);
    /* The child that drew the blank served the document. */
    fail_unless_equals_uint64 (get_stat (renderer, "forks"), 1);
  }

  fail_unless (recto_renderer_render_image (renderer, png, &bgrx_options,
          &upright, NULL, &error));
  fail_unless_equals_int (upright.width, 200);
  fail_unless_equals_int (upright.height, 100);

  turned.layout.rotation = 90;
  fail_unless (recto_renderer_render_image (renderer, png, &turned,
          &sideways, NULL, &error));
  fail_unless_equals_int (sideways.width, 100);
  fail_unless_equals_int (sideways.height, 200);

  recto_rendering_clear (&rendering);
  fail_if (recto_renderer_render_image (renderer, nonsense, &bgrx_options,
          &rendering, NULL, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_RENDER_FAILED);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 0);
}

GST_END_TEST;

/* A large raster is not kept in memory for the small ones that follow. */
GST_START_TEST (test_large_buffer)
{
  RectoRenderOptions large = bgrx_options;
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, small_pdf_new (1, ""));
  g_autoptr (RectoPage) page = lazy_page (bytes, 1);
  g_auto (RectoRendering) rendering = { 0 };

  large.layout.longest = 4096;
  fail_unless (recto_renderer_render (renderer, page, &large, &rendering, NULL,
          &error));
  fail_unless_equals_int (g_bytes_get_size (rendering.data),
      4096 * 2048 * 4);
  fail_unless (get_stat (renderer, "buffer-bytes") <= 16 * 1024 * 1024);

  large.layout.max_width = 40000;
  recto_rendering_clear (&rendering);
  fail_if (recto_renderer_render (renderer, page, &large, &rendering, NULL,
          &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_RENDER_FAILED);
}

GST_END_TEST;

typedef struct
{
  RectoDocumentBytes **documents;
  guint n_documents;
  guint n_pages;
  gint next;                    /* atomic */
} Work;

static gpointer
draw_work (gpointer data)
{
  Work *work = data;
  guint i;

  while ((i = g_atomic_int_add (&work->next, 1)) <
      work->n_documents * work->n_pages) {
    g_autoptr (GError) error = NULL;

    draw_page (renderer, work->documents[i % work->n_documents],
        i / work->n_documents + 1, NULL, &error);
    g_assert_no_error (error);
  }
  return NULL;
}

static void
draw_in_threads (Work * work, guint n_threads)
{
  GThread *threads[16];
  int zygote = processes_find_zygote ();

  for (guint i = 0; i < n_threads; i++)
    threads[i] = g_thread_new ("draws", draw_work, work);

  while ((guint) g_atomic_int_get (&work->next) <
      work->n_documents * work->n_pages) {
    g_autoptr (GArray) children = processes_list_children (zygote, TRUE);

    fail_unless (children->len <= recto_renderer_get_n_workers (renderer) + 1);
  }

  for (guint i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);
}

GST_START_TEST (test_many_threads)
{
  RectoDocumentBytes *documents[5];
  Work work = { documents, G_N_ELEMENTS (documents), 10, 0 };

  recto_renderer_set_n_workers (renderer, 2);
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    documents[i] = open_document (renderer, small_pdf_new (10, ""));
  draw_in_threads (&work, 8);

  fail_unless_equals_uint64 (get_stat (renderer, "pages-rendered"), 50);
  fail_unless_equals_uint64 (get_stat (renderer, "peak-workers"), 3);
  fail_unless (get_stat (renderer, "buffers") <= 3);
  fail_unless_equals_uint64 (get_stat (renderer, "peak-documents-held"), 5);

  /* What nobody holds any more has no worker any more. */
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    recto_document_bytes_unref (documents[i]);
  processes_wait_for_none ();
  fail_unless_equals_uint64 (get_stat (renderer, "workers"), 0);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 0);
  fail_unless_equals_uint64 (get_stat (renderer, "document-bytes"), 0);
  fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), 0);
}

GST_END_TEST;

GST_START_TEST (test_one_document)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  Work work = { &bytes, 1, 40, 0 };

  recto_renderer_set_n_workers (renderer, 2);
  bytes = open_document (renderer, small_pdf_new (40, ""));
  draw_in_threads (&work, 6);

  fail_unless (get_stat (renderer, "forks") <= 2);
  fail_unless (get_stat (renderer, "peak-workers") <= 2);
}

GST_END_TEST;

GST_START_TEST (test_one_page_documents)
{
  for (guint i = 1; i <= 20; i++) {
    assert_works (renderer);
    fail_unless_equals_uint64 (get_stat (renderer, "forks"), i);
  }
}

GST_END_TEST;

/* With no worker to spare, opening takes one away. */
GST_START_TEST (test_many_opened)
{
  RectoDocumentBytes *documents[6];

  recto_renderer_set_n_workers (renderer, 1);
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    documents[i] = open_document (renderer, small_pdf_new (1, ""));
  fail_unless_equals_uint64 (get_stat (renderer, "workers"), 2);

  for (guint i = 0; i < G_N_ELEMENTS (documents); i++) {
    fail_unless (draw_page (renderer, documents[i], 1, NULL, NULL));
    recto_document_bytes_unref (documents[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_fewer_workers)
{
  RectoDocumentBytes *documents[4];

  recto_renderer_set_n_workers (renderer, 3);
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    documents[i] = open_document (renderer, small_pdf_new (1, ""));
  fail_unless_equals_uint64 (get_stat (renderer, "workers"), 4);

  recto_renderer_set_n_workers (renderer, 1);
  fail_unless_equals_uint64 (get_stat (renderer, "workers"), 2);
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++) {
    fail_unless (draw_page (renderer, documents[i], 1, NULL, NULL));
    recto_document_bytes_unref (documents[i]);
  }

  recto_renderer_set_n_workers (renderer, 0);
  fail_unless (recto_renderer_get_n_workers (renderer) >= 1);
}

GST_END_TEST;

GST_START_TEST (test_start)
{
  g_autoptr (GError) error = NULL;

  fail_unless (recto_renderer_start (renderer, NULL, &error));
  fail_unless (recto_renderer_start (renderer, NULL, &error));
  assert_works (renderer);
  fail_unless_equals_uint64 (get_stat (renderer, "forks"), 1);
}

GST_END_TEST;

GST_START_TEST (test_no_worker)
{
  g_autofree char *path = g_strdup (g_getenv ("RECTO_RENDER_WORKER"));
  g_autoptr (GError) error = NULL;

  g_setenv ("RECTO_RENDER_WORKER", "/nowhere/worker", TRUE);
  fail_if (recto_renderer_start (renderer, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  fail_unless (strstr (error->message, "/nowhere/worker"));

  /* It is there when it is tried again. */
  g_setenv ("RECTO_RENDER_WORKER", path, TRUE);
  assert_works (renderer);
}

GST_END_TEST;

/* A PDF of `n` pages in a file. */
typedef struct
{
  char *path;
  char *sha256;
  gsize size;
  int fd;
} PdfFile;

static void
pdf_file_init (PdfFile * self, guint n)
{
  g_autoptr (GBytes) data = small_pdf_new (n, "");
  const char *content = g_bytes_get_data (data, &self->size);
  g_autoptr (GError) error = NULL;

  self->sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, data);
  self->fd = g_file_open_tmp ("recto-XXXXXX", &self->path, &error);
  g_assert_no_error (error);
  fail_unless (write (self->fd, content, self->size) == (gssize) self->size);
}

static void
pdf_file_change (PdfFile * self)
{
  fail_unless (write (self->fd, "%", 1) == 1);
}

/* A stream's document takes the descriptor. */
static RectoDocument *
pdf_file_make_document (PdfFile * self, gboolean stream)
{
  RectoDocument *document = g_object_new (RECTO_TYPE_DOCUMENT, "name", "test",
      "sha256", self->sha256, NULL);

  recto_document_set_origin (document, stream ? NULL : self->path,
      stream ? self->fd : -1, NULL);
  return document;
}

static void
pdf_file_clear (PdfFile * self)
{
  g_remove (self->path);
  g_free (self->path);
  g_free (self->sha256);
}

static void
assert_text (RectoDocument * document, guint number)
{
  g_autoptr (RectoPage) page = recto_page_new (document, number, TRUE);
  g_autofree char *expected = g_strdup_printf ("Page %u", number);
  g_autoptr (GError) error = NULL;
  g_autofree char *text =
      recto_renderer_get_text (renderer, page, NULL, NULL, &error);

  g_assert_no_error (error);
  fail_unless (strstr (text, expected) != NULL, text);
}

static void
assert_no_text (RectoDocument * document, GQuark domain, int code)
{
  g_autoptr (RectoPage) page = recto_page_new (document, 1, TRUE);
  g_autoptr (GError) error = NULL;

  fail_if (recto_renderer_get_text (renderer, page, NULL, NULL, &error));
  fail_unless (g_error_matches (error, domain, code), "%s", error->message);
}

GST_START_TEST (test_text_later)
{
  PdfFile file, stream_file;
  g_autoptr (RectoDocument) document = NULL;
  g_autoptr (RectoDocument) stream = NULL;

  pdf_file_init (&file, 2);
  pdf_file_init (&stream_file, 3);
  document = pdf_file_make_document (&file, FALSE);
  assert_text (document, 2);

  /* A stream has a copy. */
  stream = pdf_file_make_document (&stream_file, TRUE);
  assert_text (stream, 3);
  assert_text (document, 1);

  assert_text (stream, 1);
  pdf_file_change (&file);
  assert_no_text (document, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_CHANGED);
  g_remove (file.path);
  assert_no_text (document, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  close (file.fd);
  pdf_file_clear (&file);
  pdf_file_clear (&stream_file);
}

GST_END_TEST;

/* A document is not read again for each of its pages: what happens to the file
 * after the first of them does not matter, while there is room. */
GST_START_TEST (test_text_kept)
{
  g_autoptr (RectoDocument) document = NULL;
  RectoDocumentBytes *bytes;
  PdfFile file;

  pdf_file_init (&file, 3);
  document = pdf_file_make_document (&file, FALSE);
  g_object_set (renderer, "max-document-memory", (guint64) file.size, NULL);
  assert_text (document, 1);
  pdf_file_change (&file);
  assert_text (document, 2);
  assert_text (document, 3);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 1);
  fail_unless_equals_uint64 (get_stat (renderer, "document-bytes"), file.size);

  /* A document whose pages are still to be drawn is more important. */
  bytes = recto_renderer_reserve (renderer, file.size, FALSE, NULL, NULL);
  fail_unless (bytes != NULL);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 1);
  recto_document_bytes_unref (bytes);
  assert_no_text (document, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_CHANGED);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 0);

  close (file.fd);
  pdf_file_clear (&file);
}

GST_END_TEST;

GST_START_TEST (test_text_not_kept)
{
  g_autoptr (RectoDocument) document = NULL;
  PdfFile file;

  pdf_file_init (&file, 1);
  document = pdf_file_make_document (&file, FALSE);
  g_object_set (renderer, "max-document-memory", (guint64) file.size - 1,
      NULL);
  assert_text (document, 1);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 0);

  close (file.fd);
  pdf_file_clear (&file);
}

GST_END_TEST;

/* Pages of one document that fail at the same time wait for one another. */
static gpointer
read_texts (gpointer document)
{
  for (guint i = 0; i < 10; i++)
    assert_text (document, i % 2 + 1);
  return NULL;
}

GST_START_TEST (test_texts_at_once)
{
  RectoDocument *documents[2];
  GThread *threads[4];
  PdfFile files[2];

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    pdf_file_init (&files[i], i + 2);
    documents[i] = pdf_file_make_document (&files[i], FALSE);
  }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reads", read_texts, documents[i % 2]);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 1);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    close (files[i].fd);
    pdf_file_clear (&files[i]);
    g_clear_object (&documents[i]);
  }
}

GST_END_TEST;

/* What a page leaves behind can't be drawn any more. */
GST_START_TEST (test_page_without_bytes)
{
  g_autoptr (RectoDocument) document = recto_document_new (NULL, "test");
  g_autoptr (RectoPage) page = recto_page_new (document, 1, TRUE);
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  fail_if (recto_renderer_render (renderer, page, &png_options, &rendering,
          NULL, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_RENDER_FAILED);
}

GST_END_TEST;

static Suite *
renderer_suite (void)
{
  Suite *suite = suite_create ("renderer");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_open_render_text);
  tcase_add_test (tcase, test_no_such_page);
  tcase_add_test (tcase, test_bad_documents);
  tcase_add_test (tcase, test_password_for_nothing);
  tcase_add_test (tcase, test_password_again);
  tcase_add_test (tcase, test_blank_and_image);
  tcase_add_test (tcase, test_large_buffer);
  tcase_add_test (tcase, test_many_threads);
  tcase_add_test (tcase, test_one_document);
  tcase_add_test (tcase, test_one_page_documents);
  tcase_add_test (tcase, test_many_opened);
  tcase_add_test (tcase, test_fewer_workers);
  tcase_add_test (tcase, test_start);
  tcase_add_test (tcase, test_no_worker);
  tcase_add_test (tcase, test_text_later);
  tcase_add_test (tcase, test_text_kept);
  tcase_add_test (tcase, test_text_not_kept);
  tcase_add_test (tcase, test_texts_at_once);
  tcase_add_test (tcase, test_page_without_bytes);

  return suite;
}

GST_CHECK_MAIN (renderer);
