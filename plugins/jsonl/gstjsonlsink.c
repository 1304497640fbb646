/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-jsonlsink
 * @title: jsonlsink
 * @short_description: text of pages to JSON lines
 *
 * Writes one JSON object a line for every page that comes, also for those
 * that failed, and for every document that could not be read. Installed
 * beside it, page-record.schema.json tells what the members mean.
 *
 * A file, or a folder of files, is a journal: records are made durable in
 * batches, see #GstRectoJsonlSink:sync, and only then counted. If the location
 * is there already, what a crash left half written is cut off and the run goes
 * on: the source is told which pages are recorded, and does not read them
 * again. Pages that are recorded as read under another URI, with the same bytes
 * and settings, get copies of these records, see
 * #GstRectoJsonlSink:same-content. Beside `NAME.jsonl`, `NAME.run.jsonl` tells
 * of the runs themselves. A journal has one writer at a time.
 *
 * Standard output, pipes and devices are streams: each record is written at
 * once, and nothing is remembered.
 *
 * The last member of a record, crc32, is zlib's crc32() over all bytes of the
 * line before `,"crc32":`, in 8 hexadecimal digits.
 *
 * When the source has asked for the journal, the element posts an element
 * message `recto-run` with the digest of the run's `config` (string), the
 * configurations of all `elements` in text form (string), and the number of
 * records that were `recorded` (guint64).
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -q pdfsrc location=report.pdf ! pagerasterizer ! tesseractinference ! jsonlsink location=-
 * ]|
 * Reads a report and writes a line a page to standard output.
 *
 * Since: 1.0
 */

#include "config.h"

#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <recto/recto.h>
#include <recto/recto-query-private.h>
#include <recto/recto-run-private.h>

#include "gstjsonlsink.h"
#include "journal-writer.h"
#include "page-copier.h"
#include "same-content.h"

#define DEFAULT_SYNC GST_RECTO_SYNC_BATCH
#define DEFAULT_SAME_CONTENT GST_RECTO_SAME_CONTENT_COPY
#define DEFAULT_MAX_FILE_SIZE (G_GUINT64_CONSTANT (1) << 30)

struct _GstRectoJsonlSink
{
  GstRectoTextSink parent;

  /* Of the streaming thread, or set while there is none. NULL: the location is
   * a stream. */
  RectoJournal *journal;
  RectoJournalWriter *writer;
  RectoPageCopier *copier;      /* NULL: nothing is copied */

  GMutex run_lock;              /* sources may ask at the same time */

  /* Under the object lock. */
  GstRectoSyncPolicy sync;
  gboolean again;
  gboolean retry;
  GstRectoSameContent same_content;
  guint64 max_file_size;
  char *config;                 /* digest of the run's configuration */
  RectoRun *run;                /* what the source was told */
  guint64 n_recorded;           /* when it was opened */
  guint64 n_committed;          /* since */
};

enum
{
  PROP_0,
  PROP_SYNC,
  PROP_AGAIN,
  PROP_RETRY,
  PROP_SAME_CONTENT,
  PROP_MAX_FILE_SIZE,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (GstRectoJsonlSink, gst_recto_jsonl_sink,
    GST_RECTO_TYPE_TEXT_SINK)

GST_ELEMENT_REGISTER_DEFINE (jsonlsink, "jsonlsink", GST_RANK_NONE,
    GST_RECTO_TYPE_JSONL_SINK)

#define parent_class GST_RECTO_TEXT_SINK_CLASS (gst_recto_jsonl_sink_parent_class)

/* Settings */

static void
gst_recto_jsonl_sink_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (object);

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_SYNC:
      self->sync = g_value_get_enum (value);
      break;
    case PROP_AGAIN:
      self->again = g_value_get_boolean (value);
      break;
    case PROP_RETRY:
      self->retry = g_value_get_boolean (value);
      break;
    case PROP_SAME_CONTENT:
      self->same_content = g_value_get_enum (value);
      break;
    case PROP_MAX_FILE_SIZE:
      self->max_file_size = g_value_get_uint64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

/* What the base class tells, and how much was there before. */
static void
get_stats (GstRectoJsonlSink * self, GValue * value)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_CLASS
      (gst_recto_jsonl_sink_parent_class), "stats");
  g_auto (GValue) inherited = G_VALUE_INIT;
  GstStructure *stats;
  guint64 n_recorded;

  g_value_init (&inherited, GST_TYPE_STRUCTURE);
  G_OBJECT_CLASS (gst_recto_jsonl_sink_parent_class)->get_property (G_OBJECT
      (self), pspec->param_id, &inherited, pspec);
  stats = g_value_dup_boxed (&inherited);

  GST_OBJECT_LOCK (self);
  n_recorded = self->n_recorded;
  GST_OBJECT_UNLOCK (self);
  gst_structure_set (stats, "recorded", G_TYPE_UINT64, n_recorded, NULL);

  g_value_take_boxed (value, stats);
}

static void
gst_recto_jsonl_sink_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (object);

  if (prop_id == PROP_STATS) {
    get_stats (self, value);
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_SYNC:
      g_value_set_enum (value, self->sync);
      break;
    case PROP_AGAIN:
      g_value_set_boolean (value, self->again);
      break;
    case PROP_RETRY:
      g_value_set_boolean (value, self->retry);
      break;
    case PROP_SAME_CONTENT:
      g_value_set_enum (value, self->same_content);
      break;
    case PROP_MAX_FILE_SIZE:
      g_value_set_uint64 (value, self->max_file_size);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

/* The journal */

static void
on_committed (const RectoRecordCounts * counts, gpointer data)
{
  GstRectoJsonlSink *self = data;

  GST_OBJECT_LOCK (self);
  self->n_committed += counts->records;
  GST_OBJECT_UNLOCK (self);
  gst_recto_text_sink_add_counts (GST_RECTO_TEXT_SINK (self), counts);
}

static void
on_commit_failed (const GError * error, gpointer data)
{
  gst_recto_text_sink_post_error (data, error);
}

static gboolean
gst_recto_jsonl_sink_open (GstRectoTextSink * sink, const char *location,
    GError ** error)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (sink);
  GstRectoSyncPolicy policy;
  GstRectoSameContent same_content;
  guint64 max_file_size;

  if (!recto_journal_fits (location))
    return parent_class->open (sink, location, error);

  GST_OBJECT_LOCK (self);
  policy = self->sync;
  same_content = self->same_content;
  max_file_size = self->max_file_size;
  GST_OBJECT_UNLOCK (self);

  self->journal = recto_journal_open (location, max_file_size,
      same_content == GST_RECTO_SAME_CONTENT_COPY, &recto_file_layer, error);
  if (self->journal == NULL)
    return FALSE;

  self->writer = recto_journal_writer_new (self->journal, policy,
      on_committed, on_commit_failed, self);
  if (recto_journal_get_contents (self->journal))
    self->copier = recto_page_copier_new (self->journal, self->writer);
  GST_OBJECT_LOCK (self);
  self->n_committed = 0;
  self->n_recorded =
      recto_page_index_get_size (recto_journal_get_index (self->journal));
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

static void
forget_run (GstRectoJsonlSink * self)
{
  g_autoptr (RectoRun) run = NULL;
  g_autofree char *config = NULL;

  GST_OBJECT_LOCK (self);
  run = g_steal_pointer (&self->run);
  config = g_steal_pointer (&self->config);
  GST_OBJECT_UNLOCK (self);
}

/* The source may still have the run, and ask for copies. */
static void
close_copier (GstRectoJsonlSink * self)
{
  if (self->copier)
    recto_page_copier_close (self->copier);
  g_clear_pointer (&self->copier, recto_page_copier_unref);
}

static gboolean
gst_recto_jsonl_sink_close (GstRectoTextSink * sink, gboolean ended,
    GError ** error)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (sink);

  forget_run (self);
  if (self->journal == NULL)
    return parent_class->close (sink, ended, error);

  close_copier (self);
  g_clear_pointer (&self->writer, recto_journal_writer_free);
  recto_journal_close (g_steal_pointer (&self->journal), ended,
      self->n_committed);
  return TRUE;
}

/* The run */

/* Everything recorded is of other configurations. */
static gboolean
is_of_others (GstRectoJsonlSink * self, const char *config)
{
  RectoConfigTable *configs = recto_journal_get_configs (self->journal);
  gboolean again;

  GST_OBJECT_LOCK (self);
  again = self->again;
  GST_OBJECT_UNLOCK (self);

  return !again && recto_config_table_get_size (configs) > 0
      && recto_config_table_find (configs, config) < 0;
}

static char *
dup_name (GstRectoJsonlSink * self)
{
  g_autofree char *location = NULL;

  g_object_get (self, "location", &location, NULL);
  return g_filename_display_name (location);
}

static void
refuse_config (GstRectoJsonlSink * self)
{
  g_autofree char *name = dup_name (self);

  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      (_("What “%s” records was read with other settings. Use the same, write "
              "elsewhere, or set “again” (--again) to read it all again."),
          name), (NULL));
}

static void
write_head (GstRectoJsonlSink * self, const char *config, GVariant * elements,
    GVariant * hints)
{
  g_autoptr (GEnumClass) policies = g_type_class_ref
      (GST_RECTO_TYPE_SYNC_POLICY);
  GVariantDict head;

  g_variant_dict_init (&head, NULL);
  g_variant_dict_insert (&head, "version", "s", VERSION);
  g_variant_dict_insert (&head, "pid", "i", (int) getpid ());
  g_variant_dict_insert (&head, "host", "s", g_get_host_name ());
  g_variant_dict_insert (&head, "config", "s", config);
  g_variant_dict_insert_value (&head, "elements", elements);
  g_variant_dict_insert_value (&head, "hints", hints);
  GST_OBJECT_LOCK (self);
  g_variant_dict_insert (&head, "retry", "b", self->retry);
  g_variant_dict_insert (&head, "sync", "s",
      g_enum_get_value (policies, self->sync)->value_nick);
  GST_OBJECT_UNLOCK (self);

  recto_run_log_head (recto_journal_get_log (self->journal),
      g_variant_dict_end (&head));
}

static guint
begin_document (const char *uri, guint n_recorded, gboolean begins,
    gpointer data)
{
  if (begins)
    recto_run_log_begin (data, uri, n_recorded);
  return recto_run_log_count_deaths (data, uri, n_recorded);
}

typedef struct
{
  RectoPageCopier *copier;
  guint config;
} CopyData;

static gboolean
copy_page (RectoPage * page, guint attempt, gpointer data)
{
  CopyData *self = data;

  return recto_page_copier_copy (self->copier, self->config, page, attempt);
}

static void
copy_data_free (gpointer data)
{
  CopyData *self = data;

  recto_page_copier_unref (self->copier);
  g_free (self);
}

static void
let_copy (GstRectoJsonlSink * self, RectoRun * run, guint config)
{
  CopyData *data;

  if (self->copier == NULL)
    return;
  data = g_new (CopyData, 1);
  data->copier = recto_page_copier_ref (self->copier);
  data->config = config;
  recto_journal_set_config (self->journal, config);
  recto_run_set_copy (run, copy_page, data, copy_data_free);
}

static RectoRun *
make_run (GstRectoJsonlSink * self, const char *config)
{
  RectoConfigTable *configs = recto_journal_get_configs (self->journal);
  RectoRun *run;
  int number;
  gboolean retry;

  if (is_of_others (self, config)) {
    refuse_config (self);
    return recto_run_new_refused ();
  }

  number = recto_config_table_intern (configs, config, strlen (config));
  if (number < 0) {
    refuse_config (self);
    return recto_run_new_refused ();
  }
  GST_OBJECT_LOCK (self);
  retry = self->retry;
  GST_OBJECT_UNLOCK (self);

  run = recto_run_new (recto_journal_get_index (self->journal), number, retry,
      begin_document, recto_run_log_ref (recto_journal_get_log
          (self->journal)), (GDestroyNotify) recto_run_log_unref);
  let_copy (self, run, number);
  return run;
}

static void
tell_run (GstRectoJsonlSink * self, const char *config, GVariant * elements)
{
  g_autofree char *text = g_variant_print (elements, FALSE);
  guint64 n_recorded;

  GST_OBJECT_LOCK (self);
  n_recorded = self->n_recorded;
  GST_OBJECT_UNLOCK (self);

  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("recto-run",
              "config", G_TYPE_STRING, config,
              "elements", G_TYPE_STRING, text,
              "recorded", G_TYPE_UINT64, n_recorded, NULL)));
}

static void
answer_from_journal (GstRectoJsonlSink * self, GstQuery * query,
    const char *config, GVariant * elements)
{
  g_autoptr (RectoRun) run = make_run (self, config);
  g_autoptr (GVariant) hints = recto_query_get_run_hints (query);

  recto_query_set_run (query, run);
  if (recto_run_is_refused (run))
    return;

  write_head (self, config, elements, hints);
  GST_OBJECT_LOCK (self);
  g_clear_pointer (&self->run, recto_run_unref);
  self->run = recto_run_ref (run);
  GST_OBJECT_UNLOCK (self);
}

static void
answer_run (GstRectoJsonlSink * self, GstQuery * query)
{
  g_autofree char *config = recto_query_get_run_digest (query);
  g_autoptr (GVariant) elements = recto_query_get_run_config (query);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->run_lock);

  GST_DEBUG_OBJECT (self, "configuration %s", config);
  tell_run (self, config, elements);
  if (self->journal)
    answer_from_journal (self, query, config, elements);

  GST_OBJECT_LOCK (self);
  g_free (self->config);
  self->config = g_steal_pointer (&config);
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_recto_jsonl_sink_query (GstBaseSink * sink, GstQuery * query)
{
  if (!recto_query_is_run (query))
    return GST_BASE_SINK_CLASS (gst_recto_jsonl_sink_parent_class)->query
        (sink, query);

  answer_run (GST_RECTO_JSONL_SINK (sink), query);
  return TRUE;
}

/* Records */

static guint
count_attempts (RectoRun * run, RectoPage * page)
{
  RectoDocument *document = page ? recto_page_get_document (page) : NULL;

  if (run == NULL || document == NULL)
    return 0;
  return recto_run_find_page (run, recto_document_get_uri (document),
      recto_document_get_sha256 (document),
      recto_page_get_number (page)).n_attempts;
}

static void
gst_recto_jsonl_sink_append_record (GstRectoTextSink * sink,
    const RectoPageRecord * record, GString * out)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (sink);
  RectoPageRecord complete = *record;
  g_autoptr (RectoRun) run = NULL;
  g_autofree char *config = NULL;

  GST_OBJECT_LOCK (self);
  run = self->run ? recto_run_ref (self->run) : NULL;
  config = g_strdup (self->config);
  GST_OBJECT_UNLOCK (self);

  complete.config = config;
  complete.attempt = count_attempts (run, record->page) + 1;
  recto_page_record_append_line (&complete, out);
}

/* Only a source that asks for the run can leave out what is recorded. */
static gboolean
may_add (GstRectoJsonlSink * self)
{
  g_autofree char *name = NULL;
  gboolean asked;

  GST_OBJECT_LOCK (self);
  asked = self->config != NULL;
  GST_OBJECT_UNLOCK (self);

  if (asked || !is_of_others (self, "none"))
    return TRUE;

  name = dup_name (self);
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      (_("There are records in “%s” already, and this source can't tell what "
              "to leave out. Choose another name, or set “again” to add all."),
          name), (NULL));
  return FALSE;
}

static GstFlowReturn
gst_recto_jsonl_sink_write (GstRectoTextSink * sink,
    const RectoPageRecord * record)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (sink);
  g_autoptr (GString) line = NULL;

  if (self->journal == NULL)
    return parent_class->write (sink, record);
  if (!may_add (self))
    return GST_FLOW_ERROR;

  line = g_string_new (NULL);
  gst_recto_jsonl_sink_append_record (sink, record, line);
  return recto_journal_writer_put (self->writer, line, record) ? GST_FLOW_OK :
      GST_FLOW_ERROR;
}

static GstFlowReturn
gst_recto_jsonl_sink_drain (GstRectoTextSink * sink)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (sink);

  if (self->journal == NULL)
    return parent_class->drain (sink);
  return recto_journal_writer_commit (self->writer) ? GST_FLOW_OK :
      GST_FLOW_ERROR;
}

/* The class */

static void
gst_recto_jsonl_sink_finalize (GObject * object)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (object);

  forget_run (self);
  g_mutex_clear (&self->run_lock);

  G_OBJECT_CLASS (gst_recto_jsonl_sink_parent_class)->finalize (object);
}

static void
make_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

  /**
   * GstRectoJsonlSink:sync:
   *
   * When records are made durable. It takes the place of the base class's
   * property of that name, which is of no use where pages have no clock.
   *
   * Since: 1.0
   */
  properties[PROP_SYNC] = g_param_spec_enum ("sync", "Sync",
      "When records of a file are made durable", GST_RECTO_TYPE_SYNC_POLICY,
      DEFAULT_SYNC, flags);

  /**
   * GstRectoJsonlSink:again:
   *
   * Whether pages may be recorded again that are recorded with other settings.
   * Otherwise a journal that holds records, but none of these settings, is an
   * error.
   *
   * Since: 1.0
   */
  properties[PROP_AGAIN] = g_param_spec_boolean ("again", "Again",
      "Record pages again that are recorded with other settings", FALSE,
      flags);

  /**
   * GstRectoJsonlSink:retry:
   *
   * Whether the source is to read just those pages again that failed. Their
   * new records follow with the next `attempt`.
   *
   * Since: 1.0
   */
  properties[PROP_RETRY] = g_param_spec_boolean ("retry", "Retry",
      "Have only those pages read that are recorded as failed", FALSE, flags);

  /**
   * GstRectoJsonlSink:same-content:
   *
   * What happens to a page of a document that is recorded as read under
   * another URI, with the same bytes and the same settings: the source does
   * not read it, and this element copies its record. The copy names the URI in
   * `copied_from`.
   *
   * Since: 1.0
   */
  properties[PROP_SAME_CONTENT] = g_param_spec_enum ("same-content",
      "Same content",
      "What happens to pages that are recorded under another URI with the "
      "same bytes", GST_RECTO_TYPE_SAME_CONTENT, DEFAULT_SAME_CONTENT, flags);

  /**
   * GstRectoJsonlSink:max-file-size:
   *
   * In a folder, how large a file may become before the next one is begun. A
   * file may be larger by one batch.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_FILE_SIZE] = g_param_spec_uint64 ("max-file-size",
      "Maximum file size", "Bytes of a file in a folder after which the next "
      "one is begun (0: never)", 0, G_MAXUINT64, DEFAULT_MAX_FILE_SIZE, flags);

  /**
   * GstRectoJsonlSink:stats:
   *
   * What was written, as for any text sink, and `recorded`, the records that
   * were there before (`guint64`).
   *
   * Since: 1.0
   */
  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "What was made durable so far: records, pages-ok, pages-failed, "
      "pages-with-warnings (parts of them may be missing), pages-copied (of "
      "those that are ok, from records of the same content), "
      "documents that are complete, documents-failed (records of a document "
      "as a whole), failures by their status, bytes, and the records that were "
      "recorded before, beside the statistics of any sink", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
gst_recto_jsonl_sink_class_init (GstRectoJsonlSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstRectoTextSinkClass *sink_class = GST_RECTO_TEXT_SINK_CLASS (klass);

  object_class->set_property = gst_recto_jsonl_sink_set_property;
  object_class->get_property = gst_recto_jsonl_sink_get_property;
  object_class->finalize = gst_recto_jsonl_sink_finalize;
  make_properties ();
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "JSON lines sink", "Sink/File",
      "Writes the text of each page, and what is known of it, as a JSON line",
      "The Recto authors");

  GST_BASE_SINK_CLASS (klass)->query =
      GST_DEBUG_FUNCPTR (gst_recto_jsonl_sink_query);
  sink_class->open = gst_recto_jsonl_sink_open;
  sink_class->close = gst_recto_jsonl_sink_close;
  sink_class->append_record = gst_recto_jsonl_sink_append_record;
  sink_class->write = gst_recto_jsonl_sink_write;
  sink_class->drain = gst_recto_jsonl_sink_drain;

  gst_type_mark_as_plugin_api (GST_RECTO_TYPE_SYNC_POLICY, 0);
  gst_type_mark_as_plugin_api (GST_RECTO_TYPE_SAME_CONTENT, 0);
}

static void
gst_recto_jsonl_sink_init (GstRectoJsonlSink * self)
{
  g_mutex_init (&self->run_lock);
  self->sync = DEFAULT_SYNC;
  self->same_content = DEFAULT_SAME_CONTENT;
  self->max_file_size = DEFAULT_MAX_FILE_SIZE;
}
