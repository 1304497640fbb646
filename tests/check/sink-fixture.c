/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include "sink-fixture.h"

#define CAPS "text/x-raw, format = (string) utf8"

void
sink_fixture_init (SinkFixture * self, const char *factory)
{
  self->folder = g_dir_make_tmp ("recto-check-XXXXXX", NULL);
  fail_unless (self->folder != NULL);
  self->path = g_build_filename (self->folder, "pages", NULL);

  self->sink = gst_element_factory_make (factory, NULL);
  fail_unless (self->sink != NULL, "there is no %s", factory);
  gst_object_ref_sink (self->sink);

  self->bus = gst_bus_new ();
  gst_element_set_bus (self->sink, self->bus);
  self->harness = NULL;
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    fail_unless_equals_int (g_remove (path), 0);
  }
  fail_unless_equals_int (g_rmdir (folder), 0);
}

void
sink_fixture_stop (SinkFixture * self)
{
  gst_element_set_state (self->sink, GST_STATE_NULL);
  g_clear_pointer (&self->harness, gst_harness_teardown);
}

void
sink_fixture_clear (SinkFixture * self)
{
  sink_fixture_stop (self);
  gst_element_set_bus (self->sink, NULL);
  gst_bus_set_flushing (self->bus, TRUE);
  gst_object_unref (self->bus);

  ASSERT_OBJECT_REFCOUNT (self->sink, "sink", 1);
  gst_object_unref (self->sink);

  remove_folder (self->folder);
  g_free (self->folder);
  g_free (self->path);
}

void
sink_fixture_play (SinkFixture * self, const char *location)
{
  g_object_set (self->sink, "location", location ? location : self->path, NULL);

  /* The harness sets “sync”, which some sinks have another one of. */
  gst_element_set_state (self->sink, GST_STATE_READY);
  self->harness = gst_harness_new_with_element (self->sink, "sink", NULL);
  fail_unless_equals_int (GST_STATE (self->sink), GST_STATE_PLAYING);
  gst_harness_set_src_caps_str (self->harness, CAPS);
}

void
sink_fixture_assert_refused (SinkFixture * self, const char *location,
    const char *what)
{
  g_autoptr (GError) error = NULL;

  g_object_set (self->sink, "location", location, NULL);
  fail_unless_equals_int (gst_element_set_state (self->sink, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  error = sink_fixture_pop_error (self);
  fail_unless (error->domain == GST_RESOURCE_ERROR, "%s", error->message);
  fail_unless (strstr (error->message, what) != NULL, "“%s” does not say “%s”",
      error->message, what);
  if (location && *location)
    fail_unless (strstr (error->message, location) != NULL, "%s",
        error->message);
  gst_element_set_state (self->sink, GST_STATE_NULL);

  /* GstElement adds a message of its own. */
  gst_bus_set_flushing (self->bus, TRUE);
  gst_bus_set_flushing (self->bus, FALSE);
}

GstFlowReturn
sink_fixture_push (SinkFixture * self, RectoPage * page, RectoResult * result,
    const char *text, gssize size)
{
  gsize length = size < 0 ? strlen (text) : (gsize) size;
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, length, NULL);

  gst_buffer_fill (buffer, 0, text, length);
  if (page)
    recto_buffer_add_page (buffer, page);
  if (result)
    recto_buffer_add_result (buffer, result);

  return gst_harness_push (self->harness, buffer);
}

char *
sink_fixture_finish (SinkFixture * self, gsize * size)
{
  g_autofree char *location = NULL;
  char *contents = NULL;

  g_object_get (self->sink, "location", &location, NULL);
  fail_unless (gst_harness_push_event (self->harness, gst_event_new_eos ()));
  sink_fixture_stop (self);
  fail_unless (g_file_get_contents (location, &contents, size, NULL));

  return contents;
}

GError *
sink_fixture_pop_error (SinkFixture * self)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (self->bus,
      GST_MESSAGE_ERROR);
  GError *error = NULL;

  fail_unless (message != NULL, "there was no error");
  gst_message_parse_error (message, &error, NULL);

  return error;
}

guint64
sink_fixture_get_stat (SinkFixture * self, const char *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (self->sink, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "no %s", name);

  return value;
}

int
sink_fixture_make_pipe (SinkFixture * self)
{
  int fd;

  fail_unless_equals_int (mkfifo (self->path, 0600), 0);
  fd = g_open (self->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  fail_unless (fd >= 0);
  fail_unless_equals_int (fcntl (fd, F_SETPIPE_SZ, 4096), 4096);

  return fd;
}

void
wait_till_full (int fd)
{
  struct pollfd readable = {.fd = fd,.events = POLLIN };
  int available = 0;

  /* A page of 4096 bytes is filled by one write of PIPE_BUF bytes. */
  fail_unless_equals_int (poll (&readable, 1, -1), 1);
  fail_unless_equals_int (ioctl (fd, FIONREAD, &available), 0);
  fail_unless_equals_int (available, 4096);
}

char *
read_bytes (int fd, gsize size)
{
  char *bytes = g_malloc0 (size + 1);
  struct pollfd readable = {.fd = fd,.events = POLLIN };
  gsize done = 0;

  while (done < size) {
    gssize n;

    fail_unless_equals_int (poll (&readable, 1, -1), 1);
    n = read (fd, bytes + done, size - done);
    fail_unless (n > 0);
    done += n;
  }
  return bytes;
}

RectoPage *
make_failed_page (RectoDocument * document, guint number,
    RectoPageStatus status, const char *message)
{
  g_autoptr (RectoPage) page = recto_page_new (document, number, FALSE);
  g_autoptr (GError) error = g_error_new_literal (RECTO_PAGE_ERROR, status,
      message);

  return recto_page_with_error (page, status, error);
}

RectoPage *
make_failed_document (RectoDocument * document, RectoDocumentStatus status,
    const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (RECTO_DOCUMENT_ERROR, status,
      message);

  return recto_page_new_failed_document (document, status, error);
}
