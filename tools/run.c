/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "run.h"

#include <string.h>

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <recto/recto-run-rule-private.h>

#include "watchdog.h"

/* Shorter than any progress interval. */
#define TICK_MS 100

typedef struct
{
  Pipeline *pipeline;
  ModelProcess *server;         /* or NULL */
  Progress *progress;
  gboolean verbose;
  guint grace;                  /* seconds; 0: no limit */

  GMainLoop *loop;
  RunEnd end;
  guint signals[WATCHDOG_MAX_SIGNALS];  /* GLib sources, 0 once the watchdog
                                         * has them */
  Watchdog *watchdog;           /* once the run is to stop */
  gboolean hurry;               /* there was a second signal */
  guint patience;               /* a GLib source, once there was a signal */
  gboolean was_short;           /* of memory */
  gint64 started_at;
  gint64 waiting_since;         /* for a server; 0: the run does not wait */
  gint64 waited;                /* before that, microseconds */
} Run;

static guint
get_count (const GstStructure * stats, const char *name)
{
  guint64 count = 0;

  gst_structure_get_uint64 (stats, name, &count);
  return MIN (count, G_MAXUINT);
}

static guint
count_fallbacks (Pipeline * pipeline)
{
  guint n = 0;

  for (guint i = 0; i < pipeline->n_stages; i++) {
    g_autoptr (GstStructure) stats = NULL;

    g_object_get (pipeline->stages[i], "stats", &stats, NULL);
    n += get_count (stats, "fallbacks");
  }
  return n;
}

static void
take_tally (Run * self, Tally * tally)
{
  g_autoptr (GstStructure) records = NULL;
  g_autoptr (GstStructure) intake = NULL;
  gint64 now = g_get_monotonic_time ();

  g_object_get (self->pipeline->sink, "stats", &records, NULL);
  g_object_get (self->pipeline->source, "stats", &intake, NULL);
  tally->documents = get_count (records, "documents");
  tally->pages_incomplete = get_count (records, "pages-incomplete");
  tally->pages_read = get_count (records, "pages-ok")
      + tally->pages_incomplete;
  tally->pages_copied = get_count (records, "pages-copied");
  tally->pages_failed = get_count (records, "pages-failed")
      + get_count (records, "documents-failed");
  tally->pages_with_warnings = get_count (records, "pages-with-warnings");
  tally->documents_skipped = get_count (intake, "documents-skipped");
  tally->pages_skipped = get_count (intake, "pages-skipped");
  tally->pages_skipped_failed = get_count (intake, "pages-skipped-failed");
  tally->pages_skipped_incomplete =
      get_count (intake, "pages-skipped-incomplete");
  tally->pages_fallen_back = count_fallbacks (self->pipeline);
  tally->seconds = (now - self->started_at) / (double) G_USEC_PER_SEC;
  tally->seconds_waited = (self->waited
      + (self->waiting_since ? now - self->waiting_since : 0))
      / (double) G_USEC_PER_SEC;
  tally->is_waiting = self->waiting_since != 0;
}

static gboolean
add_failures (GQuark status, const GValue * count, gpointer failures)
{
  name_counts_add (failures, g_quark_to_string (status), -1,
      g_value_get_uint64 (count));
  return TRUE;
}

static void
take_failures (Run * self, Tally * tally)
{
  g_autoptr (GstStructure) records = NULL;
  g_autoptr (GstStructure) failures = NULL;

  g_object_get (self->pipeline->sink, "stats", &records, NULL);
  if (gst_structure_get (records, "failures", GST_TYPE_STRUCTURE, &failures,
          NULL))
    gst_structure_foreach (failures, add_failures, &tally->failures);
}

/* What there is in all. A lone document is known by its pages; of several,
 * each is a part of the whole. The source begins to count when it is asked. */
static void
take_totals (Run * self, Tally * tally)
{
  GstElement *source = self->pipeline->source;
  g_autoptr (GstStructure) intake = NULL;
  gint64 n_documents = -1, n_pages;

  g_object_get (source, "stats", &intake, NULL);
  gst_structure_get_int64 (intake, "documents-total", &n_documents);
  tally->documents_total = CLAMP (n_documents, 0, G_MAXUINT);
  if (n_documents == 1
      && gst_element_query_duration (source, GST_FORMAT_DEFAULT, &n_pages))
    tally->pages_total = CLAMP (n_pages, 0, G_MAXUINT);
}

static gboolean
on_tick (gpointer data)
{
  Run *self = data;
  Tally tally = { 0, };

  take_tally (self, &tally);
  take_totals (self, &tally);
  progress_update (self->progress, &tally);

  return G_SOURCE_CONTINUE;
}

/* A signal's end stays the run's. */
static void
finish (Run * self, RunEnd end)
{
  if (self->end != RUN_INTERRUPTED)
    self->end = end;
  g_main_loop_quit (self->loop);
}

static GstPadProbeReturn
on_late_page (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  return GST_PAD_PROBE_DROP;
}

static void
refuse_pages (GstElement * stage)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (stage, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_late_page, NULL,
      NULL);
}

/* To stop may take long, or hang: from now on a signal ends the process. There
 * is never an instant at which GLib would restore its default action. */
static void
hand_signals_over (Run * self)
{
  if (self->watchdog == NULL)
    self->watchdog = watchdog_new (self->server, self->hurry);
  for (guint i = 0; i < G_N_ELEMENTS (self->signals); i++)
    g_clear_handle_id (&self->signals[i], g_source_remove);
}

static gboolean
on_impatient (gpointer data)
{
  Run *self = data;

  self->patience = 0;
  progress_complain (self->progress,
      _("The pages in work took too long and are given up."));
  hand_signals_over (self);
  finish (self, self->end);
  return G_SOURCE_REMOVE;
}

/* Nothing has come to where pages are read, nor gone by: what the run waits for
 * is the server, and that it may do for long. */
static gboolean
has_not_begun (Run * self)
{
  GstElement *reader = self->pipeline->stages[self->pipeline->n_stages - 1];
  g_autoptr (GstStructure) stats = NULL;
  guint n_pending = 0;

  g_object_get (reader, "stats", &stats, NULL);
  gst_structure_get_uint (stats, "pending", &n_pending);
  return n_pending == 0 && get_count (stats, "done") == 0;
}

/* The pages that are being read end in records. One that is only drawn has
 * cost little, and reading it might take long. */
static void
stop_intake (Run * self)
{
  self->end = RUN_INTERRUPTED;
  progress_say (self->progress, _("Interrupted: finishing the pages in work."
          " Interrupt again to stop at once."));
  if (self->grace > 0)
    self->patience = g_timeout_add_seconds (self->grace, on_impatient, self);
  for (guint i = 0; i < self->pipeline->n_stages; i++)
    refuse_pages (self->pipeline->stages[i]);
  gst_element_send_event (self->pipeline->source, gst_event_new_eos ());
}

static gboolean
on_signal (gpointer data)
{
  Run *self = data;

  if (self->end != RUN_INTERRUPTED && !has_not_begun (self)) {
    stop_intake (self);
    return G_SOURCE_CONTINUE;
  }

  self->hurry = self->end == RUN_INTERRUPTED;
  self->end = RUN_INTERRUPTED;
  hand_signals_over (self);
  finish (self, self->end);
  return G_SOURCE_REMOVE;
}

/* The last line of it; those before name a place in the sources. */
static void
tell_detail (Run * self, GstMessage * message, const char *detail)
{
  g_autofree char *text = NULL;
  const char *line_end;

  if (!self->verbose || detail == NULL)
    return;
  line_end = strrchr (detail, '\n');
  if (line_end != NULL)
    detail = line_end + 1;
  text = g_strdup_printf ("%s: %s", GST_MESSAGE_SRC_NAME (message), detail);
  progress_say (self->progress, text);
}

static void
tell_error (Run * self, GstMessage * message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *detail = NULL, *text = NULL;

  gst_message_parse_error (message, &error, &detail);
  text = g_strdup_printf (_("error: %s"), error->message);
  progress_complain (self->progress, text);
  tell_detail (self, message, detail);
}

/* What is taken out of the records, or missing among them, is reported to quiet
 * runs, too. */
static gboolean
is_about_records (GstMessage * message)
{
  const GstStructure *details = NULL;

  gst_message_parse_warning_details (message, &details);
  return details != NULL && (gst_structure_has_field (details, "cut")
      || gst_structure_has_field (details, "missing"));
}

static void
tell_warning (Run * self, GstMessage * message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *detail = NULL, *text = NULL;

  gst_message_parse_warning (message, &error, &detail);
  text = g_strdup_printf (_("warning: %s"), error->message);
  if (is_about_records (message))
    progress_complain (self->progress, text);
  else
    progress_say (self->progress, text);
  tell_detail (self, message, detail);
}

/* What is said of a server that the run waits for, or has waited for. */
static void
take_waiting (Run * self, const GstStructure * details)
{
  gboolean is_waiting = FALSE;
  gint64 now = g_get_monotonic_time ();

  if (details == NULL
      || !gst_structure_get_boolean (details, "server-waiting", &is_waiting))
    return;
  if (self->waiting_since != 0)
    self->waited += now - self->waiting_since;
  self->waiting_since = is_waiting ? now : 0;
}

static void
take_warning (Run * self, GstMessage * message)
{
  const GstStructure *details = NULL;

  gst_message_parse_warning_details (message, &details);
  take_waiting (self, details);
  tell_warning (self, message);
}

static void
take_info (Run * self, GstMessage * message)
{
  const GstStructure *details = NULL;
  g_autoptr (GError) info = NULL;

  gst_message_parse_info_details (message, &details);
  take_waiting (self, details);
  gst_message_parse_info (message, &info, NULL);
  progress_say (self->progress, info->message);
}

/* With which configuration records are made. */
static void
tell_config (Run * self, GstMessage * message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  const char *config = gst_structure_get_string (structure, "config");
  const char *elements = gst_structure_get_string (structure, "elements");
  g_autofree char *text = NULL;

  if (!self->verbose || config == NULL || elements == NULL)
    return;
  text = g_strdup_printf (_("configuration %s: %s"), config, elements);
  progress_say (self->progress, text);
}

/* That memory limits the speed of a run is reported once. */
static gboolean
is_first_shortage (Run * self, const char *level)
{
  gboolean is_first = g_str_equal (level, "over") && !self->was_short;

  self->was_short |= is_first;
  return is_first;
}

static char *
describe_memory (const GstStructure * structure, const char *level)
{
  g_autofree char *used = NULL, *limit = NULL;
  guint64 usage = 0, memory_limit = 0;
  double pressure = 0;

  if (g_str_equal (level, "stalled"))
    return g_strdup (_("no page is done, so that another one is let in"));
  if (g_str_equal (level, "low"))
    return g_strdup (_("there is enough memory again"));

  gst_structure_get (structure, "usage", G_TYPE_UINT64, &usage,
      "limit", G_TYPE_UINT64, &memory_limit,
      "pressure", G_TYPE_DOUBLE, &pressure, NULL);
  used = g_format_size_full (usage, G_FORMAT_SIZE_IEC_UNITS);
  limit = g_format_size_full (memory_limit, G_FORMAT_SIZE_IEC_UNITS);
  return g_strdup_printf (_("memory gets short: %s of %s are in use, and"
          " %.0f %% of the time somebody waits for it"), used, limit, pressure);
}

static void
tell_memory (Run * self, GstMessage * message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  const char *level = gst_structure_get_string (structure, "level");
  g_autofree char *what = NULL, *text = NULL;
  guint n_alive = 0, max_pages = 0;

  if (level == NULL || !(self->verbose || is_first_shortage (self, level)))
    return;
  gst_structure_get (structure, "pages-alive", G_TYPE_UINT, &n_alive,
      "max-pages", G_TYPE_UINT, &max_pages, NULL);
  what = describe_memory (structure, level);
  text = g_strdup_printf (_("%s; pages alive: %u of %u"), what, n_alive,
      max_pages);
  progress_say (self->progress, text);
}

static gboolean
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Run *self = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_EOS:
      finish (self, RUN_FINISHED);
      break;
    case GST_MESSAGE_ERROR:
      tell_error (self, message);
      finish (self, recto_run_rule_parse (message) != NULL ?
          RUN_ENDED_BY_RULE : RUN_FAILED);
      break;
    case GST_MESSAGE_WARNING:
      take_warning (self, message);
      break;
    case GST_MESSAGE_INFO:
      take_info (self, message);
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, "recto-run"))
        tell_config (self, message);
      else if (gst_message_has_name (message, "recto-memory"))
        tell_memory (self, message);
      break;
    default:
      break;
  }

  return G_SOURCE_CONTINUE;
}

/* Until the pipeline runs there is nothing to finish, and a start that hangs
 * can be ended by a signal's default action. */
static void
start (Run * self)
{
  int signals[WATCHDOG_MAX_SIGNALS];
  guint n_signals = watchdog_list_signals (signals);

  self->loop = g_main_loop_new (NULL, FALSE);
  self->started_at = g_get_monotonic_time ();

  /* A failure to start is an error on the bus as well. */
  gst_element_set_state (self->pipeline->bin, GST_STATE_PLAYING);
  for (guint i = 0; i < n_signals; i++)
    self->signals[i] = g_unix_signal_add (signals[i], on_signal, self);
}

/* Records could not be committed. Errors of other elements follow from the one
 * that ended the run, or from the stop. */
static void
take_failed_commit (Run * self, GstMessage * message)
{
  if (GST_MESSAGE_SRC (message) != GST_OBJECT (self->pipeline->sink))
    return;
  tell_error (self, message);
  self->end = RUN_FAILED;
}

/* What waits on the bus when the pipeline has stopped. */
static void
take_last_messages (Run * self, GstBus * bus)
{
  GstMessage *message;

  while ((message = gst_bus_pop (bus)) != NULL) {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
      tell_warning (self, message);
    else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      take_failed_commit (self, message);
    gst_message_unref (message);
  }
}

static void
stop (Run * self)
{
  hand_signals_over (self);
  gst_element_set_state (self->pipeline->bin, GST_STATE_NULL);
  if (self->server != NULL)
    model_process_end (self->server, self->hurry);
  g_clear_pointer (&self->watchdog, watchdog_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

/* It has said why. */
static void
on_server_gone (gpointer data)
{
  finish (data, RUN_FAILED);
}

RunEnd
run_pipeline (Pipeline * pipeline, ModelProcess * server, Progress * progress,
    gboolean verbose, guint grace, Tally * tally)
{
  Run self = { pipeline, server, progress, verbose, grace, NULL, RUN_FAILED, };
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline->bin);
  guint tick = 0;

  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (pipeline->bin), FALSE);
  gst_bus_add_watch (bus, on_message, &self);
  if (server != NULL)
    model_process_watch (server, on_server_gone, &self);
  if (progress_is_live (progress))
    tick = g_timeout_add (TICK_MS, on_tick, &self);

  start (&self);
  g_main_loop_run (self.loop);

  g_clear_handle_id (&tick, g_source_remove);
  g_clear_handle_id (&self.patience, g_source_remove);
  if (server != NULL)
    model_process_watch (server, NULL, NULL);
  gst_bus_remove_watch (bus);
  stop (&self);
  take_last_messages (&self, bus);

  /* Stopping commits what is left. */
  take_tally (&self, tally);
  take_failures (&self, tally);

  return self.end;
}
