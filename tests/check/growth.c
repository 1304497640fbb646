/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * That nothing is kept of a page or a document that is done: what the heap has
 * in use doesn't grow with them. What the system counts is too coarse for it,
 * since there are gaps in it.
 */

#include "config.h"

#include <malloc.h>

#include <model-server.h>

#include "document-fixture.h"
#include "page-fixture.h"
#include "small-pdf.h"

#define N_FEW 100
#define N_MANY 1600

/* Bytes for each page more, where threads have no caches of what they freed:
 * the bounds of queues and connections are not reached with few. */
#define MAX_GROWTH 16

typedef struct
{
  PageFixture pages;
  ModelServer *server;
  guint n_runs;
} Fixture;

/* One in three is none, and each is unlike all others. */
static void
write_documents (const char *folder, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf ("%u/%u.pdf", n, i);
    g_autofree char *title = g_strdup_printf ("Document %u of %u", i, n);
    g_autofree char *path = NULL;

    if (i % 3 > 0) {
      g_autoptr (GBytes) pdf = small_pdf_new (1, title);

      path = fixture_write (folder, name, g_bytes_get_data (pdf, NULL),
          g_bytes_get_size (pdf));
    } else {
      path = fixture_write (folder, name, title, -1);
    }
  }
}

static void
fixture_init (Fixture * self)
{
  page_fixture_init (&self->pages);
  write_documents (self->pages.folder, N_FEW);
  write_documents (self->pages.folder, N_MANY);
  self->server = model_server_new ();
  model_server_set_cheap (self->server, TRUE);
}

static void
fixture_clear (Fixture * self)
{
  model_server_free (self->server);
  page_fixture_clear (&self->pages);
}

static gsize
count_heap (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

typedef struct
{
  gsize at_end;                 /* when all pages are done */
  gsize after;                  /* when all has stopped */
} Heap;

static void
run (Fixture * self, const char *inference, guint n, Heap * heap)
{
  const char *folder = self->pages.folder;
  g_autofree char *reader = g_strdup_printf (inference,
      model_server_get_url (self->server));
  g_autofree char *line = g_strdup_printf ("rectobin location=%s/%u "
      "memory=300000000 n-workers=2 inference=\"%s\" "
      "sink=\"jsonlsink location=%s/%u-%u.jsonl\"", folder, n, reader, folder,
      n, self->n_runs++);
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_launch (line, &error);
  g_autoptr (GstElement) pipeline = gst_pipeline_new (NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  g_assert_no_error (error);
  gst_bin_add (GST_BIN (pipeline), bin);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  heap->at_end = count_heap ();
  gst_element_set_state (pipeline, GST_STATE_NULL);
  heap->after = count_heap ();
}

static void
assert_growth (const char *when, gsize few, gsize many)
{
  double growth = ((double) many - few) / (N_MANY - N_FEW);

  fail_unless (growth <= MAX_GROWTH, "%s %.0f bytes a page", when, growth);
  GST_INFO ("%s %.0f bytes a page", when, growth);
}

static const char *const inferences[] = {
  "textlayerinference",
  "vlminference server-url=%s",
};

/* Once all is warm. */
GST_START_TEST (test_growth)
{
  const char *inference = inferences[__i__];
  Fixture self = { 0, };
  Heap warm, few, many;

  fixture_init (&self);
  run (&self, inference, N_MANY, &warm);
  run (&self, inference, N_FEW, &few);
  run (&self, inference, N_MANY, &many);
  assert_growth ("at the end", few.at_end, many.at_end);
  assert_growth ("after the end", few.after, many.after);
  fixture_clear (&self);
}

GST_END_TEST;

static Suite *
growth_suite (void)
{
  Suite *suite = suite_create ("growth");
  TCase *general = tcase_create ("general");

  suite_add_tcase (suite, general);
  /* It reads thousands of pages, perhaps beside other tests. */
  tcase_set_timeout (general, 280);
  tcase_add_loop_test (general, test_growth, 0, G_N_ELEMENTS (inferences));

  return suite;
}

GST_CHECK_MAIN (growth);
