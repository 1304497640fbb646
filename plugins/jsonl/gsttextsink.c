/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What jsonlsink and markdownsink have in common: one record a buffer, written
 * whole to a file or a stream. A subclass says what a record looks like.
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
  guint64 records;
  guint64 pages_ok;
  guint64 pages_failed;
  guint64 documents;
  guint64 documents_failed;
  guint64 bytes;
} Counts;

typedef struct
{
  /* Of the streaming thread, or set while there is none. */
  RectoOutput *output;
  gboolean started;             /* the first stream-start has come */
  gboolean ended;               /* in good order */
  guint64 n_unnamed;            /* buffers that were of no page */
  Counts pending;               /* put into the output, not yet written */

  /* Under the object lock. */
  char *location;
  char *config;                 /* digest of the run's configuration */
  Counts counts;
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
    GST_STATIC_CAPS ("text/x-raw, format = (string) utf8"));

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GstRectoTextSink, gst_recto_text_sink,
    GST_TYPE_BASE_SINK)

static void
count_record (Counts * counts, const RectoPageRecord * record)
{
  gboolean ok = recto_page_record_is_ok (record);

  counts->records++;
  if (recto_page_record_get_number (record) == 0)
    counts->documents_failed++;
  else if (ok)
    counts->pages_ok++;
  else
    counts->pages_failed++;

  if (record->page && recto_page_is_last (record->page))
    counts->documents++;
}

static void
add_counts (Counts * counts, const Counts * more)
{
  counts->records += more->records;
  counts->pages_ok += more->pages_ok;
  counts->pages_failed += more->pages_failed;
  counts->documents += more->documents;
  counts->documents_failed += more->documents_failed;
  counts->bytes += more->bytes;
}

static void
clear_counts (Counts * counts)
{
  memset (counts, 0, sizeof *counts);
}

static GstStructure *
get_stats (GstRectoTextSink * self)
{
  GstStructure *stats = gst_base_sink_get_stats (GST_BASE_SINK (self));
  Counts counts;

  GST_OBJECT_LOCK (self);
  counts = PRIV (self)->counts;
  GST_OBJECT_UNLOCK (self);

  gst_structure_set_name (stats, "application/x-recto-sink-stats");
  gst_structure_set (stats,
      "records", G_TYPE_UINT64, counts.records,
      "pages-ok", G_TYPE_UINT64, counts.pages_ok,
      "pages-failed", G_TYPE_UINT64, counts.pages_failed,
      "documents", G_TYPE_UINT64, counts.documents,
      "documents-failed", G_TYPE_UINT64, counts.documents_failed,
      "bytes", G_TYPE_UINT64, counts.bytes, NULL);

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
  g_free (priv->config);

  G_OBJECT_CLASS (gst_recto_text_sink_parent_class)->finalize (object);
}

static void
post_error (GstRectoTextSink * self, const GError * error)
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
  clear_counts (&priv->pending);

  GST_OBJECT_LOCK (self);
  g_clear_pointer (&priv->config, g_free);
  clear_counts (&priv->counts);
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

  PRIV (self)->output = recto_output_open (location, &error);
  if (PRIV (self)->output == NULL) {
    post_error (self, error);
    return FALSE;
  }
  return TRUE;
}

static gboolean
gst_recto_text_sink_stop (GstBaseSink * sink)
{
  GstRectoTextSink *self = GST_RECTO_TEXT_SINK (sink);
  GstRectoTextSinkPrivate *priv = PRIV (self);
  RectoOutput *output = g_steal_pointer (&priv->output);
  g_autoptr (GError) error = NULL;

  /* A run that could not even start may be tried again. */
  if (!priv->ended && priv->counts.records == 0) {
    recto_output_abandon (output);
    return TRUE;
  }
  if (!recto_output_close (output, &error)) {
    post_error (self, error);
    return FALSE;
  }
  return TRUE;
}

static gboolean
gst_recto_text_sink_unlock (GstBaseSink * sink)
{
  recto_output_set_cancelled (PRIV (GST_RECTO_TEXT_SINK (sink))->output, TRUE);
  return TRUE;
}

static gboolean
gst_recto_text_sink_unlock_stop (GstBaseSink * sink)
{
  recto_output_set_cancelled (PRIV (GST_RECTO_TEXT_SINK (sink))->output, FALSE);
  return TRUE;
}

static void
settle_pending (GstRectoTextSink * self)
{
  GstRectoTextSinkPrivate *priv = PRIV (self);

  GST_OBJECT_LOCK (self);
  add_counts (&priv->counts, &priv->pending);
  GST_OBJECT_UNLOCK (self);
  clear_counts (&priv->pending);
}

/* With the preroll lock. Pausing interrupts a write, which goes on when the
 * element plays again; what a flush interrupts goes out before what comes
 * next. */
static GstFlowReturn
flush_output (GstRectoTextSink * self)
{
  GstRectoTextSinkPrivate *priv = PRIV (self);
  GstFlowReturn flow = GST_FLOW_OK;

  while (flow == GST_FLOW_OK) {
    g_autoptr (GError) error = NULL;

    if (recto_output_flush (priv->output, &error)) {
      settle_pending (self);
      return GST_FLOW_OK;
    }

    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
      clear_counts (&priv->pending);
      post_error (self, error);
      return GST_FLOW_ERROR;
    }
    flow = gst_base_sink_wait_preroll (GST_BASE_SINK (self));
  }
  return flow;
}

static void
put_record (GstRectoTextSink * self, const RectoPageRecord * record)
{
  GstRectoTextSinkPrivate *priv = PRIV (self);
  g_autoptr (GString) out = g_string_new (NULL);

  GST_RECTO_TEXT_SINK_GET_CLASS (self)->append_record (self, record, out);

  recto_output_put (priv->output, out->str, out->len);
  count_record (&priv->pending, record);
  priv->pending.bytes += out->len;
}

static char *
dup_config (GstRectoTextSink * self)
{
  char *config;

  GST_OBJECT_LOCK (self);
  config = g_strdup (PRIV (self)->config);
  GST_OBJECT_UNLOCK (self);

  return config;
}

static GstFlowReturn
gst_recto_text_sink_render (GstBaseSink * sink, GstBuffer * buffer)
{
  GstRectoTextSink *self = GST_RECTO_TEXT_SINK (sink);
  g_autofree char *config = dup_config (self);
  RectoPageRecord record = {
    .page = recto_buffer_get_page (buffer),
    .result = recto_buffer_get_result (buffer),
    .config = config,
  };
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    goto map_failed;

  /* A buffer without memory has no address. */
  record.text = map.size > 0 ? (const char *) map.data : "";
  record.size = map.size;
  if (record.page == NULL)
    record.number = ++PRIV (self)->n_unnamed;
  put_record (self, &record);
  gst_buffer_unmap (buffer, &map);

  return flush_output (self);

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
  GstFlowReturn flow = GST_FLOW_OK;

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    flow = flush_output (GST_RECTO_TEXT_SINK (sink));
  if (flow != GST_FLOW_OK)
    return flow;
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    PRIV (GST_RECTO_TEXT_SINK (sink))->ended = TRUE;
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

static gboolean
gst_recto_text_sink_query (GstBaseSink * sink, GstQuery * query)
{
  GstRectoTextSink *self = GST_RECTO_TEXT_SINK (sink);
  g_autofree char *old = NULL;
  char *digest;

  if (!recto_query_is_run (query))
    return GST_BASE_SINK_CLASS (gst_recto_text_sink_parent_class)->query (sink,
        query);

  digest = recto_query_get_run_digest (query);
  GST_DEBUG_OBJECT (self, "configuration %s", digest);

  GST_OBJECT_LOCK (self);
  old = g_steal_pointer (&PRIV (self)->config);
  PRIV (self)->config = digest;
  GST_OBJECT_UNLOCK (self);

  return TRUE;
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
      "Where to write: a file that does not exist yet, a named pipe, a "
      "character device, or - for standard output; it is opened in READY", NULL,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "What was written so far: records, pages-ok, pages-failed, documents "
      "that are complete, documents-failed (records of a document as a whole) "
      "and bytes, beside the statistics of any sink", GST_TYPE_STRUCTURE,
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
  sink_class->query = GST_DEBUG_FUNCPTR (gst_recto_text_sink_query);

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
