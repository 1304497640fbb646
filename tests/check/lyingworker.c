/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The renderer with a worker that somebody else has taken over: nothing that
 * it says may do more than fail a page.
 */

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "renderer-fixture.h"
#include "processes.h"
#include "small-pdf.h"

static char *folder;
static char *path;              /* of the worker */
static RendererFixture fixture;
static RectoRenderer *renderer;

static void
setup (void)
{
  folder = g_dir_make_tmp ("recto-XXXXXX", NULL);
  renderer_fixture_init (&fixture);
  renderer = fixture.renderer;
}

static void
teardown (void)
{
  renderer = NULL;
  renderer_fixture_clear (&fixture);
  g_unlink (path);
  g_rmdir (folder);
  g_clear_pointer (&path, g_free);
  g_clear_pointer (&folder, g_free);
}

/* Has workers lie like this from now on. */
static void
use_worker (const char *mode)
{
  g_autofree char *target = g_build_filename (g_getenv ("RECTO_BUILD_ROOT"),
      "tests", "check", "fake-worker", NULL);
  g_autofree char *name = g_strconcat ("fake-worker-", mode, NULL);

  path = g_build_filename (folder, name, NULL);
  fail_unless (symlink (target, path) == 0);
  g_setenv ("RECTO_RENDER_WORKER", path, TRUE);
}

static gboolean
draw_raster (RectoDocumentBytes * bytes, RectoRendering * rendering,
    GError ** error)
{
  g_autoptr (RectoPage) page = lazy_page (bytes, 1);

  return recto_renderer_render (renderer, page, &bgrx_options, rendering, NULL,
      error);
}

static gboolean
draw (RectoRendering * rendering, GError ** error)
{
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, small_pdf_new (1, ""));

  return draw_raster (bytes, rendering, error);
}

/* If this one were not believed, the others would prove nothing. */
static const char *const honest_modes[] = { "honest", "abuse" };

GST_START_TEST (test_honest)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  use_worker (honest_modes[__i__]);
  fail_unless (draw (&rendering, &error));
  fail_unless_equals_int (rendering.width, 10);
  fail_unless_equals_string (rendering.label, "\xef\xbf\xbd bad");
}

GST_END_TEST;

/* No child learns what others have left in the buffer. */
GST_START_TEST (test_spy)
{
  use_worker ("spy");
  recto_renderer_set_n_workers (renderer, 1);
  for (guint i = 0; i < 5; i++) {
    g_auto (RectoDocumentInfo) info = { 0 };
    g_auto (RectoRendering) rendering = { 0 };
    g_autoptr (GError) error = NULL;
    g_autoptr (RectoDocumentBytes) bytes =
        read_document (renderer, small_pdf_new (1, ""), &error);

    recto_document_bytes_set_password (bytes, "secret");
    recto_renderer_open (renderer, bytes, &info, NULL, &error);
    g_assert_no_error (error);
    draw_raster (bytes, &rendering, &error);
    g_assert_no_error (error);
  }
}

GST_END_TEST;

/* The worker knows nothing of us but what it is told. */
GST_START_TEST (test_environment)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autofree char *proc = NULL;
  g_autofree char *environment_path = NULL;
  g_autofree char *fd_path = NULL;
  g_autofree char *environment = NULL;
  g_autoptr (GDir) fds = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;
  gsize size;

  use_worker ("honest");
  g_setenv ("API_KEY", "canary", TRUE);
  g_setenv ("LC_MESSAGES", "C", TRUE);
  fail_unless (draw (&rendering, &error));

  proc = g_strdup_printf ("/proc/%d", processes_find_zygote ());
  environment_path = g_build_filename (proc, "environ", NULL);
  fail_unless (g_file_get_contents (environment_path, &environment, &size,
          &error));
  fail_unless (memmem (environment, size, "LC_MESSAGES=C", 13) != NULL);
  fail_unless (memmem (environment, size, "canary", 6) == NULL);

  fd_path = g_build_filename (proc, "fd", NULL);
  fds = g_dir_open (fd_path, 0, &error);
  while ((name = g_dir_read_name (fds)))
    fail_unless (g_ascii_strtoull (name, NULL, 10) <=
        RECTO_WORKER_SOCKET_FD, "%s", name);
}

GST_END_TEST;

static const char *const page_lies[] = {
  "wrong-kind", "wrong-serial", "unknown-status", "huge-size", "largest-size",
  "failed-with-huge-size", "no-size", "wide", "high", "flat", "narrow-stride",
  "large-stride", "not-a-number", "infinite", "negative", "endless-label",
  "exit", "abort", "close", "shutdown", "short", "long", "empty", "noise",
  "descriptors", "flood",
};

GST_START_TEST (test_page_lies)
{
  use_worker (page_lies[__i__]);
  /* Again, with what the first one has left behind. */
  for (guint i = 1; i <= 3; i++) {
    g_auto (RectoRendering) rendering = { 0 };
    g_autoptr (GError) error = NULL;

    fail_if (draw (&rendering, &error), "%s", page_lies[__i__]);
    g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED);
    fail_unless (rendering.data == NULL);
    fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), i);
    GST_INFO ("%s: %s", page_lies[__i__], error->message);
  }
}

GST_END_TEST;

static void
assert_page_fails (RectoDocumentBytes * bytes, guint number,
    RectoPageStatus status)
{
  g_autoptr (RectoPage) page = lazy_page (bytes, number);
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  fail_if (recto_renderer_render (renderer, page, &bgrx_options, &rendering,
          NULL, &error));
  fail_unless (g_error_matches (error, RECTO_PAGE_ERROR, status), "%s",
      error->message);
}

/* A document whose pages all end their workers costs ten of them. */
GST_START_TEST (test_page_deaths)
{
  use_worker ("exit");
  for (guint i = 1; i <= 2; i++) {
    g_autoptr (RectoDocumentBytes) bytes =
        open_document (renderer, small_pdf_new (1, ""));
    g_autoptr (RectoPage) page = lazy_page (bytes, 13);
    g_autoptr (GError) error = NULL;

    for (guint number = 1; number <= 10; number++)
      assert_page_fails (bytes, number, RECTO_PAGE_CRASHED);
    for (guint number = 11; number <= 12; number++)
      assert_page_fails (bytes, number, RECTO_PAGE_SKIPPED);
    fail_if (recto_renderer_get_text (renderer, page, NULL, NULL, &error));
    g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_SKIPPED);
    fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), 10 * i);
  }
}

GST_END_TEST;

/* One page that is drawn, or fails in peace, begins the count anew. */
GST_START_TEST (test_page_deaths_in_a_row)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;

  use_worker ("exit");
  bytes = open_document (renderer, small_pdf_new (1, ""));
  for (guint number = 1; number <= 25; number++) {
    g_autoptr (RectoPage) page = lazy_page (bytes, number);
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL;

    assert_page_fails (bytes, number, RECTO_PAGE_CRASHED);
    text = recto_renderer_get_text (renderer, page, NULL, NULL, &error);
    g_assert_no_error (error);
  }
}

GST_END_TEST;

static const char *const open_lies[] = {
  "wrong-kind", "wrong-serial", "unknown-status", "huge-size", "largest-size",
  "failed-with-huge-size", "exit", "abort", "close", "shutdown", "short",
  "long", "empty", "noise", "descriptors", "flood", "many-pages",
};

GST_START_TEST (test_open_lies)
{
  g_autofree char *mode = g_strconcat (open_lies[__i__], "-at-open", NULL);

  use_worker (mode);
  /* Each of three children is tried. */
  for (guint i = 1; i <= 3; i++) {
    assert_unopenable (renderer, small_pdf_new (1, ""), NULL,
        RECTO_DOCUMENT_QUARANTINED);
    fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), 3 * i);
  }
}

GST_END_TEST;

/* However much a child writes, little of it is kept, and it does not wait for
 * a reader. */
GST_START_TEST (test_loud_worker)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  use_worker ("loud");
  draw (&rendering, &error);
  g_assert_no_error (error);
  fail_unless_equals_int (rendering.warnings, 4000);
  fail_unless_equals_uint64 (get_stat (renderer, "warnings"), 4000);
  fail_unless_equals_uint64 (get_stat (renderer, "log-bytes-dropped"),
      (4000 - 4) * 999);
}

GST_END_TEST;

static const char *const limits[] = { "page-cpu-limit", "page-timeout" };

/* It takes CPU time, and there is always something to be read from it. */
GST_START_TEST (test_shouting_worker)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  use_worker ("shouting");
  g_object_set (renderer, "page-cpu-limit", 0, limits[__i__], 1, NULL);
  fail_if (draw (&rendering, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT);
  fail_unless (get_stat (renderer, "warnings") > 0);
  fail_unless (get_stat (renderer, "log-bytes-dropped") > 0);
}

GST_END_TEST;

static gpointer
draw_in_thread (gpointer data)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, small_pdf_new (1, ""));
  g_autoptr (RectoPage) page = lazy_page (bytes, 1);
  GError *error = NULL;

  fail_if (recto_renderer_render (renderer, page, &bgrx_options, &rendering,
          data, &error));
  return error;
}

GST_START_TEST (test_cancel_shouting_worker)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread;

  use_worker ("shouting");
  g_object_set (renderer, "page-cpu-limit", 0, NULL);
  thread = g_thread_new ("draws", draw_in_thread, cancellable);
  processes_wait_for_busy ();
  g_cancellable_cancel (cancellable);
  error = g_thread_join (thread);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

GST_END_TEST;

GST_START_TEST (test_last_words)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  use_worker ("dying");
  fail_if (draw (&rendering, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED);
  fail_unless (strstr (error->message, "“\xef\xbf\xbd dying”"), "%s",
      error->message);
  fail_unless_equals_uint64 (get_stat (renderer, "warnings"), 2);
}

GST_END_TEST;

GST_START_TEST (test_exit_for_want_of_memory)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  use_worker ("lacking");
  fail_if (draw (&rendering, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_MEMORY_LIMIT);
}

GST_END_TEST;

/* Such as what the linker says of a library that is missing. */
GST_START_TEST (test_last_words_of_zygote)
{
  g_autoptr (GError) error = NULL;

  use_worker ("zygote-dying");
  fail_if (recto_renderer_start (renderer, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  fail_unless (strstr (error->message, "“\xef\xbf\xbd dying”"), "%s",
      error->message);
}

GST_END_TEST;

static const char *const zygote_lies[] = {
  "zygote-exit", "zygote-noise", "zygote-failed", "zygote-parent",
  "zygote-init", "zygote-serial",
};

GST_START_TEST (test_zygote_lies)
{
  g_autoptr (GError) error = NULL;

  use_worker (zygote_lies[__i__]);
  fail_if (recto_renderer_start (renderer, NULL, &error));
  fail_unless (error->domain == G_IO_ERROR);
  fail_unless (strstr (error->message, path));
  GST_INFO ("%s: %s", zygote_lies[__i__], error->message);
}

GST_END_TEST;

/* This one does not lie: its kernel has no Landlock. */
GST_START_TEST (test_missing_wall)
{
  RectoPosture posture;
  g_autoptr (GError) error = NULL;

  use_worker ("no-landlock");
  fail_if (recto_renderer_start (renderer, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  fail_unless (strstr (error->message, "landlock"), "%s", error->message);
  fail_unless (strstr (error->message, "lsm="), "%s", error->message);
  fail_if (recto_renderer_get_posture (renderer, &posture));

  g_clear_error (&error);
  g_object_set (renderer, "sandbox", RECTO_SANDBOX_BEST_EFFORT, NULL);
  fail_unless (recto_renderer_start (renderer, NULL, &error));
  fail_unless (recto_renderer_get_posture (renderer, &posture));
  fail_unless_equals_int (posture.errors[RECTO_WORKER_FILES], EOPNOTSUPP);
  fail_unless_equals_int (posture.errors[RECTO_WORKER_SYSCALLS], 0);
  recto_renderer_stop (renderer);

  g_object_set (renderer, "sandbox", RECTO_SANDBOX_OFF, NULL);
  fail_unless (recto_renderer_start (renderer, NULL, &error));
  fail_unless (recto_renderer_get_posture (renderer, &posture));
  fail_unless_equals_int (posture.errors[RECTO_WORKER_SYSCALLS], -1);
  recto_renderer_stop (renderer);
}

GST_END_TEST;

static Suite *
lyingworker_suite (void)
{
  Suite *suite = suite_create ("lyingworker");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_honest, 0, G_N_ELEMENTS (honest_modes));
  tcase_add_test (tcase, test_spy);
  tcase_add_test (tcase, test_environment);
  tcase_add_loop_test (tcase, test_page_lies, 0, G_N_ELEMENTS (page_lies));
  tcase_add_test (tcase, test_missing_wall);
  tcase_add_test (tcase, test_page_deaths);
  tcase_add_test (tcase, test_page_deaths_in_a_row);
  tcase_add_loop_test (tcase, test_open_lies, 0, G_N_ELEMENTS (open_lies));
  tcase_add_test (tcase, test_loud_worker);
  tcase_add_loop_test (tcase, test_shouting_worker, 0, G_N_ELEMENTS (limits));
  tcase_add_test (tcase, test_cancel_shouting_worker);
  tcase_add_test (tcase, test_last_words);
  tcase_add_test (tcase, test_exit_for_want_of_memory);
  tcase_add_test (tcase, test_last_words_of_zygote);
  tcase_add_loop_test (tcase, test_zygote_lies, 0,
      G_N_ELEMENTS (zygote_lies));

  return suite;
}

GST_CHECK_MAIN (lyingworker);
