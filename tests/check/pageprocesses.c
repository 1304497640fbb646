/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What pdfsrc and pagerasterizer hold and start: limits, workers that die or
 * hang, and that nothing is left.
 */

#include "config.h"

#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <recto/recto-cpus-private.h>

#include "page-fixture.h"
#include "processes.h"

#define SOURCE "pdfsrc name=source location=%s ! "
#define CHAIN SOURCE "pagerasterizer name=rasterizer longest-side=64 "

static const PageSpec red = {.content = RED };

static guint64
get_renderer_stat (PageFixture * self, const char *name)
{
  g_autoptr (RectoRenderer) renderer = NULL;
  g_autoptr (GstStructure) stats = NULL;
  guint64 count;
  guint small;

  g_object_get (page_fixture_get (self, "source"), "renderer", &renderer,
      NULL);
  stats = recto_renderer_get_stats (renderer);
  if (gst_structure_get_uint (stats, name, &small))
    return small;
  fail_unless (gst_structure_get_uint64 (stats, name, &count), "%s", name);
  return count;
}

static void
pull_red (PageFixture * self, guint number)
{
  gst_sample_unref (page_fixture_pull_page (self, number, RECTO_PAGE_OK));
}

static void
pull_reds (PageFixture * self, guint first, guint last)
{
  for (guint i = first; i <= last; i++)
    pull_red (self, i);
}

/* Limits */

/* Nobody pulls: the line fills up to its limit, and all of it is drawn. */
static void
wait_till_full (PageFixture * self, guint limit)
{
  while (page_fixture_get_stat (self, "rasterizer", "pending") < limit ||
      page_fixture_get_stat (self, "rasterizer", "in-flight") > 0)
    g_usleep (1000);
}

static const struct
{
  const char *settings;
  guint pending;                /* 0: twice the automatic number of workers */
} limits[] = {
  {"n-workers=2 ! image/png", 32},
  {"n-workers=3 ! image/jpeg", 32},
  {"n-workers=2 ! video/x-raw", 4},
  {"n-workers=3 ! video/x-raw", 6},
  {"! image/png", 32},
  {"! video/x-raw", 0},
  {"n-workers=2 max-pending=5 ! video/x-raw", 5},
};

GST_START_TEST (test_max_pending)
{
  PageFixture self;
  g_autofree char *path = NULL;
  guint pending = limits[__i__].pending;
  const guint n_pages = 80;

  if (pending == 0)
    pending = 2 * recto_count_cpus ();

  page_fixture_init (&self);
  path = page_fixture_make_long_pdf (&self, "long.pdf", &red, n_pages, 0);
  page_fixture_build (&self, CHAIN "%s", path, limits[__i__].settings);
  g_object_set (self.sink, "max-buffers", 1, NULL);
  page_fixture_start (&self);

  wait_till_full (&self, pending);
  pull_reds (&self, 1, n_pages);
  page_fixture_assert_end (&self);

  fail_unless_equals_uint64 (page_fixture_get_stat (&self, "rasterizer",
          "peak-pending"), pending);
  fail_unless_equals_uint64 (page_fixture_get_stat (&self, "rasterizer",
          "pending"), 0);
  page_fixture_clear (&self);
}

GST_END_TEST;

GST_START_TEST (test_n_workers)
{
  PageFixture self;
  g_autofree char *path = NULL;
  g_autoptr (RectoRenderer) renderer = NULL;
  guint n_workers = __i__;

  page_fixture_init (&self);
  path = page_fixture_make_long_pdf (&self, "long.pdf", &red, 60, 0);
  page_fixture_play (&self, CHAIN "n-workers=%u ! image/png", path, n_workers);
  pull_reds (&self, 1, 60);
  page_fixture_assert_end (&self);

  g_object_get (page_fixture_get (&self, "source"), "renderer", &renderer,
      NULL);
  fail_unless_equals_int (recto_renderer_get_n_workers (renderer), n_workers);
  fail_unless (page_fixture_get_stat (&self, "rasterizer",
          "peak-in-flight") <= n_workers);
  fail_unless (get_renderer_stat (&self, "peak-workers") <= n_workers + 1);
  fail_unless_equals_uint64 (get_renderer_stat (&self, "pages-rendered"), 60);

  g_clear_object (&renderer);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Bytes of memfds of ours, and how many there are. */
static guint64
count_memfds (guint * n_memfds)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint64 bytes = 0;
  const char *name;

  *n_memfds = 0;
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
    g_autofree char *target = g_file_read_link (path, NULL);
    struct stat status;

    if (target && g_str_has_prefix (target, "/memfd:") &&
        stat (path, &status) == 0) {
      bytes += status.st_blocks * 512;
      ++*n_memfds;
    }
  }
  return bytes;
}

#define N_DOCUMENTS 9
#define N_PAGES 5
#define N_WORKERS 3
#define DOCUMENT_SIZE (1 << 20)

/* Nothing of all this may grow with documents. Two and a half of them fit into
 * the memory that there is for documents. */
static void
assert_limits (PageFixture * self)
{
  const guint64 max_document_bytes = DOCUMENT_SIZE * 5 / 2;
  const guint64 max_buffer_bytes = (N_WORKERS + 1) * (guint64) (1 << 20);
  g_autoptr (GArray) children = NULL;
  guint n_memfds;
  guint64 bytes = count_memfds (&n_memfds);

  children = processes_list_children (processes_find_zygote (), FALSE);
  fail_unless (children->len <= N_WORKERS + 1, "%u children", children->len);

  fail_unless (get_renderer_stat (self, "workers") <= N_WORKERS + 1);
  fail_unless (get_renderer_stat (self, "peak-workers") <= N_WORKERS + 1);
  fail_unless (get_renderer_stat (self, "documents-held") <= N_WORKERS + 1);
  fail_unless (get_renderer_stat (self, "document-bytes") <=
      max_document_bytes);
  fail_unless (get_renderer_stat (self, "peak-document-bytes") <=
      max_document_bytes);
  fail_unless (get_renderer_stat (self, "buffers") <= N_WORKERS + 1);
  fail_unless (get_renderer_stat (self, "buffer-bytes") <= max_buffer_bytes);

  fail_unless (n_memfds <= 2 * (N_WORKERS + 1), "%u memfds", n_memfds);
  fail_unless (bytes <= max_document_bytes + max_buffer_bytes,
      "%" G_GUINT64_FORMAT " bytes", bytes);
}

GST_START_TEST (test_limits)
{
  PageFixture self;

  page_fixture_init (&self);
  for (guint i = 0; i < N_DOCUMENTS; i++) {
    g_autofree char *name = g_strdup_printf ("%u.pdf", i);

    g_free (page_fixture_make_long_pdf (&self, name, &red, N_PAGES,
            DOCUMENT_SIZE));
  }
  page_fixture_build (&self, CHAIN "n-workers=%u ! %s", self.folder,
      N_WORKERS, __i__ ? "video/x-raw" : "image/png");
  g_object_set (page_fixture_get (&self, "source"), "max-document-memory",
      (guint64) DOCUMENT_SIZE * 5 / 2, NULL);
  g_object_set (self.sink, "max-buffers", 1, NULL);
  page_fixture_start (&self);

  for (guint i = 0; i < N_DOCUMENTS * N_PAGES; i++) {
    pull_red (&self, i % N_PAGES + 1);
    assert_limits (&self);
  }
  page_fixture_assert_end (&self);

  /* It was counted what there was. */
  fail_unless (get_renderer_stat (&self, "peak-document-bytes") >=
      DOCUMENT_SIZE);
  fail_unless (get_renderer_stat (&self, "peak-workers") > 1);
  fail_unless_equals_uint64 (get_renderer_stat (&self, "pages-rendered"),
      N_DOCUMENTS * N_PAGES);
  fail_unless_equals_uint64 (get_renderer_stat (&self, "documents-held"), 0);
  fail_unless_equals_uint64 (get_renderer_stat (&self, "document-bytes"), 0);
  fail_unless_equals_uint64 (get_renderer_stat (&self, "workers-lost"), 0);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* A document that is larger than all the memory there is for them comes
 * through, too, alone. */
GST_START_TEST (test_one_document_is_always_allowed)
{
  PageFixture self;

  page_fixture_init (&self);
  g_free (page_fixture_make_long_pdf (&self, "1.pdf", &red, 2,
          DOCUMENT_SIZE));
  g_free (page_fixture_make_long_pdf (&self, "2.pdf", &red, 2,
          DOCUMENT_SIZE));
  page_fixture_build (&self, CHAIN "n-workers=2 ! image/png", self.folder);
  g_object_set (page_fixture_get (&self, "source"), "max-document-memory",
      (guint64) 1000, NULL);
  page_fixture_start (&self);

  pull_reds (&self, 1, 2);
  pull_reds (&self, 1, 2);
  page_fixture_assert_end (&self);
  fail_unless_equals_uint64 (get_renderer_stat (&self, "peak-documents-held"),
      1);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Workers that die or hang */

static const PageSpec with_endless[] = {
  {.content = RED}, {.content = RED}, {.content = ENDLESS}, {.content = RED},
  {.content = RED},
};

/* The path of a document whose third page keeps a worker busy. */
static char *
make_endless (PageFixture * self)
{
  return page_fixture_make_pdf (self, "endless.pdf", with_endless,
      G_N_ELEMENTS (with_endless));
}

GST_START_TEST (test_killed_worker)
{
  PageFixture self;
  g_autofree char *path = NULL;
  guint n_workers = __i__;

  page_fixture_init (&self);
  path = make_endless (&self);
  g_free (page_fixture_make_pdf (&self, "next.pdf", with_endless, 2));
  page_fixture_play (&self, CHAIN "n-workers=%u ! image/png", self.folder,
      n_workers);

  pull_reds (&self, 1, 2);
  kill (processes_wait_for_busy (), SIGKILL);
  gst_sample_unref (page_fixture_pull_page (&self, 3, RECTO_PAGE_CRASHED));
  pull_reds (&self, 4, 5);
  pull_reds (&self, 1, 2);
  page_fixture_assert_end (&self);

  fail_unless_equals_uint64 (get_renderer_stat (&self, "workers-lost"), 1);
  fail_unless_equals_uint64 (page_fixture_get_stat (&self, "rasterizer",
          "failed"), 1);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* The parent of all of them: what it had begun is lost at most. */
GST_START_TEST (test_killed_zygote)
{
  PageFixture self;
  g_autofree char *path = NULL;
  int zygote;

  page_fixture_init (&self);
  path = page_fixture_make_long_pdf (&self, "long.pdf", &red, 60, 0);
  page_fixture_build (&self, CHAIN "n-workers=2 ! image/png", path);
  g_object_set (self.sink, "max-buffers", 1, NULL);
  page_fixture_start (&self);
  wait_till_full (&self, 32);

  zygote = processes_find_zygote ();
  fail_unless (zygote > 0);
  kill (zygote, SIGKILL);
  for (guint i = 1; i <= 60; i++) {
    g_autoptr (GstSample) sample = page_fixture_pull (&self);

    fail_unless_equals_int (recto_page_get_number (get_page (sample)), i);
  }
  page_fixture_assert_end (&self);
  /* One a worker. */
  fail_unless (page_fixture_get_stat (&self, "rasterizer", "failed") <= 3);
  page_fixture_clear (&self);
}

GST_END_TEST;

static void
stop_all (void)
{
  int zygote = processes_find_zygote ();
  g_autoptr (GArray) children = processes_list_children (zygote, FALSE);

  kill (zygote, SIGSTOP);
  for (guint i = 0; i < children->len; i++)
    kill (g_array_index (children, int, i), SIGSTOP);
}

static GArray *
open_processes (int root)
{
  GArray *pidfds = processes_list_children (root, FALSE);

  g_array_append_val (pidfds, root);
  for (guint i = 0; i < pidfds->len; i++) {
    int *pid = &g_array_index (pidfds, int, i);

    *pid = pidfd_open (*pid, 0);
    fail_unless (*pid >= 0);
  }
  return pidfds;
}

/* Takes @pidfds. */
static void
wait_till_gone (GArray * pidfds)
{
  for (guint i = 0; i < pidfds->len; i++) {
    struct pollfd gone = {.fd = g_array_index (pidfds, int, i),.events =
          POLLIN
    };

    fail_unless_equals_int (poll (&gone, 1, -1), 1);
    close (gone.fd);
  }
  g_array_unref (pidfds);
}

/* NULL with pages in flight, whether their workers run or are stopped. */
GST_START_TEST (test_null)
{
  PageFixture self;
  g_autofree char *path = NULL;
  GArray *pidfds;

  page_fixture_init (&self);
  path = make_endless (&self);
  page_fixture_play (&self, CHAIN "n-workers=2 ! image/png", path);
  pull_reds (&self, 1, 2);
  processes_wait_for_busy ();
  pidfds = open_processes (processes_find_zygote ());
  if (__i__)
    stop_all ();

  page_fixture_stop (&self);
  wait_till_gone (pidfds);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* READY and up again: the same elements once more. */
GST_START_TEST (test_restart)
{
  PageFixture self;
  g_autofree char *path = NULL;
  int worker;

  page_fixture_init (&self);
  path = make_endless (&self);
  page_fixture_play (&self, CHAIN "n-workers=2 ! image/png", path);
  for (guint i = 0; i < 3; i++) {
    pull_reds (&self, 1, 2);
    worker = processes_wait_for_busy ();
    if (__i__)
      kill (worker, SIGSTOP);
    gst_element_set_state (self.pipeline, GST_STATE_READY);

    /* The elements are still there, the processes are not. */
    fail_unless_equals_int (processes_find_zygote (), 0);
    page_fixture_start (&self);
  }
  pull_reds (&self, 1, 2);
  page_fixture_clear (&self);
}

GST_END_TEST;

static void
seek (PageFixture * self, guint64 page)
{
  fail_unless (gst_element_seek_simple (self->pipeline, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, page * GST_SECOND));
}

/* A flush with pages in flight does not wait for them. */
GST_START_TEST (test_seek)
{
  PageFixture self;
  g_autofree char *path = NULL;
  int worker;

  page_fixture_init (&self);
  path = make_endless (&self);
  page_fixture_play (&self, CHAIN "n-workers=2 ! image/png", path);
  for (guint i = 0; i < 3; i++) {
    pull_reds (&self, 1, 2);
    worker = processes_wait_for_busy ();
    if (__i__)
      kill (worker, SIGSTOP);
    seek (&self, 0);
  }
  pull_reds (&self, 1, 2);
  processes_wait_for_busy ();
  seek (&self, 3);
  pull_reds (&self, 4, 5);
  page_fixture_assert_end (&self);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* Nothing is left */

static void
run_once (PageFixture * self)
{
  page_fixture_play (self, CHAIN "n-workers=2 ! image/png", self->folder);
  pull_reds (self, 1, 20);
  gst_sample_unref (page_fixture_pull (self));
  pull_reds (self, 1, 20);
  page_fixture_assert_end (self);
  page_fixture_stop (self);
}

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n_files = 0;

  while (g_dir_read_name (dir))
    n_files++;
  return n_files;
}

GST_START_TEST (test_nothing_is_left)
{
  PageFixture self;
  GArray *pidfds;
  guint n_fds;

  page_fixture_init (&self);
  g_free (page_fixture_make_long_pdf (&self, "1.pdf", &red, 20, 0));
  g_free (page_fixture_make_long_pdf (&self, "2.pdf", &red, 0, 0));
  g_free (page_fixture_make_long_pdf (&self, "3.pdf", &red, 20, 0));

  /* Others open once what they keep. */
  run_once (&self);
  n_fds = processes_count_fds ();
  for (guint i = 0; i < 3; i++)
    run_once (&self);
  fail_unless_equals_int (processes_count_fds (), n_fds);
  fail_unless_equals_int (count_files (self.folder), 3);

  page_fixture_play (&self, CHAIN "n-workers=2 ! image/png", self.folder);
  pull_reds (&self, 1, 20);
  pidfds = open_processes (processes_find_zygote ());
  page_fixture_stop (&self);
  wait_till_gone (pidfds);
  page_fixture_clear (&self);
}

GST_END_TEST;

/* What this program is with an argument: somebody who runs a pipeline. */
G_NORETURN static void
run_for_ever (const char *path)
{
  g_autofree char *line = g_strdup_printf (CHAIN "n-workers=2 ! image/png "
      "! fakesink", path);
  GstElement *pipeline;

  gst_init (NULL, NULL);
  pipeline = gst_parse_launch (line, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (;;)
    pause ();
}

static int
find_busy_zygote (int parent)
{
  for (;;) {
    g_autoptr (GArray) zygotes = processes_list_children (parent, FALSE);

    for (guint i = 0; i < zygotes->len; i++) {
      int zygote = g_array_index (zygotes, int, i);
      g_autoptr (GArray) children = processes_list_children (zygote, FALSE);

      if (children->len > 0)
        return zygote;
    }
    g_usleep (1000);
  }
}

/* No handler runs, and still nobody stays, not even who has been stopped. */
GST_START_TEST (test_parent_is_killed)
{
  PageFixture self;
  g_autofree char *path = NULL;
  GArray *pidfds;
  pid_t parent;

  page_fixture_init (&self);
  path = page_fixture_make_long_pdf (&self, "endless.pdf",
      &(PageSpec) {.content = ENDLESS}, 5, 0);

  parent = fork ();
  if (parent == 0) {
    execl ("/proc/self/exe", "run-for-ever", path, NULL);
    _exit (1);
  }
  pidfds = open_processes (find_busy_zygote (parent));

  kill (parent, SIGKILL);
  fail_unless_equals_int (waitpid (parent, NULL, 0), parent);
  wait_till_gone (pidfds);
  page_fixture_clear (&self);
}

GST_END_TEST;

static Suite *
page_processes_suite (void)
{
  Suite *suite = suite_create ("pageprocesses");
  TCase *bounds = tcase_create ("limits");
  TCase *deaths = tcase_create ("deaths");
  TCase *ends = tcase_create ("ends");

  suite_add_tcase (suite, bounds);
  tcase_add_loop_test (bounds, test_max_pending, 0, G_N_ELEMENTS (limits));
  tcase_add_loop_test (bounds, test_n_workers, 1, 5);
  tcase_add_loop_test (bounds, test_limits, 0, 2);
  tcase_add_test (bounds, test_one_document_is_always_allowed);

  suite_add_tcase (suite, deaths);
  tcase_add_loop_test (deaths, test_killed_worker, 1, 4);
  tcase_add_test (deaths, test_killed_zygote);

  suite_add_tcase (suite, ends);
  tcase_add_loop_test (ends, test_null, 0, 2);
  tcase_add_loop_test (ends, test_restart, 0, 2);
  tcase_add_loop_test (ends, test_seek, 0, 2);
  tcase_add_test (ends, test_nothing_is_left);
  tcase_add_test (ends, test_parent_is_killed);

  return suite;
}

int
main (int argc, char **argv)
{
  if (g_str_equal (argv[0], "run-for-ever"))
    run_for_ever (argv[1]);

  gst_check_init (&argc, &argv);
  return gst_check_run_suite (page_processes_suite (), "page_processes",
      __FILE__);
}
