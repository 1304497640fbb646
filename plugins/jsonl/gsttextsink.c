/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What jsonlsink and markdownsink have in common: one record a buffer, written
 * whole to a file or a stream. A subclass says what a record looks like, and
 * may keep records in its own way.
 */

#include "config.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "gsttextsink.h"
#include "output.h"

GST_DEBUG_CATEGORY_STATIC (gst_recto_text_sink_debug);
#define GST_CAT_DEFAULT gst_recto_text_sink_debug

typedef struct
{
  /* Of the streaming thread, or set while there is none. */
  RectoOutput *output;          /* NULL when a subclass has its own */
  gboolean started;             /* the first stream-start has come */
  gboolean ended;               /* in good order */
  guint64 n_unnamed;            /* buffers that were of no page */
  RectoRecordCounts pending;    /* put into the output, not yet written */

  /* Under the object lock. */
  char *location;
  RectoRecordCounts counts;
} GstRectoTextSinkPrivate;

#define PRIV(self) ((GstRectoTextSinkPrivate *) \
    gst_recto_text_sink_get_instance_private (self))

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (RECTO_TEXT_CAPS));

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GstRectoTextSink, gst_recto_text_sink,
    GST_TYPE_BASE_SINK)

static GstStructure *
get_stats (GstRectoTextSink * self)
{
  GstStructure *stats = gst_base_sink_get_stats (GST_BASE_SINK (self));
  g_autoptr (GstStructure) failures = NULL;
  RectoRecordCounts counts;

  GST_OBJECT_LOCK (self);
  counts = PRIV (self)->counts;
  GST_OBJECT_UNLOCK (self);

  failures = recto_record_counts_get_failures (&counts);
  gst_structure_set_name (stats, "application/x-recto-sink-stats");
  gst_structure_set (stats,
      "records", G_TYPE_UINT64, counts.records,
      "pages-ok", G_TYPE_UINT64, counts.pages_ok,
      "pages-incomplete", G_TYPE_UINT64, counts.pages_incomplete,
      "pages-failed", G_TYPE_UINT64, counts.pages_failed,
      "pages-with-warnings", G_TYPE_UINT64, counts.pages_with_warnings,
      "pages-copied", G_TYPE_UINT64, counts.pages_copied,
      "documents", G_TYPE_UINT64, counts.documents,
      "documents-failed", G_TYPE_UINT64, counts.documents_failed,
      "bytes", G_TYPE_UINT64, counts.bytes,
      "failures", GST_TYPE_STRUCTURE, failures, NULL);

  return stats;
}

static void
set_location (GstRectoTextSink * self, const char *location)
{
  GST_OBJECT_LOCK (self);
  if (GST_STATE (self) != GST_STATE_NULL) {
    GST_OBJECT_UNLOCK (self);
    GST_WARNING_OBJECT (self, "location can't be changed while it is open");
    return;
  }
  g_free (PRIV (self)->location);
  PRIV (self)->location = g_strdup (location);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_text_sink_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  GstRectoTextSink *self = GST_RECTO_TEXT_SINK (object);

  switch (prop_id) {
    case PROP_LOCATION:
      set_location (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
gst_recto_text_sink_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  GstRectoTextSink *self = GST_RECTO_TEXT_SINK (object);

  switch (prop_id) {
    case PROP_LOCATION:
      GST_OBJECT_LOCK (self);
      g_value_set_string (value, PRIV (self)->location);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_STATS:
      g_value_take_boxed (value, get_stats (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
gst_recto_text_sink_finalize (GObject * object)
{
  GstRectoTextSinkPrivate *priv = PRIV (GST_RECTO_TEXT_SINK (object));

  g_free (priv->location);

  G_OBJECT_CLASS (gst_recto_text_sink_parent_class)->finalize (object);
}

void
gst_recto_text_sink_post_error (GstRectoTextSink * self, const GError * error)
{
  gst_element_message_full (GST_ELEMENT (self), GST_MESSAGE_ERROR,
      error->domain, error->code, g_strdup (error->message), NULL,
      __FILE__, GST_FUNCTION, __LINE__);
}

static char *
dup_location (GstRectoTextSink * self)
{
  char *location;

  GST_OBJECT_LOCK (self);
  location = g_strdup (PRIV (self)->location);
  GST_OBJECT_UNLOCK (self);

  return location;
}

static void
reset (GstRectoTextSink * self)
{
  GstRectoTextSinkPrivate *priv = PRIV (self);

  priv->started = FALSE;
  priv->ended = FALSE;
  priv->n_unnamed = 0;
  priv->pending = (RectoRecordCounts) { 0 };

  GST_OBJECT_LOCK (self);
  priv->counts = (RectoRecordCounts) { 0 };
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_recto_text_sink_start (GstBaseSink * sink)
{
  GstRectoTextSink *self = GST_RECTO_TEXT_SINK (sink);
  g_autofree char *location = dup_location (self);
  g_autoptr (GError) error = NULL;

  reset (self);

  if (location == NULL || *location == '\0') {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        (_("There is nothing to write to. Set “location” to a file name, or "
                "to - for standard output.")), (NULL));
    return FALSE;
  }

  if (!GST_RECTO_TEXT_SINK_GET_CLASS (self)->open (self, location, &error)) {
    gst_recto_text_sink_post_error (self, error);
    return FALSE;
  }
  return TRUE;
}

static gboolean
gst_recto_text_sink_stop (GstBaseSink * sink)
{
  GstRectoTextSink *self = GST_RECTO_TEXT_SINK (sink);
  g_autoptr (GError) error = NULL;

  if (!GST_RECTO_TEXT_SINK_GET_CLASS (self)->close (self, PRIV (self)->ended,
          &error)) {
    gst_recto_text_sink_post_error (self, error);
    return FALSE;
  }
  return TRUE;
}

static void
set_cancelled (GstRectoTextSink * self, gboolean cancelled)
{
  if (PRIV (self)->output)
    recto_output_set_cancelled (PRIV (self)->output, cancelled);
}

static gboolean
gst_recto_text_sink_unlock (GstBaseSink * sink)
{
  set_cancelled (GST_RECTO_TEXT_SINK (sink), TRUE);
  return TRUE;
}

static gboolean
gst_recto_text_sink_unlock_stop (GstBaseSink * sink)
{
  set_cancelled (GST_RECTO_TEXT_SINK (sink), FALSE);
  return TRUE;
}

void
gst_recto_text_sink_add_counts (GstRectoTextSink * self,
    const RectoRecordCounts * counts)
{
  GST_OBJECT_LOCK (self);
  recto_record_counts_add (&PRIV (self)->counts, counts);
  GST_OBJECT_UNLOCK (self);
}

/* Records that go to an output at once */

static gboolean
open_output (GstRectoTextSink * self, const char *location, GError ** error)
{
  PRIV (self)->output = recto_output_open (location, error);
  return PRIV (self)->output != NULL;
}

static gboolean
close_output (GstRectoTextSink * self, gboolean ended, GError ** error)
{
  GstRectoTextSinkPrivate *priv = PRIV (self);
  RectoOutput *output = g_steal_pointer (&priv->output);

  /* A run that could not even start may be tried again. */
  if (!ended && priv->counts.records == 0) {
    recto_output_abandon (output);
    return TRUE;
  }
  return recto_output_close (output, error);
}

/* With the preroll lock. Pausing interrupts a write, which goes on when the
 * element plays again; what a flush interrupts goes out before what comes
 * next. */
static GstFlowReturn
flush_output (GstRectoTextSink * self)
{
  GstRectoTextSinkPrivate *priv = PRIV (self);
  RectoRecordCounts none = { 0 };
  GstFlowReturn flow = GST_FLOW_OK;

  while (flow == GST_FLOW_OK) {
    g_autoptr (GError) error = NULL;

    if (recto_output_flush (priv->output, &error)) {
      gst_recto_text_sink_add_counts (self, &priv->pending);
      priv->pending = none;
      return GST_FLOW_OK;
    }

    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
      priv->pending = none;
      gst_recto_text_sink_post_error (self, error);
      return GST_FLOW_ERROR;
    }
    flow = gst_base_sink_wait_preroll (GST_BASE_SINK (self));
  }
  return flow;
}

static GstFlowReturn
write_output (GstRectoTextSink * self, const RectoPageRecord * record)
{
  GstRectoTextSinkPrivate *priv = PRIV (self);
  g_autoptr (GString) out = g_string_new (NULL);

  GST_RECTO_TEXT_SINK_GET_CLASS (self)->append_record (self, record, out);
  recto_output_put (priv->output, out->str, out->len);
  recto_record_counts_count (&priv->pending, record, out->len);

  return flush_output (self);
}

/* The base class's side */

static GstFlowReturn
gst_recto_text_sink_render (GstBaseSink * sink, GstBuffer * buffer)
{
  GstRectoTextSink *self = GST_RECTO_TEXT_SINK (sink);
  RectoPageRecord record = {
    .page = recto_buffer_get_page (buffer),
    .result = recto_buffer_get_result (buffer),
    .attempt = 1,
  };
  GstFlowReturn flow;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    goto map_failed;

  /* A buffer without memory has no address. */
  record.text = map.size > 0 ? (const char *) map.data : "";
  record.size = map.size;
  if (record.page == NULL)
    record.number = ++PRIV (self)->n_unnamed;
  flow = GST_RECTO_TEXT_SINK_GET_CLASS (self)->write (self, &record);
  gst_buffer_unmap (buffer, &map);

  return flow;

  /* ERRORS */
map_failed:
  GST_ELEMENT_ERROR (self, RESOURCE, READ,
      (_("The text of a page could not be read from memory.")), (NULL));
  return GST_FLOW_ERROR;
}

/* What a flush left is written even if no other page comes. */
static GstFlowReturn
gst_recto_text_sink_wait_event (GstBaseSink * sink, GstEvent * event)
{
  GstBaseSinkClass *parent_class =
      GST_BASE_SINK_CLASS (gst_recto_text_sink_parent_class);
  GstRectoTextSink *self = GST_RECTO_TEXT_SINK (sink);
  GstFlowReturn flow;

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    flow = GST_RECTO_TEXT_SINK_GET_CLASS (self)->drain (self);
    if (flow != GST_FLOW_OK)
      return flow;
    PRIV (self)->ended = TRUE;
  }
  return parent_class->wait_event (sink, event);
}

/* The base class would post a message for each document, and nobody may read
 * the bus; one says that the stream has started. */
static gboolean
gst_recto_text_sink_event (GstBaseSink * sink, GstEvent * event)
{
  GstRectoTextSinkPrivate *priv = PRIV (GST_RECTO_TEXT_SINK (sink));
  gboolean is_start = GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START;

  if ((is_start && priv->started) || GST_EVENT_TYPE (event) == GST_EVENT_TAG) {
    gst_event_unref (event);
    return TRUE;
  }
  priv->started = priv->started || is_start;
  return GST_BASE_SINK_CLASS (gst_recto_text_sink_parent_class)->event (sink,
      event);
}

static void
gst_recto_text_sink_class_init (GstRectoTextSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_recto_text_sink_debug, "rectotextsink", 0,
      "Text sinks of Recto");

  object_class->set_property = gst_recto_text_sink_set_property;
  object_class->get_property = gst_recto_text_sink_get_property;
  object_class->finalize = gst_recto_text_sink_finalize;

  properties[PROP_LOCATION] = g_param_spec_string ("location", "Location",
      "Where to write: a file, a named pipe, a character device, or - for "
      "standard output; it is opened in READY", NULL,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "What was written so far: records, pages-ok, pages-incomplete (read, but "
      "not whole), pages-failed, pages-with-warnings (parts of them may be "
      "missing), pages-copied (of those that are ok, from records of the same "
      "content), documents that are complete, documents-failed (records of a "
      "document as a whole), "
      "bytes, and failures (a structure that counts them by status), beside "
      "the statistics of any sink", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  gst_element_class_add_static_pad_template (element_class, &sink_template);

  sink_class->start = GST_DEBUG_FUNCPTR (gst_recto_text_sink_start);
  sink_class->stop = GST_DEBUG_FUNCPTR (gst_recto_text_sink_stop);
  sink_class->unlock = GST_DEBUG_FUNCPTR (gst_recto_text_sink_unlock);
  sink_class->unlock_stop = GST_DEBUG_FUNCPTR (gst_recto_text_sink_unlock_stop);
  sink_class->render = GST_DEBUG_FUNCPTR (gst_recto_text_sink_render);
  sink_class->wait_event = GST_DEBUG_FUNCPTR (gst_recto_text_sink_wait_event);
  sink_class->event = GST_DEBUG_FUNCPTR (gst_recto_text_sink_event);

  klass->open = open_output;
  klass->close = close_output;
  klass->write = write_output;
  klass->drain = flush_output;

  gst_type_mark_as_plugin_api (GST_RECTO_TYPE_TEXT_SINK, 0);
}

/* Nothing waits for a clock or for the first page, which may take minutes. No
 * page is kept, and none is dropped for its time. */
static void
gst_recto_text_sink_init (GstRectoTextSink * self)
{
  GstBaseSink *sink = GST_BASE_SINK (self);

  gst_base_sink_set_sync (sink, FALSE);
  gst_base_sink_set_async_enabled (sink, FALSE);
  gst_base_sink_set_last_sample_enabled (sink, FALSE);
  gst_base_sink_set_drop_out_of_segment (sink, FALSE);
}
