/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-fixture.h"

#define PAGE_BYTES 300

static void
init (VlmFixture * self, ModelServer * server)
{
  *self = (VlmFixture) {
    .server = server,
    .bus = gst_bus_new (),
    .document = recto_document_new ("file:///x.pdf", "x.pdf"),
  };
}

void
vlm_fixture_init (VlmFixture * self)
{
  init (self, model_server_new ());
}

void
vlm_fixture_init_tls (VlmFixture * self, const char *certificate)
{
  g_autofree char *path = g_build_filename (g_getenv ("RECTO_SOURCE_ROOT"),
      "tests", "model-server", certificate, NULL);
  g_autoptr (GError) error = NULL;
  ModelServer *server = model_server_new_full (0, path, NULL, &error);

  fail_unless (server && model_server_start_listening (server, &error), "%s",
      error ? error->message : "");
  init (self, server);
}

static void
stop (VlmFixture * self)
{
  if (self->element == NULL)
    return;
  if (self->harness)
    gst_harness_teardown (self->harness);
  self->harness = NULL;
  gst_element_set_state (self->element, GST_STATE_NULL);
  gst_element_set_bus (self->element, NULL);

  /* Messages hold the element, too. */
  gst_bus_set_flushing (self->bus, TRUE);
  gst_bus_set_flushing (self->bus, FALSE);
  ASSERT_OBJECT_REFCOUNT (self->element, "vlminference", 1);
  gst_clear_object (&self->element);
}

void
vlm_fixture_clear (VlmFixture * self)
{
  stop (self);
  model_server_free (self->server);
  gst_object_unref (self->bus);
  g_object_unref (self->document);
}

void
vlm_fixture_build (VlmFixture * self, const char *properties)
{
  g_autofree char *line = g_strdup_printf ("vlminference server-url=%s %s",
      model_server_get_url (self->server), properties);
  g_autoptr (GError) error = NULL;

  stop (self);
  self->element = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  gst_object_ref_sink (self->element);
  gst_element_set_bus (self->element, self->bus);
}

void
vlm_fixture_start (VlmFixture * self)
{
  self->harness = gst_harness_new_with_element (self->element, "sink", "src");
  gst_harness_set_src_caps_str (self->harness, "image/png,width=10,height=10");
}

void
vlm_fixture_play (VlmFixture * self, const char *properties)
{
  vlm_fixture_build (self, properties);
  vlm_fixture_start (self);
}

static void
fill_page (guint8 bytes[PAGE_BYTES], guint i)
{
  for (guint n = 0; n < PAGE_BYTES; n++)
    bytes[n] = n ^ (i >> n % 32);
}

GstBuffer *
vlm_fixture_make_page (VlmFixture * self, guint i)
{
  guint8 bytes[PAGE_BYTES];
  g_autoptr (RectoPage) page = recto_page_new (self->document, i + 1, FALSE);
  GstBuffer *buffer;

  fill_page (bytes, i);
  buffer = gst_buffer_new_memdup (bytes, sizeof bytes);
  GST_BUFFER_PTS (buffer) = i * GST_SECOND;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  recto_buffer_add_page (buffer, page);
  return buffer;
}

void
vlm_fixture_push (VlmFixture * self, guint i)
{
  fail_unless_equals_int (gst_harness_push (self->harness,
          vlm_fixture_make_page (self, i)), GST_FLOW_OK);
}

void
vlm_fixture_hold (VlmFixture * self, guint n)
{
  model_server_hold (self->server);
  for (guint i = 0; i < n; i++)
    vlm_fixture_push (self, i);
  fail_unless (model_server_wait_at_least (self->server, MODEL_COUNT_WAITING,
          n));
}

char *
vlm_fixture_dup_text (guint i)
{
  guint8 bytes[PAGE_BYTES];
  g_autofree char *sha256 = NULL;

  fill_page (bytes, i);
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, sizeof bytes);
  return g_strdup_printf ("sha256:%.16s", sha256);
}

static void
poison (ModelRequest * request, ModelReply * reply, gpointer data)
{
  VlmFixture *self = data;
  g_autofree char *text = vlm_fixture_dup_text (self->poisoned);
  g_autofree char *sha256 = NULL;

  if (!model_request_is_completion (request))
    return;
  sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256,
      model_request_get_image (request));
  if (g_str_has_prefix (sha256, text + strlen ("sha256:")))
    model_reply_set_fault (reply, &self->poison);
}

void
vlm_fixture_poison (VlmFixture * self, guint i, const char *fault)
{
  self->poisoned = i;
  fail_unless (model_fault_parse (&self->poison, fault, NULL), fault);
  model_server_set_handler (self->server, poison, self);
}

char *
vlm_buffer_dup_text (GstBuffer * buffer)
{
  GstMapInfo info;
  char *text;

  fail_unless (gst_buffer_map (buffer, &info, GST_MAP_READ));
  text = info.size > 0 ? g_strndup ((char *) info.data, info.size) :
      g_strdup ("");
  gst_buffer_unmap (buffer, &info);
  return text;
}

GstBuffer *
vlm_fixture_pull (VlmFixture * self, guint i, RectoPageStatus status)
{
  GstBuffer *buffer = gst_harness_pull (self->harness);
  RectoPage *page;

  fail_unless (buffer != NULL, "page %u did not come", i);
  page = recto_buffer_get_page (buffer);
  fail_unless_equals_int (recto_page_get_number (page), i + 1);
  fail_unless_equals_string (recto_page_get_error (page) ?
      recto_page_get_error (page)->message : "",
      status == RECTO_PAGE_OK ? "" : recto_page_get_error (page)->message);
  fail_unless_equals_int (recto_page_get_status (page), status);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), i * GST_SECOND);
  return buffer;
}

void
vlm_fixture_pull_ok (VlmFixture * self, guint i, guint attempts)
{
  g_autoptr (GstBuffer) buffer = vlm_fixture_pull (self, i, RECTO_PAGE_OK);
  g_autofree char *text = vlm_buffer_dup_text (buffer);
  g_autofree char *expected = vlm_fixture_dup_text (i);

  fail_unless (strstr (text, expected) != NULL, "“%s” is not of page %u", text,
      i);
  if (attempts > 0)
    fail_unless_equals_int (recto_result_get_attempts
        (recto_buffer_get_result (buffer)), attempts);
}

GError *
vlm_fixture_wait_error (VlmFixture * self)
{
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (self->bus,
      30 * GST_SECOND, GST_MESSAGE_ERROR);
  GError *error = NULL;

  fail_unless (message != NULL, "there was no error");
  gst_message_parse_error (message, &error, NULL);
  return error;
}

guint64
vlm_fixture_get_stat (VlmFixture * self, const char *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 n;
  guint small;

  g_object_get (self->element, "stats", &stats, NULL);
  if (gst_structure_get_uint (stats, name, &small))
    return small;
  fail_unless (gst_structure_get_uint64 (stats, name, &n), "no %s", name);
  return n;
}
