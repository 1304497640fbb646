/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The chain as one element, and what it makes of one number of bytes.
 */

#include "config.h"

#include "page-fixture.h"

#define MIB G_GUINT64_CONSTANT (1048576)
#define N_PAGES 40

/* Draws, and reads nothing. */
#define DRAWING "capsfilter caps=image/png"

typedef struct
{
  PageFixture pages;
  char *path;
  GstElement *bin;
} Fixture;

static void
fixture_init (Fixture * self)
{
  const PageSpec page = {.content = RED TEXT ("words") };

  page_fixture_init (&self->pages);
  self->path = page_fixture_make_long_pdf (&self->pages, "long.pdf", &page,
      N_PAGES, 0);
}

static void
fixture_clear (Fixture * self)
{
  if (self->bin) {
    fail_unless_equals_int (gst_element_set_state (self->bin, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    ASSERT_OBJECT_REFCOUNT (self->bin, "rectobin", 1);
    gst_object_unref (self->bin);
  }
  g_free (self->path);
  page_fixture_clear (&self->pages);
}

/* A part of it, as a launch line has it. */
static GstElement *
make (const char *description)
{
  g_autoptr (GError) error = NULL;
  GstElement *element = gst_parse_bin_from_description_full (description, TRUE,
      NULL, GST_PARSE_FLAG_NO_SINGLE_ELEMENT_BINS, &error);

  g_assert_no_error (error);
  return element;
}

static GstElement *
new_bin (const char *inference, const char *sink)
{
  GstElement *bin = gst_element_factory_make ("rectobin", NULL);

  if (inference)
    g_object_set (bin, "inference", make (inference), NULL);
  if (sink)
    g_object_set (bin, "sink", make (sink), NULL);
  return gst_object_ref_sink (bin);
}

static void
fixture_build (Fixture * self, const char *inference, const char *sink)
{
  self->bin = new_bin (inference, sink);
  g_object_set (self->bin, "location", self->path, NULL);
}

static GstMessage *
run (GstElement * bin)
{
  g_autoptr (GstElement) pipeline = gst_pipeline_new (NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_bin_add (GST_BIN (pipeline), bin);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (pipeline), bin);
  return message;
}

static void
run_to_end (GstElement * bin)
{
  g_autoptr (GstMessage) message = run (bin);
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  g_assert_no_error (error);
}

static void
assert_error (GstElement * bin, GQuark domain, int code, const char *words)
{
  g_autoptr (GstMessage) message = run (bin);
  g_autoptr (GError) error = NULL;

  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  g_assert_error (error, domain, code);
  fail_unless (strstr (error->message, words) != NULL, "%s", error->message);
}

static guint64
get_child_number (GstElement * bin, const char *name)
{
  g_auto (GStrv) names = g_strsplit (name, "::", 2);
  g_autoptr (GstElement) child = gst_bin_get_by_name (GST_BIN (bin), names[0]);
  g_auto (GValue) number = G_VALUE_INIT;

  g_value_init (&number, G_TYPE_UINT64);
  g_object_get_property (G_OBJECT (child), names[1], &number);
  return g_value_get_uint64 (&number);
}

static guint64
get_child_stat (GstElement * bin, const char *child, const char *name)
{
  g_autoptr (GstElement) element = gst_bin_get_by_name (GST_BIN (bin), child);

  return get_stat_of (element, name);
}

/* The numbers */

static const struct
{
  guint64 memory;               /* MiB */
  guint n_workers, max_in_flight;

  guint64 chosen_workers, chosen_in_flight;
  guint64 document, window;     /* MiB */
} limits[] = {
  {2048, 3, 100, 3, 100, 256, 16},
  {512, 3, 100, 3, 100, 128, 16},
  {256, 3, 100, 2, 100, 64, 8},
  {160, 3, 100, 1, 24, 40, 5},
};

static void
assert_limits (GstElement * bin, guint i)
{
  const guint64 window = limits[i].window * MIB;
  const struct
  {
    const char *name;
    guint64 value;
  } expected[] = {
    {"source::n-workers", limits[i].chosen_workers},
    {"rasterizer::n-workers", 0},
    {"rasterizer::max-pending-bytes", window},
    {"reader::max-in-flight", limits[i].chosen_in_flight},
    {"reader::max-pending-bytes", window},
    {"source::max-document-memory", limits[i].document * MIB},
    {"source::max-document-bytes", 256 * MIB},
    {"source::page-memory-limit", 1024 * MIB},
    {"valve::memory-limit", limits[i].memory * MIB},
    {"valve::max-pages", 352 + 4 * limits[i].chosen_in_flight},
    {"page-queue::max-size-buffers", 32},
    {"image-queue::max-size-bytes", window},
    {"text-queue::max-size-bytes", window / 4},
    {"text-queue::max-size-time", 0},
  };

  for (guint j = 0; j < G_N_ELEMENTS (expected); j++)
    fail_unless (get_child_number (bin, expected[j].name) ==
        expected[j].value, "%s: %" G_GUINT64_FORMAT, expected[j].name,
        get_child_number (bin, expected[j].name));
}

static void
assert_plan (GstElement * bin, guint i)
{
  g_autoptr (GstStructure) plan = NULL;
  guint64 memory, document_bytes;
  guint n_workers, max_in_flight;

  g_object_get (bin, "plan", &plan, NULL);
  fail_unless (gst_structure_get (plan, "memory", G_TYPE_UINT64, &memory,
          "document-bytes", G_TYPE_UINT64, &document_bytes,
          "n-workers", G_TYPE_UINT, &n_workers,
          "max-in-flight", G_TYPE_UINT, &max_in_flight, NULL));
  fail_unless_equals_uint64 (memory, limits[i].memory * MIB);
  fail_unless_equals_uint64 (document_bytes, limits[i].document * MIB);
  fail_unless_equals_uint64 (n_workers, limits[i].chosen_workers);
  fail_unless_equals_uint64 (max_in_flight, limits[i].chosen_in_flight);
}

/* Alone, and as one of several that work on pages. */
static const char *const readers[] = {
  "vlminference name=reader max-in-flight=100",
  "vlminference name=reader max-in-flight=100 ! identity",
  "pagerasterizer ! vlminference name=reader max-in-flight=100",
};

static void
assert_state (GstElement * bin, GstState state)
{
  fail_unless (gst_element_set_state (bin, state) != GST_STATE_CHANGE_FAILURE);
}

/* One number after another, and no trace of the one before. They are to be set
 * until it starts. Nobody has to answer for that. */
GST_START_TEST (test_limits)
{
  Fixture self = { 0, };

  fixture_init (&self);
  fixture_build (&self, readers[__i__], "fakesink");
  for (guint round = 0; round < 2; round++) {
    for (guint i = 0; i < G_N_ELEMENTS (limits); i++) {
      guint choice = round ? G_N_ELEMENTS (limits) - 1 - i : i;

      assert_state (self.bin, GST_STATE_READY);
      g_object_set (self.bin, "memory", limits[choice].memory * MIB,
          "n-workers", limits[choice].n_workers, NULL);
      gst_child_proxy_set (GST_CHILD_PROXY (self.bin),
          "rasterizer::n-workers", 6, NULL);
      assert_state (self.bin, GST_STATE_PAUSED);
      assert_limits (self.bin, choice);
      assert_plan (self.bin, choice);
      assert_state (self.bin, round ? GST_STATE_READY : GST_STATE_NULL);
    }
  }
  fixture_clear (&self);
}

GST_END_TEST;

/* What it is set to later counts, and what we have set it to does not. */
GST_START_TEST (test_max_in_flight)
{
  Fixture self = { 0, };
  g_autoptr (GstElement) reader = NULL;
  const guint wishes[] = { 100, 30, 200 };

  fixture_init (&self);
  fixture_build (&self, "vlminference name=reader", "fakesink");
  reader = gst_bin_get_by_name (GST_BIN (self.bin), "reader");
  for (guint i = 0; i < G_N_ELEMENTS (wishes); i++) {
    g_object_set (reader, "max-in-flight", wishes[i], NULL);
    for (guint j = 0; j < 2; j++) {
      g_object_set (self.bin, "memory", (j ? 2048 : 160) * MIB, NULL);
      assert_state (self.bin, GST_STATE_PAUSED);
      fail_unless_equals_uint64 (get_child_number (self.bin,
              "reader::max-in-flight"), j ? wishes[i] : 24);
      assert_state (self.bin, GST_STATE_NULL);
    }
  }
  fixture_clear (&self);
}

GST_END_TEST;

GST_START_TEST (test_too_little)
{
  Fixture self = { 0, };

  fixture_init (&self);
  fixture_build (&self, DRAWING, "fakesink");
  g_object_set (self.bin, "memory", 64 * MIB, NULL);
  assert_error (self.bin, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "at least 272 MiB");
  g_object_set (self.bin, "memory", 272 * MIB, NULL);
  run_to_end (self.bin);
  fixture_clear (&self);
}

GST_END_TEST;

/* What a source may take for a document and a page is not about the whole. */
GST_START_TEST (test_source)
{
  Fixture self = { 0, };

  fixture_init (&self);
  fixture_build (&self, DRAWING, "fakesink");
  gst_child_proxy_set (GST_CHILD_PROXY (self.bin),
      "source::max-document-bytes", 600 * MIB, "source::page-memory-limit",
      500 * MIB, NULL);
  g_object_set (self.bin, "memory", 300 * MIB, NULL);
  run_to_end (self.bin);
  fail_unless_equals_uint64 (get_child_number (self.bin,
          "source::max-document-bytes"), 600 * MIB);
  fail_unless_equals_uint64 (get_child_number (self.bin,
          "source::page-memory-limit"), 500 * MIB);
  fixture_clear (&self);
}

GST_END_TEST;

/* The chain */

static const struct
{
  const char *inference;
  gboolean draws;
} chains[] = {
  {DRAWING, TRUE},
  {"capsfilter caps=image/jpeg ! identity", TRUE},
  {"textlayerinference", FALSE},
};

/* Again and again, with all pages each time, and none too many alive. */
GST_START_TEST (test_chain)
{
  Fixture self = { 0, };

  fixture_init (&self);
  fixture_build (&self, chains[__i__].inference,
      "fakesink enable-last-sample=false");
  for (guint i = 0; i < 2; i++) {
    run_to_end (self.bin);
    fail_unless_equals_uint64 (get_child_stat (self.bin, "source", "pages"),
        N_PAGES);
    fail_unless_equals_uint64 (get_child_stat (self.bin, "valve", "passed"),
        N_PAGES);
    fail_unless (get_child_stat (self.bin, "valve", "peak-pages-alive") <=
        get_child_number (self.bin, "valve::max-pages"));
    if (chains[__i__].draws)
      fail_unless_equals_uint64 (get_child_stat (self.bin, "rasterizer",
              "done"), (i + 1) * N_PAGES);
  }
  fixture_clear (&self);
}

GST_END_TEST;

/* From pages to records, of which an application wants the text only. */
GST_START_TEST (test_properties)
{
  Fixture self = { 0, };
  g_autofree char *records = NULL;
  g_autofree char *written = NULL;
  g_autoptr (GstElement) inference = NULL, sink = NULL;

  fixture_init (&self);
  records = g_build_filename (self.pages.folder, "pages.jsonl", NULL);
  fixture_build (&self, "textlayerinference name=reader", "jsonlsink");
  gst_child_proxy_set (GST_CHILD_PROXY (self.bin), "source::pages", "3-5",
      NULL);
  g_object_get (self.bin, "inference", &inference, "sink", &sink, NULL);
  fail_unless_equals_string (GST_OBJECT_NAME (inference), "reader");
  g_object_set (sink, "location", records, NULL);
  run_to_end (self.bin);

  fail_unless (g_file_get_contents (records, &written, NULL, NULL));
  fail_unless (strstr (written, "\"page\":3,") && strstr (written, "words"));
  fail_if (strstr (written, "\"page\":6,"));
  fixture_clear (&self);
}

GST_END_TEST;

/* Another one, and none any more: then it is the default's turn. */
GST_START_TEST (test_replace)
{
  Fixture self = { 0, };
  GstElement *sink;

  fixture_init (&self);
  fixture_build (&self, "identity", "fakesink");
  run_to_end (self.bin);
  g_object_set (self.bin, "inference", make (DRAWING), NULL);
  run_to_end (self.bin);
  fail_unless_equals_uint64 (get_child_stat (self.bin, "rasterizer", "done"),
      N_PAGES);

  g_object_set (self.bin, "sink", NULL, NULL);
  g_object_get (self.bin, "sink", &sink, NULL);
  fail_unless (sink == NULL);
  fail_unless_equals_int (GST_BIN_NUMCHILDREN (self.bin), 7);
  fixture_clear (&self);
}

GST_END_TEST;

/* As if it had been set to nothing. */
GST_START_TEST (test_removed)
{
  Fixture self = { 0, };
  g_autoptr (GstElement) inference = NULL, none = NULL;

  fixture_init (&self);
  fixture_build (&self, "identity", "fakesink");
  run_to_end (self.bin);

  g_object_get (self.bin, "inference", &inference, NULL);
  fail_unless (gst_bin_remove (GST_BIN (self.bin), inference));
  g_object_get (self.bin, "inference", &none, NULL);
  fail_unless (none == NULL);

  g_object_set (self.bin, "inference", make (DRAWING), NULL);
  run_to_end (self.bin);
  fail_unless_equals_uint64 (get_child_stat (self.bin, "rasterizer", "done"),
      N_PAGES);
  fixture_clear (&self);
}

GST_END_TEST;

/* The bin can't do without it. */
GST_START_TEST (test_removed_child)
{
  Fixture self = { 0, };
  g_autoptr (GstElement) valve = NULL;

  fixture_init (&self);
  fixture_build (&self, DRAWING, "fakesink");
  valve = gst_bin_get_by_name (GST_BIN (self.bin), "valve");
  fail_unless (gst_bin_remove (GST_BIN (self.bin), valve));
  assert_error (self.bin, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
      "taken out");
  fixture_clear (&self);
}

GST_END_TEST;

/* What can't be taken or put together is an error, and not the default, and
 * nothing is the worse for it. */
static const struct
{
  const char *inference;
  int code;
  const char *words;
  const char *next;
} misfits[] = {
  {"identity name=source", GST_CORE_ERROR_FAILED, "another part", "identity"},
  {"audioconvert", GST_CORE_ERROR_NEGOTIATION, "takes neither pages", DRAWING},
};

GST_START_TEST (test_misfit)
{
  Fixture self = { 0, };

  fixture_init (&self);
  fixture_build (&self, misfits[__i__].inference, "fakesink");
  assert_error (self.bin, GST_CORE_ERROR, misfits[__i__].code,
      misfits[__i__].words);
  g_object_set (self.bin, "inference", make (misfits[__i__].next), NULL);
  run_to_end (self.bin);
  fixture_clear (&self);
}

GST_END_TEST;

/* Of what sanitizers watch memory is another figure. */
#ifndef __SANITIZE_ADDRESS__

/* Rasters that nothing but the valve keeps from piling up, up to more than is
 * given at first. */
#define LONG_QUEUE "capsfilter caps=video/x-raw,format=BGRx ! queue name=pile " \
    "max-size-buffers=100 max-size-bytes=0 max-size-time=0"
#define SLOW_SINK "identity sleep-time=30000 ! " \
    "fakesink enable-last-sample=false"

/* Nothing leaves the queue before it is full, however slow the machine is. */
typedef struct
{
  GstPad *pad;
  gulong probe;
} Dam;

static GstPadProbeReturn
hold_back (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  return GST_PAD_PROBE_OK;
}

static void
on_overrun (GstElement * queue, Dam * dam)
{
  if (dam->probe)
    gst_pad_remove_probe (dam->pad, dam->probe);
  dam->probe = 0;
}

static void
run_dammed (Fixture * self)
{
  g_autoptr (GstElement) queue = gst_bin_get_by_name (GST_BIN (self->bin),
      "pile");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (queue, "src");
  Dam dam = {.pad = pad };

  dam.probe = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, hold_back, NULL,
      NULL);
  g_signal_connect (queue, "overrun", G_CALLBACK (on_overrun), &dam);
  run_to_end (self->bin);
  g_signal_handlers_disconnect_by_data (queue, &dam);
}

/* No more memory is used than was given, by all processes together, where
 * otherwise more would be. */
GST_START_TEST (test_bound)
{
  Fixture self = { 0, };
  const PageSpec page = {.content = RED,.width = 200,.height = 250 };
  const guint64 memory[] = { 300 * MIB, 4096 * MIB };
  guint64 peaks[2];

  fixture_init (&self);
  g_free (self.path);
  self.path = page_fixture_make_long_pdf (&self.pages, "tall.pdf", &page, 250,
      0);
  fixture_build (&self, LONG_QUEUE, SLOW_SINK);
  gst_child_proxy_set (GST_CHILD_PROXY (self.bin), "valve::max-pressure", 0.,
      NULL);
  for (guint i = 0; i < G_N_ELEMENTS (memory); i++) {
    g_object_set (self.bin, "memory", memory[i], NULL);
    if (i == 0)
      run_to_end (self.bin);
    else
      run_dammed (&self);
    peaks[i] = get_child_stat (self.bin, "valve", "peak-usage");
  }

  fail_unless (peaks[0] <= memory[0], "%" G_GUINT64_FORMAT, peaks[0]);
  fail_unless (peaks[1] > memory[0], "%" G_GUINT64_FORMAT, peaks[1]);
  fixture_clear (&self);
}

GST_END_TEST;

#endif

static Suite *
recto_bin_suite (void)
{
  Suite *suite = suite_create ("rectobin");
  TCase *plan = tcase_create ("plan");
  TCase *chain = tcase_create ("chain");

  suite_add_tcase (suite, plan);
  if (gst_registry_check_feature_version (gst_registry_get (), "vlminference",
          0, 0, 0)) {
    tcase_add_loop_test (plan, test_limits, 0, G_N_ELEMENTS (readers));
    tcase_add_test (plan, test_max_in_flight);
  }
  tcase_add_test (plan, test_too_little);
  tcase_add_test (plan, test_source);

  suite_add_tcase (suite, chain);
  tcase_add_loop_test (chain, test_chain, 0, G_N_ELEMENTS (chains));
  tcase_add_test (chain, test_properties);
  tcase_add_test (chain, test_replace);
  tcase_add_test (chain, test_removed);
  tcase_add_test (chain, test_removed_child);
  tcase_add_loop_test (chain, test_misfit, 0, G_N_ELEMENTS (misfits));
#ifndef __SANITIZE_ADDRESS__
  tcase_add_test (chain, test_bound);
#endif

  return suite;
}

GST_CHECK_MAIN (recto_bin);
