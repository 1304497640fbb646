/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the text sinks write to, and how. What they write is not looked at:
 * jsonlsink stands for both.
 */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include "record-lines.h"
#include "sink-fixture.h"

#define BIG_SIZE 100000

static SinkFixture fixture;

static void
setup (void)
{
  sink_fixture_init (&fixture, "jsonlsink");
}

static void
teardown (void)
{
  sink_fixture_clear (&fixture);
}

static void
push (const char *text)
{
  fail_unless_equals_int (sink_fixture_push (&fixture, NULL, NULL, text, -1),
      GST_FLOW_OK);
}

GST_START_TEST (test_location)
{
  g_autofree char *location = NULL;

  sink_fixture_play (&fixture, NULL);
  g_object_set (fixture.sink, "location", "elsewhere", NULL);
  g_object_get (fixture.sink, "location", &location, NULL);
  fail_unless_equals_string (location, fixture.path);
}

GST_END_TEST;

GST_START_TEST (test_no_location)
{
  sink_fixture_assert_refused (&fixture, NULL, "location");
  sink_fixture_assert_refused (&fixture, "", "location");
}

GST_END_TEST;

GST_START_TEST (test_existing_file)
{
  g_autofree char *contents = NULL;

  fail_unless (g_file_set_contents (fixture.path, "precious", -1, NULL));
  sink_fixture_assert_refused (&fixture, fixture.path, "exists already");
  fail_unless (g_file_get_contents (fixture.path, &contents, NULL, NULL));
  fail_unless_equals_string (contents, "precious");
}

GST_END_TEST;

/* What was made in vain is gone, so that the same command can be tried again;
 * what holds a record, or an end, stays. */
GST_START_TEST (test_abandoned_file)
{
  g_autofree char *contents = NULL;

  sink_fixture_play (&fixture, NULL);
  fail_unless (g_file_test (fixture.path, G_FILE_TEST_EXISTS));
  gst_element_set_state (fixture.sink, GST_STATE_NULL);
  fail_if (g_file_test (fixture.path, G_FILE_TEST_EXISTS));

  gst_element_set_state (fixture.sink, GST_STATE_PLAYING);
  fail_unless (g_unlink (fixture.path) == 0);
  fail_unless (g_file_set_contents (fixture.path, "precious", -1, NULL));
  gst_element_set_state (fixture.sink, GST_STATE_NULL);
  fail_unless (g_file_get_contents (fixture.path, &contents, NULL, NULL));
  fail_unless_equals_string (contents, "precious");
}

GST_END_TEST;

/* Without an end of the stream. */
GST_START_TEST (test_unfinished_file)
{
  g_autofree char *contents = NULL;
  g_autoptr (GPtrArray) records = NULL;

  sink_fixture_play (&fixture, NULL);
  push ("x");
  push ("y");
  gst_element_set_state (fixture.sink, GST_STATE_NULL);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "records"), 2);

  fail_unless (g_file_get_contents (fixture.path, &contents, NULL, NULL));
  records = parse_lines (contents);
  fail_unless_equals_int (records->len, 2);
}

GST_END_TEST;

GST_START_TEST (test_empty_stream)
{
  g_autofree char *contents = NULL;
  gsize size;

  sink_fixture_play (&fixture, NULL);
  contents = sink_fixture_finish (&fixture, &size);
  fail_unless_equals_int (size, 0);
}

GST_END_TEST;

GST_START_TEST (test_symbolic_link)
{
  g_autofree char *target = g_build_filename (fixture.folder, "target", NULL);

  fail_unless_equals_int (symlink (target, fixture.path), 0);
  sink_fixture_assert_refused (&fixture, fixture.path, "symbolic link");
  fail_if (g_file_test (target, G_FILE_TEST_EXISTS));

  fail_unless (g_file_set_contents (target, "precious", -1, NULL));
  sink_fixture_assert_refused (&fixture, fixture.path, "symbolic link");
}

GST_END_TEST;

GST_START_TEST (test_missing_folder)
{
  g_autofree char *path = g_build_filename (fixture.path, "pages", NULL);

  sink_fixture_assert_refused (&fixture, path, "Create it first");
}

GST_END_TEST;

GST_START_TEST (test_neither_file_nor_pipe)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, fixture.path, sizeof address.sun_path);
  fail_unless_equals_int (bind (fd, (struct sockaddr *) &address,
          sizeof address), 0);
  sink_fixture_assert_refused (&fixture, fixture.path, "neither");
  g_close (fd, NULL);
}

GST_END_TEST;

GST_START_TEST (test_pipe_without_reader)
{
  int fd = sink_fixture_make_pipe (&fixture);

  g_close (fd, NULL);
  sink_fixture_assert_refused (&fixture, fixture.path, "nobody reads it");
}

GST_END_TEST;

static gpointer
push_big (gpointer data)
{
  g_autofree char *text = g_strnfill (BIG_SIZE, 'x');

  return GINT_TO_POINTER (sink_fixture_push (&fixture, NULL, NULL, text, -1));
}

GST_START_TEST (test_null_with_full_pipe)
{
  int fd = sink_fixture_make_pipe (&fixture);
  GThread *thread;

  sink_fixture_play (&fixture, fixture.path);
  thread = g_thread_new ("push", push_big, NULL);
  wait_till_full (fd);

  gst_element_set_state (fixture.sink, GST_STATE_NULL);
  fail_unless_equals_int (GPOINTER_TO_INT (g_thread_join (thread)),
      GST_FLOW_FLUSHING);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "records"), 0);
  g_close (fd, NULL);
}

GST_END_TEST;

/* The big record is the first; its text is followed by the crc32 only. */
static gsize
big_line_size (void)
{
  return strlen ("{\"schema\":\"recto-page/1\",\"uri\":null,\"document\":null,"
      "\"sha256\":null,\"page\":1,\"pages\":null,\"status\":\"ok\","
      "\"attempt\":1,\"config\":null,\"warnings\":null,"
      "\"model\":null,\"language\":null,"
      "\"rotation\":null,\"is_table\":null,\"is_diagram\":null,"
      "\"input_tokens\":null,\"output_tokens\":null,\"attempts\":null,"
      "\"finish_reason\":null,\"fallback\":null,\"confidence\":null,"
      "\"seconds\":null,\"extra\":{},\"time\":\"2026-11-30T10:00:00Z\","
      "\"text\":\"\",\"crc32\":\"00000000\"}\n")
      + BIG_SIZE;
}

static void
assert_big_line (int fd)
{
  g_autofree char *line = read_bytes (fd, big_line_size ());
  g_autoptr (JsonObject) record = NULL;
  char *end = strchr (line, '\n');

  fail_unless (end != NULL && end[1] == '\0');
  *end = '\0';
  record = parse_line (line);
  fail_unless_equals_int (strlen (get_string (record, "text")), BIG_SIZE);
}

GST_START_TEST (test_pause_with_full_pipe)
{
  int fd = sink_fixture_make_pipe (&fixture);
  GThread *thread;

  sink_fixture_play (&fixture, fixture.path);
  thread = g_thread_new ("push", push_big, NULL);
  wait_till_full (fd);

  fail_unless (gst_element_set_state (fixture.sink, GST_STATE_PAUSED)
      != GST_STATE_CHANGE_FAILURE);
  fail_unless (gst_element_set_state (fixture.sink, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
  assert_big_line (fd);
  fail_unless_equals_int (GPOINTER_TO_INT (g_thread_join (thread)),
      GST_FLOW_OK);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "records"), 1);
  g_close (fd, NULL);
}

GST_END_TEST;

static gpointer
push_eos (gpointer data)
{
  gst_harness_push_event (fixture.harness, gst_event_new_eos ());
  return NULL;
}

/* No reader of a stream sees half a line because of a flush. */
GST_START_TEST (test_flush_with_full_pipe)
{
  int fd = sink_fixture_make_pipe (&fixture);
  GstSegment segment;
  GThread *thread;

  sink_fixture_play (&fixture, fixture.path);
  thread = g_thread_new ("push", push_big, NULL);
  wait_till_full (fd);

  gst_harness_push_event (fixture.harness, gst_event_new_flush_start ());
  fail_unless_equals_int (GPOINTER_TO_INT (g_thread_join (thread)),
      GST_FLOW_FLUSHING);
  gst_harness_push_event (fixture.harness, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (fixture.harness, gst_event_new_segment (&segment));

  thread = g_thread_new ("eos", push_eos, NULL);
  assert_big_line (fd);
  g_thread_join (thread);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "records"), 1);
  g_close (fd, NULL);
}

GST_END_TEST;

static void
assert_write_error (int code, const char *what)
{
  g_autoptr (GError) error = sink_fixture_pop_error (&fixture);

  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR, code), "%s",
      error->message);
  fail_unless (strstr (error->message, what) != NULL, "%s", error->message);
}

GST_START_TEST (test_closed_pipe)
{
  int fd = sink_fixture_make_pipe (&fixture);
  sigset_t pending;

  sink_fixture_play (&fixture, fixture.path);
  push ("x");
  g_close (fd, NULL);

  fail_unless_equals_int (sink_fixture_push (&fixture, NULL, NULL, "x", -1),
      GST_FLOW_ERROR);
  assert_write_error (GST_RESOURCE_ERROR_WRITE, fixture.path);
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "records"), 1);

  sigpending (&pending);
  fail_if (sigismember (&pending, SIGPIPE));
}

GST_END_TEST;

GST_START_TEST (test_full_device)
{
  sink_fixture_play (&fixture, "/dev/full");
  fail_unless_equals_int (sink_fixture_push (&fixture, NULL, NULL, "x", -1),
      GST_FLOW_ERROR);
  assert_write_error (GST_RESOURCE_ERROR_NO_SPACE_LEFT, "/dev/full");
  fail_unless_equals_uint64 (sink_fixture_get_stat (&fixture, "records"), 0);
}

GST_END_TEST;

/* Pushes while the file may grow by `room` bytes only. Each check writes to a
 * file too, so there is none while the limit holds. */
static GstFlowReturn
push_with_room (const char *text, rlim_t room)
{
  struct rlimit before, limit;
  GstFlowReturn flow;
  int failed;

  fail_unless_equals_int (getrlimit (RLIMIT_FSIZE, &before), 0);
  limit = before;
  limit.rlim_cur = sink_fixture_get_stat (&fixture, "bytes") + room;

  failed = setrlimit (RLIMIT_FSIZE, &limit);
  flow = sink_fixture_push (&fixture, NULL, NULL, text, -1);
  setrlimit (RLIMIT_FSIZE, &before);

  fail_if (failed);
  return flow;
}

GST_START_TEST (test_cut_back_to_whole_lines)
{
  g_autofree char *contents = NULL;
  g_autoptr (GPtrArray) records = NULL;

  gst_util_set_object_arg (G_OBJECT (fixture.sink), "sync", "page");
  sink_fixture_play (&fixture, NULL);
  push ("first");

  fail_unless_equals_int (push_with_room ("second", 20), GST_FLOW_ERROR);
  assert_write_error (GST_RESOURCE_ERROR_NO_SPACE_LEFT, fixture.path);

  /* Not in this run, which has ended. */
  fail_unless_equals_int (sink_fixture_push (&fixture, NULL, NULL, "lost", -1),
      GST_FLOW_ERROR);
  sink_fixture_stop (&fixture);

  gst_util_set_object_arg (G_OBJECT (fixture.sink), "settings-changed",
      "again");
  sink_fixture_play (&fixture, NULL);
  push ("third");
  contents = sink_fixture_finish (&fixture, NULL);
  records = parse_lines (contents);
  fail_unless_equals_int (records->len, 2);
  fail_unless_equals_string (get_string (g_ptr_array_index (records, 0),
          "text"), "first");
  fail_unless_equals_string (get_string (g_ptr_array_index (records, 1),
          "text"), "third");
}

GST_END_TEST;

/* Makes `fd` standard output while the sink writes a record to it. */
static void
push_to_standard_output (int fd)
{
  int saved = dup (STDOUT_FILENO);

  fflush (stdout);
  fail_unless (dup2 (fd, STDOUT_FILENO) >= 0);
  sink_fixture_play (&fixture, "-");
  push ("x");
  gst_element_set_state (fixture.sink, GST_STATE_NULL);
  fail_unless (fcntl (STDOUT_FILENO, F_GETFD) >= 0);
  fail_unless (dup2 (saved, STDOUT_FILENO) >= 0);
  g_close (saved, NULL);
}

static void
assert_one_line (const char *contents)
{
  g_autofree char *line = g_strdup (contents);
  g_autoptr (JsonObject) record = NULL;

  fail_unless (g_str_has_suffix (line, "\n"));
  record = parse_line (g_strchomp (line));
  fail_unless_equals_string (get_string (record, "text"), "x");
}

GST_START_TEST (test_standard_output_file)
{
  g_autofree char *contents = NULL;
  int fd = g_open (fixture.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  /* As a shell's redirection, what is there stays there. */
  fail_unless_equals_int (write (fd, "# ", 2), 2);
  push_to_standard_output (fd);
  g_close (fd, NULL);

  fail_unless (g_file_get_contents (fixture.path, &contents, NULL, NULL));
  fail_unless (g_str_has_prefix (contents, "# "));
  assert_one_line (contents + 2);
}

GST_END_TEST;

GST_START_TEST (test_standard_output_pipe)
{
  char contents[4096] = { 0 };
  int fds[2];

  fail_unless_equals_int (pipe2 (fds, O_CLOEXEC), 0);
  push_to_standard_output (fds[1]);

  /* Who shares the pipe is not made non-blocking. */
  fail_if (fcntl (fds[1], F_GETFL) & O_NONBLOCK);
  g_close (fds[1], NULL);
  fail_unless (read (fds[0], contents, sizeof contents - 1) > 0);
  assert_one_line (contents);
  g_close (fds[0], NULL);
}

GST_END_TEST;

GST_START_TEST (test_standard_output_socket)
{
  char contents[4096] = { 0 };
  int fds[2];

  fail_unless_equals_int (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
          fds), 0);
  push_to_standard_output (fds[1]);
  fail_unless (read (fds[0], contents, sizeof contents - 1) > 0);
  assert_one_line (contents);
  g_close (fds[0], NULL);
  g_close (fds[1], NULL);
}

GST_END_TEST;

static Suite *
textsink_suite (void)
{
  Suite *suite = suite_create ("textsink");
  TCase *output = tcase_create ("output");

  suite_add_tcase (suite, output);
  tcase_add_checked_fixture (output, setup, teardown);
  tcase_add_test (output, test_location);
  tcase_add_test (output, test_no_location);
  tcase_add_test (output, test_existing_file);
  tcase_add_test (output, test_abandoned_file);
  tcase_add_test (output, test_unfinished_file);
  tcase_add_test (output, test_empty_stream);
  tcase_add_test (output, test_symbolic_link);
  tcase_add_test (output, test_missing_folder);
  tcase_add_test (output, test_neither_file_nor_pipe);
  tcase_add_test (output, test_pipe_without_reader);
  tcase_add_test (output, test_null_with_full_pipe);
  tcase_add_test (output, test_pause_with_full_pipe);
  tcase_add_test (output, test_flush_with_full_pipe);
  tcase_add_test (output, test_closed_pipe);
  tcase_add_test (output, test_full_device);
  tcase_add_test (output, test_cut_back_to_whole_lines);
  tcase_add_test (output, test_standard_output_file);
  tcase_add_test (output, test_standard_output_pipe);
  tcase_add_test (output, test_standard_output_socket);

  return suite;
}

GST_CHECK_MAIN (textsink);
