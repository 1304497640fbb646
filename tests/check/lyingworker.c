/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The renderer with a worker that somebody else has taken over: nothing that
 * it says may do more than fail a page.
 */

#include <errno.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <unistd.h>

#include <recto/recto-page-private.h>

#include "renderer-fixture.h"
#include "processes.h"
#include "small-pdf.h"

#include "../bench/memory.h"

#define N_RANDOM_DOCUMENTS 1500
#define N_RANDOM_ZYGOTES 100

/* Kilobytes that may come and go with many lies. */
#define MAX_GROWTH 4096

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

  if (path)
    g_unlink (path);
  g_free (path);
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

static char *
get_text (RectoDocumentBytes * bytes, GError ** error)
{
  g_autoptr (RectoPage) page = lazy_page (bytes, 1);

  return recto_renderer_get_text (renderer, page, NULL, NULL, error);
}

static char *
read_text (GError ** error)
{
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, small_pdf_new (1, ""));

  return get_text (bytes, error);
}

/* If this one were not believed, the others would prove nothing. */
static const char *const honest_modes[] = { "honest", "abuse" };

GST_START_TEST (test_honest)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  use_worker (honest_modes[__i__]);
  fail_unless (draw (&rendering, &error));
  fail_unless_equals_int (rendering.width, 10);
  fail_unless_equals_string (rendering.label, "\xef\xbf\xbd bad");

  text = read_text (&error);
  fail_unless_equals_string (text, "\xef\xbf\xbd");
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

/* Lies that can be told at every message to a child. */
#define CHILD_LIES "wrong-kind", "wrong-serial", "unknown-status", \
    "huge-size", "largest-size", "failed-with-huge-size", "exit", "abort", \
    "close", "shutdown", "short", "long", "empty", "noise", "descriptor", \
    "descriptors", "flood"

/* Of a page, whether it is drawn or read. */
#define DESCRIPTION_LIES "not-a-number", "infinite", "negative", \
    "endless-label"

static const char *const page_lies[] = {
  CHILD_LIES, DESCRIPTION_LIES, "no-size", "wide", "high", "flat",
  "narrow-stride", "large-stride",
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

static const RectoWorkerFormat encoded[] = {
  RECTO_WORKER_PNG, RECTO_WORKER_JPEG,
};

static gboolean
draw_encoded (RectoWorkerFormat format, RectoRendering * rendering,
    GError ** error)
{
  RectoRenderOptions options = png_options;
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, small_pdf_new (1, ""));
  g_autoptr (RectoPage) page = lazy_page (bytes, 1);

  options.format = format;
  return recto_renderer_render (renderer, page, &options, rendering, NULL,
      error);
}

static const char *const head_lies[] = {
  "other-type", "wider-head", "damaged-head", "short-head",
};

GST_START_TEST (test_honest_heads)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  use_worker ("honest");
  fail_unless (draw_encoded (encoded[__i__], &rendering, &error));
  fail_unless_equals_int (rendering.width, 10);
}

GST_END_TEST;

/* What an image itself says is what its decoder believes. */
GST_START_TEST (test_head_lies)
{
  for (guint i = 0; i < G_N_ELEMENTS (encoded); i++) {
    g_auto (RectoRendering) rendering = { 0 };
    g_autoptr (GError) error = NULL;

    use_worker (head_lies[__i__]);
    fail_if (draw_encoded (encoded[i], &rendering, &error));
    g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED);
    fail_unless (rendering.data == NULL);
  }
}

GST_END_TEST;

static const char *const text_lies[] = { CHILD_LIES, DESCRIPTION_LIES };

GST_START_TEST (test_text_lies)
{
  g_autofree char *mode = g_strconcat (text_lies[__i__], "-at-text", NULL);

  use_worker (mode);
  for (guint i = 1; i <= 3; i++) {
    g_autoptr (GError) error = NULL;

    fail_unless (read_text (&error) == NULL);
    g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED);
    fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), i);
  }
}

GST_END_TEST;

static void
assert_page_fails (RectoDocument * document, RectoDocumentBytes * bytes,
    guint number, gboolean tried, RectoPageStatus status)
{
  g_autoptr (RectoPage) page = recto_page_new_lazy (document, number, FALSE,
      tried, bytes);
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  fail_if (recto_renderer_render (renderer, page, &bgrx_options, &rendering,
          NULL, &error));
  fail_unless (g_error_matches (error, RECTO_PAGE_ERROR, status), "%u: %s",
      number, error->message);
}

static void
assert_has_text (RectoDocument * document, RectoDocumentBytes * bytes)
{
  g_autoptr (RectoPage) page = recto_page_new_lazy (document, 1, FALSE, FALSE,
      bytes);
  g_autoptr (GError) error = NULL;
  g_autofree char *text =
      recto_renderer_get_text (renderer, page, NULL, NULL, &error);

  g_assert_no_error (error);
  fail_unless (text != NULL);
}

/* A document whose pages all end their workers costs ten of them. */
GST_START_TEST (test_page_deaths)
{
  use_worker ("exit");
  for (guint i = 1; i <= 2; i++) {
    g_autoptr (RectoDocument) document = recto_document_new (NULL, "test");
    g_autoptr (RectoDocumentBytes) bytes =
        open_document (renderer, small_pdf_new (1, ""));
    g_autoptr (RectoPage) page = recto_page_new_lazy (document, 13, FALSE,
        FALSE, bytes);
    g_autoptr (GError) error = NULL;

    for (guint number = 1; number <= 10; number++)
      assert_page_fails (document, bytes, number, FALSE, RECTO_PAGE_CRASHED);
    for (guint number = 11; number <= 12; number++)
      assert_page_fails (document, bytes, number, FALSE, RECTO_PAGE_SKIPPED);
    fail_if (recto_renderer_get_text (renderer, page, NULL, NULL, &error));
    g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_SKIPPED);
    fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), 10 * i);
  }
}

GST_END_TEST;

/* One page that is drawn, or fails in peace, begins the count anew. */
GST_START_TEST (test_page_deaths_in_a_row)
{
  g_autoptr (RectoDocument) document = recto_document_new (NULL, "test");
  g_autoptr (RectoDocumentBytes) bytes = NULL;

  use_worker ("exit");
  bytes = open_document (renderer, small_pdf_new (1, ""));
  for (guint number = 1; number <= 25; number++) {
    assert_page_fails (document, bytes, number, FALSE, RECTO_PAGE_CRASHED);
    assert_has_text (document, bytes);
  }
}

GST_END_TEST;

/* Who tries again comes to those that were skipped. */
GST_START_TEST (test_page_deaths_again)
{
  g_autoptr (RectoDocument) document = recto_document_new (NULL, "test");
  g_autoptr (RectoDocumentBytes) bytes = NULL;

  use_worker ("exit");
  bytes = open_document (renderer, small_pdf_new (1, ""));
  for (guint number = 1; number <= 15; number++)
    assert_page_fails (document, bytes, number, TRUE, RECTO_PAGE_CRASHED);
  assert_has_text (document, bytes);
  for (guint number = 16; number <= 25; number++)
    assert_page_fails (document, bytes, number, FALSE, RECTO_PAGE_CRASHED);
  assert_page_fails (document, bytes, 26, FALSE, RECTO_PAGE_SKIPPED);
}

GST_END_TEST;

static const char *const open_lies[] = { CHILD_LIES, "many-pages", "encrypted" };

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

/* It does as it is asked and goes on by itself, where no page limits it. That
 * costs none: the next one gets another child. */
GST_START_TEST (test_restless_worker)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;

  use_worker ("restless");
  g_object_set (renderer, "page-cpu-limit", 0, NULL);
  recto_renderer_set_n_workers (renderer, 1);
  bytes = open_document (renderer, small_pdf_new (1, ""));
  for (guint i = 1; i <= 2; i++) {
    g_auto (RectoRendering) rendering = { 0 };
    g_autoptr (GError) error = NULL;

    draw_raster (bytes, &rendering, &error);
    g_assert_no_error (error);
    processes_wait_for_none ();
    fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), i);
    fail_unless_equals_uint64 (get_stat (renderer, "workers"), 0);
    fail_unless_equals_uint64 (get_stat (renderer, "forks"), i);
  }
}

GST_END_TEST;

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

/* A child that says nothing costs the time that a page may take, and ends. */
GST_START_TEST (test_silence)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  g_object_set (renderer, "page-timeout", 1, NULL);
  use_worker ("silence");
  fail_if (draw (&rendering, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT);
}

GST_END_TEST;

GST_START_TEST (test_silence_at_text)
{
  g_autoptr (GError) error = NULL;

  g_object_set (renderer, "page-timeout", 1, NULL);
  use_worker ("silence-at-text");
  fail_unless (read_text (&error) == NULL);
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT);
}

GST_END_TEST;

GST_START_TEST (test_silence_at_open)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (renderer, "page-timeout", 1, NULL);
  use_worker ("silence-at-open");
  bytes = read_document (renderer, small_pdf_new (1, ""), &error);
  fail_if (recto_renderer_open (renderer, bytes, &info, NULL, &error));
  g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT);
}

GST_END_TEST;

/* Such as what the linker says of a library that is missing. */
GST_START_TEST (test_last_words_of_zygote)
{
  g_autoptr (GError) error = NULL;

  use_worker ("dying-at-fork");
  fail_if (recto_renderer_start (renderer, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  fail_unless (strstr (error->message, "“\xef\xbf\xbd dying”"), "%s",
      error->message);
}

GST_END_TEST;

/* One that never answers a FORK is waited for for a minute: deadworker has
 * one that hangs, and somebody who does not want to wait. */
static const char *const zygote_lies[] = {
  "exit", "abort", "close", "shutdown", "wrong-kind", "wrong-serial", "short",
  "long", "empty", "noise", "descriptor", "descriptors", "flood", "failed",
  "unknown-status", "parent", "init", "no-pid",
};

GST_START_TEST (test_zygote_lies)
{
  g_autofree char *mode = g_strconcat (zygote_lies[__i__], "-at-fork", NULL);
  g_autoptr (GError) error = NULL;

  use_worker (mode);
  fail_if (recto_renderer_start (renderer, NULL, &error));
  fail_unless (error->domain == G_IO_ERROR);
  fail_unless (strstr (error->message, path));
  GST_INFO ("%s: %s", zygote_lies[__i__], error->message);
}

GST_END_TEST;

/* The walls stand, but no worker can live behind them. */
GST_START_TEST (test_no_child_lives)
{
  g_autoptr (GError) error = NULL;

  use_worker ("exit");
  fail_if (recto_renderer_start (renderer, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

GST_END_TEST;

static const char *const confine_lies[] = {
  "exit", "abort", "close", "shutdown", "wrong-kind", "wrong-serial", "short",
  "long", "empty", "noise", "descriptor", "descriptors", "flood",
};

GST_START_TEST (test_confine_lies)
{
  g_autofree char *mode = g_strconcat (confine_lies[__i__], "-at-confine",
      NULL);
  g_autoptr (GError) error = NULL;

  use_worker (mode);
  fail_if (recto_renderer_start (renderer, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
}

GST_END_TEST;

static const char *const reap_lies[] = {
  "exit", "abort", "close", "shutdown", "wrong-kind", "wrong-serial", "short",
  "long", "empty", "noise", "descriptor", "descriptors", "flood", "parent",
  "no-pid", "unknown-status", "silence", "odd-wait-status",
};

/* Nobody learns how the child has ended, and that is all. */
GST_START_TEST (test_reap_lies)
{
  g_autofree char *mode = g_strconcat (reap_lies[__i__], "-at-reap", NULL);

  use_worker (mode);
  for (guint i = 1; i <= 2; i++) {
    g_auto (RectoRendering) rendering = { 0 };
    g_autoptr (GError) error = NULL;

    fail_if (draw (&rendering, &error), "%s", mode);
    g_assert_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED);
    fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), i);
    GST_INFO ("%s: %s", mode, error->message);
  }
}

GST_END_TEST;

/* RECTO_SEED has the same lies told again. */
static guint
get_seed (void)
{
  const char *wanted = g_getenv ("RECTO_SEED");
  guint seed = wanted ? g_ascii_strtoull (wanted, NULL, 10) :
      (guint) g_random_int () % 1000000;

  g_printerr ("RECTO_SEED=%u\n", seed);
  return seed;
}

static void
use_random_worker (guint seed, const char *suffix)
{
  g_autofree char *mode = g_strdup_printf ("random-%u%s", seed, suffix);

  use_worker (mode);
}

static void
assert_utf8 (const char *string)
{
  fail_unless (string == NULL || g_utf8_validate (string, -1, NULL));
}

/* What is believed is at least possible. */
static void
draw_random (RectoDocumentBytes * bytes)
{
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;

  if (!draw_raster (bytes, &rendering, &error)) {
    fail_unless (error->domain == RECTO_PAGE_ERROR, "%s", error->message);
    fail_unless (rendering.data == NULL);
    return;
  }
  fail_unless (rendering.width > 0 && rendering.width <= 4096);
  fail_unless (rendering.height > 0 && rendering.height <= 4096);
  fail_unless_equals_int (rendering.stride, 4 * rendering.width);
  fail_unless_equals_uint64 (g_bytes_get_size (rendering.data),
      (guint64) rendering.stride * rendering.height);
  assert_utf8 (rendering.label);
}

static void
read_random (RectoDocumentBytes * bytes)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = get_text (bytes, &error);

  if (text == NULL)
    fail_unless (error->domain == RECTO_PAGE_ERROR, "%s", error->message);
  assert_utf8 (text);
}

/* Whether it could be opened, which is not said to be true. */
static gboolean
try_random_document (void)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      read_document (renderer, small_pdf_new (1, ""), &error);

  g_assert_no_error (error);
  if (!recto_renderer_open (renderer, bytes, &info, NULL, &error)) {
    fail_unless (error->domain == RECTO_DOCUMENT_ERROR, "%s", error->message);
    fail_unless (info.title == NULL);
    assert_utf8 (error->message);
    return FALSE;
  }
  fail_unless (info.n_pages > 0 && info.n_pages <= G_MAXINT);
  assert_utf8 (info.title);
  draw_random (bytes);
  read_random (bytes);
  return TRUE;
}

/* Of a large text, the allocator may keep some megabytes for the next one. */
static long
get_used_memory (void)
{
  malloc_trim (0);
  return get_memory ("RssAnon");
}

/* Sanitizers keep for long what has been freed. */
static void
assert_flat (long before)
{
#ifndef __SANITIZE_ADDRESS__
  long after = get_used_memory ();

  fail_unless (after <= before + MAX_GROWTH, "%ld kB, then %ld", before,
      after);
#endif
}

GST_START_TEST (test_random_lies)
{
  long memory = 0;
  guint n_opened = 0;
  guint n_fds = 0;

  use_random_worker (get_seed (), "");
  recto_renderer_set_n_workers (renderer, 1);
  for (guint i = 0; i < N_RANDOM_DOCUMENTS; i++) {
    n_opened += try_random_document ();
    if (i == N_RANDOM_DOCUMENTS / 4) {
      memory = get_used_memory ();
      n_fds = processes_count_fds ();
    }
  }

  /* Some have told the truth, and some have not. */
  fail_unless (n_opened > N_RANDOM_DOCUMENTS / 4);
  fail_unless (n_opened < N_RANDOM_DOCUMENTS);
  fail_unless (get_stat (renderer, "workers-lost") > N_RANDOM_DOCUMENTS / 4);
  /* The socket, log and process of two workers may be there or not. */
  fail_unless (processes_count_fds () <= n_fds + 6);
  assert_flat (memory);
}

GST_END_TEST;

/* Pages are lost, or there are no workers at all. */
static void
try_random_zygote (void)
{
  g_autoptr (GError) error = NULL;

  if (!recto_renderer_start (renderer, NULL, &error)) {
    fail_unless (error->domain == G_IO_ERROR, "%s", error->message);
    return;
  }

  for (guint i = 0; i < 3; i++) {
    g_auto (RectoRendering) rendering = { 0 };
    g_auto (RectoDocumentInfo) info = { 0 };
    g_autoptr (GError) cause = NULL;
    g_autoptr (RectoDocumentBytes) bytes =
        read_document (renderer, small_pdf_new (1, ""), &cause);

    g_assert_no_error (cause);
    if (recto_renderer_open (renderer, bytes, &info, NULL, &cause))
      draw_raster (bytes, &rendering, &cause);
    assert_utf8 (cause ? cause->message : NULL);
  }
  recto_renderer_stop (renderer);
}

GST_START_TEST (test_random_zygotes)
{
  const char *suffix = __i__ ? "-at-reap" : "-at-fork";
  guint seed = get_seed ();
  long memory = 0;

  for (guint i = 0; i < N_RANDOM_ZYGOTES; i++) {
    use_random_worker (seed + i, suffix);
    try_random_zygote ();
    if (i == N_RANDOM_ZYGOTES / 4)
      memory = get_used_memory ();
  }
  assert_flat (memory);
}

GST_END_TEST;

/* This one does not lie: its kernel has no Landlock. */
GST_START_TEST (test_missing_wall)
{
  RectoPosture posture;
  g_autoptr (GError) error = NULL;

  use_worker ("no-landlock");
  /* As often as it is asked. */
  fail_if (recto_renderer_start (renderer, NULL, &error));
  g_clear_error (&error);
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

/* Nor does this one, in a container. */
GST_START_TEST (test_forbidden_wall)
{
  g_autoptr (GError) error = NULL;

  use_worker ("forbidden-landlock");
  fail_if (recto_renderer_start (renderer, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  fail_unless (strstr (error->message, "landlock: the seccomp profile"), "%s",
      error->message);
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
  tcase_add_loop_test (tcase, test_honest_heads, 0, G_N_ELEMENTS (encoded));
  tcase_add_loop_test (tcase, test_head_lies, 0, G_N_ELEMENTS (head_lies));
  tcase_add_loop_test (tcase, test_text_lies, 0, G_N_ELEMENTS (text_lies));
  tcase_add_loop_test (tcase, test_open_lies, 0, G_N_ELEMENTS (open_lies));
  tcase_add_test (tcase, test_page_deaths);
  tcase_add_test (tcase, test_page_deaths_in_a_row);
  tcase_add_test (tcase, test_page_deaths_again);
  tcase_add_test (tcase, test_loud_worker);
  tcase_add_loop_test (tcase, test_shouting_worker, 0, G_N_ELEMENTS (limits));
  tcase_add_test (tcase, test_restless_worker);
  tcase_add_test (tcase, test_cancel_shouting_worker);
  tcase_add_test (tcase, test_last_words);
  tcase_add_test (tcase, test_exit_for_want_of_memory);
  tcase_add_test (tcase, test_last_words_of_zygote);
  tcase_add_test (tcase, test_silence);
  tcase_add_test (tcase, test_silence_at_text);
  tcase_add_test (tcase, test_silence_at_open);
  tcase_add_loop_test (tcase, test_zygote_lies, 0,
      G_N_ELEMENTS (zygote_lies));
  tcase_add_loop_test (tcase, test_confine_lies, 0,
      G_N_ELEMENTS (confine_lies));
  tcase_add_test (tcase, test_no_child_lives);
  tcase_add_test (tcase, test_missing_wall);
  tcase_add_test (tcase, test_forbidden_wall);
  tcase_add_loop_test (tcase, test_reap_lies, 0, G_N_ELEMENTS (reap_lies));
  tcase_add_test (tcase, test_random_lies);
  tcase_add_loop_test (tcase, test_random_zygotes, 0, 2);

  return suite;
}

GST_CHECK_MAIN (lyingworker);
