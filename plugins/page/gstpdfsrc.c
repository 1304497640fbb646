/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-pdfsrc
 * @title: pdfsrc
 *
 * Reads PDF documents, and PNG, JPEG, TIFF and WebP images as documents of
 * one page, and pushes their pages one after the other. The buffers are empty
 * and only name a page; nothing is drawn before somebody asks for it. A page
 * takes one second of stream time.
 *
 * A document that can't be read is a page 0 that carries the error, and the
 * stream goes on.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q pdfsrc location=data/samples/prose.pdf ! textlayerinference ! jsonlsink location=-
 * ]|
 *
 * Since: 1.0
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-failures-private.h>
#include <recto/recto-password-private.h>
#include <recto/recto-query-private.h>
#include <recto/recto-renderer-private.h>
#include <recto/recto-run-private.h>

#include "changed-policy.h"
#include "gstpdfsrc.h"
#include "page-stream.h"
#include "page-time.h"

GST_DEBUG_CATEGORY_STATIC (gst_recto_pdf_src_debug);
#define GST_CAT_DEFAULT gst_recto_pdf_src_debug

#define DEFAULT_MAX_PAGES 10000
#define DEFAULT_MAX_ERRORS (-1)
#define DEFAULT_CHANGED GST_RECTO_CHANGED_REDO

struct _GstRectoPdfSrc
{
  GstPushSrc parent;

  /* Properties, under the object's lock. */
  char *location;
  char **locations;
  char *pages;
  char *password;
  guint max_pages;
  int max_errors;
  GstRectoChangedPolicy changed;
  RectoRenderer *renderer;

  PageStream *stream;
  RectoFailures failures;
  RectoRenderer *running;       /* its workers are there for us */

  /* Of the streaming thread. */
  gboolean asked_run;
  gboolean refused;             /* by who keeps the records */
  gboolean gave_up;             /* after max-errors */
  gboolean announced;           /* a document, since the start */
};

G_DEFINE_FINAL_TYPE (GstRectoPdfSrc, gst_recto_pdf_src, GST_TYPE_PUSH_SRC)
GST_ELEMENT_REGISTER_DEFINE (pdfsrc, "pdfsrc", GST_RANK_NONE,
    GST_TYPE_RECTO_PDF_SRC);

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_LOCATIONS,
  PROP_PAGES,
  PROP_PASSWORD,
  PROP_MAX_PAGES,
  PROP_MAX_ERRORS,
  PROP_CHANGED,
  PROP_RENDERER,
  PROP_N_WORKERS,
  PROP_PAGE_CPU_LIMIT,
  PROP_PAGE_TIMEOUT,
  PROP_PAGE_MEMORY_LIMIT,
  PROP_SANDBOX,
  PROP_MAX_LOG_BYTES,
  PROP_MAX_DOCUMENT_MEMORY,
  PROP_MAX_DOCUMENT_BYTES,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (RECTO_PAGE_CAPS));

/* Settings */

static void
take_string (GstRectoPdfSrc * self, char **member, const GValue * value)
{
  GST_OBJECT_LOCK (self);
  g_free (*member);
  *member = g_value_dup_string (value);
  GST_OBJECT_UNLOCK (self);
}

static char **
strings_of_array (const GValue * array)
{
  g_autoptr (GStrvBuilder) strings = g_strv_builder_new ();

  for (guint i = 0; i < gst_value_array_get_size (array); i++) {
    const GValue *value = gst_value_array_get_value (array, i);

    if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value))
      g_strv_builder_add (strings, g_value_get_string (value));
  }
  return g_strv_builder_end (strings);
}

static void
get_array_of_strings (GValue * array, char **strings)
{
  for (; strings && *strings; strings++) {
    g_auto (GValue) value = G_VALUE_INIT;

    g_value_init (&value, G_TYPE_STRING);
    g_value_set_string (&value, *strings);
    gst_value_array_append_value (array, &value);
  }
}

static RectoRenderer *
ref_renderer (GstRectoPdfSrc * self)
{
  RectoRenderer *renderer;

  GST_OBJECT_LOCK (self);
  renderer = g_object_ref (self->renderer);
  GST_OBJECT_UNLOCK (self);

  return renderer;
}

static void
set_renderer (GstRectoPdfSrc * self, RectoRenderer * renderer)
{
  RectoRenderer *old;

  GST_OBJECT_LOCK (self);
  old = self->renderer;
  self->renderer = renderer ? g_object_ref (renderer) : recto_renderer_new ();
  GST_OBJECT_UNLOCK (self);

  g_clear_object (&old);
}

static GstStructure *
get_stats (GstRectoPdfSrc * self)
{
  PageStreamStats stats;

  page_stream_get_stats (self->stream, &stats);
  return gst_structure_new ("recto-pdf-src-stats",
      "documents-begun", G_TYPE_UINT64, stats.n_begun,
      "documents-done", G_TYPE_UINT64, stats.n_done,
      "documents-failed", G_TYPE_UINT64, stats.n_failed,
      "documents-total", G_TYPE_INT64, stats.n_total,
      "documents-skipped", G_TYPE_UINT64, stats.n_left_out,
      "pages", G_TYPE_UINT64, stats.n_pages,
      "pages-skipped", G_TYPE_UINT64, stats.pages_left_out.n_pages,
      "pages-skipped-failed", G_TYPE_UINT64, stats.pages_left_out.n_failed,
      "pages-skipped-incomplete", G_TYPE_UINT64,
      stats.pages_left_out.n_incomplete,
      "pages-copied", G_TYPE_UINT64, stats.n_copied, NULL);
}

static void
gst_recto_pdf_src_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (object);
  g_autoptr (RectoRenderer) renderer = NULL;

  switch (prop_id) {
    case PROP_LOCATION:
      take_string (self, &self->location, value);
      break;
    case PROP_LOCATIONS:
      GST_OBJECT_LOCK (self);
      g_strfreev (self->locations);
      self->locations = strings_of_array (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_PAGES:
      take_string (self, &self->pages, value);
      break;
    case PROP_PASSWORD:
      GST_OBJECT_LOCK (self);
      recto_password_clear (&self->password);
      self->password = g_value_dup_string (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_MAX_PAGES:
      GST_OBJECT_LOCK (self);
      self->max_pages = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_MAX_ERRORS:
      GST_OBJECT_LOCK (self);
      self->max_errors = g_value_get_int (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_CHANGED:
      GST_OBJECT_LOCK (self);
      self->changed = g_value_get_enum (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_RENDERER:
      set_renderer (self, g_value_get_object (value));
      break;
    case PROP_N_WORKERS:
    case PROP_PAGE_CPU_LIMIT:
    case PROP_PAGE_TIMEOUT:
    case PROP_PAGE_MEMORY_LIMIT:
    case PROP_SANDBOX:
    case PROP_MAX_LOG_BYTES:
    case PROP_MAX_DOCUMENT_MEMORY:
    case PROP_MAX_DOCUMENT_BYTES:
      renderer = ref_renderer (self);
      g_object_set_property (G_OBJECT (renderer), pspec->name, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
gst_recto_pdf_src_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (object);
  g_autoptr (RectoRenderer) renderer = ref_renderer (self);

  switch (prop_id) {
    case PROP_RENDERER:
      g_value_set_object (value, renderer);
      return;
    case PROP_N_WORKERS:
    case PROP_PAGE_CPU_LIMIT:
    case PROP_PAGE_TIMEOUT:
    case PROP_PAGE_MEMORY_LIMIT:
    case PROP_SANDBOX:
    case PROP_MAX_LOG_BYTES:
    case PROP_MAX_DOCUMENT_MEMORY:
    case PROP_MAX_DOCUMENT_BYTES:
      g_object_get_property (G_OBJECT (renderer), pspec->name, value);
      return;
    case PROP_STATS:
      g_value_take_boxed (value, get_stats (self));
      return;
  }

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_LOCATION:
      g_value_set_string (value, self->location);
      break;
    case PROP_LOCATIONS:
      get_array_of_strings (value, self->locations);
      break;
    case PROP_PAGES:
      g_value_set_string (value, self->pages);
      break;
    case PROP_MAX_PAGES:
      g_value_set_uint (value, self->max_pages);
      break;
    case PROP_MAX_ERRORS:
      g_value_set_int (value, self->max_errors);
      break;
    case PROP_CHANGED:
      g_value_set_enum (value, self->changed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

/* Start and stop */

static char **
collect_locations (GstRectoPdfSrc * self)
{
  g_autoptr (GStrvBuilder) chosen = g_strv_builder_new ();

  GST_OBJECT_LOCK (self);
  if (self->location && *self->location)
    g_strv_builder_add (chosen, self->location);
  if (self->locations)
    g_strv_builder_addv (chosen, (const char **) self->locations);
  GST_OBJECT_UNLOCK (self);

  return g_strv_builder_end (chosen);
}

/* Sets `error` for what is wrong with the settings. */
static gboolean
start_stream (GstRectoPdfSrc * self, GError ** error)
{
  g_auto (GStrv) locations = collect_locations (self);
  g_autoptr (RectoRenderer) renderer = ref_renderer (self);
  PageStreamSettings settings = {
    .locations = (const char *const *) locations,
    .renderer = renderer,
  };
  g_autofree char *pages = NULL;
  char *password;
  GError *wrong = NULL;

  if (locations[0] == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("There is nothing to read: set “location” or “locations”."));
    return FALSE;
  }

  GST_OBJECT_LOCK (self);
  pages = g_strdup (self->pages);
  password = g_strdup (self->password);
  settings.max_pages = self->max_pages;
  settings.changed = self->changed;
  GST_OBJECT_UNLOCK (self);

  settings.password = password;
  settings.ranges = page_ranges_parse (pages, &wrong);
  if (wrong == NULL)
    page_stream_start (self->stream, &settings);
  else
    g_propagate_error (error, wrong);

  recto_password_clear (&password);
  return wrong == NULL;
}

static void
stop_renderer (GstRectoPdfSrc * self)
{
  if (self->running)
    recto_renderer_stop (self->running);
  g_clear_object (&self->running);
}

/* Again with each start: the renderer or what it is to do may have been set in
 * READY. */
static gboolean
start_renderer (GstRectoPdfSrc * self)
{
  g_autoptr (RectoRenderer) renderer = ref_renderer (self);
  g_autoptr (GError) error = NULL;

  if (!recto_renderer_start (renderer, NULL, &error)) {
    GST_ELEMENT_ERROR (self, LIBRARY, INIT, ("%s", error->message), (NULL));
    return FALSE;
  }
  stop_renderer (self);
  self->running = g_steal_pointer (&renderer);
  return TRUE;
}

static gboolean
gst_recto_pdf_src_start (GstBaseSrc * base)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (base);
  g_autoptr (GError) error = NULL;

  self->asked_run = FALSE;
  self->refused = FALSE;
  self->gave_up = FALSE;
  self->announced = FALSE;
  recto_failures_reset (&self->failures);

  if (!start_stream (self, &error)) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message),
        (NULL));
    return FALSE;
  }
  if (!start_renderer (self)) {
    page_stream_stop (self->stream);
    return FALSE;
  }
  return TRUE;
}

static gboolean
gst_recto_pdf_src_stop (GstBaseSrc * base)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (base);

  recto_failures_flush (&self->failures);
  page_stream_stop (self->stream);
  stop_renderer (self);
  return TRUE;
}

/* What can't be confined here is no use to anybody: it is known before a
 * document is. */
static GstStateChangeReturn
gst_recto_pdf_src_change_state (GstElement * element,
    GstStateChange transition)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !start_renderer (self))
    return GST_STATE_CHANGE_FAILURE;

  result = GST_ELEMENT_CLASS (gst_recto_pdf_src_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL
      || (transition == GST_STATE_CHANGE_NULL_TO_READY
          && result == GST_STATE_CHANGE_FAILURE))
    stop_renderer (self);
  return result;
}

static gboolean
gst_recto_pdf_src_unlock (GstBaseSrc * base)
{
  page_stream_cancel (GST_RECTO_PDF_SRC (base)->stream);
  return TRUE;
}

static gboolean
gst_recto_pdf_src_unlock_stop (GstBaseSrc * base)
{
  page_stream_uncancel (GST_RECTO_PDF_SRC (base)->stream);
  return TRUE;
}

/* Pages */

static void
add_posture (GstRectoPdfSrc * self, GVariantDict * hints)
{
  g_autoptr (GStrvBuilder) walls = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;
  RectoPosture posture;

  if (!recto_renderer_get_posture (self->running, &posture))
    return;
  for (guint i = 0; i < RECTO_WORKER_N_WALLS; i++) {
    if (posture.errors[i] == 0)
      g_strv_builder_add (walls, recto_wall_get_name (i));
  }
  names = g_strv_builder_end (walls);
  g_variant_dict_insert_value (hints, "walls",
      g_variant_new_strv ((const char *const *) names, -1));
}

/* With what limits documents were read, and behind which walls: of use to who
 * tries again, and to who asks later. */
static void
add_hints (GstRectoPdfSrc * self, GstQuery * query)
{
  g_auto (GVariantDict) hints = G_VARIANT_DICT_INIT (NULL);
  guint cpu_limit, timeout, max_pages;
  guint64 memory_limit, max_bytes;
  RectoSandbox sandbox;

  g_object_get (self->running, "page-cpu-limit", &cpu_limit, "page-timeout",
      &timeout, "page-memory-limit", &memory_limit, "max-document-bytes",
      &max_bytes, "sandbox", &sandbox, NULL);
  g_variant_dict_insert (&hints, "page-cpu-limit", "u", cpu_limit);
  g_variant_dict_insert (&hints, "page-timeout", "u", timeout);
  g_variant_dict_insert (&hints, "page-memory-limit", "t", memory_limit);
  g_variant_dict_insert (&hints, "max-document-bytes", "t", max_bytes);
  g_object_get (self, "max-pages", &max_pages, NULL);
  g_variant_dict_insert (&hints, "max-pages", "u", max_pages);
  g_variant_dict_insert (&hints, "sandbox", "s",
      recto_sandbox_get_nick (sandbox));
  add_posture (self, &hints);

  recto_query_add_run_hints (query, "pdfsrc", g_variant_dict_end (&hints));
}

/* Downstream's settings are part of its records' keys. Which pages were asked
 * for is none of them: a page reads the same in any company. Who refuses has
 * posted why. */
static void
ask_run (GstRectoPdfSrc * self)
{
  g_autoptr (GstQuery) query = recto_query_new_run ();
  g_autoptr (RectoRun) run = NULL;

  add_hints (self, query);
  if (!gst_pad_peer_query (GST_BASE_SRC_PAD (self), query))
    GST_DEBUG_OBJECT (self, "nobody downstream keeps a record of runs");
  run = recto_query_dup_run (query);

  self->refused = run && recto_run_is_refused (run);
  page_stream_set_run (self->stream, self->refused ? NULL : run);
  self->asked_run = TRUE;
}

static void
push_stream_start (GstRectoPdfSrc * self, RectoDocument * document)
{
  GstPad *pad = GST_BASE_SRC_PAD (self);
  g_autofree char *stream_id = NULL;
  GstEvent *event;

  stream_id = gst_pad_create_stream_id (pad, GST_ELEMENT (self),
      recto_document_get_uri (document));
  event = gst_event_new_stream_start (stream_id);
  gst_event_set_group_id (event, gst_util_group_id_next ());
  gst_pad_push_event (pad, event);
}

/* Handed to the base class, which pushes it between the segment and the
 * buffer. */
static void
push_tags (GstRectoPdfSrc * self, RectoDocument * document)
{
  const char *title = recto_document_get_title (document);
  const char *uri = recto_document_get_uri (document);
  GstTagList *tags = gst_tag_list_new_empty ();

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  if (title && *title)
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_TITLE, title, NULL);
  if (uri)
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_LOCATION, uri,
        NULL);

  if (gst_tag_list_is_empty (tags))
    gst_tag_list_unref (tags);
  else
    GST_ELEMENT_CLASS (gst_recto_pdf_src_parent_class)->send_event
        (GST_ELEMENT (self), gst_event_new_tag (tags));
}

static void
update_duration (GstRectoPdfSrc * self)
{
  GstSegment *segment = &GST_BASE_SRC (self)->segment;
  const guint64 duration = page_time_convert (page_stream_get_length
      (self->stream), GST_FORMAT_DEFAULT, GST_FORMAT_TIME);
  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = segment->duration != duration;
  segment->duration = duration;
  GST_OBJECT_UNLOCK (self);

  if (changed)
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_duration_changed (GST_OBJECT (self)));
}

/* The base class has announced the first document before it was known, and a
 * document that is read again after a seek is no other one. */
static void
announce_document (GstRectoPdfSrc * self, RectoDocument * document)
{
  update_duration (self);

  if (self->announced && page_stream_is_seekable (self->stream))
    return;
  if (self->announced)
    push_stream_start (self, document);
  push_tags (self, document);
  self->announced = TRUE;
}

static GstBuffer *
make_buffer (RectoPage * page, guint64 position)
{
  GstBuffer *buffer = gst_buffer_new ();

  recto_buffer_add_page (buffer, page);
  GST_BUFFER_OFFSET (buffer) = position;
  GST_BUFFER_OFFSET_END (buffer) = position + 1;
  GST_BUFFER_PTS (buffer) = position * PAGE_DURATION;
  GST_BUFFER_DURATION (buffer) = PAGE_DURATION;

  return buffer;
}

static gboolean
tell_failure (GstRectoPdfSrc * self, RectoPage * page)
{
  int max_errors;

  if (!recto_page_is_failed (page))
    return TRUE;

  GST_OBJECT_LOCK (self);
  max_errors = self->max_errors;
  GST_OBJECT_UNLOCK (self);

  return recto_failures_add (&self->failures, page, max_errors);
}

static GstFlowReturn
gst_recto_pdf_src_create (GstPushSrc * push, GstBuffer ** buffer)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (push);
  g_autoptr (RectoPage) page = NULL;
  g_autoptr (GError) trouble = NULL;
  guint64 position;
  gboolean begins;

  if (self->gave_up) {
    recto_failures_give_up (&self->failures);
    return GST_FLOW_EOS;
  }
  if (!self->asked_run)
    ask_run (self);
  if (self->refused)
    return GST_FLOW_EOS;

  switch (page_stream_next (self->stream, &page, &position, &begins,
          &trouble)) {
    case PAGE_STREAM_PAGE:
      break;
    case PAGE_STREAM_END:
      recto_failures_flush (&self->failures);
      return GST_FLOW_EOS;
    case PAGE_STREAM_CANCELLED:
      return GST_FLOW_FLUSHING;
    case PAGE_STREAM_TROUBLE:
      GST_ELEMENT_ERROR (self, LIBRARY, FAILED, ("%s", trouble->message),
          (NULL));
      return GST_FLOW_ERROR;
  }

  if (begins)
    announce_document (self, recto_page_get_document (page));
  /* The page that was one too many is a record, too. */
  self->gave_up = !tell_failure (self, page);

  *buffer = make_buffer (page, position);
  return GST_FLOW_OK;
}

/* Time and seeking */

static gboolean
query_seeking (GstRectoPdfSrc * self, GstQuery * query)
{
  GstFormat format;

  gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
  if (!page_time_has_format (format))
    return FALSE;

  gst_query_set_seeking (query, format, page_stream_is_seekable (self->stream),
      0, page_time_convert (page_stream_get_length (self->stream),
          GST_FORMAT_DEFAULT, format));
  return TRUE;
}

static gboolean
query_uri (GstRectoPdfSrc * self, GstQuery * query)
{
  g_autofree char *uri = page_stream_dup_uri (self->stream);

  if (uri == NULL)
    return FALSE;

  gst_query_set_uri (query, uri);
  return TRUE;
}

static gboolean
gst_recto_pdf_src_query (GstBaseSrc * base, GstQuery * query)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (base);

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CONVERT:
      return page_time_query_convert (query);
    case GST_QUERY_SEEKING:
      return query_seeking (self, query);
    case GST_QUERY_FORMATS:
      gst_query_set_formats (query, 3, GST_FORMAT_TIME, GST_FORMAT_DEFAULT,
          GST_FORMAT_PERCENT);
      return TRUE;
    case GST_QUERY_URI:
      return query_uri (self, query);
    default:
      return GST_BASE_SRC_CLASS (gst_recto_pdf_src_parent_class)->query (base,
          query);
  }
}

static gboolean
gst_recto_pdf_src_is_seekable (GstBaseSrc * base)
{
  return page_stream_is_seekable (GST_RECTO_PDF_SRC (base)->stream);
}

/* The base class looks at this too late, when it has flushed downstream. */
static gboolean
can_seek (GstRectoPdfSrc * self, GstEvent * event)
{
  GstFormat format;
  double rate;

  gst_event_parse_seek (event, &rate, &format, NULL, NULL, NULL, NULL, NULL);
  return rate > 0 && page_time_has_format (format)
      && page_stream_is_seekable (self->stream);
}

static gboolean
gst_recto_pdf_src_event (GstBaseSrc * base, GstEvent * event)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (base);

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK && !can_seek (self, event))
    return FALSE;

  return GST_BASE_SRC_CLASS (gst_recto_pdf_src_parent_class)->event (base,
      event);
}

/* An end of stream takes effect with the next page. The base class would wait
 * for the page that is being pushed, which may take as long as downstream
 * likes, and with it whoever sends the event. */
static gboolean
gst_recto_pdf_src_send_event (GstElement * element, GstEvent * event)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (element);
  gboolean running = GST_STATE (element) >= GST_STATE_PAUSED;

  if (running && GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    page_stream_end (self->stream);
    gst_event_unref (event);
    return TRUE;
  }

  /* A seek that comes before the start is kept for it, and checked then. */
  if (running && GST_EVENT_TYPE (event) == GST_EVENT_SEEK
      && !can_seek (self, event)) {
    gst_event_unref (event);
    return FALSE;
  }
  return GST_ELEMENT_CLASS (gst_recto_pdf_src_parent_class)->send_event
      (element, event);
}

static gboolean
gst_recto_pdf_src_prepare_seek_segment (GstBaseSrc * base, GstEvent * event,
    GstSegment * segment)
{
  return page_time_seek (event, segment);
}

/* The base class begins with a seek to where the stream is anyway. */
static gboolean
gst_recto_pdf_src_do_seek (GstBaseSrc * base, GstSegment * segment)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (base);

  segment->time = segment->start;
  segment->duration = page_time_convert (page_stream_get_length (self->stream),
      GST_FORMAT_DEFAULT, GST_FORMAT_TIME);

  return segment->rate > 0
      && page_stream_seek (self->stream, segment->position / PAGE_DURATION);
}

/* The class */

static void
gst_recto_pdf_src_finalize (GObject * object)
{
  GstRectoPdfSrc *self = GST_RECTO_PDF_SRC (object);

  page_stream_free (self->stream);
  recto_failures_clear (&self->failures);
  g_clear_object (&self->renderer);

  g_free (self->location);
  g_strfreev (self->locations);
  g_free (self->pages);
  recto_password_clear (&self->password);

  G_OBJECT_CLASS (gst_recto_pdf_src_parent_class)->finalize (object);
}

#define PROPERTY_FLAGS \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)

static void
make_properties (void)
{
  const GParamFlags flags = PROPERTY_FLAGS;

  /**
   * GstRectoPdfSrc:location:
   *
   * What to read: a file, a folder with all that is below it, a glob such as
   * `in/2*.pdf`, a list `@list.txt` with a path, a glob or a file:// URI a
   * line, `@-` for such a list on standard input, or `-` for one document
   * there. A file of that very name wins over globs and lists. Folders and
   * globs are read in natural order.
   *
   * Since: 1.0
   */
  properties[PROP_LOCATION] = g_param_spec_string ("location", "Location",
      "File, folder, glob, @list, @- (a list on standard input) or - (one "
      "document on standard input) to read", NULL, flags);

  /**
   * GstRectoPdfSrc:locations:
   *
   * More of what `location` can be, read after it in the order given.
   *
   * Since: 1.0
   */
  properties[PROP_LOCATIONS] = gst_param_spec_array ("locations", "Locations",
      "More locations, read after “location” in the order given",
      g_param_spec_string ("location", "Location", "What to read", NULL,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS), flags);

  /**
   * GstRectoPdfSrc:pages:
   *
   * The pages to read of each document, such as `1-3,7,10-`. They are read in
   * the document's order, each once.
   *
   * Since: 1.0
   */
  properties[PROP_PAGES] = g_param_spec_string ("pages", "Pages",
      "Pages to read of each document, such as 1-3,7,10- (unset: all)", NULL,
      flags);

  /**
   * GstRectoPdfSrc:password:
   *
   * The password that encrypted documents are opened with.
   *
   * Since: 1.0
   */
  properties[PROP_PASSWORD] = g_param_spec_string ("password", "Password",
      "Password of encrypted documents (unset: none)", NULL,
      G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);

  /**
   * GstRectoPdfSrc:max-pages:
   *
   * How many pages are read of one document. If there are more, a page 0 that
   * says so follows them.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_PAGES] = g_param_spec_uint ("max-pages",
      "Maximum pages", "Pages read of each document at most (0: no limit)",
      0, G_MAXUINT, DEFAULT_MAX_PAGES, flags);

  /**
   * GstRectoPdfSrc:max-errors:
   *
   * How many documents may fail before the run ends with an error.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_ERRORS] = g_param_spec_int ("max-errors",
      "Maximum errors",
      "Failed documents before the run ends with an error (-1: it never does)",
      -1, G_MAXINT, DEFAULT_MAX_ERRORS, flags);

  /**
   * GstRectoPdfSrc:changed:
   *
   * What to do with a document that the output records with other bytes.
   *
   * Since: 1.0
   */
  properties[PROP_CHANGED] = g_param_spec_enum ("changed", "Changed",
      "What to do with documents that changed since they were recorded",
      GST_RECTO_TYPE_CHANGED_POLICY, DEFAULT_CHANGED, flags);

  /**
   * GstRectoPdfSrc:renderer:
   *
   * What opens documents and draws their pages, for this element and those
   * after it. An element has one of its own unless it is given another, and
   * the limits below are its: what is set before another one is given does not
   * hold for that.
   *
   * Since: 1.0
   */
  properties[PROP_RENDERER] = g_param_spec_object ("renderer", "Renderer",
      "What opens documents and draws their pages", RECTO_TYPE_RENDERER,
      flags);
}

/* Those that are the renderer's. */
static void
make_renderer_properties (void)
{
  const GParamFlags flags = PROPERTY_FLAGS;

  /**
   * GstRectoPdfSrc:n-workers:
   *
   * How many processes draw pages or read their text at a time, and how many
   * documents are opened ahead. Elements that draw follow it, unless they have
   * a number of their own.
   *
   * Since: 1.0
   */
  properties[PROP_N_WORKERS] = g_param_spec_uint ("n-workers", "Workers",
      "Pages that are drawn at a time (0: as many as there are processors)",
      0, 1024, 0, flags);

  /**
   * GstRectoPdfSrc:page-cpu-limit:
   *
   * How much processor time one page may take.
   *
   * Since: 1.0
   */
  properties[PROP_PAGE_CPU_LIMIT] = g_param_spec_uint ("page-cpu-limit",
      "Processor time of a page",
      "Seconds of processor time that a page may take (0: no limit)",
      0, G_MAXINT, 20, flags);

  /**
   * GstRectoPdfSrc:page-timeout:
   *
   * How long one page may take on the clock, for what waits and does not
   * work.
   *
   * Since: 1.0
   */
  properties[PROP_PAGE_TIMEOUT] = g_param_spec_uint ("page-timeout",
      "Time of a page",
      "Seconds that a page may take (0: three times “page-cpu-limit”)",
      0, G_MAXINT, 0, flags);

  /**
   * GstRectoPdfSrc:page-memory-limit:
   *
   * How much address space a render worker may have, with the document and
   * the program itself in it. A page that needs more fails. The program takes
   * some 100 MiB: 128 MiB are the least that makes sense.
   *
   * Since: 1.0
   */
  properties[PROP_PAGE_MEMORY_LIMIT] = g_param_spec_uint64 ("page-memory-limit",
      "Memory of a page",
      "Bytes of address space that drawing a page may take (0: no limit; 128 "
      "MiB are the least that makes sense)",
      0, G_MAXUINT64, (guint64) 1 << 30, flags);

  /**
   * GstRectoPdfSrc:sandbox:
   *
   * Whether render workers, which read documents that may be hostile, have to
   * be kept from the rest of the system. `required` refuses to start where that
   * can't be had, `best-effort` takes what there is.
   *
   * Since: 1.0
   */
  properties[PROP_SANDBOX] = g_param_spec_enum ("sandbox", "Sandbox",
      "Whether render workers have to be kept from the rest of the system",
      RECTO_TYPE_SANDBOX, RECTO_SANDBOX_REQUIRED, flags);

  /**
   * GstRectoPdfSrc:max-log-bytes:
   *
   * How many bytes of what libraries complain of in one document go to the
   * debug log.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_LOG_BYTES] = g_param_spec_uint ("max-log-bytes",
      "Log of a document",
      "Bytes of complaints about a document that go to the debug log (0: "
      "none)", 0, G_MAXINT, 4096, flags);

  /**
   * GstRectoPdfSrc:max-document-memory:
   *
   * How many bytes of documents are in memory because pages of them are not
   * drawn yet. One document is always allowed.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_DOCUMENT_MEMORY] =
      g_param_spec_uint64 ("max-document-memory", "Memory of documents",
      "Bytes of documents in memory at most (0: no limit)",
      0, G_MAXUINT64, 256 * 1024 * 1024, flags);

  /**
   * GstRectoPdfSrc:max-document-bytes:
   *
   * How many bytes one document may have. Larger ones fail.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_DOCUMENT_BYTES] =
      g_param_spec_uint64 ("max-document-bytes", "Size of a document",
      "Bytes that a document may have (0: no limit)",
      0, G_MAXUINT64, 256 * 1024 * 1024, flags);
}

static void
make_stats_property (void)
{
  /**
   * GstRectoPdfSrc:stats:
   *
   * A structure `recto-pdf-src-stats` with `documents-begun`,
   * `documents-done`, those that failed or were skipped included,
   * `documents-failed` and `documents-skipped` (since the start, `guint64`),
   * `documents-total` (`gint64`, -1 as long as it is not known), `pages`
   * (pushed since the start, `guint64`), `pages-skipped` (not pushed because
   * they are recorded; a document that failed as a whole counts as one),
   * `pages-skipped-failed` (of those, what is recorded to have failed) and
   * `pages-skipped-incomplete` (of those, pages of which a part is missing),
   * `pages-copied` (not pushed either, because the sink copied what it records
   * of the same content elsewhere).
   *
   * Since: 1.0
   */
  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "What the element is doing and has done", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
gst_recto_pdf_src_class_init (GstRectoPdfSrcClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);
  GstPushSrcClass *push_class = GST_PUSH_SRC_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_recto_pdf_src_debug, "pdfsrc", 0,
      "pages of documents");

  object_class->set_property = gst_recto_pdf_src_set_property;
  object_class->get_property = gst_recto_pdf_src_get_property;
  object_class->finalize = gst_recto_pdf_src_finalize;
  make_properties ();
  make_renderer_properties ();
  make_stats_property ();
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gst_element_class_set_static_metadata (element_class, "Document source",
      "Source/File/Document",
      "Reads PDF documents and images as pages that are drawn when needed",
      "The Recto authors");
  gst_element_class_add_static_pad_template (element_class, &src_template);
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_recto_pdf_src_change_state);
  element_class->send_event =
      GST_DEBUG_FUNCPTR (gst_recto_pdf_src_send_event);

  base_class->start = GST_DEBUG_FUNCPTR (gst_recto_pdf_src_start);
  base_class->stop = GST_DEBUG_FUNCPTR (gst_recto_pdf_src_stop);
  base_class->unlock = GST_DEBUG_FUNCPTR (gst_recto_pdf_src_unlock);
  base_class->unlock_stop =
      GST_DEBUG_FUNCPTR (gst_recto_pdf_src_unlock_stop);
  base_class->query = GST_DEBUG_FUNCPTR (gst_recto_pdf_src_query);
  base_class->event = GST_DEBUG_FUNCPTR (gst_recto_pdf_src_event);
  base_class->is_seekable =
      GST_DEBUG_FUNCPTR (gst_recto_pdf_src_is_seekable);
  base_class->prepare_seek_segment =
      GST_DEBUG_FUNCPTR (gst_recto_pdf_src_prepare_seek_segment);
  base_class->do_seek = GST_DEBUG_FUNCPTR (gst_recto_pdf_src_do_seek);
  push_class->create = GST_DEBUG_FUNCPTR (gst_recto_pdf_src_create);
}

static void
gst_recto_pdf_src_init (GstRectoPdfSrc * self)
{
  self->max_pages = DEFAULT_MAX_PAGES;
  self->max_errors = DEFAULT_MAX_ERRORS;
  self->changed = DEFAULT_CHANGED;
  self->renderer = recto_renderer_new ();
  recto_failures_init (&self->failures, GST_ELEMENT (self));
  self->stream = page_stream_new ();

  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}
