/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gst/video/video.h>
#include <unistd.h>

#include "document-fixture.h"
#include "page-fixture.h"
#include "pdf-writer.h"
#include "processes.h"

/* Forms that each draw the next one ten times. */
#define N_FORMS 12

/* Writing PDFs */

/* Object 4 and those after it. */
static void
add_forms (PdfWriter * self)
{
  for (guint i = 0; i < N_FORMS; i++) {
    gboolean last = i + 1 == N_FORMS;
    g_autofree char *next = last ? g_strdup ("") :
        g_strdup_printf ("/Resources << /XObject << /E%u %u 0 R >> >>",
        i + 1, 4 + i + 1);
    g_autofree char *entries = g_strconcat ("/Type /XObject /Subtype /Form "
        "/BBox [0 0 100 100] ", next, NULL);
    g_autoptr (GString) content = g_string_new (NULL);

    for (guint n = 0; n < 10; n++)
      g_string_append_printf (content, last ? "0 0 50 50 re f " : "/E%u Do ",
          i + 1);
    pdf_writer_add_stream (self, entries, content->str);
  }
}

static void
add_page (PdfWriter * self, const PageSpec * page)
{
  guint content = self->offsets->len + 2;

  pdf_writer_add (self, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] "
      "/Rotate %d /Contents %u 0 R >>", page->width ? page->width : 200,
      page->height ? page->height : 100, page->rotation, content);
  pdf_writer_add_stream (self, "", page->content ? page->content : "");
}

static PdfWriter
writer_new (guint n_pages, guint n_objects)
{
  PdfWriter self;
  g_autoptr (GString) kids = g_string_new (NULL);

  for (guint i = 0; i < n_pages; i++)
    g_string_append_printf (kids, " %u 0 R", 4 + n_objects + 2 * i);

  pdf_writer_init (&self);
  pdf_writer_add (&self, "<< /Type /Catalog /Pages 2 0 R >>");
  pdf_writer_add (&self, "<< /Type /Pages /Count %u /Kids [%s ] "
      "/Resources << /Font << /F 3 0 R >> /XObject << /E0 4 0 R >> >> >>",
      n_pages, kids->str);
  pdf_writer_add (&self,
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");

  return self;
}

static char *
writer_finish (PdfWriter * self, PageFixture * fixture, const char *name,
    const char *trailer)
{
  g_autoptr (GBytes) pdf = pdf_writer_finish (self, trailer);
  gsize size;
  const char *bytes = g_bytes_get_data (pdf, &size);

  return fixture_write (fixture->folder, name, bytes, size);
}

char *
page_fixture_make_pdf (PageFixture * self, const char *name,
    const PageSpec * pages, guint n_pages)
{
  PdfWriter writer = writer_new (n_pages, N_FORMS);

  add_forms (&writer);
  for (guint i = 0; i < n_pages; i++)
    add_page (&writer, &pages[i]);

  return writer_finish (&writer, self, name, "");
}

char *
page_fixture_make_long_pdf (PageFixture * self, const char *name,
    const PageSpec * page, guint n_pages, gsize size)
{
  PdfWriter writer = writer_new (n_pages, N_FORMS);

  add_forms (&writer);
  for (guint i = 0; i < n_pages; i++)
    add_page (&writer, page);
  while (writer.text->len < size)
    g_string_append (writer.text, "% nothing at all, at some length\n");

  return writer_finish (&writer, self, name, "");
}

/* RC4 with 40 bits, whose key needs no more than these constants. What is on
 * the page was encrypted for object 5. */
char *
page_fixture_make_encrypted (PageFixture * self, const char *name)
{
  PdfWriter writer = writer_new (1, 0);

  pdf_writer_add (&writer, "<< /Type /Page /Parent 2 0 R "
      "/MediaBox [0 0 200 100] /Contents 5 0 R >>");
  pdf_writer_add_stream (&writer, "",
      "\226\022\320\370\050\175\232\244\276\160\021\357\202\312\141\235\137"
      "\061\364\015\242\111\362\373\065\165\306\333\354\073\374\304\201\132"
      "\267");
  pdf_writer_add (&writer, "<< /Filter /Standard /V 1 /R 2 /P -4 "
      "/O <92fe0f4454ad4c9644693f33c07cb54f"
      "587dce1e2682fe9ecea6107a1ef630dd> "
      "/U <a2d98dd93474875ec95c60445c51fe1d"
      "f35ffaac7da1baca629058b1c08a8e39> >>");

  return writer_finish (&writer, self, name, "/Encrypt 6 0 R "
      "/ID [ <000102030405060708090a0b0c0d0e0f> "
      "<000102030405060708090a0b0c0d0e0f> ]");
}

/* Running pipelines */

void
page_fixture_init (PageFixture * self)
{
  *self = (PageFixture) { .folder = fixture_folder_new () };
}

void
page_fixture_clear (PageFixture * self)
{
  g_autoptr (GArray) children = NULL;

  page_fixture_stop (self);
  fixture_folder_free (self->folder);

  children = processes_list_children (getpid (), TRUE);
  fail_unless_equals_int (children->len, 0);
}

static void
build (PageFixture * self, const char *format, va_list args)
{
  g_autofree char *chain = g_strdup_vprintf (format, args);
  g_autofree char *line = g_strconcat (chain,
      " ! appsink name=sink async=false sync=false enable-last-sample=false",
      NULL);
  g_autoptr (GError) error = NULL;

  page_fixture_stop (self);
  self->pipeline = gst_parse_launch_full (line, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  fail_unless (self->pipeline != NULL, "%s: %s", line,
      error ? error->message : "");
  gst_object_ref_sink (self->pipeline);
  self->sink = page_fixture_get (self, "sink");
}

void
page_fixture_build (PageFixture * self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  build (self, format, args);
  va_end (args);
}

void
page_fixture_play (PageFixture * self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  build (self, format, args);
  va_end (args);
  page_fixture_start (self);
}

void
page_fixture_start (PageFixture * self)
{
  fail_if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE);
}

static GError *
pop_error (PageFixture * self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  GError *error = NULL;

  if (message)
    gst_message_parse_error (message, &error, NULL);
  return error;
}

GstSample *
page_fixture_pull (PageFixture * self)
{
  GstSample *sample = NULL;
  g_autoptr (GError) error = NULL;

  g_signal_emit_by_name (self->sink, "pull-sample", &sample);
  if (sample == NULL)
    error = pop_error (self);
  fail_unless (error == NULL, "%s", error ? error->message : "");

  return sample;
}

GstSample *
page_fixture_pull_page (PageFixture * self, guint number,
    RectoPageStatus status)
{
  GstSample *sample = page_fixture_pull (self);
  RectoPage *page;

  fail_unless (sample != NULL, "there is no page %u", number);
  page = get_page (sample);
  fail_unless_equals_int (recto_page_get_number (page), number);
  fail_unless_equals_string (recto_page_status_to_string
      (recto_page_get_status (page)), recto_page_status_to_string (status));
  fail_unless_equals_int (recto_page_is_failed (page),
      status != RECTO_PAGE_OK);

  return sample;
}

void
page_fixture_assert_end (PageFixture * self)
{
  fail_unless (page_fixture_pull (self) == NULL);
}

GError *
page_fixture_pull_error (PageFixture * self)
{
  GstSample *sample;
  GError *error;

  while (g_signal_emit_by_name (self->sink, "pull-sample", &sample), sample)
    gst_sample_unref (sample);

  error = pop_error (self);
  fail_unless (error != NULL, "there was no error");
  return error;
}

/* Not owned: the pipeline holds it. */
GstElement *
page_fixture_get (PageFixture * self, const char *name)
{
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (self->pipeline), name);

  fail_unless (element != NULL, "there is no %s", name);
  return element;
}

guint64
page_fixture_get_stat (PageFixture * self, const char *element,
    const char *name)
{
  return get_stat_of (page_fixture_get (self, element), name);
}

guint64
get_stat_of (GstElement * element, const char *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 count;
  guint small;

  g_object_get (element, "stats", &stats, NULL);
  if (gst_structure_get_uint (stats, name, &small))
    return small;
  fail_unless (gst_structure_get_uint64 (stats, name, &count), "no %s", name);
  return count;
}

void
page_fixture_stop (PageFixture * self)
{
  if (self->pipeline == NULL)
    return;

  fail_unless_equals_int (gst_element_set_state (self->pipeline,
          GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  ASSERT_OBJECT_REFCOUNT (self->pipeline, "pipeline", 1);
  g_clear_pointer (&self->pipeline, gst_object_unref);
}

/* Looking at pages */

RectoPage *
get_page (GstSample * sample)
{
  RectoPage *page = recto_buffer_get_page (gst_sample_get_buffer (sample));

  fail_unless (page != NULL, "the buffer is of no page");
  return page;
}

void
get_size (GstSample * sample, int *width, int *height)
{
  GstStructure *structure =
      gst_caps_get_structure (gst_sample_get_caps (sample), 0);

  fail_unless (gst_structure_get (structure, "width", G_TYPE_INT, width,
          "height", G_TYPE_INT, height, NULL));
}

guint
get_pixel (GstSample * sample, int x, int y)
{
  GstVideoInfo info;
  GstVideoFrame frame;
  guint colour = 0;
  const guint8 *data;

  fail_unless (gst_video_info_from_caps (&info, gst_sample_get_caps (sample)));
  fail_unless (gst_video_frame_map (&frame, &info,
          gst_sample_get_buffer (sample), GST_MAP_READ));
  fail_unless (x < GST_VIDEO_FRAME_WIDTH (&frame));
  fail_unless (y < GST_VIDEO_FRAME_HEIGHT (&frame));
  fail_unless (GST_VIDEO_INFO_IS_RGB (&info) || GST_VIDEO_INFO_IS_GRAY (&info));

  /* All in one plane. */
  for (guint i = 0; i < 3; i++) {
    guint component = GST_VIDEO_INFO_IS_RGB (&info) ? i : 0;

    data = GST_VIDEO_FRAME_COMP_DATA (&frame, component);
    data += y * GST_VIDEO_FRAME_COMP_STRIDE (&frame, component);
    data += x * GST_VIDEO_FRAME_COMP_PSTRIDE (&frame, component);
    colour = colour << 8 | *data;
  }
  gst_video_frame_unmap (&frame);

  return colour;
}

void
assert_colour (GstSample * sample, guint colour, int tolerance)
{
  int width, height;
  guint found;

  get_size (sample, &width, &height);
  found = get_pixel (sample, width / 2, height / 2);
  for (guint shift = 0; shift < 24; shift += 8) {
    int difference = (int) (found >> shift & 0xff) -
        (int) (colour >> shift & 0xff);

    fail_unless (ABS (difference) <= tolerance, "#%06x is not #%06x", found,
        colour);
  }
}
