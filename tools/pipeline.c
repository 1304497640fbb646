/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pipeline.h"

#include <glib/gi18n.h>

#include "launch-line.h"

/* Limits of the queues between stages, always in bytes and in buffers: a page
 * that failed or is empty weighs nothing. */
#define LAZY_BUFFERS 32
#define LAZY_BYTES (1 << 20)
#define IMAGE_BUFFERS 64
#define IMAGE_BYTES (16 << 20)
#define TEXT_BUFFERS 256
#define TEXT_BYTES (4 << 20)

static void
add_queue (LaunchLine * line, guint max_buffers, guint max_bytes)
{
  launch_line_add_element (line, "queue");
  launch_line_add_uint (line, "max-size-buffers", max_buffers);
  launch_line_add_uint (line, "max-size-bytes", max_bytes);
  launch_line_add_uint (line, "max-size-time", 0);
}

static gboolean
add_source (LaunchLine * line, const PipelineOptions * options)
{
  gboolean is_utf8;

  launch_line_add_element (line, "pdfsrc");
  if (g_strv_length (options->inputs) == 1)
    is_utf8 = launch_line_add_string (line, "location", options->inputs[0]);
  else
    is_utf8 = launch_line_add_strings (line, "locations",
        (const char *const *) options->inputs);
  if (options->pages != NULL)
    launch_line_add_string (line, "pages", options->pages);
  if (options->max_pages >= 0)
    launch_line_add_uint (line, "max-pages", options->max_pages);

  return is_utf8;
}

static void
add_tesseract (LaunchLine * line, const PipelineOptions * options)
{
  launch_line_add_element (line, "pagerasterizer");
  if (options->n_jobs > 0)
    launch_line_add_uint (line, "n-workers", options->n_jobs);
  add_queue (line, IMAGE_BUFFERS, IMAGE_BYTES);
  launch_line_add_element (line, "tesseractinference");
  if (options->language != NULL)
    launch_line_add_string (line, "language", options->language);
  if (options->n_jobs > 0)
    launch_line_add_uint (line, "n-threads", options->n_jobs);
}

static void
add_text_layer (LaunchLine * line, const PipelineOptions * options)
{
  launch_line_add_element (line, "textlayerinference");
  if (options->n_jobs > 0)
    launch_line_add_uint (line, "max-in-flight", options->n_jobs);
}

static gboolean
add_sink (LaunchLine * line, const PipelineOptions * options)
{
  if (options->format == FORMAT_JSONL) {
    launch_line_add_element (line, "jsonlsink");
  } else {
    launch_line_add_element (line, "markdownsink");
    launch_line_add_string (line, "format",
        options->format == FORMAT_TEXT ? "text" : "markdown");
  }
  return launch_line_add_string (line, "location",
      options->output != NULL ? options->output : "-");
}

/* FALSE when a file name isn't UTF-8 and had to be left out. */
static gboolean
write_line (LaunchLine * line, const PipelineOptions * options)
{
  gboolean is_utf8;

  launch_line_init (line);
  is_utf8 = add_source (line, options);
  add_queue (line, LAZY_BUFFERS, LAZY_BYTES);
  if (options->engine == ENGINE_TESSERACT)
    add_tesseract (line, options);
  else
    add_text_layer (line, options);
  add_queue (line, TEXT_BUFFERS, TEXT_BYTES);

  return add_sink (line, options) && is_utf8;
}

char *
pipeline_describe (const PipelineOptions * options, GError ** error)
{
  g_auto (LaunchLine) line = { NULL, };

  if (!write_line (&line, options)) {
    g_set_error_literal (error, G_CONVERT_ERROR,
        G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
        _("A file name is not valid UTF-8, and a gst-launch line cannot hold"
            " it."));
    return NULL;
  }
  return launch_line_to_shell (&line);
}

static GstElement *
find_element (GstElement * bin, const char *factory)
{
  g_autoptr (GstIterator) elements = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  elements = gst_bin_iterate_all_by_element_factory_name (GST_BIN (bin),
      factory);
  if (gst_iterator_next (elements, &value) != GST_ITERATOR_OK)
    return NULL;
  return g_value_dup_object (&value);
}

static void
set_locations (GstElement * source, char **inputs)
{
  g_auto (GValue) locations = G_VALUE_INIT;

  gst_value_array_init (&locations, g_strv_length (inputs));
  for (gsize i = 0; inputs[i] != NULL; i++) {
    GValue location = G_VALUE_INIT;

    g_value_init (&location, G_TYPE_STRING);
    g_value_set_string (&location, inputs[i]);
    gst_value_array_append_and_take_value (&locations, &location);
  }
  g_object_set_property (G_OBJECT (source), "locations", &locations);
}

/* Names that no line can hold. */
static void
set_names (Pipeline * self, const PipelineOptions * options)
{
  if (g_strv_length (options->inputs) == 1)
    g_object_set (self->source, "location", options->inputs[0], NULL);
  else
    set_locations (self->source, options->inputs);
  if (options->output != NULL)
    g_object_set (self->sink, "location", options->output, NULL);
}

static void
find_elements (Pipeline * self, const PipelineOptions * options)
{
  self->source = find_element (self->bin, "pdfsrc");
  if (options->engine == ENGINE_TESSERACT) {
    self->stages[self->n_stages++] = find_element (self->bin,
        "pagerasterizer");
    self->stages[self->n_stages++] = find_element (self->bin,
        "tesseractinference");
  } else {
    self->stages[self->n_stages++] = find_element (self->bin,
        "textlayerinference");
  }
  self->sink = find_element (self->bin,
      options->format == FORMAT_JSONL ? "jsonlsink" : "markdownsink");
}

gboolean
pipeline_build (Pipeline * self, const PipelineOptions * options,
    GError ** error)
{
  g_auto (LaunchLine) line = { NULL, };
  g_autofree char *text = NULL;
  gboolean is_utf8 = write_line (&line, options);

  text = launch_line_to_parse (&line);
  self->bin = gst_parse_launch_full (text, NULL, GST_PARSE_FLAG_FATAL_ERRORS,
      error);
  if (self->bin == NULL)
    return FALSE;

  find_elements (self, options);
  if (!is_utf8)
    set_names (self, options);
  if (options->password != NULL)
    g_object_set (self->source, "password", options->password, NULL);

  return TRUE;
}

void
pipeline_clear (Pipeline * self)
{
  gst_clear_object (&self->source);
  gst_clear_object (&self->sink);
  for (guint i = 0; i < self->n_stages; i++)
    gst_clear_object (&self->stages[i]);
  self->n_stages = 0;
  if (self->bin != NULL)
    gst_element_set_state (self->bin, GST_STATE_NULL);
  gst_clear_object (&self->bin);
}
