/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How many pages are alive, whatever becomes of their buffers.
 */

#include "config.h"

#include <gst/check/gstcheck.h>

#include "buffer-queue.h"
#include "page/live-pages.h"

#define N_THREADS 8
#define N_PAGES 20000

static GstBuffer *
new_page (LivePages * pages)
{
  GstBuffer *buffer = gst_buffer_new ();

  live_pages_mark (pages, buffer);
  return buffer;
}

/* As an element does that makes another buffer of it. */
static gboolean
copy_meta (GstBuffer * from, GstMeta ** meta, gpointer to)
{
  GstMetaTransformCopy copy = { FALSE, 0, (gsize) - 1 };

  return (*meta)->info->transform_func (to, *meta, from,
      _gst_meta_transform_copy, &copy);
}

static void
derive (GstBuffer * from, GstBuffer * to)
{
  gst_buffer_foreach_meta (from, copy_meta, to);
}

/* All that is made of a page is one page. */
GST_START_TEST (test_copies)
{
  g_autoptr (LivePages) pages = live_pages_new ();
  GstBuffer *buffer = new_page (pages);
  GstBuffer *copy = gst_buffer_copy (buffer);
  GstBuffer *image = gst_buffer_new_allocate (NULL, 100, NULL);
  GstBuffer *part;

  derive (copy, image);
  derive (buffer, image);
  part = gst_buffer_copy_region (image, GST_BUFFER_COPY_ALL, 10, 20);
  fail_unless_equals_int (live_pages_count (pages), 1);
  fail_unless (live_pages_get_released_at (pages) == 0);

  gst_buffer_unref (buffer);
  gst_buffer_unref (copy);
  gst_buffer_unref (image);
  fail_unless_equals_int (live_pages_count (pages), 1);
  gst_buffer_unref (part);
  fail_unless_equals_int (live_pages_count (pages), 0);
  fail_unless_equals_int (live_pages_get_peak (pages), 1);
  fail_unless (live_pages_get_released_at (pages) > 0);
}

GST_END_TEST;

/* A buffer that several pages went into, and one that was counted twice. */
GST_START_TEST (test_several)
{
  g_autoptr (LivePages) pages = live_pages_new ();
  g_autoptr (LivePages) others = live_pages_new ();
  GstBuffer *one = new_page (pages);
  GstBuffer *other = new_page (pages);
  GstBuffer *both = gst_buffer_new ();

  live_pages_mark (others, other);
  derive (one, both);
  derive (other, both);
  gst_buffer_unref (one);
  gst_buffer_unref (other);
  fail_unless_equals_int (live_pages_count (pages), 2);
  fail_unless_equals_int (live_pages_count (others), 1);
  gst_buffer_unref (both);
  fail_unless_equals_int (live_pages_count (pages), 0);
  fail_unless_equals_int (live_pages_count (others), 0);
}

GST_END_TEST;

/* A pool keeps the buffer, not the page. */
GST_START_TEST (test_pool)
{
  g_autoptr (LivePages) pages = live_pages_new ();
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstBuffer *buffers[2];

  gst_buffer_pool_config_set_params (config, NULL, 100, 1, 1);
  fail_unless (gst_buffer_pool_set_config (pool, config));
  fail_unless (gst_buffer_pool_set_active (pool, TRUE));

  for (guint i = 0; i < 2; i++) {
    GstBuffer *page = new_page (pages);

    fail_unless_equals_int (gst_buffer_pool_acquire_buffer (pool, &buffers[i],
            NULL), GST_FLOW_OK);
    derive (page, buffers[i]);
    gst_buffer_unref (page);
    fail_unless_equals_int (live_pages_count (pages), 1);
    gst_buffer_unref (buffers[i]);
    fail_unless_equals_int (live_pages_count (pages), 0);
  }
  fail_unless (buffers[0] == buffers[1]);

  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
}

GST_END_TEST;

/* Pages outlive whoever counts them. */
GST_START_TEST (test_outlive)
{
  LivePages *pages = live_pages_new ();
  GstBuffer *buffer = new_page (pages);

  live_pages_unref (pages);
  gst_buffer_unref (buffer);
}

GST_END_TEST;

GST_START_TEST (test_wait)
{
  g_autoptr (LivePages) pages = live_pages_new ();
  GstBuffer *buffer = new_page (pages);

  fail_unless (live_pages_wait (pages, 2, 0) == LIVE_PAGES_ROOM);
  fail_unless (live_pages_wait (pages, 1, 0) == LIVE_PAGES_FULL);
  live_pages_cancel (pages);
  fail_unless (live_pages_wait (pages, 1, G_MAXINT64) ==
      LIVE_PAGES_CANCELLED);
  fail_unless (live_pages_wait (pages, 2, 0) == LIVE_PAGES_CANCELLED);
  live_pages_uncancel (pages);
  fail_unless (live_pages_wait (pages, 2, 0) == LIVE_PAGES_ROOM);
  gst_buffer_unref (buffer);

  /* None since is one less. */
  live_pages_reset_peak (pages);
  fail_unless_equals_int (live_pages_get_peak (pages), 0);
}

GST_END_TEST;

#define N_HELD 4

static void
let_go (GstBuffer ** held)
{
  for (guint i = 0; i < N_HELD; i++)
    gst_clear_buffer (&held[i]);
}

/* Who waits holds none: else all that may be could come to be held. */
static GstBuffer *
pop (BufferQueue * queue, GstBuffer ** held)
{
  GstBuffer *buffer = buffer_queue_try_pop (queue);

  if (buffer == NULL) {
    let_go (held);
    buffer = buffer_queue_pop (queue);
  }
  return buffer;
}

/* Keeps what it makes of pages for a while. */
static gpointer
hold_pages (gpointer data)
{
  BufferQueue *queue = data;
  g_autoptr (GRand) rand = g_rand_new ();
  GstBuffer *held[N_HELD] = { NULL };
  GstBuffer *buffer;

  while ((buffer = pop (queue, held))) {
    guint place = g_rand_int_range (rand, 0, N_HELD);
    GstBuffer *image = gst_buffer_new ();

    derive (buffer, image);
    gst_buffer_unref (buffer);
    gst_clear_buffer (&held[place]);
    held[place] = image;
    gst_clear_buffer (&held[g_rand_int_range (rand, 0, N_HELD)]);
  }
  let_go (held);
  return NULL;
}

/* Never more than there may be, with many threads that let go of them. */
GST_START_TEST (test_threads)
{
  g_autoptr (LivePages) pages = live_pages_new ();
  BufferQueue queue;
  GThread *threads[N_THREADS];
  const guint max = __i__;

  buffer_queue_init (&queue);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("holder", hold_pages, &queue);

  for (guint i = 0; i < N_PAGES; i++) {
    GstBuffer *buffer = gst_buffer_new ();

    fail_unless (live_pages_wait (pages, max, G_MAXINT64) ==
        LIVE_PAGES_ROOM);
    live_pages_mark (pages, buffer);
    buffer_queue_push (&queue, buffer);
  }
  buffer_queue_end (&queue);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  buffer_queue_clear (&queue);

  fail_unless_equals_int (live_pages_count (pages), 0);
  fail_unless (live_pages_get_peak (pages) <= max);
}

GST_END_TEST;

static Suite *
live_pages_suite (void)
{
  Suite *suite = suite_create ("livepages");
  TCase *general = tcase_create ("general");

  suite_add_tcase (suite, general);
  tcase_add_test (general, test_copies);
  tcase_add_test (general, test_several);
  tcase_add_test (general, test_pool);
  tcase_add_test (general, test_outlive);
  tcase_add_test (general, test_wait);
  tcase_add_loop_test (general, test_threads, 1, 4);
  tcase_add_loop_test (general, test_threads, 40, 41);

  return suite;
}

GST_CHECK_MAIN (live_pages);
