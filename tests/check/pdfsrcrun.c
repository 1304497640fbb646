/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What pdfsrc leaves out because it is recorded, and when it lets documents
 * begin that the process died of.
 */

#include "config.h"

#include <gst/check/gstcheck.h>

#include <recto/recto.h>
#include <recto/recto-run-private.h>
#include <recto/recto-work-item-private.h>

#include "document-fixture.h"

#define WHOLE (RECTO_INDEX_LAST | RECTO_INDEX_FAILED)

static char *folder;

static void
setup (void)
{
  folder = fixture_folder_enter ();
}

static void
teardown (void)
{
  fixture_folder_leave (folder);
}

static void
write_pdf (const char *name, guint n_pages)
{
  g_free (fixture_write_pdf (folder, name, n_pages));
}

static void
write_file (const char *name, const char *content)
{
  g_free (fixture_write (folder, name, content, -1));
}

/* A pipeline whose sink answers with what the test has recorded. */
typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  GstElement *sink;

  RectoPageIndex *index;
  GHashTable *deaths;           /* from file names */
  const char *copies;           /* "a.pdf:1 b.pdf:2 "; NULL: none can be made */
  RectoRun *answer;

  GMutex lock;
  GCond changed;
  GString *trace;               /* "<a.pdf:0 a.pdf:2 a.pdf:3. b.pdf:0!damaged." */
  GPtrArray *held;              /* of GstBuffer; NULL: none is */
  GError *failure;              /* of the last failed page */
  gboolean outdated;            /* of all documents that have changed */
} Fixture;

static char *
dup_uri (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_filename_to_uri (path, NULL, NULL);
}

static char *
dup_sha256 (const char *name)
{
  g_autofree char *content = NULL;
  gsize size;

  fail_unless (g_file_get_contents (name, &content, &size, NULL));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guint8 *) content,
      size);
}

/* Under the bytes that the file has now. */
static void
record (Fixture * self, const char *name, guint64 page, RectoIndexFlags flags)
{
  g_autofree char *uri = dup_uri (name);
  g_autofree char *sha256 = g_file_test (name, G_FILE_TEST_EXISTS) ?
      dup_sha256 (name) : NULL;
  RectoIndexDocument document = {
    .uri = uri,.uri_length = strlen (uri),.sha256 = sha256,.config = 3,
  };

  fail_unless (recto_page_index_add (self->index, &document, page, flags,
          NULL));
}

static void
trace (Fixture * self, const char *format, ...)
{
  va_list args;

  g_mutex_lock (&self->lock);
  if (self->trace->len > 0)
    g_string_append_c (self->trace, ' ');
  va_start (args, format);
  g_string_append_vprintf (self->trace, format, args);
  va_end (args);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static RectoRunPast
look_back (const char *uri, guint n_recorded, gpointer data)
{
  Fixture *self = data;
  g_autofree char *name = g_path_get_basename (uri);
  gpointer n_deaths;

  trace (self, "?%s", name);
  if (!g_hash_table_lookup_extended (self->deaths, name, NULL, &n_deaths))
    return (RectoRunPast) { FALSE, 0 };
  return (RectoRunPast) { TRUE, GPOINTER_TO_UINT (n_deaths) };
}

/* Copies what the test says can be copied. */
static gboolean
copy (RectoPage * page, guint attempt, gpointer data)
{
  Fixture *self = data;
  const char *uri = recto_document_get_uri (recto_page_get_document (page));
  g_autofree char *name = g_path_get_basename (uri);
  g_autofree char *wanted = g_strdup_printf ("%s:%u ", name,
      recto_page_get_number (page));

  if (strstr (self->copies, wanted) == NULL)
    return FALSE;
  trace (self, "=%s:%u%s", name, recto_page_get_number (page),
      recto_page_is_last (page) ? "." : "");
  if (recto_page_is_last (page))
    recto_work_item_commit (recto_document_get_work_item
        (recto_page_get_document (page)));
  return TRUE;
}

static void
begin (const char *uri, guint n_recorded, gboolean alone, gpointer data)
{
  g_autofree char *name = g_path_get_basename (uri);

  trace (data, "<%s:%u%s", name, n_recorded, alone ? "!" : "");
}

static gboolean
is_latest (const char *uri, const char *sha256, gpointer data)
{
  Fixture *self = data;

  return !self->outdated;
}

static void
confirm (RectoDocument * document, gboolean ok, gpointer data)
{
  g_autofree char *name = g_path_get_basename (recto_document_get_uri
      (document));

  trace (data, "=%s:%u%s", name, recto_document_get_n_pages (document),
      ok ? "" : "!");
}

static const RectoRunFuncs run_funcs = {
  .look_back = look_back,
  .begin = begin,
  .is_latest = is_latest,
  .confirm = confirm,
};

static const RectoRunFuncs copying_funcs = {
  .look_back = look_back,
  .begin = begin,
  .is_latest = is_latest,
  .confirm = confirm,
  .copy = copy,
};

static void
on_handoff (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    Fixture * self)
{
  RectoPage *page = recto_buffer_get_page (buffer);
  const char *uri = recto_document_get_uri (recto_page_get_document (page));
  g_autofree char *name = g_path_get_basename (uri);

  if (recto_page_is_failed (page)) {
    g_clear_error (&self->failure);
    self->failure = g_error_copy (recto_page_get_error (page));
  }
  g_mutex_lock (&self->lock);
  if (self->held)
    g_ptr_array_add (self->held, gst_buffer_ref (buffer));
  g_mutex_unlock (&self->lock);

  trace (self, "%s:%u%s%s%s", name, recto_page_get_number (page),
      recto_page_is_failed (page) ? "!" : "",
      recto_page_is_failed (page) ? recto_document_status_to_string
      (recto_page_get_document_status (page)) : "",
      recto_page_is_last (page) ? "." : "");
}

static GstPadProbeReturn
on_query (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  Fixture *self = data;

  if (!recto_query_is_run (query))
    return GST_PAD_PROBE_OK;

  recto_query_set_run (query, self->answer);
  return GST_PAD_PROBE_HANDLED;
}

static Fixture *
fixture_new (void)
{
  Fixture *self = g_new0 (Fixture, 1);
  g_autoptr (GError) error = NULL;

  self->index = recto_page_index_new (&error);
  g_assert_no_error (error);
  self->deaths = g_hash_table_new (g_str_hash, g_str_equal);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->trace = g_string_new (NULL);

  return self;
}

static void
stop (Fixture * self)
{
  if (self->pipeline)
    gst_element_set_state (self->pipeline, GST_STATE_NULL);
}

static void
fixture_free (Fixture * self)
{
  stop (self);
  gst_clear_object (&self->src);
  gst_clear_object (&self->sink);
  gst_clear_object (&self->pipeline);
  g_clear_pointer (&self->answer, recto_run_unref);
  recto_page_index_unref (self->index);
  g_hash_table_unref (self->deaths);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  g_clear_error (&self->failure);
  g_string_free (self->trace, TRUE);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

/* From here on nothing can be recorded. */
static void
prepare (Fixture * self, RectoRunScope scope, const char *settings)
{
  g_autofree char *line = g_strdup_printf ("pdfsrc name=src %s ! fakesink "
      "name=sink async=false sync=false signal-handoffs=true "
      "enable-last-sample=false", settings);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstPad) pad = NULL;

  recto_page_index_seal (self->index, &error);
  g_assert_no_error (error);
  if (self->answer == NULL)
    self->answer = recto_run_new (self->index, 3, scope, self->copies ?
        &copying_funcs : &run_funcs, self, NULL);

  self->pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  self->src = gst_bin_get_by_name (GST_BIN (self->pipeline), "src");
  self->sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  g_signal_connect (self->sink, "handoff", G_CALLBACK (on_handoff), self);
  pad = gst_element_get_static_pad (self->sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM |
      GST_PAD_PROBE_TYPE_PUSH, on_query, self, NULL);
}

static void
wait_for_eos (Fixture * self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus,
      GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
}

static void
play (Fixture * self)
{
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
}

static void
run (Fixture * self, const char *settings)
{
  prepare (self, FALSE, settings);
  play (self);
  wait_for_eos (self);
}

static void
run_retry (Fixture * self, const char *settings)
{
  prepare (self, RECTO_RUN_FAILED, settings);
  play (self);
  wait_for_eos (self);
}

static void
run_retry_of_incomplete (Fixture * self, const char *settings)
{
  prepare (self, RECTO_RUN_NOT_WHOLE, settings);
  play (self);
  wait_for_eos (self);
}

static void
assert_trace (Fixture * self, const char *expected)
{
  g_mutex_lock (&self->lock);
  fail_unless_equals_string (self->trace->str, expected);
  g_mutex_unlock (&self->lock);
}

/* Waits till it ends so. */
static void
wait_for_trace (Fixture * self, const char *end)
{
  g_mutex_lock (&self->lock);
  while (!g_str_has_suffix (self->trace->str, end))
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

/* Nothing happens for long enough to see that it would have. */
static void
assert_rests (Fixture * self)
{
  const gint64 end = g_get_monotonic_time () + G_TIME_SPAN_SECOND / 5;
  gsize length;

  g_mutex_lock (&self->lock);
  length = self->trace->len;
  while (self->trace->len == length
      && g_cond_wait_until (&self->changed, &self->lock, end));
  fail_unless_equals_int (self->trace->len, length);
  g_mutex_unlock (&self->lock);
}

static void
assert_stat (Fixture * self, const char *name, guint64 expected)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  g_object_get (self->src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "no %s", name);
  fail_unless (value == expected, "%s is %" G_GUINT64_FORMAT, name, value);
}

GST_START_TEST (test_nothing_recorded)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 1);
  run (self, "location=[ab].pdf");

  assert_trace (self, "?a.pdf <a.pdf:0 a.pdf:1 a.pdf:2. "
      "?b.pdf <b.pdf:0 b.pdf:1.");
  assert_stat (self, "documents-skipped", 0);
  assert_stat (self, "pages-skipped", 0);
}

GST_END_TEST;

/* They are not even opened, or these would fail. */
GST_START_TEST (test_done_documents)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_file ("a.pdf", "This can't be opened.");
  write_file ("b.pdf", "Nor can this.");
  write_pdf ("c.pdf", 1);
  write_file ("d.pdf", "This neither.");
  record (self, "a.pdf", 1, 0);
  record (self, "a.pdf", 2, RECTO_INDEX_LAST);
  record (self, "b.pdf", 1, RECTO_INDEX_LAST | RECTO_INDEX_FAILED);
  record (self, "d.pdf", 0, WHOLE);
  run (self, "location=[abcd].pdf");

  assert_trace (self, "?c.pdf <c.pdf:0 c.pdf:1.");
  assert_stat (self, "documents-begun", 4);
  assert_stat (self, "documents-done", 4);
  assert_stat (self, "documents-failed", 0);
  assert_stat (self, "documents-skipped", 3);
  assert_stat (self, "pages", 1);
  assert_stat (self, "pages-skipped", 4);
  assert_stat (self, "pages-skipped-failed", 2);
}

GST_END_TEST;

GST_START_TEST (test_all_done)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 1);
  record (self, "a.pdf", 1, RECTO_INDEX_LAST);
  run (self, "location=a.pdf");

  assert_trace (self, "");
  assert_stat (self, "documents-done", 1);
  assert_stat (self, "documents-skipped", 1);
}

GST_END_TEST;

/* The last one that is pushed is the last one, whatever its number. */
GST_START_TEST (test_done_pages)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 6);
  write_pdf ("b.pdf", 3);
  record (self, "a.pdf", 1, 0);
  record (self, "a.pdf", 3, RECTO_INDEX_FAILED);
  record (self, "a.pdf", 5, 0);
  record (self, "a.pdf", 6, RECTO_INDEX_LAST);
  record (self, "b.pdf", 1, 0);
  run (self, "location=[ab].pdf");

  assert_trace (self, "?a.pdf <a.pdf:4 a.pdf:2 a.pdf:4. "
      "?b.pdf <b.pdf:1 b.pdf:2 b.pdf:3.");
  assert_stat (self, "documents-skipped", 0);
  assert_stat (self, "documents-done", 2);
  assert_stat (self, "pages", 4);
  assert_stat (self, "pages-skipped", 5);
  assert_stat (self, "pages-skipped-failed", 1);
}

GST_END_TEST;

GST_START_TEST (test_chosen_pages)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 9);
  write_pdf ("b.pdf", 9);
  write_pdf ("c.pdf", 9);
  /* Nothing tells how long it is, but what is asked for is there. */
  record (self, "a.pdf", 2, 0);
  record (self, "a.pdf", 3, 0);
  record (self, "b.pdf", 3, 0);
  record (self, "b.pdf", 9, RECTO_INDEX_LAST);
  run (self, "location=[abc].pdf pages=2-3");

  assert_trace (self, "?b.pdf <b.pdf:2 b.pdf:2. "
      "?c.pdf <c.pdf:0 c.pdf:2 c.pdf:3.");
  assert_stat (self, "documents-skipped", 1);
  assert_stat (self, "pages-skipped", 3);
}

GST_END_TEST;

/* That there are too many pages is told once. */
GST_START_TEST (test_too_many_pages)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 3);
  write_pdf ("b.pdf", 3);
  write_pdf ("c.pdf", 3);
  record (self, "a.pdf", 1, 0);
  record (self, "b.pdf", 1, 0);
  record (self, "b.pdf", 0, RECTO_INDEX_FAILED);
  record (self, "c.pdf", 0, RECTO_INDEX_FAILED);
  run (self, "location=[abc].pdf max-pages=1");

  assert_trace (self, "?a.pdf <a.pdf:1 a.pdf:0!too-many-pages. "
      "?c.pdf <c.pdf:1 c.pdf:1.");
}

GST_END_TEST;

GST_START_TEST (test_unreadable)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_file ("list", "gone.pdf\nnew.pdf\nback.pdf\n");
  record (self, "gone.pdf", 0, WHOLE);
  record (self, "back.pdf", 0, WHOLE);
  write_pdf ("back.pdf", 1);
  run (self, "location=@list");

  assert_trace (self, "new.pdf:0!unreadable. "
      "?back.pdf <back.pdf:0 back.pdf:1.");
  assert_stat (self, "documents-skipped", 1);
  assert_stat (self, "pages-skipped-failed", 1);
}

GST_END_TEST;

/* a.pdf is recorded as it was and has two pages now. */
static Fixture *
fixture_new_changed (gboolean told)
{
  Fixture *self = fixture_new ();

  write_pdf ("a.pdf", 1);
  record (self, "a.pdf", 1, RECTO_INDEX_LAST);
  write_pdf ("a.pdf", 2);
  if (told)
    record (self, "a.pdf", RECTO_PAGE_INDEX_CHANGED, RECTO_INDEX_FAILED);

  return self;
}

GST_START_TEST (test_changed_redo)
{
  for (int told = 0; told < 2; told++) {
    g_autoptr (Fixture) self = fixture_new_changed (told);

    run (self, "location=a.pdf");
    assert_trace (self, "?a.pdf <a.pdf:0 a.pdf:1 a.pdf:2.");
  }
}

GST_END_TEST;

GST_START_TEST (test_changed_error)
{
  g_autoptr (Fixture) self = fixture_new_changed (FALSE);

  write_pdf ("b.pdf", 1);
  run (self, "location=[ab].pdf changed=error");

  assert_trace (self, "a.pdf:0!changed. ?b.pdf <b.pdf:0 b.pdf:1.");
  fail_unless (strstr (self->failure->message, "redo") != NULL, "%s",
      self->failure->message);
  assert_stat (self, "documents-failed", 1);
}

GST_END_TEST;

GST_START_TEST (test_changed_is_told_once)
{
  g_autoptr (Fixture) self = fixture_new_changed (TRUE);

  run (self, "location=a.pdf changed=error");
  assert_trace (self, "");
  assert_stat (self, "documents-skipped", 1);
  assert_stat (self, "pages-skipped-failed", 1);
}

GST_END_TEST;

/* A version that was recorded before is no change. */
GST_START_TEST (test_changed_back)
{
  g_autoptr (Fixture) self = fixture_new_changed (FALSE);

  record (self, "a.pdf", 1, 0);
  write_pdf ("a.pdf", 1);
  run (self, "location=a.pdf changed=error");
  assert_trace (self, "");
}

GST_END_TEST;

/* Another version was recorded since: this one counts again. */
GST_START_TEST (test_confirmed)
{
  g_autoptr (Fixture) self = fixture_new_changed (FALSE);

  record (self, "a.pdf", 1, 0);
  write_pdf ("a.pdf", 1);
  write_pdf ("b.pdf", 1);
  record (self, "b.pdf", 1, RECTO_INDEX_LAST);
  self->outdated = TRUE;
  run (self, "location=[ab].pdf");
  assert_trace (self, "=a.pdf:1");
}

GST_END_TEST;

GST_START_TEST (test_confirmed_in_retry)
{
  g_autoptr (Fixture) self = fixture_new_changed (FALSE);

  write_pdf ("a.pdf", 2);
  record (self, "a.pdf", 1, RECTO_INDEX_FAILED);
  record (self, "a.pdf", 1, 0);
  record (self, "a.pdf", 2, RECTO_INDEX_LAST);
  self->outdated = TRUE;
  run_retry (self, "location=a.pdf");
  assert_trace (self, "=a.pdf:2");
}

GST_END_TEST;

/* What could not be opened is tried again, so that its failure is the last
 * record. */
GST_START_TEST (test_outdated_failure)
{
  g_autoptr (Fixture) self = fixture_new_changed (FALSE);

  write_file ("a.pdf", "damaged");
  record (self, "a.pdf", 0, WHOLE);
  self->outdated = TRUE;
  run (self, "location=a.pdf");
  assert_trace (self, "a.pdf:0!damaged.");
}

GST_END_TEST;

GST_START_TEST (test_retry)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 4);
  record (self, "a.pdf", 1, RECTO_INDEX_FAILED);
  record (self, "a.pdf", 2, 0);
  record (self, "a.pdf", 3, RECTO_INDEX_FAILED);
  record (self, "a.pdf", 3, 0);
  record (self, "a.pdf", 4, RECTO_INDEX_LAST | RECTO_INDEX_FAILED);
  /* It is not opened, as nothing of it failed. */
  write_file ("b.pdf", "This can't be opened.");
  record (self, "b.pdf", 1, RECTO_INDEX_LAST);
  write_file ("c.pdf", "This neither, and it is not recorded.");
  /* What is not recorded did not fail either. */
  write_pdf ("d.pdf", 3);
  record (self, "d.pdf", 2, RECTO_INDEX_FAILED);
  run_retry (self, "location=[abcd].pdf");

  assert_trace (self, "?a.pdf <a.pdf:5 a.pdf:1 a.pdf:4. "
      "?d.pdf <d.pdf:1 d.pdf:2.");
  assert_stat (self, "documents-done", 4);
  assert_stat (self, "documents-skipped", 2);
  assert_stat (self, "pages-skipped", 3);
  assert_stat (self, "pages-skipped-failed", 0);
}

GST_END_TEST;

GST_START_TEST (test_retry_of_documents)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_file ("list", "a.pdf\nb.pdf\nc.pdf\nd.pdf\ne.pdf\ngone.pdf\n");
  write_file ("a.pdf", "damaged, and still is");
  write_pdf ("b.pdf", 3);
  write_pdf ("c.pdf", 3);
  write_pdf ("d.pdf", 2);
  write_pdf ("e.pdf", 3);
  record (self, "a.pdf", 0, WHOLE);
  record (self, "b.pdf", 0, WHOLE);
  /* quarantined on its way */
  record (self, "c.pdf", 1, 0);
  record (self, "c.pdf", 0, WHOLE);
  /* retried before */
  record (self, "d.pdf", 0, WHOLE);
  record (self, "d.pdf", 1, 0);
  record (self, "d.pdf", 2, RECTO_INDEX_LAST);
  /* There were too many pages, and there still are. */
  record (self, "e.pdf", 1, 0);
  record (self, "e.pdf", 2, 0);
  record (self, "e.pdf", 0, RECTO_INDEX_FAILED);
  run_retry (self, "location=@list max-pages=2");

  assert_trace (self, "a.pdf:0!damaged. "
      "?b.pdf <b.pdf:1 b.pdf:1 b.pdf:2 b.pdf:0!too-many-pages. "
      "?c.pdf <c.pdf:2 c.pdf:2 c.pdf:0!too-many-pages. "
      "?e.pdf <e.pdf:3 e.pdf:0!too-many-pages. "
      "gone.pdf:0!unreadable.");
}

GST_END_TEST;

/* Pages that are incomplete, and documents that are not to be read. */
static Fixture *
fixture_new_settled (void)
{
  Fixture *self = fixture_new ();

  write_pdf ("a.pdf", 4);
  record (self, "a.pdf", 1, 0);
  record (self, "a.pdf", 2, RECTO_INDEX_SETTLED);
  record (self, "a.pdf", 3, RECTO_INDEX_FAILED);
  record (self, "a.pdf", 3, RECTO_INDEX_SETTLED);
  record (self, "a.pdf", 4, RECTO_INDEX_LAST | RECTO_INDEX_SETTLED);
  write_pdf ("b.pdf", 2);
  record (self, "b.pdf", 0, RECTO_INDEX_LAST | RECTO_INDEX_SETTLED);
  write_pdf ("c.pdf", 2);
  record (self, "c.pdf", 1, RECTO_INDEX_FAILED);
  record (self, "c.pdf", 2, RECTO_INDEX_LAST | RECTO_INDEX_SETTLED);
  return self;
}

GST_START_TEST (test_retry_of_settled)
{
  g_autoptr (Fixture) all = fixture_new_settled ();
  g_autoptr (Fixture) failed = fixture_new_settled ();
  g_autoptr (Fixture) incomplete = fixture_new_settled ();

  run (all, "location=[abc].pdf");
  assert_trace (all, "");
  assert_stat (all, "pages-skipped", 7);
  assert_stat (all, "pages-skipped-failed", 1);
  assert_stat (all, "pages-skipped-incomplete", 4);

  run_retry (failed, "location=[abc].pdf");
  assert_trace (failed, "?c.pdf <c.pdf:2 c.pdf:1.");

  run_retry_of_incomplete (incomplete, "location=[abc].pdf");
  assert_trace (incomplete, "?a.pdf <a.pdf:5 a.pdf:2 a.pdf:3 a.pdf:4. "
      "?c.pdf <c.pdf:2 c.pdf:1 c.pdf:2.");
}

GST_END_TEST;

GST_START_TEST (test_retry_of_changed)
{
  g_autoptr (Fixture) redo = fixture_new_changed (TRUE);
  g_autoptr (Fixture) error = fixture_new_changed (TRUE);

  run_retry (redo, "location=a.pdf");
  assert_trace (redo, "?a.pdf <a.pdf:0 a.pdf:1 a.pdf:2.");
  run_retry (error, "location=a.pdf changed=error");
  assert_trace (error, "");
}

GST_END_TEST;

GST_START_TEST (test_refused)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 2);
  self->answer = recto_run_new_refused ();
  run (self, "location=a.pdf");

  assert_trace (self, "");
  assert_stat (self, "documents-begun", 0);
}

GST_END_TEST;

static void
set_deaths (Fixture * self, const char *name, guint n)
{
  g_hash_table_insert (self->deaths, (gpointer) name, GUINT_TO_POINTER (n));
}

GST_START_TEST (test_quarantine)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 3);
  write_pdf ("b.pdf", 1);
  record (self, "a.pdf", 1, 0);
  set_deaths (self, "a.pdf", 3);
  set_deaths (self, "b.pdf", 1);
  run (self, "location=[ab].pdf");

  assert_trace (self, "?a.pdf a.pdf:0!quarantined. "
      "?b.pdf <b.pdf:0! b.pdf:1.");
  fail_unless (strstr (self->failure->message, "recto retry") != NULL, "%s",
      self->failure->message);
  assert_stat (self, "documents-failed", 1);
  assert_stat (self, "documents-done", 2);
}

GST_END_TEST;

/* One that can't be opened kills nobody. */
GST_START_TEST (test_failed_is_not_begun)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_file ("a.pdf", "damaged");
  set_deaths (self, "a.pdf", 3);
  run (self, "location=a.pdf");
  assert_trace (self, "a.pdf:0!damaged.");
}

GST_END_TEST;

static GPtrArray *
buffers_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
}

/* The source goes on while the last one is let go. */
static void
settle (Fixture * self)
{
  g_autoptr (GPtrArray) held = NULL;

  g_mutex_lock (&self->lock);
  held = g_steal_pointer (&self->held);
  self->held = buffers_new ();
  g_mutex_unlock (&self->lock);
}

static Fixture *
fixture_new_with_suspect (void)
{
  Fixture *self = fixture_new ();

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 2);
  write_pdf ("c.pdf", 1);
  write_pdf ("d.pdf", 1);
  set_deaths (self, "b.pdf", 2);
  self->held = buffers_new ();
  prepare (self, FALSE, "location=[abcd].pdf");

  return self;
}

GST_START_TEST (test_suspect_goes_alone)
{
  g_autoptr (Fixture) self = fixture_new_with_suspect ();

  play (self);
  wait_for_trace (self, "?b.pdf");
  assert_rests (self);
  assert_trace (self, "?a.pdf <a.pdf:0 a.pdf:1 a.pdf:2. ?b.pdf");

  settle (self);
  wait_for_trace (self, "b.pdf:2.");
  assert_rests (self);
  assert_trace (self, "?a.pdf <a.pdf:0 a.pdf:1 a.pdf:2. "
      "?b.pdf <b.pdf:0! b.pdf:1 b.pdf:2.");

  /* Those after it need not wait for each other. */
  settle (self);
  wait_for_eos (self);
  assert_trace (self, "?a.pdf <a.pdf:0 a.pdf:1 a.pdf:2. "
      "?b.pdf <b.pdf:0! b.pdf:1 b.pdf:2. ?c.pdf <c.pdf:0 c.pdf:1. "
      "?d.pdf <d.pdf:0 d.pdf:1.");
}

GST_END_TEST;

/* A sink that has made a document's records durable need not let it go. */
GST_START_TEST (test_commit_settles)
{
  g_autoptr (Fixture) self = fixture_new_with_suspect ();
  RectoPage *page;

  play (self);
  wait_for_trace (self, "?b.pdf");
  page = recto_buffer_get_page (g_ptr_array_index (self->held, 0));
  recto_work_item_commit (recto_document_get_work_item
      (recto_page_get_document (page)));

  wait_for_trace (self, "b.pdf:2.");
  page = recto_buffer_get_page (g_ptr_array_index (self->held, 2));
  recto_work_item_commit (recto_document_get_work_item
      (recto_page_get_document (page)));
  wait_for_eos (self);
  fail_unless_equals_int (self->held->len, 6);
}

GST_END_TEST;

GST_START_TEST (test_null_while_suspect_waits)
{
  g_autoptr (Fixture) self = fixture_new_with_suspect ();

  play (self);
  wait_for_trace (self, "?b.pdf");
  stop (self);
  assert_trace (self, "?a.pdf <a.pdf:0 a.pdf:1 a.pdf:2. ?b.pdf");

  /* What was not settled then is nobody's business now. */
  g_hash_table_remove_all (self->deaths);
  set_deaths (self, "a.pdf", 2);
  play (self);
  wait_for_trace (self, "a.pdf:2.");
}

GST_END_TEST;

GST_START_TEST (test_eos_while_suspect_waits)
{
  g_autoptr (Fixture) self = fixture_new_with_suspect ();

  play (self);
  wait_for_trace (self, "?b.pdf");
  gst_element_send_event (self->pipeline, gst_event_new_eos ());
  wait_for_eos (self);
  assert_trace (self, "?a.pdf <a.pdf:0 a.pdf:1 a.pdf:2. ?b.pdf");
}

GST_END_TEST;

/* A work item that the sink keeps for longer than there is an element. */
GST_START_TEST (test_item_outlives_element)
{
  g_autoptr (Fixture) self = fixture_new_with_suspect ();
  g_autoptr (GstBuffer) buffer = NULL;

  play (self);
  wait_for_trace (self, "?b.pdf");
  buffer = gst_buffer_ref (g_ptr_array_index (self->held, 0));
  stop (self);
  gst_clear_object (&self->src);
  gst_clear_object (&self->sink);
  gst_clear_object (&self->pipeline);
  settle (self);
}

GST_END_TEST;

GST_START_TEST (test_copied_documents)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 1);
  write_pdf ("c.pdf", 3);
  self->copies = "a.pdf:1 a.pdf:2 c.pdf:1 c.pdf:2 c.pdf:3 ";
  run (self, "location=[abc].pdf");

  assert_trace (self, "?a.pdf <a.pdf:0 =a.pdf:1 =a.pdf:2. "
      "?b.pdf <b.pdf:0 b.pdf:1. ?c.pdf <c.pdf:0 =c.pdf:1 =c.pdf:2 =c.pdf:3.");
  assert_stat (self, "documents-begun", 3);
  assert_stat (self, "documents-done", 3);
  assert_stat (self, "documents-skipped", 0);
  assert_stat (self, "pages", 1);
  assert_stat (self, "pages-copied", 5);
  assert_stat (self, "pages-skipped", 0);
}

GST_END_TEST;

/* What is read comes last, and so the last page is one that is read. */
GST_START_TEST (test_copied_pages)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 4);
  write_pdf ("b.pdf", 5);
  write_pdf ("c.pdf", 3);
  record (self, "b.pdf", 2, 0);
  self->copies = "a.pdf:2 a.pdf:4 b.pdf:2 b.pdf:4 b.pdf:5 c.pdf:1 ";
  run (self, "location=[abc].pdf max-pages=4");

  assert_trace (self, "?a.pdf <a.pdf:0 =a.pdf:2 =a.pdf:4 a.pdf:1 a.pdf:3. "
      "?b.pdf <b.pdf:1 =b.pdf:4 b.pdf:1 b.pdf:3 b.pdf:0!too-many-pages. "
      "?c.pdf <c.pdf:0 =c.pdf:1 c.pdf:2 c.pdf:3.");
  assert_stat (self, "documents-done", 3);
  assert_stat (self, "pages", 6);
  assert_stat (self, "pages-copied", 4);
  assert_stat (self, "pages-skipped", 1);
}

GST_END_TEST;

GST_START_TEST (test_copied_choice)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 5);
  write_pdf ("b.pdf", 6);
  self->copies = "a.pdf:1 a.pdf:3 a.pdf:4 b.pdf:3 b.pdf:4 ";
  run (self, "location=[ab].pdf pages=2-4");

  assert_trace (self, "?a.pdf <a.pdf:0 =a.pdf:3 =a.pdf:4 a.pdf:2. "
      "?b.pdf <b.pdf:0 =b.pdf:3 =b.pdf:4 b.pdf:2.");
}

GST_END_TEST;

GST_START_TEST (test_copied_in_retry)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 3);
  record (self, "a.pdf", 1, 0);
  record (self, "a.pdf", 2, RECTO_INDEX_FAILED);
  record (self, "a.pdf", 3, RECTO_INDEX_FAILED | RECTO_INDEX_LAST);
  self->copies = "a.pdf:1 a.pdf:2 ";
  run_retry (self, "location=a.pdf");

  assert_trace (self, "?a.pdf <a.pdf:3 =a.pdf:2 a.pdf:3.");
}

GST_END_TEST;

/* Nothing of it is copied, even if it could be. */
GST_START_TEST (test_quarantine_is_not_copied)
{
  g_autoptr (Fixture) self = fixture_new ();

  write_pdf ("a.pdf", 2);
  set_deaths (self, "a.pdf", 3);
  self->copies = "a.pdf:1 a.pdf:2 ";
  run (self, "location=a.pdf");

  assert_trace (self, "?a.pdf a.pdf:0!quarantined.");
}

GST_END_TEST;

/* Doubles of what is being read come after all others, under their names and
 * when that is settled. */
static Fixture *
fixture_new_with_doubles (void)
{
  Fixture *self = fixture_new ();

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 2);
  write_pdf ("c.pdf", 1);
  write_pdf ("d.pdf", 2);
  write_pdf ("e.pdf", 3);
  self->copies = "b.pdf:1 b.pdf:2 d.pdf:1 ";
  self->held = buffers_new ();
  prepare (self, FALSE, "location=[abcde].pdf");

  return self;
}

#define BEFORE_DOUBLES "?a.pdf <a.pdf:0 a.pdf:1 a.pdf:2. " \
    "?c.pdf <c.pdf:0 c.pdf:1. ?e.pdf <e.pdf:0 e.pdf:1 e.pdf:2 e.pdf:3."

GST_START_TEST (test_doubles_are_put_off)
{
  g_autoptr (Fixture) self = fixture_new_with_doubles ();

  play (self);
  wait_for_trace (self, "e.pdf:3.");
  assert_rests (self);
  assert_trace (self, BEFORE_DOUBLES);

  settle (self);
  wait_for_eos (self);
  assert_trace (self, BEFORE_DOUBLES " ?b.pdf <b.pdf:0 =b.pdf:1 =b.pdf:2. "
      "?d.pdf <d.pdf:0 =d.pdf:1 d.pdf:2.");
  assert_stat (self, "documents-begun", 5);
  assert_stat (self, "documents-done", 5);
  assert_stat (self, "pages-copied", 3);
}

GST_END_TEST;

GST_START_TEST (test_null_while_double_waits)
{
  g_autoptr (Fixture) self = fixture_new_with_doubles ();

  play (self);
  wait_for_trace (self, "e.pdf:3.");
  stop (self);
  assert_trace (self, BEFORE_DOUBLES);

  /* All of it, once more. */
  g_string_truncate (self->trace, 0);
  play (self);
  wait_for_trace (self, "e.pdf:3.");
  settle (self);
  wait_for_eos (self);
  assert_trace (self, BEFORE_DOUBLES " ?b.pdf <b.pdf:0 =b.pdf:1 =b.pdf:2. "
      "?d.pdf <d.pdf:0 =d.pdf:1 d.pdf:2.");
}

GST_END_TEST;

GST_START_TEST (test_eos_while_double_waits)
{
  g_autoptr (Fixture) self = fixture_new_with_doubles ();

  play (self);
  wait_for_trace (self, "e.pdf:3.");
  gst_element_send_event (self->pipeline, gst_event_new_eos ());
  wait_for_eos (self);
  assert_trace (self, BEFORE_DOUBLES);
}

GST_END_TEST;

/* Pages that are left out have their place in the stream all the same. */
static void
on_position (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    gpointer data)
{
  RectoPage *page = recto_buffer_get_page (buffer);

  fail_unless_equals_uint64 (GST_BUFFER_OFFSET (buffer) + 1,
      recto_page_get_number (page));
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer),
      GST_BUFFER_OFFSET (buffer) * GST_SECOND);
}

static void
seek (Fixture * self, gint64 position)
{
  g_mutex_lock (&self->lock);
  g_string_truncate (self->trace, 0);
  g_mutex_unlock (&self->lock);
  fail_unless (gst_element_seek_simple (self->pipeline, GST_FORMAT_DEFAULT,
          GST_SEEK_FLAG_FLUSH, position));
  wait_for_eos (self);
}

GST_START_TEST (test_seek)
{
  g_autoptr (Fixture) self = fixture_new ();
  gint64 duration;

  write_pdf ("a.pdf", 7);
  record (self, "a.pdf", 1, 0);
  record (self, "a.pdf", 4, 0);
  record (self, "a.pdf", 5, 0);
  record (self, "a.pdf", 7, RECTO_INDEX_LAST);
  prepare (self, FALSE, "location=a.pdf");
  g_signal_connect (self->sink, "handoff", G_CALLBACK (on_position), NULL);
  play (self);
  wait_for_eos (self);
  assert_trace (self, "?a.pdf <a.pdf:4 a.pdf:2 a.pdf:3 a.pdf:6.");
  fail_unless (gst_element_query_duration (self->src, GST_FORMAT_DEFAULT,
          &duration));
  fail_unless_equals_int64 (duration, 7);

  seek (self, 3);
  assert_trace (self, "?a.pdf <a.pdf:4 a.pdf:6.");
  seek (self, 6);
  assert_trace (self, "");
  seek (self, 0);
  assert_trace (self, "?a.pdf <a.pdf:4 a.pdf:2 a.pdf:3 a.pdf:6.");
}

GST_END_TEST;

/* More done documents than are opened ahead, and between them some to do. */
GST_START_TEST (test_many)
{
  g_autoptr (Fixture) self = fixture_new ();
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 1; i <= 200; i++) {
    g_autofree char *name = g_strdup_printf ("in/%u.pdf", i);

    if (i % 20 == 0) {
      write_pdf (name, 1);
      g_string_append_printf (expected, "%s?%u.pdf <%u.pdf:0 %u.pdf:1.",
          expected->len ? " " : "", i, i, i);
    } else {
      write_file (name, name);
      record (self, name, 1, RECTO_INDEX_LAST);
    }
  }
  run (self, "location=in");

  assert_trace (self, expected->str);
  assert_stat (self, "documents-skipped", 190);
  assert_stat (self, "documents-done", 200);
}

GST_END_TEST;

static Suite *
pdfsrcrun_suite (void)
{
  Suite *suite = suite_create ("pdfsrcrun");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_nothing_recorded);
  tcase_add_test (tcase, test_done_documents);
  tcase_add_test (tcase, test_all_done);
  tcase_add_test (tcase, test_done_pages);
  tcase_add_test (tcase, test_chosen_pages);
  tcase_add_test (tcase, test_too_many_pages);
  tcase_add_test (tcase, test_unreadable);
  tcase_add_test (tcase, test_changed_redo);
  tcase_add_test (tcase, test_changed_error);
  tcase_add_test (tcase, test_changed_is_told_once);
  tcase_add_test (tcase, test_changed_back);
  tcase_add_test (tcase, test_confirmed);
  tcase_add_test (tcase, test_confirmed_in_retry);
  tcase_add_test (tcase, test_outdated_failure);
  tcase_add_test (tcase, test_retry);
  tcase_add_test (tcase, test_retry_of_settled);
  tcase_add_test (tcase, test_retry_of_documents);
  tcase_add_test (tcase, test_retry_of_changed);
  tcase_add_test (tcase, test_refused);
  tcase_add_test (tcase, test_quarantine);
  tcase_add_test (tcase, test_failed_is_not_begun);
  tcase_add_test (tcase, test_suspect_goes_alone);
  tcase_add_test (tcase, test_commit_settles);
  tcase_add_test (tcase, test_null_while_suspect_waits);
  tcase_add_test (tcase, test_eos_while_suspect_waits);
  tcase_add_test (tcase, test_item_outlives_element);
  tcase_add_test (tcase, test_copied_documents);
  tcase_add_test (tcase, test_copied_pages);
  tcase_add_test (tcase, test_copied_choice);
  tcase_add_test (tcase, test_copied_in_retry);
  tcase_add_test (tcase, test_quarantine_is_not_copied);
  tcase_add_test (tcase, test_doubles_are_put_off);
  tcase_add_test (tcase, test_null_while_double_waits);
  tcase_add_test (tcase, test_eos_while_double_waits);
  tcase_add_test (tcase, test_seek);
  tcase_add_test (tcase, test_many);

  return suite;
}

GST_CHECK_MAIN (pdfsrcrun);
