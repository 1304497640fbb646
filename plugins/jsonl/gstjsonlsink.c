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
 * next to it, page-record.schema.json describes the members.
 *
 * A file, or a folder of files, is a journal: records are made durable in
 * batches, see #GstRectoJsonlSink:sync, and only then counted. If the location
 * is there already, the run goes on: the source learns which pages are
 * recorded, and does not read them again. Pages that are recorded as read under
 * another URI, with the same bytes and settings, get copies of these records,
 * see #GstRectoJsonlSink:same-content. What a crash left half written moves
 * to `NAME.cut`, which a warning names; whole records are never dropped, and a
 * line that was committed and is damaged is an error, whose cure is
 * `recto repair`. Next to `NAME.jsonl`, `NAME.run.jsonl` is the log of the
 * runs. A journal has one writer at a time, and a file that another program
 * removes, moves or changes meanwhile is an error.
 *
 * Standard output, pipes and devices are streams: each record is written at
 * once, and nothing is remembered.
 *
 * The last member of a record, crc32, is zlib's crc32() over all bytes of the
 * line before `,"crc32":`, in 8 hexadecimal digits.
 *
 * When the source has asked for the journal, the element posts an element
 * message `recto-run` with the digest of the run's `config` (string), the text
 * form of what it is made of, the revisions of all `elements` and those of
 * their settings that are not at their defaults (string), and the number of
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
#include "journal-run.h"
#include "journal-settings.h"
#include "line-reader.h"
#include "same-content.h"
#include "settings-policy.h"

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
  GPtrArray *runs;              /* of JournalRun, one for each configuration */

  GMutex run_lock;              /* sources may ask at the same time */

  /* Under the object lock. */
  GstRectoSyncPolicy sync;
  GstRectoSettingsPolicy settings_changed;
  gboolean retry;
  gboolean incomplete;
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
  PROP_SETTINGS_CHANGED,
  PROP_RETRY,
  PROP_INCOMPLETE,
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
    case PROP_SETTINGS_CHANGED:
      self->settings_changed = g_value_get_enum (value);
      break;
    case PROP_RETRY:
      self->retry = g_value_get_boolean (value);
      break;
    case PROP_INCOMPLETE:
      self->incomplete = g_value_get_boolean (value);
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
    case PROP_SETTINGS_CHANGED:
      g_value_set_enum (value, self->settings_changed);
      break;
    case PROP_RETRY:
      g_value_set_boolean (value, self->retry);
      break;
    case PROP_INCOMPLETE:
      g_value_set_boolean (value, self->incomplete);
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

static char *
dup_name (GstRectoJsonlSink * self)
{
  g_autofree char *location = NULL;

  g_object_get (self, "location", &location, NULL);
  return g_filename_display_name (location);
}

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

/* With details by which a program knows it from other warnings. */
static void
report_cut (GstRectoJsonlSink * self)
{
  const RectoJournalCut *cut = recto_journal_get_cut (self->journal);
  g_autofree char *text = NULL;

  if (cut->n_files == 0)
    return;
  text = recto_journal_cut_describe (cut);
  GST_ELEMENT_WARNING_WITH_DETAILS (self, RESOURCE, READ, ("%s", text), (NULL),
      ("cut", G_TYPE_STRING, cut->name,
          "bytes", G_TYPE_UINT64, cut->n_bytes,
          "kept", G_TYPE_UINT64, cut->n_kept, NULL));
}

static void
report_missing (GstRectoJsonlSink * self)
{
  const RectoJournalCut *cut = recto_journal_get_cut (self->journal);
  g_autofree char *name = dup_name (self);

  if (cut->n_missing == 0)
    return;
  GST_ELEMENT_WARNING_WITH_DETAILS (self, RESOURCE, READ,
      (_("“%s” is shorter by %llu bytes than the last run left it. Pages whose "
              "records are missing are read again."), name,
          (unsigned long long) cut->n_missing), (NULL),
      ("missing", G_TYPE_UINT64, cut->n_missing, NULL));
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
  report_cut (self);
  report_missing (self);

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

  g_ptr_array_set_size (self->runs, 0);
  close_copier (self);
  g_clear_pointer (&self->writer, recto_journal_writer_free);
  recto_journal_close (g_steal_pointer (&self->journal), ended,
      self->n_committed);
  return TRUE;
}

/* The run */

static GstRectoSettingsPolicy
get_policy (GstRectoJsonlSink * self, gboolean * retry)
{
  GstRectoSettingsPolicy policy;

  GST_OBJECT_LOCK (self);
  policy = self->settings_changed;
  *retry = self->retry;
  GST_OBJECT_UNLOCK (self);
  return policy;
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

static JournalRun *
find_run (GstRectoJsonlSink * self, const char *config, guint number)
{
  g_autofree char *location = NULL;

  for (guint i = 0; i < self->runs->len; i++) {
    if (journal_run_has_config (self->runs->pdata[i], config))
      return self->runs->pdata[i];
  }
  g_object_get (self, "location", &location, NULL);
  g_ptr_array_add (self->runs, journal_run_new (self->journal, self->writer,
          self->copier, location, config, number));
  return g_ptr_array_index (self->runs, self->runs->len - 1);
}

static RectoRunScope
get_scope (GstRectoJsonlSink * self)
{
  RectoRunScope scope = RECTO_RUN_MISSING;

  GST_OBJECT_LOCK (self);
  if (self->retry)
    scope = self->incomplete ? RECTO_RUN_NOT_WHOLE : RECTO_RUN_FAILED;
  GST_OBJECT_UNLOCK (self);

  return scope;
}

static RectoRun *
make_run (GstRectoJsonlSink * self, GstQuery * query, const char *digest)
{
  g_autofree char *name = dup_name (self);
  g_autoptr (GError) error = NULL;
  gboolean retry;
  GstRectoSettingsPolicy policy = get_policy (self, &retry);
  int number = recto_journal_settings_accept (self->journal, name, query,
      digest, policy, retry, &error);

  if (number < 0) {
    gst_recto_text_sink_post_error (GST_RECTO_TEXT_SINK (self), error);
    return recto_run_new_refused ();
  }
  return journal_run_make (find_run (self, digest, number), get_scope (self));
}

static void
tell_run (GstRectoJsonlSink * self, GstQuery * query, const char *config)
{
  g_autoptr (GVariant) changes = recto_query_get_run_changes (query);
  g_autofree char *text = g_variant_print (changes, FALSE);
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
    const char *config)
{
  g_autoptr (RectoRun) run = make_run (self, query, config);
  g_autoptr (GVariant) elements = recto_query_get_run_config (query);
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
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->run_lock);
  g_autofree char *config =
      recto_journal_settings_choose_digest (self->journal, query);

  GST_DEBUG_OBJECT (self, "configuration %s", config);
  tell_run (self, query, config);
  if (self->journal)
    answer_from_journal (self, query, config);

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
  complete.time = g_get_real_time () / G_USEC_PER_SEC;
  complete.attempt = count_attempts (run, record->page) + 1;
  recto_page_record_append_line (&complete, out);
}

/* Only a source that asks for the run can leave out what is recorded. */
static gboolean
may_add (GstRectoJsonlSink * self)
{
  RectoConfigTable *configs = recto_journal_get_configs (self->journal);
  g_autofree char *name = NULL;
  gboolean asked, again;

  GST_OBJECT_LOCK (self);
  asked = self->config != NULL;
  again = self->settings_changed == GST_RECTO_SETTINGS_AGAIN;
  GST_OBJECT_UNLOCK (self);

  if (asked || again || recto_config_table_get_size (configs) == 0)
    return TRUE;

  name = dup_name (self);
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      (_("There are records in “%s” already, and this source cannot leave out "
              "the pages that are recorded. Choose another name, or set "
              "“settings-changed” to “again” to add all pages."), name),
      (NULL));
  return FALSE;
}

/* A line that no reader takes would be lost, so that the page has failed. NULL
 * if the text is of no page. */
static RectoPage *
fail_long_page (RectoPage * page, gsize size)
{
  g_autofree char *length = g_format_size_full (size, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *limit = g_format_size_full (RECTO_RECORD_MAX_LINE,
      G_FORMAT_SIZE_IEC_UNITS);
  g_autoptr (GError) error = g_error_new (RECTO_PAGE_ERROR,
      RECTO_PAGE_INFER_FAILED, _("Its text is too long: the record would have "
          "%s, more than %s."), length, limit);

  return page ? recto_page_with_error (page, error->code, error) : NULL;
}

static GstFlowReturn
refuse_long_text (GstRectoJsonlSink * self)
{
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      (_("A text of no page is too long for a record. Split it before this "
              "element.")), (NULL));
  return GST_FLOW_ERROR;
}

static GstFlowReturn
put_long_record (GstRectoJsonlSink * self, const RectoPageRecord * record,
    gsize size)
{
  g_autoptr (RectoPage) page = fail_long_page (record->page, size);
  g_autoptr (GString) line = g_string_new (NULL);
  RectoPageRecord failed = {.page = page };

  if (page == NULL)
    return refuse_long_text (self);
  gst_recto_jsonl_sink_append_record (GST_RECTO_TEXT_SINK (self), &failed,
      line);
  return recto_journal_writer_put (self->writer, line, &failed) ? GST_FLOW_OK :
      GST_FLOW_ERROR;
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
  if (line->len > RECTO_RECORD_MAX_LINE)
    return put_long_record (self, record, line->len);
  return recto_journal_writer_put (self->writer, line, record) ? GST_FLOW_OK :
      GST_FLOW_ERROR;
}

static GstFlowReturn
gst_recto_jsonl_sink_drain (GstRectoTextSink * sink)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (sink);
  g_autoptr (GError) error = NULL;

  if (self->journal == NULL)
    return parent_class->drain (sink);
  if (!recto_journal_writer_commit (self->writer))
    return GST_FLOW_ERROR;
  if (recto_journal_check (self->journal, &error))
    return GST_FLOW_OK;

  gst_recto_text_sink_post_error (sink, error);
  return GST_FLOW_ERROR;
}

/* The class */

static void
gst_recto_jsonl_sink_finalize (GObject * object)
{
  GstRectoJsonlSink *self = GST_RECTO_JSONL_SINK (object);

  forget_run (self);
  g_ptr_array_unref (self->runs);
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
   * GstRectoJsonlSink:settings-changed:
   *
   * What to do where pages are recorded with other settings than those of the
   * run: to refuse the run, to keep what is recorded, that is to count such
   * pages as done, or to have them read again. Whether settings are the same,
   * the digest of the run's configuration decides.
   *
   * A retry is refused only where nothing is recorded with the settings of the
   * run. It leaves alone what failed with others; with keep or again, it tries
   * those failures, too.
   *
   * Since: 1.0
   */
  properties[PROP_SETTINGS_CHANGED] = g_param_spec_enum ("settings-changed",
      "Settings changed", "What to do where pages are recorded with other "
      "settings", GST_RECTO_TYPE_SETTINGS_POLICY, GST_RECTO_SETTINGS_REFUSE,
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
   * GstRectoJsonlSink:incomplete:
   *
   * Whether a retry takes incomplete pages, too: those that were read, but of
   * which a part is missing.
   *
   * Since: 1.0
   */
  properties[PROP_INCOMPLETE] = g_param_spec_boolean ("incomplete",
      "Incomplete", "Have a retry read incomplete pages again, too", FALSE,
      flags);

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
      "What was made durable so far: records, pages-ok, pages-incomplete "
      "(read, but not whole), pages-failed, pages-with-warnings (parts of them "
      "may be missing), pages-copied (of those that are ok, from records of "
      "the same content), documents that are complete, documents-failed "
      "(records of a document as a whole), failures by their status, bytes, "
      "recorded (records that were there before), and the statistics of any "
      "sink", GST_TYPE_STRUCTURE,
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
  gst_type_mark_as_plugin_api (GST_RECTO_TYPE_SETTINGS_POLICY, 0);
  gst_type_mark_as_plugin_api (GST_RECTO_TYPE_SAME_CONTENT, 0);
}

static void
gst_recto_jsonl_sink_init (GstRectoJsonlSink * self)
{
  g_mutex_init (&self->run_lock);
  self->runs = g_ptr_array_new_with_free_func ((GDestroyNotify)
      journal_run_close);
  self->sync = DEFAULT_SYNC;
  self->same_content = DEFAULT_SAME_CONTENT;
  self->max_file_size = DEFAULT_MAX_FILE_SIZE;
}
