/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How many pages memoryvalve lets be alive, and that it never is why a
 * pipeline stands still.
 */

#include "config.h"

#include "buffer-queue.h"
#include "document-fixture.h"
#include "page-fixture.h"

#define N_PAGES 60
#define CGROUP "sys/fs/cgroup/job/"

static const PageSpec red = {.content = RED };

/* Pages are taken before they come to the sink, which keeps some. */
typedef struct
{
  PageFixture pages;
  BufferQueue queue;
} ValveFixture;

static GstPadProbeReturn
take (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  ValveFixture *self = data;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    buffer_queue_push (&self->queue, GST_PAD_PROBE_INFO_BUFFER (info));
    GST_PAD_PROBE_INFO_DATA (info) = NULL;
    return GST_PAD_PROBE_HANDLED;
  }

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    buffer_queue_end (&self->queue);
  else if (info->type & GST_PAD_PROBE_TYPE_EVENT_FLUSH)
    buffer_queue_flush (&self->queue);
  return GST_PAD_PROBE_OK;
}

static void
fixture_init (ValveFixture * self)
{
  page_fixture_init (&self->pages);
  buffer_queue_init (&self->queue);
}

static void
fixture_clear (ValveFixture * self)
{
  page_fixture_stop (&self->pages);
  buffer_queue_clear (&self->queue);
  page_fixture_clear (&self->pages);
}

static void
build (ValveFixture * self, const char *format, va_list args)
{
  g_autofree char *chain = g_strdup_vprintf (format, args);
  g_autoptr (GstPad) pad = NULL;

  page_fixture_build (&self->pages, "%s", chain);
  pad = gst_element_get_static_pad (self->pages.sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      take, self, NULL);
}

static void G_GNUC_PRINTF (2, 3)
fixture_build (ValveFixture * self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  build (self, format, args);
  va_end (args);
}

static void G_GNUC_PRINTF (2, 3)
fixture_play (ValveFixture * self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  build (self, format, args);
  va_end (args);
  page_fixture_start (&self->pages);
}

static guint64
get_stat (ValveFixture * self, const char *name)
{
  return page_fixture_get_stat (&self->pages, "valve", name);
}

static void
set (ValveFixture * self, const char *name, guint value)
{
  g_object_set (page_fixture_get (&self->pages, "valve"), name, value, NULL);
}

/* A condition that comes true some time; the test's own timeout is the end. */
#define WAIT_UNTIL(condition) G_STMT_START { \
  while (!(condition)) \
    g_usleep (1000); \
} G_STMT_END

static void
wait_for (ValveFixture * self, const char *name, guint64 value)
{
  WAIT_UNTIL (get_stat (self, name) == value);
}

static GstBuffer *
pull_page (ValveFixture * self, guint number)
{
  GstBuffer *buffer = buffer_queue_pop (&self->queue);
  RectoPage *page;

  fail_unless (buffer != NULL, "there is no page %u", number);
  page = recto_buffer_get_page (buffer);
  fail_unless (page != NULL);
  fail_unless_equals_int (recto_page_get_number (page), number);
  fail_if (recto_page_is_failed (page));

  return buffer;
}

static void
pull_pages (ValveFixture * self, guint from, guint to)
{
  for (guint i = from; i <= to; i++)
    gst_buffer_unref (pull_page (self, i));
}

/* Whatever they are. */
static void
pull (ValveFixture * self, guint n)
{
  for (guint i = 0; i < n; i++) {
    GstBuffer *buffer = buffer_queue_pop (&self->queue);

    fail_unless (buffer != NULL);
    gst_buffer_unref (buffer);
  }
}

static void
assert_end (ValveFixture * self)
{
  fail_unless (buffer_queue_pop (&self->queue) == NULL);
}

static char *
make_document (ValveFixture * self)
{
  return page_fixture_make_long_pdf (&self->pages, "long.pdf", &red, N_PAGES,
      0);
}

/* The next message with this level. */
static GstMessage *
wait_for_level (ValveFixture * self, const char *level)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pages.pipeline);

  for (;;) {
    GstMessage *message = gst_bus_timed_pop_filtered (bus,
        GST_CLOCK_TIME_NONE, GST_MESSAGE_ELEMENT);
    const GstStructure *structure = gst_message_get_structure (message);

    if (gst_structure_has_name (structure, "recto-memory") &&
        g_str_equal (gst_structure_get_string (structure, "level"), level))
      return message;
    gst_message_unref (message);
  }
}

static void
assert_level (ValveFixture * self, const char *level, guint64 usage,
    guint64 limit, double pressure)
{
  g_autoptr (GstMessage) message = wait_for_level (self, level);
  guint64 told_usage, told_limit;
  double told_pressure;
  guint alive, max;

  fail_unless (gst_structure_get (gst_message_get_structure (message),
          "usage", G_TYPE_UINT64, &told_usage,
          "limit", G_TYPE_UINT64, &told_limit,
          "pressure", G_TYPE_DOUBLE, &told_pressure,
          "pages-alive", G_TYPE_UINT, &alive,
          "max-pages", G_TYPE_UINT, &max, NULL));
  fail_unless_equals_uint64 (told_usage, usage);
  fail_unless_equals_uint64 (told_limit, limit);
  fail_unless_equals_float (told_pressure, pressure);
}

/* The bound */

/* Counts buffers without the element's help. */
typedef struct
{
  ValveFixture fixture;
  int n;                        /* atomic */
  int peak;                     /* of the streaming thread */
} Count;

static GstPadProbeReturn
count_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Count *self = data;
  int n = g_atomic_int_add (&self->n, 1) + 1;

  self->peak = MAX (self->peak, n);
  return GST_PAD_PROBE_OK;
}

static void
add_count (Count * self)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (page_fixture_get
      (&self->fixture.pages, "valve"), "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_buffer, self, NULL);
}

#define N_HOLDERS 4
#define N_BUFFERS 5000

static gpointer
hold_buffers (gpointer data)
{
  Count *self = data;
  g_autoptr (GRand) rand = g_rand_new ();
  GstBuffer *buffer;

  while ((buffer = buffer_queue_pop (&self->fixture.queue))) {
    for (guint i = g_rand_int_range (rand, 0, 10); i > 0; i--)
      g_thread_yield ();
    g_atomic_int_add (&self->n, -1);
    gst_buffer_unref (buffer);
  }
  return NULL;
}

static const guint bounds[] = { 1, 2, 7, 100 };

/* Pages go in any order, at any time, from any thread. */
GST_START_TEST (test_bound)
{
  Count self = { 0 };
  ValveFixture *fixture = &self.fixture;
  GThread *threads[N_HOLDERS];
  guint max = bounds[__i__];

  fixture_init (fixture);
  fixture_build (fixture, "fakesrc num-buffers=%u ! memoryvalve name=valve "
      "max-pages=%u stall-timeout=0 ! queue", N_BUFFERS, max);
  add_count (&self);
  for (guint i = 0; i < N_HOLDERS; i++)
    threads[i] = g_thread_new ("holder", hold_buffers, &self);
  page_fixture_start (&fixture->pages);

  for (guint i = 0; i < N_HOLDERS; i++)
    g_thread_join (threads[i]);

  fail_unless_equals_int (self.n, 0);
  fail_unless (self.peak <= (int) max);
  fail_unless (get_stat (fixture, "peak-pages-alive") <= max);
  fail_unless_equals_uint64 (get_stat (fixture, "passed"), N_BUFFERS);
  fail_unless_equals_uint64 (get_stat (fixture, "pages-alive"), 0);
  fixture_clear (fixture);
}

GST_END_TEST;

/* What is set while it runs holds from then on. */
GST_START_TEST (test_max_pages)
{
  ValveFixture self;

  fixture_init (&self);
  fixture_play (&self, "fakesrc ! memoryvalve name=valve max-pages=3 "
      "interval=1 stall-timeout=0");
  wait_for (&self, "pages-alive", 3);
  set (&self, "max-pages", 2);
  wait_for (&self, "max-pages", 2);
  pull (&self, 1);
  fail_unless_equals_uint64 (get_stat (&self, "pages-alive"), 2);
  fail_unless_equals_uint64 (get_stat (&self, "passed"), 3);
  pull (&self, 1);
  wait_for (&self, "passed", 4);

  set (&self, "max-pages", 40);
  set (&self, "min-pages", 30);
  wait_for (&self, "pages-alive", 40);
  fail_unless_equals_uint64 (get_stat (&self, "peak-pages-alive"), 40);
  fixture_clear (&self);
}

GST_END_TEST;

/* Memory */

static void
put (ValveFixture * self, const char *name, const char *content)
{
  g_free (fixture_write (self->pages.folder, name, content, -1));
}

/* In place, so that nobody sees half of it. */
static void
replace (ValveFixture * self, const char *name, const char *content)
{
  g_autofree char *path = g_build_filename (self->pages.folder, name, NULL);

  fail_unless (g_file_set_contents (path, content, -1, NULL));
}

#define PRESSURE(some) "some avg10=" some " avg60=0.00 avg300=0.00 total=1\n"

static void
make_system (ValveFixture * self)
{
  put (self, "proc/self/stat", "7 (recto) S 1 7 7\n");
  put (self, "proc/self/cgroup", "0::/job\n");
  put (self, "proc/7/status", "RssAnon:\t1 kB\n");
  put (self, CGROUP "cgroup.procs", "7\n");
  put (self, CGROUP "memory.max", "max\n");
  put (self, CGROUP "memory.stat", "anon 1024\n");
  put (self, CGROUP "memory.pressure", PRESSURE ("0.00"));
}

/* What says that memory is short, and that it is not. */
static const struct
{
  const char *settings;
  const char *file;
  const char *plenty, *near, *shortage; /* near: nullable */
  guint64 usage, limit;
  double pressure;
} shortages[] = {
  {"", CGROUP "memory.max", "9999\n", "1300\n", "1100\n", 1024, 1100, 0},
  {"memory-limit=5000", CGROUP "memory.stat", "anon 1024\n", "anon 4000\n",
      "anon 5000\n", 5000, 5000, 0},
  {"memory-limit=10240", "proc/7/status", "RssAnon: 1 kB\n",
      "RssAnon: 8 kB\n", "RssAnon: 11 kB\n", 11264, 10240, 0},
  {"", CGROUP "memory.pressure", PRESSURE ("9.99"), NULL, PRESSURE ("10.00"),
      0, 0, 10},
  {"max-pressure=50 memory-limit=3000", CGROUP "memory.pressure",
      PRESSURE ("49.99"), NULL, PRESSURE ("60.50"), 1024, 3000, 60.5},
};

/* Pulls until there are no more than the least, nor may be. */
static void
pull_till_floor (ValveFixture * self)
{
  while (get_stat (self, "max-pages") > 4 ||
      get_stat (self, "pages-alive") > 4) {
    if (get_stat (self, "pages-alive") > 4)
      pull (self, 1);
    else
      g_usleep (1000);
  }
}

GST_START_TEST (test_shortage)
{
  ValveFixture self;
  const char *file = shortages[__i__].file;

  fixture_init (&self);
  make_system (&self);
  /* Somebody else's cgroup, where processes are looked at. */
  if (g_str_has_prefix (file, "proc/"))
    put (&self, CGROUP "cgroup.procs", "7\n99\n");
  replace (&self, file, shortages[__i__].plenty);
  fixture_play (&self, "fakesrc ! memoryvalve name=valve max-pages=64 "
      "interval=1 stall-timeout=0 system-root=%s %s", self.pages.folder,
      shortages[__i__].settings);
  wait_for (&self, "pages-alive", 64);
  fail_unless_equals_uint64 (get_stat (&self, "cuts"), 0);

  for (guint round = 0; round < 2; round++) {
    replace (&self, file, shortages[__i__].shortage);
    assert_level (&self, "over", shortages[__i__].usage,
        shortages[__i__].limit, shortages[__i__].pressure);
    pull_till_floor (&self);
    wait_for (&self, "pages-alive", 4);

    /* One goes, one comes. */
    pull (&self, 10);
    wait_for (&self, "pages-alive", 4);

    if (shortages[__i__].near) {
      replace (&self, file, shortages[__i__].near);
      gst_message_unref (wait_for_level (&self, "high"));
      fail_unless_equals_uint64 (get_stat (&self, "pages-alive"), 4);
    }

    replace (&self, file, shortages[__i__].plenty);
    gst_message_unref (wait_for_level (&self, "low"));
    wait_for (&self, "pages-alive", 64);
  }
  fail_unless_equals_uint64 (get_stat (&self, "peak-pages-alive"), 64);
  fail_unless (get_stat (&self, "cuts") >= 2);
  fixture_clear (&self);
}

GST_END_TEST;

/* Never enough for this process: the run goes on, as small as may be. */
GST_START_TEST (test_always_short)
{
  ValveFixture self;
  g_autofree char *path = NULL;

  fixture_init (&self);
  path = make_document (&self);
  fixture_play (&self, "pdfsrc location=%s ! memoryvalve name=valve "
      "memory-limit=1 stall-timeout=0 ! pagerasterizer longest-side=64 ! "
      "image/png", path);
  pull_pages (&self, 1, N_PAGES);
  assert_end (&self);

  gst_message_unref (wait_for_level (&self, "over"));
  fail_unless (get_stat (&self, "peak-pages-alive") <= 4);
  fail_unless (get_stat (&self, "peak-usage") > 1);
  fixture_clear (&self);
}

GST_END_TEST;

/* Elements that keep pages */

static const struct
{
  guint max_pages;
  const char *chain;
} chains[] = {
  /* Windows with room for more pages than there may be. */
  {1, "pagerasterizer longest-side=64 max-pending=32 ! image/png ! "
        "textlayerinference max-pending=32 ! queue"},
  {5, "queue ! pagerasterizer longest-side=64 max-pending=32 n-workers=3 ! "
        "image/jpeg ! queue ! textlayerinference max-pending=32 "
        "max-in-flight=16"},
  /* Pools, at either end and in the middle. */
  {2, "pagerasterizer longest-side=64 ! videoconvert ! "
        "video/x-raw,format=I420 ! queue ! videoscale ! "
        "video/x-raw,width=48,height=48 ! videoconvert ! pngenc"},
  {3, "pagerasterizer longest-side=64 ! videoconvert ! jpegenc ! jpegdec ! "
        "queue ! videobalance ! videoconvert ! video/x-raw,format=I420"},
  /* Sinks that keep the last one. */
  {2, "textlayerinference ! tee name=t ! queue ! filesink async=false "
        "location=/dev/null buffer-mode=unbuffered t. ! queue"},
  {3, "pagerasterizer longest-side=64 ! image/png ! tee name=t ! queue ! "
        "fakesink async=false t. ! queue ! fakesink async=false t. ! queue"},
};

/* All pages come, without any that should not have passed. */
GST_START_TEST (test_chains)
{
  ValveFixture self;
  g_autofree char *path = NULL;
  guint max = chains[__i__].max_pages;

  fixture_init (&self);
  path = make_document (&self);
  fixture_play (&self, "pdfsrc location=%s ! memoryvalve name=valve "
      "max-pages=%u stall-timeout=0 ! %s", path, max, chains[__i__].chain);
  pull_pages (&self, 1, N_PAGES);
  assert_end (&self);

  fail_unless_equals_uint64 (get_stat (&self, "peak-pages-alive"), max);
  fail_unless_equals_uint64 (get_stat (&self, "passed"), N_PAGES);

  /* But for what sinks keep, which are all of the last page. */
  WAIT_UNTIL (get_stat (&self, "pages-alive") <= 1);
  fixture_clear (&self);
}

GST_END_TEST;

/* Nobody takes any: one too many passes, and says so; then another. */
GST_START_TEST (test_stall)
{
  ValveFixture self;

  fixture_init (&self);
  fixture_play (&self, "fakesrc ! memoryvalve name=valve max-pages=2 "
      "stall-timeout=1");
  for (guint i = 1; i <= 2; i++) {
    gst_message_unref (wait_for_level (&self, "stalled"));
    wait_for (&self, "pages-alive", 2 + i);
    fail_unless (get_stat (&self, "stalls") >= i);
  }

  /* One goes, but there are more than may be. */
  set (&self, "stall-timeout", 0);
  while (get_stat (&self, "pages-alive") > 2)
    pull (&self, 1);
  pull (&self, 1);
  wait_for (&self, "pages-alive", 2);
  fixture_clear (&self);
}

GST_END_TEST;

/* Sinks that keep the only page there may be, some of them for good. */
static const char *const keepers[] = {
  "fakesink",
  "filesink location=/dev/null",
  "appsink max-buffers=1 sync=false",   /* that nobody reads */
};

GST_START_TEST (test_keeper)
{
  ValveFixture self;

  fixture_init (&self);
  fixture_play (&self, "fakesrc num-buffers=3 ! memoryvalve name=valve "
      "max-pages=1 stall-timeout=1 ! tee name=t ! queue ! %s async=false t. "
      "! queue", keepers[__i__]);
  pull (&self, 3);
  assert_end (&self);
  fail_unless (get_stat (&self, "peak-pages-alive") >= 2);
  fail_unless (get_stat (&self, "stalls") >= 1);
  fixture_clear (&self);
}

GST_END_TEST;

/* The end, and other ends */

/* The end of the stream waits for the pages before it. */
GST_START_TEST (test_end)
{
  ValveFixture self;

  fixture_init (&self);
  fixture_play (&self, "fakesrc num-buffers=5 ! memoryvalve name=valve "
      "max-pages=2 stall-timeout=0");
  wait_for (&self, "pages-alive", 2);
  pull (&self, 5);
  assert_end (&self);
  fail_unless_equals_uint64 (get_stat (&self, "passed"), 5);
  fixture_clear (&self);
}

GST_END_TEST;

/* An end that is asked for while a page waits comes after it. */
GST_START_TEST (test_end_of_source)
{
  ValveFixture self;
  g_autofree char *path = NULL;
  GstBuffer *buffer;

  fixture_init (&self);
  path = make_document (&self);
  fixture_play (&self, "pdfsrc location=%s ! memoryvalve name=valve "
      "max-pages=2 stall-timeout=0", path);
  wait_for (&self, "pages-alive", 2);
  fail_unless (gst_element_send_event (self.pages.pipeline,
          gst_event_new_eos ()));
  while ((buffer = buffer_queue_pop (&self.queue)))
    gst_buffer_unref (buffer);

  /* The third if it was at the valve already. */
  fail_unless (get_stat (&self, "passed") >= 2);
  fail_unless (get_stat (&self, "passed") <= 3);
  fixture_clear (&self);
}

GST_END_TEST;

static void
seek (ValveFixture * self, guint64 page)
{
  fail_unless (gst_element_seek_simple (self->pages.pipeline, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, page * GST_SECOND));
}

/* What waits is let go of, and what was downstream with it. */
GST_START_TEST (test_flush)
{
  ValveFixture self;
  g_autofree char *path = NULL;
  GstBuffer *held;

  fixture_init (&self);
  path = make_document (&self);
  fixture_play (&self, "pdfsrc location=%s ! memoryvalve name=valve "
      "max-pages=3 stall-timeout=0 ! queue ! textlayerinference", path);
  held = pull_page (&self, 1);
  for (guint i = 0; i < 3; i++) {
    wait_for (&self, "pages-alive", 3);
    seek (&self, 10 * i);
    gst_buffer_unref (pull_page (&self, 10 * i + 1));
  }

  /* The one from before still is one of three. */
  wait_for (&self, "pages-alive", 3);
  gst_buffer_unref (held);
  pull_pages (&self, 22, N_PAGES);
  assert_end (&self);
  fail_unless_equals_uint64 (get_stat (&self, "pages-alive"), 0);
  fail_unless_equals_uint64 (get_stat (&self, "peak-pages-alive"), 3);
  fixture_clear (&self);
}

GST_END_TEST;

static const GstState states[] = { GST_STATE_READY, GST_STATE_NULL };

/* Down and up again while it is closed, and while somebody holds a page. */
GST_START_TEST (test_restart)
{
  ValveFixture self;
  g_autofree char *path = NULL;
  GstBuffer *held = NULL;

  fixture_init (&self);
  path = make_document (&self);
  fixture_build (&self, "pdfsrc location=%s ! memoryvalve name=valve "
      "max-pages=2 stall-timeout=0 ! queue", path);
  for (guint i = 0; i < 3; i++) {
    page_fixture_start (&self.pages);
    wait_for (&self, "pages-alive", 2);
    g_clear_pointer (&held, gst_buffer_unref);
    held = pull_page (&self, 1);
    fail_unless_equals_int (gst_element_set_state (self.pages.pipeline,
            states[__i__]), GST_STATE_CHANGE_SUCCESS);
    buffer_queue_flush (&self.queue);
    fail_unless_equals_uint64 (get_stat (&self, "pages-alive"), 1);
  }

  /* It may be the last thing there is. */
  page_fixture_stop (&self.pages);
  gst_buffer_unref (held);
  fixture_clear (&self);
}

GST_END_TEST;

/* Up and down without a page. */
GST_START_TEST (test_states)
{
  GstElement *valve = gst_element_factory_make ("memoryvalve", NULL);

  gst_object_ref_sink (valve);
  for (guint i = 0; i < 3; i++) {
    fail_unless_equals_int (gst_element_set_state (valve, GST_STATE_PLAYING),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (gst_element_set_state (valve, states[i % 2]),
        GST_STATE_CHANGE_SUCCESS);
  }
  fail_unless_equals_int (gst_element_set_state (valve, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  ASSERT_OBJECT_REFCOUNT (valve, "valve", 1);
  gst_object_unref (valve);
}

GST_END_TEST;

static Suite *
memory_valve_suite (void)
{
  Suite *suite = suite_create ("memoryvalve");
  TCase *bound = tcase_create ("bound");
  TCase *memory = tcase_create ("memory");
  TCase *stalls = tcase_create ("stalls");
  TCase *ends = tcase_create ("ends");

  suite_add_tcase (suite, bound);
  tcase_add_loop_test (bound, test_bound, 0, G_N_ELEMENTS (bounds));
  tcase_add_test (bound, test_max_pages);

  suite_add_tcase (suite, memory);
  tcase_add_loop_test (memory, test_shortage, 0, G_N_ELEMENTS (shortages));
  tcase_add_test (memory, test_always_short);

  suite_add_tcase (suite, stalls);
  tcase_add_loop_test (stalls, test_chains, 0, G_N_ELEMENTS (chains));
  tcase_add_test (stalls, test_stall);
  tcase_add_loop_test (stalls, test_keeper, 0, G_N_ELEMENTS (keepers));

  suite_add_tcase (suite, ends);
  tcase_add_test (ends, test_end);
  tcase_add_test (ends, test_end_of_source);
  tcase_add_test (ends, test_flush);
  tcase_add_loop_test (ends, test_restart, 0, G_N_ELEMENTS (states));
  tcase_add_test (ends, test_states);

  return suite;
}

GST_CHECK_MAIN (memory_valve);
