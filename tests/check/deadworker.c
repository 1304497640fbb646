/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What becomes of a renderer when its workers die, hang or are ended.
 */

#include <signal.h>

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

typedef struct
{
  RectoDocumentBytes *bytes;
  GCancellable *cancellable;
  GError *error;
  GThread *thread;
} Endless;

static gpointer
draw_endless (gpointer data)
{
  Endless *self = data;

  fail_if (draw_page (renderer, self->bytes, 1, self->cancellable,
          &self->error));
  return NULL;
}

/* Has a worker drawing a page without end; returns its pid. */
static int
endless_start (Endless * self)
{
  *self = (Endless) {
    .bytes = open_document (renderer, small_pdf_new_endless ()),
    .cancellable = g_cancellable_new (),
  };
  self->thread = g_thread_new ("endless", draw_endless, self);
  return processes_wait_for_busy ();
}

static void
endless_join (Endless * self)
{
  g_thread_join (self->thread);
  GST_INFO ("%s", self->error->message);
}

static void
endless_clear (Endless * self)
{
  recto_document_bytes_unref (self->bytes);
  g_object_unref (self->cancellable);
  g_clear_error (&self->error);
}

static const struct
{
  int signal;
  RectoPageStatus status;
} deaths[] = {
  {SIGKILL, RECTO_PAGE_CRASHED},
  {SIGABRT, RECTO_PAGE_CRASHED},
  {SIGSEGV, RECTO_PAGE_CRASHED},
  {SIGTRAP, RECTO_PAGE_CRASHED},
  {SIGILL, RECTO_PAGE_CRASHED},
  {SIGXCPU, RECTO_PAGE_TIMEOUT},
};

GST_START_TEST (test_death_in_mid_page)
{
  Endless endless;

  kill (endless_start (&endless), deaths[__i__].signal);
  endless_join (&endless);
  g_assert_error (endless.error, RECTO_PAGE_ERROR,
      (int) deaths[__i__].status);
  fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), 1);

  assert_works (renderer);
  endless_clear (&endless);
}

GST_END_TEST;

GST_START_TEST (test_stopped_worker)
{
  Endless endless;

  g_object_set (renderer, "page-timeout", 2, NULL);
  kill (endless_start (&endless), SIGSTOP);
  endless_join (&endless);
  g_assert_error (endless.error, RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT);

  g_object_set (renderer, "page-timeout", 0, NULL);
  assert_works (renderer);
  endless_clear (&endless);
}

GST_END_TEST;

GST_START_TEST (test_cpu_limit)
{
  Endless endless;

  g_object_set (renderer, "page-cpu-limit", 1, "page-timeout", 100, NULL);
  endless_start (&endless);
  endless_join (&endless);
  g_assert_error (endless.error, RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT);
  fail_unless (strstr (endless.error->message, "CPU"));

  assert_works (renderer);
  endless_clear (&endless);
}

GST_END_TEST;

GST_START_TEST (test_cancel_in_mid_page)
{
  Endless endless;

  g_object_set (renderer, "page-cpu-limit", 0, NULL);
  endless_start (&endless);
  g_cancellable_cancel (endless.cancellable);
  endless_join (&endless);
  g_assert_error (endless.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  processes_wait_for_none ();
  fail_unless_equals_uint64 (get_stat (renderer, "workers-lost"), 0);

  assert_works (renderer);
  endless_clear (&endless);
}

GST_END_TEST;

/* Nobody draws while one who waits for a worker can't be got out of it. */
GST_START_TEST (test_cancel_while_waiting)
{
  Endless endless[2];
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  recto_renderer_set_n_workers (renderer, 1);
  endless_start (&endless[0]);

  /* One page of a document at a time. */
  endless[1] = (Endless) {
    .bytes = recto_document_bytes_ref (endless[0].bytes),
    .cancellable = g_cancellable_new (),
  };
  endless[1].thread = g_thread_new ("waits", draw_endless, &endless[1]);
  g_usleep (50000);
  g_cancellable_cancel (endless[1].cancellable);
  endless_join (&endless[1]);
  g_assert_error (endless[1].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  g_cancellable_cancel (cancellable);
  fail_if (draw_page (renderer, endless[0].bytes, 1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  fail_unless_equals_uint64 (get_stat (renderer, "forks"), 1);

  g_cancellable_cancel (endless[0].cancellable);
  endless_join (&endless[0]);
  endless_clear (&endless[0]);
  endless_clear (&endless[1]);
}

GST_END_TEST;

GST_START_TEST (test_zygote_killed)
{
  Endless endless;

  assert_works (renderer);
  kill (processes_find_zygote (), SIGKILL);
  assert_works (renderer);

  endless_start (&endless);
  kill (processes_find_zygote (), SIGKILL);
  endless_join (&endless);
  g_assert_error (endless.error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED);
  assert_works (renderer);
  endless_clear (&endless);
}

GST_END_TEST;

/* Those that have ended but were not reaped are among them. */
static void
wait_for_few_children (int zygote, guint max_children)
{
  for (;;) {
    g_autoptr (GArray) children = processes_list_children (zygote, TRUE);

    if (children->len <= max_children)
      return;
    g_usleep (1000);
  }
}

/* A zygote that hangs holds up who is not cancelled, and nobody else. */
GST_START_TEST (test_zygote_stopped)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      open_document (renderer, small_pdf_new (1, ""));
  g_autoptr (RectoDocumentBytes) other =
      read_document (renderer, small_pdf_new (1, ""), &error);
  Endless waiting = {.bytes = other,.cancellable = cancellable };
  int zygote = processes_find_zygote ();

  recto_renderer_set_n_workers (renderer, 2);
  kill (zygote, SIGSTOP);
  waiting.thread = g_thread_new ("waits", draw_endless, &waiting);
  fail_unless (draw_page (renderer, bytes, 1, NULL, &error));
  g_usleep (50000);
  g_cancellable_cancel (cancellable);
  endless_join (&waiting);
  g_assert_error (waiting.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&waiting.error);

  /* Its answer comes late, to somebody else. */
  kill (zygote, SIGCONT);
  assert_works (renderer);
  assert_works (renderer);
  fail_unless_equals_int (processes_find_zygote (), zygote);
  wait_for_few_children (zygote, 3);
}

GST_END_TEST;

static Suite *
deadworker_suite (void)
{
  Suite *suite = suite_create ("deadworker");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_death_in_mid_page, 0,
      G_N_ELEMENTS (deaths));
  tcase_add_test (tcase, test_stopped_worker);
  tcase_add_test (tcase, test_cpu_limit);
  tcase_add_test (tcase, test_cancel_in_mid_page);
  tcase_add_test (tcase, test_cancel_while_waiting);
  tcase_add_test (tcase, test_zygote_killed);
  tcase_add_test (tcase, test_zygote_stopped);

  return suite;
}

GST_CHECK_MAIN (deadworker);
