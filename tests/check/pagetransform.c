/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine's rules: order, limits, events in line, flush, states, failures.
 */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include <recto/recto.h>
#include <recto/recto-page-transform-private.h>
#include <recto/recto-query-private.h>

/* An element whose tasks the test answers itself, or, with `latency`, threads
 * of the engine after a random time. */

#define TEST_TYPE_ELEMENT (test_element_get_type ())
G_DECLARE_FINAL_TYPE (TestElement, test_element, TEST, ELEMENT,
    RectoPageTransform)

struct _TestElement
{
  RectoPageTransform parent;

  GMutex lock;
  GCond cond;
  GPtrArray *tasks;             /* in the order they came */
  gboolean threaded;
  gboolean hang;                /* until it is cancelled */
  gboolean fail_start;
  gboolean fail_placeholder;
  GPtrArray *stalled;           /* tasks it was told of */
};

G_DEFINE_FINAL_TYPE (TestElement, test_element, RECTO_TYPE_PAGE_TRANSFORM)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("text/x-raw"));

static void
test_element_submit (RectoPageTransform * transform, RectoPageTask * task)
{
  TestElement *self = TEST_ELEMENT (transform);

  if (self->threaded) {
    RECTO_PAGE_TRANSFORM_CLASS (test_element_parent_class)->submit (transform,
        task);
    return;
  }
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->tasks, recto_page_task_ref (task));
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static GstBuffer *
test_element_process (RectoPageTransform * transform, RectoPageTask * task,
    GstCaps ** caps, GError ** error)
{
  TestElement *self = TEST_ELEMENT (transform);

  if (self->hang) {
    GCancellable *cancellable = recto_page_task_get_cancellable (task);
    GPollFD fd;

    fail_unless (g_cancellable_make_pollfd (cancellable, &fd));
    g_poll (&fd, 1, -1);
    g_cancellable_release_fd (cancellable);
    g_cancellable_set_error_if_cancelled (cancellable, error);
    return NULL;
  }
  g_usleep (g_random_int_range (0, 3000));
  return gst_buffer_new_allocate (NULL, 10, NULL);
}

static gboolean
test_element_start (RectoPageTransform * transform, GError ** error)
{
  if (!TEST_ELEMENT (transform)->fail_start)
    return TRUE;
  g_set_error_literal (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT,
      "no such thing");
  return FALSE;
}

static GstBuffer *
test_element_make_placeholder (RectoPageTransform * transform,
    RectoPageTask * task, GstCaps ** caps, GError ** error)
{
  if (!TEST_ELEMENT (transform)->fail_placeholder)
    return RECTO_PAGE_TRANSFORM_CLASS (test_element_parent_class)->
        make_placeholder (transform, task, caps, error);
  g_set_error_literal (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
      "no such caps");
  return NULL;
}

static GstCaps *
test_element_set_caps (RectoPageTransform * transform, GstCaps * caps)
{
  int n;

  /* The text says which caps it was made under. */
  if (!gst_structure_get_int (gst_caps_get_structure (caps, 0), "n", &n))
    n = 0;
  return gst_caps_new_simple ("text/x-raw", "n", G_TYPE_INT, n, NULL);
}

static void
test_element_stalled (RectoPageTransform * transform, RectoPageTask * task)
{
  TestElement *self = TEST_ELEMENT (transform);

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->stalled, task);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
test_element_describe_config (RectoPageTransform * transform,
    GVariantDict * config)
{
  g_variant_dict_insert (config, "zeta", "i", 1);
  g_variant_dict_insert (config, "alpha", "s", "x");
}

static void
test_element_describe_hints (RectoPageTransform * transform,
    GVariantDict * hints)
{
  g_variant_dict_insert (hints, "where", "s", "here");
}

static void
test_element_finalize (GObject * object)
{
  TestElement *self = TEST_ELEMENT (object);

  g_ptr_array_unref (self->stalled);
  g_ptr_array_unref (self->tasks);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (test_element_parent_class)->finalize (object);
}

static void
test_element_class_init (TestElementClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  RectoPageTransformClass *transform_class =
      RECTO_PAGE_TRANSFORM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_element_finalize;
  gst_element_class_set_static_metadata (element_class, "Test", "Filter",
      "Test", "Test");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  transform_class->start = test_element_start;
  transform_class->set_caps = test_element_set_caps;
  transform_class->submit = test_element_submit;
  transform_class->process = test_element_process;
  transform_class->make_placeholder = test_element_make_placeholder;
  transform_class->describe_config = test_element_describe_config;
  recto_page_transform_class_set_config_defaults (transform_class, 2,
      g_variant_new_parsed ("{'zeta': <1>}"));
  transform_class->describe_hints = test_element_describe_hints;
  transform_class->stalled = test_element_stalled;
}

static void
test_element_init (TestElement * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->stalled = g_ptr_array_new ();
  self->tasks = g_ptr_array_new_with_free_func ((GDestroyNotify)
      recto_page_task_unref);
}

/* Helpers */

static GstHarness *
new_harness (TestElement ** element, const char *first_property, ...)
{
  GstHarness *h;
  va_list args;

  *element = g_object_new (TEST_TYPE_ELEMENT, NULL);
  va_start (args, first_property);
  if (first_property)
    g_object_set_valist (G_OBJECT (*element), first_property, args);
  va_end (args);

  h = gst_harness_new_with_element (GST_ELEMENT (*element), "sink", "src");
  return h;
}

static void
start (GstHarness * h)
{
  gst_harness_set_src_caps_str (h, "application/x-recto-page");
}

static void
done (GstHarness * h, TestElement * element)
{
  gst_harness_teardown (h);
  gst_object_unref (element);
}

static GstBuffer *
new_buffer (guint i)
{
  GstBuffer *buffer = gst_buffer_new ();

  GST_BUFFER_PTS (buffer) = i * GST_SECOND;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  return buffer;
}

/* The task of the page that came as the i-th. */
static RectoPageTask *
wait_for_task (TestElement * self, guint i)
{
  RectoPageTask *task;

  g_mutex_lock (&self->lock);
  while (self->tasks->len <= i)
    g_cond_wait (&self->cond, &self->lock);
  task = g_ptr_array_index (self->tasks, i);
  g_mutex_unlock (&self->lock);

  return task;
}

static void
answer (TestElement * self, guint i, gsize size)
{
  recto_page_task_return_buffer (wait_for_task (self, i),
      gst_buffer_new_allocate (NULL, size, NULL), NULL);
}

static guint64
get_stat (TestElement * self, const char *name)
{
  g_autoptr (GstStructure) stats = NULL;
  const GValue *value;

  g_object_get (self, "stats", &stats, NULL);
  value = gst_structure_get_value (stats, name);
  fail_unless (value != NULL, "no %s", name);
  return G_VALUE_HOLDS_UINT (value) ? g_value_get_uint (value) :
      g_value_get_uint64 (value);
}

static void
wait_for_stat (TestElement * self, const char *name, guint64 wanted)
{
  while (get_stat (self, name) != wanted)
    g_usleep (500);
}

typedef struct
{
  GstHarness *h;
  guint n;
  guint first;
  GstFlowReturn flow;
} Producer;

static gpointer
produce (gpointer data)
{
  Producer *p = data;

  for (guint i = 0; i < p->n && p->flow == GST_FLOW_OK; i++)
    p->flow = gst_harness_push (p->h, new_buffer (p->first + i));
  return NULL;
}

static void
pull_in_order (GstHarness * h, guint from, guint n)
{
  for (guint i = 0; i < n; i++) {
    GstBuffer *buffer = gst_harness_pull (h);

    fail_unless (buffer != NULL);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer),
        (from + i) * GST_SECOND);
    fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), GST_SECOND);
    gst_buffer_unref (buffer);
  }
}

/* Tests */

GST_START_TEST (test_order)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 8, NULL);
  Producer p = { h, 300, 0, GST_FLOW_OK };
  GThread *thread;

  element->threaded = TRUE;
  start (h);
  thread = g_thread_new ("producer", produce, &p);
  pull_in_order (h, 0, p.n);
  g_thread_join (thread);

  fail_unless_equals_int (p.flow, GST_FLOW_OK);
  fail_unless_equals_uint64 (get_stat (element, "peak-in-flight"), 8);
  fail_unless (get_stat (element, "peak-pending") <= 32);
  wait_for_stat (element, "done", p.n);
  fail_unless_equals_uint64 (get_stat (element, "pending"), 0);
  fail_unless_equals_uint64 (get_stat (element, "pending-bytes"), 0);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_max_in_flight)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 3, NULL);
  Producer p = { h, 10, 0, GST_FLOW_OK };
  GThread *thread;

  start (h);
  thread = g_thread_new ("producer", produce, &p);
  wait_for_task (element, 2);
  g_usleep (20000);             /* the chance to do wrong */
  fail_unless_equals_uint64 (get_stat (element, "in-flight"), 3);

  /* A limit that moves wakes up who waits for it. */
  g_object_set (element, "max-in-flight", 4, NULL);
  wait_for_task (element, 3);
  for (guint i = 0; i < p.n; i++)
    answer (element, i, 0);
  pull_in_order (h, 0, p.n);
  g_thread_join (thread);
  fail_unless_equals_uint64 (get_stat (element, "peak-in-flight"), 4);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_max_pending)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 4,
      "max-pending", 6, NULL);
  Producer p = { h, 20, 0, GST_FLOW_OK };
  GThread *thread;

  start (h);
  thread = g_thread_new ("producer", produce, &p);
  for (guint i = 1; i < 6; i++)
    answer (element, i, 0);     /* all wait for the oldest */
  g_usleep (20000);
  fail_unless_equals_uint64 (get_stat (element, "pending"), 6);
  fail_unless_equals_uint64 (get_stat (element, "in-flight"), 1);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);

  answer (element, 0, 0);
  for (guint i = 6; i < p.n; i++)
    answer (element, i, 0);
  pull_in_order (h, 0, p.n);
  g_thread_join (thread);
  fail_unless_equals_uint64 (get_stat (element, "peak-pending"), 6);
  done (h, element);
}

GST_END_TEST;

static void
wait_for_stalled (TestElement * self, guint n, guint task)
{
  RectoPageTask *expected = wait_for_task (self, task);

  g_mutex_lock (&self->lock);
  while (self->stalled->len < n)
    g_cond_wait (&self->cond, &self->lock);
  fail_unless_equals_int (self->stalled->len, n);
  fail_unless (g_ptr_array_index (self->stalled, n - 1) == expected);
  g_mutex_unlock (&self->lock);
}

/* Whoever keeps the others waiting is named, once. */
GST_START_TEST (test_stalled)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 4,
      "max-pending", 6, NULL);
  Producer p = { h, 20, 0, GST_FLOW_OK };
  GThread *thread;

  start (h);
  thread = g_thread_new ("producer", produce, &p);
  wait_for_task (element, 3);
  g_usleep (20000);
  fail_unless_equals_int (element->stalled->len, 0);    /* all are working */
  for (guint i = 1; i < 6; i++)
    answer (element, i, 0);
  wait_for_stalled (element, 1, 0);

  answer (element, 0, 0);
  for (guint i = 7; i < 12; i++)
    answer (element, i, 0);
  wait_for_stalled (element, 2, 6);
  answer (element, 6, 0);
  for (guint i = 12; i < p.n; i++)
    answer (element, i, 0);
  pull_in_order (h, 0, p.n);
  g_thread_join (thread);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_max_pending_bytes)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 2,
      "max-pending", 100, "max-pending-bytes", (guint64) 2500, NULL);
  Producer p = { h, 10, 0, GST_FLOW_OK };
  GThread *thread;

  start (h);
  thread = g_thread_new ("producer", produce, &p);
  for (guint i = 1; i <= 3; i++)
    answer (element, i, 1000);
  g_usleep (20000);
  fail_unless_equals_uint64 (get_stat (element, "pending"), 4);
  fail_unless_equals_uint64 (get_stat (element, "pending-bytes"), 3000);

  answer (element, 0, 1000);
  for (guint i = 4; i < p.n; i++)
    answer (element, i, 1000);
  pull_in_order (h, 0, p.n);
  g_thread_join (thread);
  fail_unless (get_stat (element, "peak-pending-bytes") >= 3000);
  done (h, element);
}

GST_END_TEST;

static GstEvent *
new_custom_event (int i)
{
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
      gst_structure_new ("mark", "i", G_TYPE_INT, i, NULL));
}

typedef struct
{
  GMutex lock;
  GString *seen;
} Log;

static GstPadProbeReturn
log_item (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Log *log = data;

  g_mutex_lock (&log->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    g_string_append_printf (log->seen, " %d",
        (int) (GST_BUFFER_PTS (info->data) / GST_SECOND));
  } else {
    g_string_append_printf (log->seen, " %s",
        GST_EVENT_TYPE_NAME (GST_EVENT (info->data)));
  }
  g_mutex_unlock (&log->lock);
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (test_events_in_line)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 4, NULL);
  Log log = {.seen = g_string_new (NULL) };
  g_autoptr (GstPad) srcpad =
      gst_element_get_static_pad (GST_ELEMENT (element), "src");

  g_mutex_init (&log.lock);
  gst_pad_add_probe (srcpad, GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM, log_item,
      &log, NULL);
  gst_harness_set_src_caps_str (h, "application/x-recto-page, n = 1");
  gst_harness_push_event (h, gst_event_new_tag
      (gst_tag_list_new (GST_TAG_TITLE, "a", NULL)));
  gst_harness_push (h, new_buffer (0));
  gst_harness_push_event (h, new_custom_event (0));
  gst_harness_push (h, new_buffer (1));
  gst_harness_push_event (h, gst_event_new_caps (gst_caps_from_string
          ("application/x-recto-page, n = 2")));
  gst_harness_push (h, new_buffer (2));
  gst_harness_push_event (h, gst_event_new_stream_start ("other"));
  gst_harness_push (h, new_buffer (3));
  gst_harness_push_event (h, gst_event_new_eos ());
  for (int i = 3; i >= 0; i--)
    answer (element, i, 0);

  pull_in_order (h, 0, 4);
  while (!GST_PAD_IS_EOS (h->sinkpad))
    g_usleep (500);
  g_mutex_lock (&log.lock);
  fail_unless_equals_string (log.seen->str, " stream-start caps segment tag 0"
      " custom-downstream 1 caps 2 stream-start 3 eos");
  g_mutex_unlock (&log.lock);

  done (h, element);
  g_string_free (log.seen, TRUE);
  g_mutex_clear (&log.lock);
}

GST_END_TEST;

GST_START_TEST (test_drain)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 4, NULL);
  GstQuery *query = gst_query_new_drain ();

  element->threaded = TRUE;
  start (h);
  for (guint i = 0; i < 4; i++)
    gst_harness_push (h, new_buffer (i));
  gst_pad_peer_query (h->srcpad, query);
  fail_unless_equals_int (gst_harness_buffers_received (h), 4);
  gst_query_unref (query);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_flush)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 4, NULL);
  GstSegment segment;

  start (h);
  for (guint i = 0; i < 3; i++)
    gst_harness_push (h, new_buffer (i));
  answer (element, 1, 0);

  /* Nobody answers the others meanwhile: a flush must not wait for them. */
  gst_harness_push_event (h, gst_event_new_flush_start ());
  fail_unless (g_cancellable_is_cancelled (recto_page_task_get_cancellable
          (wait_for_task (element, 0))));
  fail_unless_equals_int (gst_harness_push (h, new_buffer (9)),
      GST_FLOW_FLUSHING);
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));

  gst_harness_push (h, new_buffer (5));
  answer (element, 0, 0);
  recto_page_task_return_error (wait_for_task (element, 2),
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "late"));
  fail_if (g_cancellable_is_cancelled (recto_page_task_get_cancellable
          (wait_for_task (element, 3))));
  answer (element, 3, 0);
  pull_in_order (h, 5, 1);
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  fail_unless_equals_uint64 (get_stat (element, "failed"), 0);
  wait_for_stat (element, "in-flight", 0);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_flush_unblocks_producer)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 1, NULL);
  Producer p = { h, 5, 0, GST_FLOW_OK };
  GThread *thread;

  start (h);
  thread = g_thread_new ("producer", produce, &p);
  wait_for_task (element, 0);
  gst_harness_push_event (h, gst_event_new_flush_start ());
  g_thread_join (thread);
  fail_unless_equals_int (p.flow, GST_FLOW_FLUSHING);
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  answer (element, 0, 0);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_null_in_flight)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 2, NULL);
  Producer p = { h, 5, 0, GST_FLOW_OK };
  GThread *thread;

  element->threaded = TRUE;
  element->hang = TRUE;
  start (h);
  thread = g_thread_new ("producer", produce, &p);
  wait_for_stat (element, "in-flight", 2);
  gst_element_set_state (GST_ELEMENT (element), GST_STATE_NULL);
  g_thread_join (thread);
  fail_unless_equals_int (p.flow, GST_FLOW_FLUSHING);
  fail_unless_equals_uint64 (get_stat (element, "in-flight"), 0);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);

  /* And it can work again. */
  element->hang = FALSE;
  gst_element_set_state (GST_ELEMENT (element), GST_STATE_PLAYING);
  gst_harness_set_src_caps_str (h, "application/x-recto-page");
  gst_harness_push (h, new_buffer (7));
  pull_in_order (h, 7, 1);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_start_fails)
{
  g_autoptr (TestElement) element = g_object_new (TEST_TYPE_ELEMENT, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_object_ref_sink (element);
  element->fail_start = TRUE;
  gst_element_set_bus (GST_ELEMENT (element), bus);
  fail_unless_equals_int (gst_element_set_state (GST_ELEMENT (element),
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless_equals_string (error->message, "no such thing");
  gst_element_set_bus (GST_ELEMENT (element), NULL);
  gst_element_set_state (GST_ELEMENT (element), GST_STATE_NULL);
}

GST_END_TEST;

static GstBuffer *
new_page_buffer (guint i, RectoPage * page)
{
  GstBuffer *buffer = new_buffer (i);

  recto_buffer_add_page (buffer, page);
  return buffer;
}

static guint
count_warnings (GstBus * bus, char **last)
{
  GstMessage *message;
  guint n = 0;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING))) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_warning (message, &error, NULL);
    g_free (*last);
    *last = g_strdup (error->message);
    gst_message_unref (message);
    n++;
  }
  return n;
}

GST_START_TEST (test_failed_pages)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 4, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (RectoDocument) document = recto_document_new ("file:///x", "x");
  g_autofree char *last = NULL;
  GstBuffer *buffer;
  RectoPage *failed;

  gst_element_set_bus (GST_ELEMENT (element), bus);
  start (h);
  for (guint i = 0; i < 30; i++) {
    g_autoptr (RectoPage) page = recto_page_new (document, i + 1, i == 29);

    gst_harness_push (h, new_page_buffer (i, page));
    recto_page_task_return_error (wait_for_task (element, i),
        i == 0 ? g_error_new_literal (RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT,
            "slow") : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
            "gone"));
  }

  buffer = gst_harness_pull (h);
  failed = recto_buffer_get_page (buffer);
  fail_unless (recto_page_is_failed (failed));
  fail_unless_equals_int (recto_page_get_status (failed), RECTO_PAGE_TIMEOUT);
  fail_unless_equals_int (recto_page_get_number (failed), 1);
  fail_unless_equals_int (gst_buffer_get_size (buffer), 0);
  gst_buffer_unref (buffer);

  buffer = gst_harness_pull (h);
  failed = recto_buffer_get_page (buffer);
  fail_unless_equals_int (recto_page_get_status (failed),
      RECTO_PAGE_INFER_FAILED);
  fail_unless (g_error_matches (recto_page_get_error (failed), G_IO_ERROR,
          G_IO_ERROR_NOT_FOUND));
  gst_buffer_unref (buffer);
  pull_in_order (h, 2, 28);

  /* The first 20 one by one, the rest in one. */
  gst_harness_push_event (h, gst_event_new_eos ());
  while (!GST_PAD_IS_EOS (h->sinkpad))
    g_usleep (500);
  fail_unless_equals_int (count_warnings (bus, &last), 21);
  fail_unless (strstr (last, "10 more failed, 30 in all") != NULL, last);
  fail_unless_equals_uint64 (get_stat (element, "failed"), 30);
  gst_element_set_bus (GST_ELEMENT (element), NULL);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_failed_upstream)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 4, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (RectoDocument) document = recto_document_new ("file:///x", "x");
  g_autoptr (GError) error = g_error_new_literal (RECTO_DOCUMENT_ERROR,
      RECTO_DOCUMENT_ENCRYPTED, "no password");
  g_autoptr (RectoPage) page = recto_page_new_failed_document (document,
      RECTO_DOCUMENT_ENCRYPTED, error);
  g_autofree char *last = NULL;
  GstBuffer *buffer;

  gst_element_set_bus (GST_ELEMENT (element), bus);
  start (h);
  gst_harness_push (h, new_page_buffer (0, page));
  buffer = gst_harness_pull (h);
  fail_unless (recto_buffer_get_page (buffer) == page);
  gst_buffer_unref (buffer);

  /* It neither works on it nor tells of it again. */
  fail_unless_equals_int (element->tasks->len, 0);
  fail_unless_equals_int (count_warnings (bus, &last), 0);
  gst_element_set_bus (GST_ELEMENT (element), NULL);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_max_errors)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 1,
      "max-errors", 1, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstMessage) again = NULL;
  GstFlowReturn flow = GST_FLOW_OK;

  gst_element_set_bus (GST_ELEMENT (element), bus);
  start (h);
  for (guint i = 0; i < 2; i++) {
    gst_harness_push (h, new_buffer (i));
    recto_page_task_return_error (wait_for_task (element, i),
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "bad"));
  }
  /* Both are recorded, and then it is over. */
  pull_in_order (h, 0, 2);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  while (!GST_PAD_IS_EOS (h->sinkpad))
    g_usleep (500);
  flow = gst_harness_push (h, new_buffer (2));
  fail_unless_equals_int (flow, GST_FLOW_ERROR);
  again = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (again == NULL, "it complained twice");
  gst_element_set_bus (GST_ELEMENT (element), NULL);
  done (h, element);
}

GST_END_TEST;

typedef struct
{
  int n_errors;                 /* atomic, as all of it */
  int sent_away;
  int too_late;
} Witness;

static GstBusSyncReply
look_on_error (GstBus * bus, GstMessage * message, gpointer data)
{
  Witness *self = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_usleep (20000);           /* the chance to do wrong */
    if (g_atomic_int_get (&self->sent_away))
      g_atomic_int_set (&self->too_late, TRUE);
    g_atomic_int_inc (&self->n_errors);
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static gpointer
produce_until_sent_away (gpointer data)
{
  gpointer *both = data;
  Producer *producer = both[0];
  Witness *witness = both[1];

  produce (producer);
  g_atomic_int_set (&witness->sent_away, TRUE);
  return NULL;
}

static void
fail_task (TestElement * self, guint i)
{
  recto_page_task_return_error (wait_for_task (self, i),
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "bad"));
}

/* A page that can't even fail ends the run. What is done is pushed all the
 * same; and upstream must not learn of the end before the bus has the cause,
 * since its own error says less and would be the first. */
GST_START_TEST (test_end_of_run)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 4, NULL);
  Producer p = { h, 20, 0, GST_FLOW_OK };
  Witness witness = { FALSE, };
  gpointer both[] = { &p, &witness };
  g_autoptr (GstBus) bus = gst_bus_new ();
  GThread *thread;

  gst_bus_set_sync_handler (bus, look_on_error, &witness, NULL);
  gst_element_set_bus (GST_ELEMENT (element), bus);
  element->fail_placeholder = TRUE;
  start (h);
  thread = g_thread_new ("producer", produce_until_sent_away, both);

  wait_for_task (element, 3);
  answer (element, 2, 7);
  fail_task (element, 1);
  g_usleep (20000);
  fail_unless_equals_int (g_atomic_int_get (&witness.n_errors), 0);
  answer (element, 0, 7);
  fail_task (element, 3);
  for (guint i = 4; i < element->tasks->len; i++)
    fail_task (element, i);
  g_thread_join (thread);

  fail_unless_equals_int (p.flow, GST_FLOW_ERROR);
  fail_unless_equals_int (witness.n_errors, 1);
  fail_if (witness.too_late, "upstream was told before the bus");
  pull_in_order (h, 0, 1);
  pull_in_order (h, 2, 1);
  while (!GST_PAD_IS_EOS (h->sinkpad))
    g_usleep (500);
  fail_unless_equals_int (gst_harness_buffers_received (h), 2);
  gst_element_set_bus (GST_ELEMENT (element), NULL);
  done (h, element);
}

GST_END_TEST;

static GstFlowReturn refusal;

static GstFlowReturn
refuse (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  gst_buffer_unref (buffer);
  return refusal;
}

GST_START_TEST (test_flow_returns)
{
  const GstFlowReturn flows[] = { GST_FLOW_EOS, GST_FLOW_ERROR };
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 1, NULL);
  GstFlowReturn flow = GST_FLOW_OK;

  refusal = flows[__i__];
  element->threaded = TRUE;
  start (h);
  gst_pad_set_chain_function (h->sinkpad, refuse);
  for (guint i = 0; flow == GST_FLOW_OK; i++)
    flow = gst_harness_push (h, new_buffer (i));
  fail_unless_equals_int (flow, refusal);

  /* Others downstream are told that no more comes. */
  while (!GST_PAD_IS_EOS (h->sinkpad))
    g_usleep (500);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_inherits_metas)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, "max-in-flight", 4, NULL);
  g_autoptr (RectoDocument) document = recto_document_new ("file:///x", "x");
  g_autoptr (RectoPage) page = recto_page_new (document, 3, FALSE);
  g_autoptr (RectoPage) sized = recto_page_with_size (page, "iii", 10, 20);
  g_autoptr (RectoResult) result = recto_result_new ();
  GstBuffer *buffer = new_page_buffer (0, page);
  double width, height;

  recto_buffer_add_result (buffer, result);
  gst_buffer_add_video_meta (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_GRAY8, 1, 1);
  start (h);
  gst_harness_push (h, buffer);
  answer (element, 0, 3);
  buffer = gst_harness_pull (h);
  fail_unless (recto_buffer_get_page (buffer) == page);
  fail_unless (recto_buffer_get_result (buffer) == result);
  fail_unless (gst_buffer_get_video_meta (buffer) == NULL);
  gst_buffer_unref (buffer);

  /* Whoever knows more of the page says it. */
  gst_harness_push (h, new_page_buffer (1, page));
  buffer = gst_buffer_new ();
  recto_buffer_add_page (buffer, sized);
  recto_page_task_return_buffer (wait_for_task (element, 1), buffer, NULL);
  buffer = gst_harness_pull (h);
  fail_unless (recto_buffer_get_page (buffer) == sized);
  fail_unless (recto_page_get_size (recto_buffer_get_page (buffer), &width,
          &height));
  fail_unless (width == 10 && height == 20);
  fail_unless_equals_string (recto_page_get_label (sized), "iii");
  gst_buffer_unref (buffer);
  done (h, element);
}

GST_END_TEST;

/* Whoever works on pages has to know what they are. */
GST_START_TEST (test_no_caps)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  GstSegment segment;

  gst_element_set_bus (GST_ELEMENT (element), bus);
  gst_harness_play (h);
  gst_harness_push_event (h, gst_event_new_stream_start ("x"));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_pad_push (h->srcpad, new_buffer (0)),
      GST_FLOW_NOT_NEGOTIATED);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_element_set_bus (GST_ELEMENT (element), NULL);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_bare_buffer_fails)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, NULL);
  GstBuffer *buffer;
  RectoPage *page;

  start (h);
  gst_harness_push (h, new_buffer (0));
  recto_page_task_return_error (wait_for_task (element, 0),
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "bad"));
  buffer = gst_harness_pull (h);
  page = recto_buffer_get_page (buffer);
  fail_unless (page != NULL && recto_page_is_failed (page));
  fail_unless (recto_document_get_uri (recto_page_get_document (page)) ==
      NULL);
  gst_buffer_unref (buffer);
  done (h, element);
}

GST_END_TEST;

GST_START_TEST (test_run_query)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, NULL);
  g_autoptr (GstQuery) query = recto_query_new_run ();
  g_autoptr (GstQuery) other = recto_query_new_run ();
  g_autoptr (GVariant) config = NULL, changes = NULL;
  g_autofree char *text = NULL, *changes_text = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *other_digest = NULL;

  start (h);
  gst_pad_peer_query (h->srcpad, query);
  config = recto_query_get_run_config (query);
  text = g_variant_print (config, FALSE);
  fail_unless_equals_string (text,
      "[('TestElement', {'alpha': <'x'>, 'revision': <uint32 2>,"
      " 'zeta': <1>})]");
  changes = recto_query_get_run_changes (query);
  changes_text = g_variant_print (changes, FALSE);
  fail_unless_equals_string (changes_text,
      "[('TestElement', {'alpha': <'x'>, 'revision': <uint32 2>})]");
  digest = recto_query_get_run_digest (query);
  fail_unless_equals_int (strlen (digest), 16);

  recto_query_add_run_config (other, "TestElement", 2,
      g_variant_new_parsed ("{'alpha': <'y'>, 'zeta': <1>}"),
      g_variant_new_parsed ("{'zeta': <1>}"));
  other_digest = recto_query_get_run_digest (other);
  fail_if (g_str_equal (digest, other_digest));
  done (h, element);
}

GST_END_TEST;

static char *
print_hints (GstQuery * query)
{
  g_autoptr (GVariant) hints = recto_query_get_run_hints (query);

  return g_variant_print (hints, FALSE);
}

/* They are in the query, and not in the digest. */
GST_START_TEST (test_run_hints)
{
  TestElement *element;
  GstHarness *h = new_harness (&element, NULL);
  g_autoptr (GstQuery) query = recto_query_new_run ();
  g_autofree char *none = print_hints (query);
  g_autofree char *one = NULL, *two = NULL;
  g_autofree char *digest = NULL, *same_digest = NULL;

  fail_unless_equals_string (none, "[]");
  start (h);
  gst_pad_peer_query (h->srcpad, query);
  one = print_hints (query);
  fail_unless_equals_string (one, "[('TestElement', {'where': <'here'>})]");

  digest = recto_query_get_run_digest (query);
  recto_query_add_run_hints (query, "other",
      g_variant_new_parsed ("{'b': <1>, 'a': <2>}"));
  same_digest = recto_query_get_run_digest (query);
  fail_unless_equals_string (digest, same_digest);
  two = print_hints (query);
  fail_unless_equals_string (two, "[('TestElement', {'where': <'here'>}),"
      " ('other', {'a': <2>, 'b': <1>})]");
  done (h, element);
}

GST_END_TEST;

static Suite *
pagetransform_suite (void)
{
  Suite *suite = suite_create ("pagetransform");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_order);
  tcase_add_test (tcase, test_max_in_flight);
  tcase_add_test (tcase, test_max_pending);
  tcase_add_test (tcase, test_stalled);
  tcase_add_test (tcase, test_max_pending_bytes);
  tcase_add_test (tcase, test_events_in_line);
  tcase_add_test (tcase, test_drain);
  tcase_add_test (tcase, test_flush);
  tcase_add_test (tcase, test_flush_unblocks_producer);
  tcase_add_test (tcase, test_null_in_flight);
  tcase_add_test (tcase, test_start_fails);
  tcase_add_test (tcase, test_failed_pages);
  tcase_add_test (tcase, test_failed_upstream);
  tcase_add_test (tcase, test_max_errors);
  tcase_add_test (tcase, test_end_of_run);
  tcase_add_loop_test (tcase, test_flow_returns, 0, 2);
  tcase_add_test (tcase, test_inherits_metas);
  tcase_add_test (tcase, test_no_caps);
  tcase_add_test (tcase, test_bare_buffer_fails);
  tcase_add_test (tcase, test_run_query);
  tcase_add_test (tcase, test_run_hints);

  return suite;
}

GST_CHECK_MAIN (pagetransform);
