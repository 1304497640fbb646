/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <glib-unix.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <sys/stat.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-document-private.h>

#include "document-fixture.h"

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

/* A pipeline that ran to its end, and what came out of it. */
typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  GstElement *sink;

  GString *pages;               /* "a.pdf:1 a.pdf:2. b.pdf:0!damaged." */
  GPtrArray *failed;            /* of RectoPage */
  guint n_warnings;
  GError *error;

  guint n_stream_starts;
  guint n_tags;
  guint64 n_buffers;
} Run;

static void
append_page (Run * run, RectoPage * page)
{
  const char *uri = recto_document_get_uri (recto_page_get_document (page));
  g_autofree char *name = g_path_get_basename (uri ? uri : "?");

  if (run->pages->len > 0)
    g_string_append_c (run->pages, ' ');
  g_string_append_printf (run->pages, "%s:%u", name,
      recto_page_get_number (page));
  if (recto_page_is_failed (page)) {
    g_string_append_printf (run->pages, "!%s", recto_document_status_to_string
        (recto_page_get_document_status (page)));
    g_ptr_array_add (run->failed, recto_page_ref (page));
  }
  if (recto_page_is_last (page))
    g_string_append_c (run->pages, '.');
}

static void
on_handoff (GstElement * sink, GstBuffer * buffer, GstPad * pad, Run * run)
{
  RectoPage *page = recto_buffer_get_page (buffer);

  fail_unless (page != NULL);
  fail_unless_equals_int (gst_buffer_get_size (buffer), 0);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), GST_SECOND);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer),
      GST_BUFFER_OFFSET (buffer) * GST_SECOND);
  run->n_buffers++;
  append_page (run, page);
}

static GstPadProbeReturn
on_event (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Run *run = data;
  GstTagList *tags;

  switch (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info))) {
    case GST_EVENT_STREAM_START:
      run->n_stream_starts++;
      break;
    case GST_EVENT_TAG:
      gst_event_parse_tag (GST_PAD_PROBE_INFO_EVENT (info), &tags);
      fail_unless_equals_int (gst_tag_list_get_scope (tags),
          GST_TAG_SCOPE_GLOBAL);
      fail_unless_equals_int (gst_tag_list_get_tag_size (tags,
              GST_TAG_LOCATION), 1);
      run->n_tags++;
      break;
    default:
      break;
  }
  return GST_PAD_PROBE_OK;
}

static Run *
run_new (const char *settings)
{
  g_autofree char *line = g_strdup_printf ("pdfsrc name=src %s ! fakesink "
      "name=sink async=false sync=false signal-handoffs=true "
      "enable-last-sample=false", settings);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstPad) pad = NULL;
  Run *run = g_new0 (Run, 1);

  run->pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  run->src = gst_bin_get_by_name (GST_BIN (run->pipeline), "src");
  run->sink = gst_bin_get_by_name (GST_BIN (run->pipeline), "sink");
  run->pages = g_string_new (NULL);
  run->failed = g_ptr_array_new_with_free_func ((GDestroyNotify)
      recto_page_unref);

  g_signal_connect (run->sink, "handoff", G_CALLBACK (on_handoff), run);
  pad = gst_element_get_static_pad (run->src, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, run,
      NULL);

  return run;
}

static void
run_free (Run * run)
{
  gst_element_set_state (run->pipeline, GST_STATE_NULL);
  gst_object_unref (run->src);
  gst_object_unref (run->sink);
  gst_object_unref (run->pipeline);
  g_string_free (run->pages, TRUE);
  g_ptr_array_unref (run->failed);
  g_clear_error (&run->error);
  g_free (run);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

/* Waits for the end of the stream or an error. */
static void
run_wait (Run * run)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (run->pipeline);

  for (;;) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus,
        GST_CLOCK_TIME_NONE,
        GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);

    switch (GST_MESSAGE_TYPE (message)) {
      case GST_MESSAGE_WARNING:
        run->n_warnings++;
        break;
      case GST_MESSAGE_ERROR:
        gst_message_parse_error (message, &run->error, NULL);
        return;
      default:
        return;
    }
  }
}

static void
run_play (Run * run)
{
  if (gst_element_set_state (run->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE)
    fail_unless (gst_element_get_state (run->pipeline, NULL, NULL,
            GST_CLOCK_TIME_NONE) != GST_STATE_CHANGE_FAILURE);
  run_wait (run);
}

static Run *
run_settings (const char *settings)
{
  Run *run = run_new (settings);

  run_play (run);
  return run;
}

static void
assert_pages (const char *settings, const char *expected)
{
  g_autoptr (Run) run = run_settings (settings);

  g_assert_no_error (run->error);
  fail_unless_equals_string (run->pages->str, expected);
}

static guint64
get_stat (GstElement * src, const char *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  g_object_get (src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "no %s", name);
  return value;
}

static gint64
get_total (GstElement * src)
{
  g_autoptr (GstStructure) stats = NULL;
  gint64 value = 0;

  g_object_get (src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_int64 (stats, "documents-total", &value));
  return value;
}

GST_START_TEST (test_one_document)
{
  write_pdf ("a.pdf", 3);

  assert_pages ("location=a.pdf", "a.pdf:1 a.pdf:2 a.pdf:3.");
}

GST_END_TEST;

GST_START_TEST (test_order)
{
  write_pdf ("in/p10.pdf", 1);
  write_pdf ("in/p2.pdf", 2);
  write_pdf ("in/p1/x.pdf", 1);
  write_pdf ("b.pdf", 1);
  write_pdf ("a.pdf", 1);
  write_file ("list", "in\nb.pdf\n");

  assert_pages ("location=in", "x.pdf:1. p2.pdf:1 p2.pdf:2. p10.pdf:1.");
  assert_pages ("location=in/*.pdf", "p2.pdf:1 p2.pdf:2. p10.pdf:1.");
  assert_pages ("location=@list",
      "x.pdf:1. p2.pdf:1 p2.pdf:2. p10.pdf:1. b.pdf:1.");
  assert_pages ("location=b.pdf locations=\"<a.pdf,in/p1,b.pdf>\"",
      "b.pdf:1. a.pdf:1. x.pdf:1. b.pdf:1.");
  assert_pages ("locations=\"<a.pdf>\"", "a.pdf:1.");
}

GST_END_TEST;

/* More documents than are opened ahead, of very different sizes. */
GST_START_TEST (test_order_of_many)
{
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 1; i <= 60; i++) {
    g_autofree char *name = g_strdup_printf ("in/p%u.pdf", i);
    guint n_pages = i % 7 == 0 ? 300 : 1;

    write_pdf (name, n_pages);
    for (guint page = 1; page <= n_pages; page++)
      g_string_append_printf (expected, "%sp%u.pdf:%u%s",
          expected->len ? " " : "", i, page, page == n_pages ? "." : "");
  }
  assert_pages ("location=in", expected->str);
}

GST_END_TEST;

GST_START_TEST (test_pages)
{
  write_pdf ("a.pdf", 12);
  write_pdf ("b.pdf", 2);

  assert_pages ("location=a.pdf pages=1-3,7,10-",
      "a.pdf:1 a.pdf:2 a.pdf:3 a.pdf:7 a.pdf:10 a.pdf:11 a.pdf:12.");
  assert_pages ("location=[ab].pdf pages=3",
      "a.pdf:3. b.pdf:0!no-pages.");
}

GST_END_TEST;

GST_START_TEST (test_max_pages)
{
  g_autoptr (Run) run = NULL;
  const GError *error;

  write_pdf ("a.pdf", 5);
  write_pdf ("b.pdf", 2);

  run = run_settings ("location=[ab].pdf max-pages=2");
  fail_unless_equals_string (run->pages->str,
      "a.pdf:1 a.pdf:2 a.pdf:0!too-many-pages. b.pdf:1 b.pdf:2.");
  error = recto_page_get_error (g_ptr_array_index (run->failed, 0));
  fail_unless (strstr (error->message, "2") && strstr (error->message, "5"),
      "%s", error->message);
  fail_unless_equals_int (run->n_warnings, 1);

  assert_pages ("location=a.pdf max-pages=5",
      "a.pdf:1 a.pdf:2 a.pdf:3 a.pdf:4 a.pdf:5.");
  assert_pages ("location=a.pdf max-pages=0 pages=4-", "a.pdf:4 a.pdf:5.");
  assert_pages ("location=a.pdf max-pages=1 pages=4-",
      "a.pdf:4 a.pdf:0!too-many-pages.");
}

GST_END_TEST;

/* Each gives one page 0 and one warning, and the run goes on. */
static void
assert_bad (const char *location, const char *settings, const char *status)
{
  g_autofree char *line = g_strdup_printf
      ("location=\"%s\" locations=\"<good.pdf>\" %s", location, settings);
  g_autofree char *name = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (Run) run = run_settings (line);
  g_autofree char *base = g_path_get_basename (*location == '@' ?
      location + 1 : location);
  RectoPage *page;

  g_assert_no_error (run->error);
  fail_unless_equals_int (run->failed->len, 1);
  fail_unless_equals_int (run->n_warnings, 1);

  page = g_ptr_array_index (run->failed, 0);
  name = g_uri_escape_string (base, "/!*[]@", TRUE);
  expected = g_strdup_printf ("%s:0!%s. good.pdf:1.", name, status);
  fail_unless_equals_string (run->pages->str, expected);
  fail_unless_equals_string (recto_document_get_name (recto_page_get_document
          (page)), location);
  fail_unless (*recto_page_get_error (page)->message != '\0');
}

GST_START_TEST (test_bad_input)
{
  g_autofree char *pdf = fixture_pdf (3, NULL);
  g_autofree char *half = g_strndup (pdf, strlen (pdf) / 4);
  g_autofree char *no_pages = fixture_pdf (0, NULL);

  write_pdf ("good.pdf", 1);
  write_pdf ("large.pdf", 100);
  write_file ("empty.pdf", "");
  write_file ("text.pdf", "This is no PDF.\n");
  write_file ("truncated.pdf", half);
  write_file ("none.pdf", no_pages);
  write_file ("damaged.png", "\x89PNG\r\n\x1a\nand no image");
  write_file ("damaged.jpg", "\xff\xd8\xff\xe0 and no image");
  write_file ("empty/notes.txt", "");
  fail_unless (symlink ("loop", "loop.pdf") == 0);
  fail_unless (symlink ("loop.pdf", "loop") == 0);
  fail_unless (symlink ("/dev/zero", "device.pdf") == 0);

  assert_bad ("empty.pdf", "", "damaged");
  assert_bad ("text.pdf", "", "damaged");
  assert_bad ("truncated.pdf", "", "damaged");
  assert_bad ("none.pdf", "", "no-pages");
  assert_bad ("damaged.png", "", "damaged");
  assert_bad ("damaged.jpg", "", "damaged");
  assert_bad ("empty", "", "unreadable");
  assert_bad ("missing.pdf", "", "unreadable");
  assert_bad ("x*.pdf", "", "unreadable");
  assert_bad ("@missing", "", "unreadable");
  assert_bad ("loop.pdf", "", "unreadable");
  assert_bad ("device.pdf", "", "unreadable");
  assert_bad ("large.pdf", "max-document-bytes=4096", "too-large");
}

GST_END_TEST;

GST_START_TEST (test_encrypted)
{
  g_autofree char *pdf = fixture_encrypted_pdf (2, "secret");
  g_autoptr (Run) run = NULL;
  GParamSpec *pspec;

  write_pdf ("good.pdf", 1);
  write_file ("closed.pdf", pdf);

  assert_bad ("closed.pdf", "", "encrypted");
  assert_bad ("closed.pdf", "password=wrong", "encrypted");

  run = run_settings ("location=closed.pdf locations=\"<good.pdf>\" "
      "password=secret");
  fail_unless_equals_string (run->pages->str,
      "closed.pdf:1 closed.pdf:2. good.pdf:1.");

  pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (run->src),
      "password");
  fail_if (pspec->flags & G_PARAM_READABLE);
}

GST_END_TEST;

GST_START_TEST (test_names_of_any_bytes)
{
  g_autoptr (Run) run = run_new ("");

  write_pdf ("a\nb.pdf", 1);
  write_pdf ("in/caf\xe9.pdf", 1);
  write_pdf ("*.pdf", 1);
  write_pdf ("@file", 1);
  write_file ("list", "in/caf\xe9.pdf\r\n*.pdf\n");

  g_object_set (run->src, "location", "a\nb.pdf", NULL);
  run_play (run);
  fail_unless_equals_string (run->pages->str, "a%0Ab.pdf:1.");

  assert_pages ("location=@list", "caf%E9.pdf:1. *.pdf:1.");
  assert_pages ("location=in", "caf%E9.pdf:1.");
  assert_pages ("location=*.pdf", "*.pdf:1.");
  assert_pages ("location=@file", "@file:1.");
}

GST_END_TEST;

/* Standard input for a while. */
typedef struct
{
  int saved;
  int writer;
} Stdin;

static Stdin
stdin_from_pipe (void)
{
  Stdin pipe = { dup (0), -1 };
  int ends[2];

  fail_unless (g_unix_open_pipe (ends, FD_CLOEXEC, NULL));
  fail_unless (dup2 (ends[0], 0) == 0);
  close (ends[0]);
  pipe.writer = ends[1];

  return pipe;
}

static void
stdin_write (Stdin * pipe, const char *text)
{
  gssize length = strlen (text);

  fail_unless (write (pipe->writer, text, length) == length);
}

static void
stdin_end (Stdin * pipe)
{
  close (g_steal_fd (&pipe->writer));
}

static void
stdin_restore (Stdin * pipe)
{
  fail_unless (dup2 (pipe->saved, 0) == 0);
  close (pipe->saved);
}

GST_START_TEST (test_document_on_stdin)
{
  g_autofree char *pdf = fixture_pdf (2, "A stream");
  Stdin input = stdin_from_pipe ();

  stdin_write (&input, pdf);
  stdin_end (&input);
  assert_pages ("location=-", "0:1 0:2.");
  stdin_restore (&input);
}

GST_END_TEST;

GST_START_TEST (test_list_on_stdin)
{
  Stdin input = stdin_from_pipe ();
  g_autoptr (Run) run = run_new ("location=@-");

  write_pdf ("a.pdf", 1);
  write_pdf ("b.pdf", 1);
  stdin_write (&input, "a.pdf\nmissing.pdf\n");
  stdin_write (&input, "b.pdf");
  stdin_end (&input);

  run_play (run);
  fail_unless_equals_string (run->pages->str,
      "a.pdf:1. missing.pdf:0!unreadable. b.pdf:1.");
  stdin_restore (&input);
}

GST_END_TEST;

static RectoPage *
pull_page (GstHarness * h)
{
  g_autoptr (GstBuffer) buffer = gst_harness_pull (h);

  fail_unless (buffer != NULL);
  return recto_page_ref (recto_buffer_get_page (buffer));
}

/* The pages of a document do not wait for a list that is being written. */
GST_START_TEST (test_list_is_read_as_needed)
{
  Stdin input = stdin_from_pipe ();
  GstHarness *h = gst_harness_new_parse ("pdfsrc location=@-");

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 1);
  stdin_write (&input, "a.pdf\nb.");
  gst_harness_play (h);

  for (guint i = 1; i <= 2; i++) {
    g_autoptr (RectoPage) page = pull_page (h);

    fail_unless_equals_int (recto_page_get_number (page), i);
  }

  stdin_write (&input, "pdf\n");
  recto_page_unref (pull_page (h));

  stdin_end (&input);
  for (;;) {
    g_autoptr (GstEvent) event = gst_harness_pull_event (h);

    if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
      break;
  }
  gst_harness_teardown (h);
  stdin_restore (&input);
}

GST_END_TEST;

static gpointer
write_fifo (gpointer pdf)
{
  int fd = open ("fifo", O_WRONLY | O_CLOEXEC);

  fail_unless (fd >= 0);
  fail_unless (write (fd, pdf, strlen (pdf)) == (gssize) strlen (pdf));
  close (fd);
  return NULL;
}

/* A stream can be read again for its text, from a file without a name. */
GST_START_TEST (test_fifo)
{
  g_autofree char *pdf = fixture_pdf (2, NULL);
  GstHarness *h = gst_harness_new_parse ("pdfsrc location=fifo");
  GstElement *src = gst_harness_find_element (h, "pdfsrc");
  g_autoptr (RectoPage) page = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *copy = g_malloc0 (strlen (pdf) + 2);
  GThread *thread;
  int fd;

  fail_unless (mkfifo ("fifo", 0600) == 0);
  gst_harness_play (h);
  thread = g_thread_new (NULL, write_fifo, pdf);
  page = pull_page (h);
  g_thread_join (thread);

  fail_unless (g_remove ("fifo") == 0);
  fd = recto_document_reopen (recto_page_get_document (page), &error);
  g_assert_no_error (error);
  fail_unless_equals_int (read (fd, copy, strlen (pdf) + 1), strlen (pdf));
  fail_unless_equals_string (copy, pdf);
  close (fd);

  fail_if (gst_element_seek_simple (src, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, 0));
  gst_object_unref (src);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* What is being read is what was there when it was opened. */
GST_START_TEST (test_replaced_while_read)
{
  GstHarness *h;
  g_autofree char *sha256 = NULL;

  write_pdf ("a.pdf", 3);
  h = gst_harness_new_parse ("pdfsrc location=a.pdf");
  gst_harness_play (h);

  for (guint i = 1; i <= 3; i++) {
    g_autoptr (RectoPage) page = pull_page (h);
    RectoDocument *document = recto_page_get_document (page);

    fail_unless_equals_int (recto_page_get_number (page), i);
    if (i == 1) {
      sha256 = g_strdup (recto_document_get_sha256 (document));
      fail_unless (g_remove ("a.pdf") == 0);
    } else {
      fail_unless_equals_string (recto_document_get_sha256 (document), sha256);
      write_pdf ("a.pdf", 1);
    }
  }
  gst_harness_teardown (h);
}

GST_END_TEST;

static void
assert_settings_error (const char *settings)
{
  g_autoptr (Run) run = run_settings (settings);

  fail_unless (g_error_matches (run->error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_SETTINGS));
  fail_unless_equals_uint64 (run->n_buffers, 0);
}

GST_START_TEST (test_bad_settings)
{
  write_pdf ("a.pdf", 1);

  assert_settings_error ("");
  assert_settings_error ("location=\"\"");
  assert_settings_error ("location=a.pdf pages=3-1");
}

GST_END_TEST;

GST_START_TEST (test_no_worker)
{
  g_autoptr (Run) run = NULL;

  write_pdf ("a.pdf", 1);
  g_setenv ("RECTO_RENDER_WORKER", "/nowhere/recto-render-worker", TRUE);
  run = run_settings ("location=a.pdf");

  fail_unless (run->error != NULL);
  fail_unless (strstr (run->error->message, "recto-render-worker") != NULL,
      "%s", run->error->message);
}

GST_END_TEST;

/* Without workers the element is of no use, whatever there is to read. */
GST_START_TEST (test_no_worker_in_ready)
{
  g_autoptr (GstElement) source = gst_element_factory_make ("pdfsrc", NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;

  gst_object_ref_sink (source);
  gst_element_set_bus (source, bus);
  g_setenv ("RECTO_RENDER_WORKER", "/nowhere/recto-render-worker", TRUE);
  fail_unless_equals_int (gst_element_set_state (source, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_element_set_state (source, GST_STATE_NULL);
}

GST_END_TEST;

GST_START_TEST (test_max_errors)
{
  g_autoptr (Run) run = NULL;

  write_pdf ("a.pdf", 1);
  write_file ("list", "x.pdf\na.pdf\ny.pdf\nz.pdf\n");

  run = run_settings ("location=@list max-errors=1");
  fail_unless (run->error != NULL);
  fail_unless_equals_string (run->pages->str, "x.pdf:0!unreadable. a.pdf:1. "
      "y.pdf:0!unreadable.");

  assert_pages ("location=@list max-errors=3", "x.pdf:0!unreadable. a.pdf:1. "
      "y.pdf:0!unreadable. z.pdf:0!unreadable.");
}

GST_END_TEST;

GST_START_TEST (test_announcements)
{
  g_autoptr (Run) run = NULL;

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 2);
  write_file ("c.pdf", "");

  run = run_settings ("location=[abc].pdf");
  fail_unless_equals_int (run->n_stream_starts, 3);
  fail_unless_equals_int (run->n_tags, 3);
}

GST_END_TEST;

static GstPadProbeReturn
on_item (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GString *items = data;

  if (items->len > 0)
    g_string_append_c (items, ' ');
  g_string_append (items, info->type & GST_PAD_PROBE_TYPE_BUFFER ? "page" :
      GST_EVENT_TYPE_NAME (GST_PAD_PROBE_INFO_EVENT (info)));
  return GST_PAD_PROBE_OK;
}

/* A document's events come before its first page. */
GST_START_TEST (test_events_in_line)
{
  g_autoptr (Run) run = run_new ("location=[ab].pdf");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (run->src, "src");
  g_autoptr (GString) items = g_string_new (NULL);

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 1);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
      GST_PAD_PROBE_TYPE_BUFFER, on_item, items, NULL);
  run_play (run);

  fail_unless_equals_string (items->str, "stream-start caps segment tag page "
      "page stream-start tag page eos");
}

GST_END_TEST;

GST_START_TEST (test_title)
{
  GstHarness *h = gst_harness_new_parse ("pdfsrc location=a.pdf");
  g_autofree char *title = NULL;
  g_autofree char *location = NULL;
  g_autofree char *pdf = fixture_pdf (1, "A title");
  g_autoptr (GstEvent) tag = NULL;
  GstTagList *tags;

  write_file ("a.pdf", pdf);
  gst_harness_play (h);
  recto_page_unref (pull_page (h));

  tag = gst_pad_get_sticky_event (h->sinkpad, GST_EVENT_TAG, 0);
  gst_event_parse_tag (tag, &tags);
  fail_unless (gst_tag_list_get_string (tags, GST_TAG_TITLE, &title));
  fail_unless_equals_string (title, "A title");
  fail_unless (gst_tag_list_get_string (tags, GST_TAG_LOCATION, &location));
  fail_unless (g_str_has_prefix (location, "file:///"));
  fail_unless (g_str_has_suffix (location, "/a.pdf"));
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_stats)
{
  g_autoptr (Run) run = run_new ("location=[abc].pdf");

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 3);
  write_file ("c.pdf", "");
  fail_unless_equals_int64 (get_total (run->src), -1);
  run_play (run);

  fail_unless_equals_uint64 (get_stat (run->src, "documents-begun"), 3);
  fail_unless_equals_uint64 (get_stat (run->src, "documents-done"), 3);
  fail_unless_equals_uint64 (get_stat (run->src, "documents-failed"), 1);
  fail_unless_equals_uint64 (get_stat (run->src, "pages"), 5);
  fail_unless_equals_int64 (get_total (run->src), 3);
}

GST_END_TEST;

/* The total is known long before the end, unless the list is a pipe. */
GST_START_TEST (test_total_ahead)
{
  GstHarness *h = gst_harness_new_parse ("pdfsrc location=in max-pages=1");
  GstElement *src = gst_harness_find_element (h, "pdfsrc");
  Stdin input;

  for (guint i = 0; i < 200; i++) {
    g_autofree char *name = g_strdup_printf ("in/%u.pdf", i);

    write_file (name, "");
  }
  /* Paused, the source does not go on after its first page. */
  gst_harness_set_blocking_push_mode (h);
  gst_harness_play (h);
  while (get_total (src) < 0)
    g_thread_yield ();
  fail_unless_equals_int64 (get_total (src), 200);
  fail_unless (get_stat (src, "documents-begun") <= 2);
  gst_object_unref (src);
  gst_harness_teardown (h);

  input = stdin_from_pipe ();
  stdin_write (&input, "in/1.pdf\n");
  h = gst_harness_new_parse ("pdfsrc location=@-");
  src = gst_harness_find_element (h, "pdfsrc");
  gst_harness_play (h);
  recto_page_unref (pull_page (h));
  fail_unless_equals_int64 (get_total (src), -1);
  stdin_end (&input);
  gst_object_unref (src);
  gst_harness_teardown (h);
  stdin_restore (&input);
}

GST_END_TEST;

static gint64
query_position (GstElement * element, GstFormat format)
{
  gint64 position = -2;

  fail_unless (gst_element_query_position (element, format, &position));
  return position;
}

static gint64
query_duration (GstElement * element, GstFormat format)
{
  gint64 duration = -2;

  fail_unless (gst_element_query_duration (element, format, &duration));
  return duration;
}

static gboolean
query_seekable (GstElement * element, GstFormat format, gint64 * end)
{
  g_autoptr (GstQuery) query = gst_query_new_seeking (format);
  gboolean seekable;

  fail_unless (gst_element_query (element, query));
  gst_query_parse_seeking (query, NULL, &seekable, NULL, end);
  return seekable;
}

GST_START_TEST (test_position_and_duration)
{
  g_autoptr (Run) run = run_new ("location=a.pdf pages=2-");
  g_autoptr (GstBus) bus = gst_element_get_bus (run->pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstQuery) query = gst_query_new_uri ();
  g_autofree char *uri = NULL;
  gint64 end;

  write_pdf ("a.pdf", 5);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_DURATION_CHANGED | GST_MESSAGE_EOS);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message),
      GST_MESSAGE_DURATION_CHANGED);
  run_wait (run);

  fail_unless_equals_int64 (query_duration (run->src, GST_FORMAT_TIME),
      4 * GST_SECOND);
  fail_unless_equals_int64 (query_duration (run->src, GST_FORMAT_DEFAULT), 4);
  fail_unless_equals_int64 (query_position (run->src, GST_FORMAT_TIME),
      4 * GST_SECOND);
  fail_unless_equals_int64 (query_position (run->src, GST_FORMAT_DEFAULT), 4);
  fail_unless (query_seekable (run->src, GST_FORMAT_TIME, &end));
  fail_unless_equals_int64 (end, 4 * GST_SECOND);
  fail_unless (query_seekable (run->src, GST_FORMAT_DEFAULT, &end));
  fail_unless_equals_int64 (end, 4);

  fail_unless (gst_element_query (run->src, query));
  gst_query_parse_uri (query, &uri);
  fail_unless (g_str_has_suffix (uri, "/a.pdf"));
}

GST_END_TEST;

GST_START_TEST (test_several_documents_have_no_end)
{
  g_autoptr (Run) run = NULL;
  gint64 end;

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 3);
  run = run_settings ("location=[ab].pdf");

  fail_unless_equals_int64 (query_duration (run->src, GST_FORMAT_TIME), -1);
  fail_unless_equals_int64 (query_position (run->src, GST_FORMAT_TIME),
      5 * GST_SECOND);
  fail_unless_equals_int64 (query_position (run->src, GST_FORMAT_DEFAULT), 5);
  fail_if (query_seekable (run->src, GST_FORMAT_TIME, &end));
  fail_if (query_seekable (run->src, GST_FORMAT_DEFAULT, &end));
  fail_if (gst_element_seek_simple (run->src, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, 0));
  fail_if (gst_element_seek_simple (run->pipeline, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, 0));
}

GST_END_TEST;

static void
seek (Run * run, GstFormat format, GstSeekType type, gint64 start, gint64 stop)
{
  g_string_truncate (run->pages, 0);
  fail_unless (gst_element_seek (run->pipeline, 1, format,
          GST_SEEK_FLAG_FLUSH, type, start,
          stop < 0 ? GST_SEEK_TYPE_NONE : GST_SEEK_TYPE_SET, stop));
  run_wait (run);
  g_assert_no_error (run->error);
}

GST_START_TEST (test_seek_after_eos)
{
  g_autoptr (Run) run = NULL;

  write_pdf ("a.pdf", 5);
  run = run_settings ("location=a.pdf");

  seek (run, GST_FORMAT_TIME, GST_SEEK_TYPE_SET, 3 * GST_SECOND, -1);
  fail_unless_equals_string (run->pages->str, "a.pdf:4 a.pdf:5.");
  seek (run, GST_FORMAT_DEFAULT, GST_SEEK_TYPE_SET, 1, 3);
  fail_unless_equals_string (run->pages->str, "a.pdf:2 a.pdf:3");
  seek (run, GST_FORMAT_DEFAULT, GST_SEEK_TYPE_SET, 0, -1);
  fail_unless_equals_string (run->pages->str,
      "a.pdf:1 a.pdf:2 a.pdf:3 a.pdf:4 a.pdf:5.");
  seek (run, GST_FORMAT_TIME, GST_SEEK_TYPE_END, -1 * (gint64) GST_SECOND, -1);
  fail_unless_equals_string (run->pages->str, "a.pdf:5.");
  seek (run, GST_FORMAT_DEFAULT, GST_SEEK_TYPE_END, -2, -1);
  fail_unless_equals_string (run->pages->str, "a.pdf:4 a.pdf:5.");
  seek (run, GST_FORMAT_DEFAULT, GST_SEEK_TYPE_SET, 5, -1);
  fail_unless_equals_string (run->pages->str, "");
  fail_unless_equals_int64 (query_duration (run->src, GST_FORMAT_DEFAULT), 5);

  fail_unless_equals_int (run->n_stream_starts, 1);
  fail_if (gst_element_seek (run->pipeline, -1, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0));
}

GST_END_TEST;

/* Seeking while the document is being pushed. */
GST_START_TEST (test_seek_in_mid_document)
{
  g_autoptr (Run) run = run_new ("location=a.pdf");

  write_pdf ("a.pdf", 152);
  g_object_set (run->sink, "async", TRUE, NULL);
  gst_element_set_state (run->pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (run->pipeline, NULL, NULL,
          GST_CLOCK_TIME_NONE), GST_STATE_CHANGE_SUCCESS);
  fail_unless (gst_element_seek_simple (run->pipeline, GST_FORMAT_DEFAULT,
          GST_SEEK_FLAG_FLUSH, 150));

  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  run_wait (run);
  fail_unless_equals_string (run->pages->str, "a.pdf:151 a.pdf:152.");
}

GST_END_TEST;

static GstPadProbeReturn
on_query (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  GString *asked = data;

  if (recto_query_is_run (query)) {
    g_autoptr (GVariant) config = recto_query_get_run_config (query);
    g_autofree char *text = g_variant_print (config, TRUE);

    g_string_append (asked, text);
  }
  return GST_PAD_PROBE_OK;
}

static char *
ask_run (const char *settings)
{
  g_autoptr (Run) run = run_new (settings);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (run->sink, "sink");
  GString *asked = g_string_new (NULL);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM |
      GST_PAD_PROBE_TYPE_PUSH, on_query, asked, NULL);
  run_play (run);

  return g_string_free (asked, FALSE);
}

/* Once in a run. Which pages are read changes none of them, so that another
 * choice finds them done. */
GST_START_TEST (test_run_query)
{
  g_autofree char *asked = NULL;

  write_pdf ("a.pdf", 2);
  write_pdf ("b.pdf", 2);
  asked = ask_run ("location=[ab].pdf pages=1-2 max-pages=7 password=secret");

  fail_unless_equals_string (asked,
      "@a(sa{sv}) []");
}

GST_END_TEST;

/* Waits until the source's thread is in the state that the test is about: it
 * has begun to read the FIFO. */
static int
open_fifo_when_read (void)
{
  int fd;

  while ((fd = open ("fifo", O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0)
    g_thread_yield ();
  return fd;
}

GST_START_TEST (test_null_while_fifo_is_silent)
{
  g_autoptr (Run) run = run_new ("location=fifo");

  fail_unless (mkfifo ("fifo", 0600) == 0);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  while (get_stat (run->src, "documents-begun") != 0)
    g_thread_yield ();
  fail_unless_equals_int (gst_element_set_state (run->pipeline,
          GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
}

GST_END_TEST;

GST_START_TEST (test_null_in_mid_read)
{
  g_autoptr (Run) run = run_new ("location=fifo");
  int fd;

  fail_unless (mkfifo ("fifo", 0600) == 0);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  fd = open_fifo_when_read ();
  fail_unless (write (fd, "%PDF-", 5) == 5);
  fail_unless_equals_int (gst_element_set_state (run->pipeline,
          GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  close (fd);
}

GST_END_TEST;

GST_START_TEST (test_eos_in_mid_read)
{
  g_autoptr (Run) run = run_new ("location=fifo");
  int fd;

  fail_unless (mkfifo ("fifo", 0600) == 0);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  fd = open_fifo_when_read ();
  fail_unless (gst_element_send_event (run->src, gst_event_new_eos ()));
  run_wait (run);
  g_assert_no_error (run->error);
  fail_unless_equals_uint64 (run->n_buffers, 0);
  close (fd);
}

GST_END_TEST;

/* Whoever ends the stream is not made to wait for a sink that takes no more,
 * nor is anything pushed but the page that waits there. */
GST_START_TEST (test_eos_while_sink_waits)
{
  g_autoptr (Run) run = run_new ("location=a.pdf");

  write_pdf ("a.pdf", 100);
  g_object_set (run->sink, "async", TRUE, NULL);
  gst_element_set_state (run->pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (run->pipeline, NULL, NULL,
          GST_CLOCK_TIME_NONE), GST_STATE_CHANGE_SUCCESS);

  fail_unless (gst_element_send_event (run->src, gst_event_new_eos ()));
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  run_wait (run);
  fail_unless_equals_string (run->pages->str, "a.pdf:1");

  seek (run, GST_FORMAT_DEFAULT, GST_SEEK_TYPE_SET, 98, -1);
  fail_unless_equals_string (run->pages->str, "a.pdf:99 a.pdf:100.");
}

GST_END_TEST;

/* Whoever flushes does not lose a document that was being opened. */
GST_START_TEST (test_flush_loses_nothing)
{
  GstHarness *h = gst_harness_new_parse ("pdfsrc location=@-");
  GstElement *src = gst_harness_find_element (h, "pdfsrc");
  Stdin input = stdin_from_pipe ();
  g_autoptr (RectoPage) page = NULL;

  write_pdf ("a.pdf", 1);
  write_pdf ("b.pdf", 1);
  stdin_write (&input, "a.pdf\nb.");
  gst_harness_play (h);
  recto_page_unref (pull_page (h));

  fail_unless (gst_element_send_event (src, gst_event_new_flush_start ()));
  fail_unless (gst_element_send_event (src, gst_event_new_flush_stop (TRUE)));
  stdin_write (&input, "pdf\n");
  page = pull_page (h);
  fail_unless_equals_string (recto_document_get_name (recto_page_get_document
          (page)), "b.pdf");

  stdin_end (&input);
  gst_object_unref (src);
  gst_harness_teardown (h);
  stdin_restore (&input);
}

GST_END_TEST;

/* While one document takes all the memory there is, the next one waits for
 * it, and so does its page. */
GST_START_TEST (test_full_reservation)
{
  GstHarness *h = gst_harness_new_parse
      ("pdfsrc location=[ab].pdf max-document-memory=1");
  GstElement *src = gst_harness_find_element (h, "pdfsrc");
  g_autoptr (RectoPage) page = NULL;

  write_pdf ("a.pdf", 1);
  write_pdf ("b.pdf", 1);
  gst_harness_play (h);
  page = pull_page (h);
  fail_unless_equals_uint64 (get_stat (src, "documents-begun"), 1);

  g_clear_pointer (&page, recto_page_unref);
  page = pull_page (h);
  fail_unless_equals_uint64 (get_stat (src, "documents-begun"), 2);
  gst_object_unref (src);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_null_in_full_reservation)
{
  GstHarness *h = gst_harness_new_parse
      ("pdfsrc location=[ab].pdf max-document-memory=1");
  g_autoptr (RectoPage) page = NULL;

  write_pdf ("a.pdf", 1);
  write_pdf ("b.pdf", 1);
  gst_harness_play (h);
  page = pull_page (h);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A document that can't be opened yet does not keep back the pages of those
 * before it. */
GST_START_TEST (test_ready_pages_do_not_wait)
{
  GstHarness *h = gst_harness_new_parse
      ("pdfsrc location=a.pdf locations=\"<fifo,b.pdf>\"");

  write_pdf ("a.pdf", 3);
  write_pdf ("b.pdf", 1);
  fail_unless (mkfifo ("fifo", 0600) == 0);
  gst_harness_play (h);
  for (guint i = 1; i <= 3; i++) {
    g_autoptr (RectoPage) page = pull_page (h);

    fail_unless_equals_int (recto_page_get_number (page), i);
  }
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Documents are opened ahead, but not beyond the number of workers. */
GST_START_TEST (test_read_ahead_is_bounded)
{
  GstHarness *h = gst_harness_new_parse ("pdfsrc location=in");
  GstElement *src = gst_harness_find_element (h, "pdfsrc");
  g_autoptr (RectoRenderer) renderer = recto_renderer_new ();
  g_autoptr (GstStructure) stats = NULL;
  guint peak;

  for (guint i = 0; i < 40; i++) {
    g_autofree char *name = g_strdup_printf ("in/%u.pdf", i);

    write_pdf (name, 1);
  }
  recto_renderer_set_n_workers (renderer, 3);
  g_object_set (src, "renderer", renderer, NULL);

  /* The harness drops each page when it has come. */
  gst_harness_set_drop_buffers (h, TRUE);
  gst_harness_play (h);
  while (get_stat (src, "documents-done") < 40)
    g_thread_yield ();

  /* Three ahead, the one that is pushed, and the one in the push. */
  stats = recto_renderer_get_stats (renderer);
  fail_unless (gst_structure_get_uint (stats, "peak-documents-held", &peak));
  fail_unless (peak <= 5, "%u documents", peak);
  gst_object_unref (src);
  gst_harness_teardown (h);
}

GST_END_TEST;

static gsize
resident_kib (void)
{
  g_autofree char *status = NULL;
  const char *line;

  fail_unless (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  line = strstr (status, "RssAnon:");
  fail_unless (line != NULL);
  return g_ascii_strtoull (line + strlen ("RssAnon:"), NULL, 10);
}

typedef struct
{
  guint64 n;
  gsize early;
  gsize late;
} Memory;

static void
on_measured_handoff (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    Memory * memory)
{
  memory->n++;

  /* A slow sink, which the source could get far ahead of. */
  if (memory->n % 100 == 0)
    g_usleep (1000);
  if (memory->n == 2000)
    memory->early = resident_kib ();
  memory->late = memory->n % 1000 == 0 ? resident_kib () : memory->late;
}

static GstBusSyncReply
on_counted_message (GstBus * bus, GstMessage * message, gpointer n_warnings)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    g_atomic_int_inc ((int *) n_warnings);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return GST_BUS_PASS;

  gst_message_unref (message);
  return GST_BUS_DROP;
}

GST_START_TEST (test_many_missing_files)
{
  g_autoptr (Run) run = run_new ("location=@list");
  g_autoptr (GstBus) bus = gst_element_get_bus (run->pipeline);
  g_autoptr (GString) list = g_string_new (NULL);
  Memory memory = { 0 };
  int n_warnings = 0;

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (list, "missing/%u.pdf\n", i);
  write_file ("list", list->str);
  g_string_truncate (list, 0);

  gst_bus_set_sync_handler (bus, on_counted_message, &n_warnings, NULL);
  g_signal_handlers_disconnect_by_func (run->sink, on_handoff, run);
  g_signal_connect (run->sink, "handoff", G_CALLBACK (on_measured_handoff),
      &memory);
  run_play (run);

  fail_unless_equals_uint64 (memory.n, 100000);
#ifndef __SANITIZE_ADDRESS__    /* which keeps what was freed for a while */
  fail_unless (memory.late < memory.early + 4096, "%" G_GSIZE_FORMAT
      " KiB grew to %" G_GSIZE_FORMAT, memory.early, memory.late);
#endif
  fail_unless (n_warnings >= 21 && n_warnings < 60, "%d warnings", n_warnings);
}

GST_END_TEST;

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  fail_unless (dir != NULL);
  while (g_dir_read_name (dir))
    n++;
  return n;
}

static guint
count_threads (const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *id;
  guint n = 0;

  while ((id = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename ("/proc/self/task", id, "comm",
        NULL);
    g_autofree char *name = NULL;

    if (g_file_get_contents (path, &name, NULL, NULL)
        && g_str_has_prefix (name, prefix))
      n++;
  }
  return n;
}

static guint
count_children (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *id;
  guint n = 0;

  while ((id = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename ("/proc", id, "stat", NULL);
    g_autofree char *stat = NULL;
    int parent;

    if (g_ascii_isdigit (*id) && g_file_get_contents (path, &stat, NULL, NULL)
        && sscanf (strrchr (stat, ')') + 1, " %*c %d", &parent) == 1
        && parent == getpid ())
      n++;
  }
  return n;
}

static void
run_and_stop_half_way (void)
{
  g_autofree char *pdf = fixture_pdf (1, NULL);
  GstHarness *h = gst_harness_new_parse ("pdfsrc location=in "
      "locations=\"<-,in,fifo>\"");
  GstElement *src = gst_harness_find_element (h, "pdfsrc");
  Stdin input = stdin_from_pipe ();

  stdin_write (&input, pdf);
  stdin_end (&input);
  gst_harness_play (h);
  for (guint i = 0; i < 5; i++)
    recto_page_unref (pull_page (h));
  get_total (src);
  gst_object_unref (src);
  gst_harness_teardown (h);
  stdin_restore (&input);
}

GST_START_TEST (test_nothing_left_behind)
{
  g_autofree char *temporary = g_build_filename (folder, "tmp", NULL);
  guint n_fds;

  fail_unless (g_mkdir (temporary, 0700) == 0);
  g_setenv ("TMPDIR", temporary, TRUE);
  for (guint i = 0; i < 30; i++) {
    g_autofree char *name = g_strdup_printf ("in/%u.pdf", i);

    write_pdf (name, 3);
  }
  fail_unless (mkfifo ("fifo", 0600) == 0);

  /* The first time, GStreamer opens what it keeps. */
  run_and_stop_half_way ();
  n_fds = count_entries ("/proc/self/fd");
  run_and_stop_half_way ();

  fail_unless_equals_int (count_entries ("/proc/self/fd"), n_fds);
  fail_unless_equals_int (count_threads ("recto-"), 0);
  fail_unless_equals_int (count_entries (temporary), 0);
  while (count_children () > 0)
    g_thread_yield ();
}

GST_END_TEST;

GST_START_TEST (test_again_after_null)
{
  g_autoptr (Run) run = NULL;

  write_pdf ("a.pdf", 1);
  write_pdf ("b.pdf", 1);
  run = run_settings ("location=[ab].pdf");
  fail_unless_equals_string (run->pages->str, "a.pdf:1. b.pdf:1.");

  gst_element_set_state (run->pipeline, GST_STATE_NULL);
  g_string_truncate (run->pages, 0);
  g_object_set (run->src, "location", "b.pdf", NULL);
  run_play (run);
  fail_unless_equals_string (run->pages->str, "b.pdf:1.");
  fail_unless_equals_uint64 (get_stat (run->src, "documents-begun"), 1);
}

GST_END_TEST;

static Suite *
pdfsrc_suite (void)
{
  Suite *suite = suite_create ("pdfsrc");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_one_document);
  tcase_add_test (tcase, test_order);
  tcase_add_test (tcase, test_order_of_many);
  tcase_add_test (tcase, test_pages);
  tcase_add_test (tcase, test_max_pages);
  tcase_add_test (tcase, test_bad_input);
  tcase_add_test (tcase, test_encrypted);
  tcase_add_test (tcase, test_names_of_any_bytes);
  tcase_add_test (tcase, test_document_on_stdin);
  tcase_add_test (tcase, test_list_on_stdin);
  tcase_add_test (tcase, test_list_is_read_as_needed);
  tcase_add_test (tcase, test_fifo);
  tcase_add_test (tcase, test_replaced_while_read);
  tcase_add_test (tcase, test_bad_settings);
  tcase_add_test (tcase, test_no_worker);
  tcase_add_test (tcase, test_no_worker_in_ready);
  tcase_add_test (tcase, test_max_errors);
  tcase_add_test (tcase, test_announcements);
  tcase_add_test (tcase, test_events_in_line);
  tcase_add_test (tcase, test_title);
  tcase_add_test (tcase, test_stats);
  tcase_add_test (tcase, test_total_ahead);
  tcase_add_test (tcase, test_position_and_duration);
  tcase_add_test (tcase, test_several_documents_have_no_end);
  tcase_add_test (tcase, test_seek_after_eos);
  tcase_add_test (tcase, test_seek_in_mid_document);
  tcase_add_test (tcase, test_run_query);
  tcase_add_test (tcase, test_null_while_fifo_is_silent);
  tcase_add_test (tcase, test_null_in_mid_read);
  tcase_add_test (tcase, test_eos_in_mid_read);
  tcase_add_test (tcase, test_eos_while_sink_waits);
  tcase_add_test (tcase, test_flush_loses_nothing);
  tcase_add_test (tcase, test_full_reservation);
  tcase_add_test (tcase, test_null_in_full_reservation);
  tcase_add_test (tcase, test_ready_pages_do_not_wait);
  tcase_add_test (tcase, test_read_ahead_is_bounded);
  tcase_add_test (tcase, test_many_missing_files);
  tcase_add_test (tcase, test_nothing_left_behind);
  tcase_add_test (tcase, test_again_after_null);

  return suite;
}

GST_CHECK_MAIN (pdfsrc);
