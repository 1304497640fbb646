/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pipeline.h"

#include <glib/gi18n.h>
#include <recto/recto-cpus-private.h>

#include "launch-line.h"

PipelineStage *
pipeline_options_add_stage (PipelineOptions * self, const char *factory)
{
  PipelineStage *stage;

  if (self->n_stages == PIPELINE_MAX_STAGES)
    return NULL;
  stage = &self->stages[self->n_stages++];
  stage->factory = g_strdup (factory);

  return stage;
}

/* Where a property's value is in the settings, or -1. */
static int
find_setting (const PipelineStage * self, const char *property)
{
  for (guint i = 0; self->settings != NULL && i < self->settings->len; i += 2) {
    if (g_str_equal (g_ptr_array_index (self->settings, i), property))
      return i + 1;
  }
  return -1;
}

void
pipeline_stage_set (PipelineStage * self, const char *property,
    const char *value)
{
  int place = find_setting (self, property);

  if (place >= 0) {
    g_free (g_ptr_array_index (self->settings, place));
    g_ptr_array_index (self->settings, place) = g_strdup (value);
    return;
  }
  if (self->settings == NULL)
    self->settings = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->settings, g_strdup (property));
  g_ptr_array_add (self->settings, g_strdup (value));
}

/* 0 if there is none. */
static guint64
get_number (const PipelineStage * self, const char *property)
{
  int place = find_setting (self, property);

  return place < 0 ? 0 :
      g_ascii_strtoull (g_ptr_array_index (self->settings, place), NULL, 10);
}

static gboolean
is_rasterizer (const PipelineStage * stage)
{
  return g_str_equal (stage->factory, "pagerasterizer");
}

/* Where pages are read: what takes the most memory for it, or the only stage
 * there is. */
static PipelineStage *
find_reader (PipelineOptions * self)
{
  PipelineStage *reader = &self->stages[0];

  for (guint i = 1; i < self->n_stages; i++) {
    PipelineStage *stage = &self->stages[i];

    if (!is_rasterizer (stage) && (is_rasterizer (reader)
            || memory_reader_of (stage->factory) >
            memory_reader_of (reader->factory)))
      reader = stage;
  }
  return reader;
}

/* What the element has by itself goes without saying. */
static void
apply_plan (const MemoryPlan * plan, MemoryRole role, PipelineStage * stage)
{
  MemorySetting settings[MEMORY_PLAN_MAX_SETTINGS];
  guint n_settings = memory_plan_get_settings (plan, role, settings);

  for (guint i = 0; i < n_settings; i++) {
    g_autofree char *value = g_strdup_printf ("%" G_GUINT64_FORMAT,
        settings[i].value);

    if (!settings[i].usual)
      pipeline_stage_set (stage, settings[i].property, value);
  }
}

gboolean
pipeline_options_plan (PipelineOptions * self, GError ** error)
{
  PipelineStage *reader = find_reader (self);

  const MemoryWishes wishes = {
    .memory = self->memory,
    .total = memory_plan_count_total (),
    .reader = memory_reader_of (reader->factory),
    .n_jobs = self->n_jobs ? self->n_jobs : recto_count_cpus (),
    .max_in_flight = get_number (reader, "max-in-flight"),
  };

  if (!memory_plan_make (&self->plan, &wishes, error))
    return FALSE;

  apply_plan (&self->plan, MEMORY_ROLE_SOURCE, &self->source);
  for (guint i = 0; i < self->n_stages; i++) {
    PipelineStage *stage = &self->stages[i];

    if (is_rasterizer (stage))
      apply_plan (&self->plan, MEMORY_ROLE_RASTERIZER, stage);
    else if (stage == reader)
      apply_plan (&self->plan, MEMORY_ROLE_READER, stage);
  }
  return TRUE;
}

static void
clear_stage (PipelineStage * stage)
{
  g_free (stage->factory);
  g_clear_pointer (&stage->settings, g_ptr_array_unref);
}

void
pipeline_options_clear (PipelineOptions * self)
{
  clear_stage (&self->source);
  for (guint i = 0; i < self->n_stages; i++)
    clear_stage (&self->stages[i]);
  g_strfreev (self->inputs);
  g_free (self->output);
  g_free (self->pages);
  g_free (self->changed);
  g_free (self->settings_changed);
  g_free (self->sync);
  g_free (self->same_content);
  g_free (self->password);
}

/* FALSE when one isn't UTF-8. */
static gboolean
add_settings (LaunchLine * line, const PipelineStage * stage)
{
  gboolean is_utf8 = TRUE;

  for (guint i = 0; stage->settings != NULL && i < stage->settings->len; i += 2)
    is_utf8 &= launch_line_add_string (line,
        g_ptr_array_index (stage->settings, i),
        g_ptr_array_index (stage->settings, i + 1));
  return is_utf8;
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
  if (options->changed != NULL)
    launch_line_add_string (line, "changed", options->changed);

  return add_settings (line, &options->source) && is_utf8;
}

static gboolean
add_element (LaunchLine * line, const PipelineStage * stage)
{
  launch_line_add_element (line, stage->factory);
  return add_settings (line, stage);
}

/* An element between stages. */
static void
add_plumbing (LaunchLine * line, const char *factory, const MemoryPlan * plan,
    MemoryRole role)
{
  PipelineStage stage = {.factory = g_strdup (factory) };

  apply_plan (plan, role, &stage);
  add_element (line, &stage);
  clear_stage (&stage);
}

static gboolean
add_stage (LaunchLine * line, const PipelineStage * stage,
    const MemoryPlan * plan)
{
  gboolean is_utf8 = add_element (line, stage);

  add_plumbing (line, "queue", plan, is_rasterizer (stage) ?
      MEMORY_ROLE_IMAGE_QUEUE : MEMORY_ROLE_TEXT_QUEUE);
  return is_utf8;
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
  if (options->sync != NULL)
    launch_line_add_string (line, "sync", options->sync);
  if (options->settings_changed != NULL)
    launch_line_add_string (line, "settings-changed",
        options->settings_changed);
  if (options->same_content != NULL)
    launch_line_add_string (line, "same-content", options->same_content);
  if (options->retry)
    launch_line_add_string (line, "retry", "true");
  if (options->incomplete)
    launch_line_add_string (line, "incomplete", "true");
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
  add_plumbing (line, "queue", &options->plan, MEMORY_ROLE_PAGE_QUEUE);
  add_plumbing (line, "memoryvalve", &options->plan, MEMORY_ROLE_VALVE);
  for (guint i = 0; i < options->n_stages; i++)
    is_utf8 &= add_stage (line, &options->stages[i], &options->plan);

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

static void
set_stage_names (GstElement * element, const PipelineStage * stage)
{
  for (guint i = 0; stage->settings != NULL && i < stage->settings->len;
      i += 2) {
    const char *value = g_ptr_array_index (stage->settings, i + 1);

    if (!g_utf8_validate (value, -1, NULL))
      g_object_set (element, g_ptr_array_index (stage->settings, i), value,
          NULL);
  }
}

/* Names that no line can hold. */
static void
set_names (Pipeline * self, const PipelineOptions * options)
{
  if (g_strv_length (options->inputs) == 1)
    g_object_set (self->source, "location", options->inputs[0], NULL);
  else
    set_locations (self->source, options->inputs);
  for (guint i = 0; i < options->n_stages; i++)
    set_stage_names (self->stages[i], &options->stages[i]);
  if (options->output != NULL)
    g_object_set (self->sink, "location", options->output, NULL);
}

/* The element that the source pad of `element` is linked to, or NULL. */
static GstElement *
next_element (GstElement * element)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");
  g_autoptr (GstPad) peer = pad != NULL ? gst_pad_get_peer (pad) : NULL;

  return peer != NULL ? gst_pad_get_parent_element (peer) : NULL;
}

static gboolean
is_plumbing (GstElement * element)
{
  const char *name = GST_OBJECT_NAME (gst_element_get_factory (element));

  return g_str_equal (name, "queue") || g_str_equal (name, "memoryvalve");
}

/* From the source to the sink: a line may hold two elements of a kind. */
static void
find_elements (Pipeline * self)
{
  g_autoptr (GstIterator) sources = gst_bin_iterate_sources (GST_BIN
      (self->bin));
  g_auto (GValue) value = G_VALUE_INIT;
  GstElement *element, *next;

  if (gst_iterator_next (sources, &value) != GST_ITERATOR_OK)
    return;
  self->source = g_value_dup_object (&value);

  for (element = next_element (self->source); element != NULL; element = next) {
    next = next_element (element);
    if (next == NULL)
      self->sink = element;
    else if (is_plumbing (element))
      gst_object_unref (element);
    else
      self->stages[self->n_stages++] = element;
  }
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

  find_elements (self);
  if (!is_utf8)
    set_names (self, options);
  if (options->password != NULL)
    g_object_set (self->source, "password", options->password, NULL);

  return TRUE;
}

GstElement *
pipeline_make_stage (const PipelineStage * stage, GError ** error)
{
  g_auto (LaunchLine) line = { NULL, };
  g_autofree char *text = NULL;
  GstElement *element;

  launch_line_init (&line);
  add_element (&line, stage);
  text = launch_line_to_parse (&line);
  element = gst_parse_launch_full (text, NULL, GST_PARSE_FLAG_FATAL_ERRORS,
      error);
  if (element == NULL)
    return NULL;

  set_stage_names (element, stage);
  return gst_object_ref_sink (element);
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
