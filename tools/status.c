/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * recto status: what is recorded, and what failed.
 */

#include "config.h"

#include <stdio.h>

#include <glib/gi18n.h>

#include "arguments.h"
#include "commands.h"
#include "journal-status.h"
#include "progress.h"
#include "record-head.h"
#include "run-history.h"

typedef struct
{
  gboolean json;
  gboolean failed;
  char **paths;
} Options;

static void
options_clear (Options * self)
{
  g_strfreev (self->paths);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

typedef struct
{
  const Options *options;
  const char *path;
  JournalReader *journal;
  NewestRecords *records;
  JsonParser *parser;

  JournalStatus counts;
  RunHistory history;
  int writer;                   /* a process, or 0 */
} Status;

static void
status_clear (Status * self)
{
  g_clear_pointer (&self->journal, journal_reader_free);
  g_clear_pointer (&self->records, newest_records_free);
  g_clear_object (&self->parser);
  journal_status_clear (&self->counts);
  run_history_clear (&self->history);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Status, status_clear)

/* What failed */

static void
print_node (JsonNode * node)
{
  g_autofree char *text = json_to_string (node, FALSE);

  puts (text);
}

static void
print_failed_json (JsonNode * head)
{
  static const char *const names[] = {
    "status", "uri", "document", "sha256", "page", "attempt", "config",
    "error", NULL
  };
  JsonObject *whole = json_node_get_object (head);
  JsonObject *failed = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  for (guint i = 0; names[i] != NULL; i++) {
    if (json_object_has_member (whole, names[i]))
      json_object_set_member (failed, names[i],
          json_object_dup_member (whole, names[i]));
  }
  json_node_take_object (node, failed);
  print_node (node);
}

static void
print_failed (const RectoRecordLine * line, JsonNode * head)
{
  const char *document = record_head_get_string (head, "document");
  const char *message = record_head_get_error_message (head);
  g_autofree char *name = progress_make_printable (document ? document : "-");
  g_autofree char *why = progress_make_printable (message ? message : "");

  printf ("%.*s\t%s\t%" G_GUINT64_FORMAT "\t%s\n", (int) line->status_length,
      line->status, name, line->page, why);
}

static gboolean
list_failed (Status * self, const RectoRecordLine * line, GError ** error)
{
  g_autoptr (JsonNode) head = record_head_parse (self->parser, line);

  if (head == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _("A record of page %llu is no JSON."),
        (unsigned long long) line->page);
    return FALSE;
  }
  if (self->options->json)
    print_failed_json (head);
  else
    print_failed (line, head);
  return TRUE;
}

static gboolean
take_record (const NewestRecord * record, gpointer data, GError ** error)
{
  Status *self = data;

  if (!self->options->failed)
    journal_status_add (&self->counts, record);
  else if (!recto_record_line_is_ok (record->line))
    return list_failed (self, record->line, error);
  return TRUE;
}

/* How it is */

/* -1 when it is not known. */
static double
get_speed (const Status * self)
{
  return self->history.seconds > 0 ?
      (newest_records_get_n_pages (self->records) - self->counts.n_copied)
      / self->history.seconds : -1;
}

static void
print_line (const char *label, const char *value)
{
  g_autofree char *printable = progress_make_printable (value);

  /* Translators: a label and what it is about, such as “speed: 3.1 pages/s” */
  g_print (_("%s: %s\n"), label, printable);
}

static void
print_counts (const char *label, const NameCounts * counts)
{
  g_autofree char *parts = name_counts_describe (counts);

  if (parts != NULL)
    print_line (label, parts);
}

static void
print_total (const char *label, const NameCounts * counts)
{
  g_autofree char *parts = name_counts_describe (counts);
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT " (%s)",
      name_counts_get_total (counts), parts ? parts : "0");

  print_line (label, text);
}

static void
print_tokens (const JournalStatus * counts)
{
  g_autofree char *text = NULL;

  if (counts->input_tokens == 0 && counts->output_tokens == 0)
    return;
  text = g_strdup_printf (_("%llu read, %llu written"),
      (unsigned long long) counts->input_tokens,
      (unsigned long long) counts->output_tokens);
  print_line (_("tokens"), text);
}

static void
print_runs (const Status * self)
{
  double speed = get_speed (self);
  g_autofree char *count = g_strdup_printf ("%u", self->history.n_runs);
  g_autofree char *rate = NULL, *writer = NULL;

  if (self->history.n_runs > 0)
    print_line (_("runs"), count);
  if (speed >= 0) {
    rate = g_strdup_printf (_("%.1f pages/s"), speed);
    print_line (_("speed"), rate);
  }
  if (self->writer > 0) {
    writer = g_strdup_printf (_("process %d"), self->writer);
    print_line (_("running now"), writer);
  } else if (self->history.is_open) {
    g_print ("%s\n", _("The last run did not come to its end. The same"
            " command again goes on where it was."));
  }
}

/* What a retry takes. */
static gint64
count_failed (const JournalStatus * counts)
{
  static const char *const settled[] = {
    "ok", "partial", "unsupported", "skipped"
  };
  gint64 n = name_counts_get_total (&counts->pages)
      - name_counts_get (&counts->pages, "ok")
      - name_counts_get (&counts->pages, "incomplete")
      + name_counts_get_total (&counts->documents);

  for (guint i = 0; i < G_N_ELEMENTS (settled); i++)
    n -= name_counts_get (&counts->documents, settled[i]);
  return n;
}

static void
report_damage (const Status * self)
{
  guint64 n_damaged = journal_reader_get_n_damaged (self->journal);
  g_autofree char *name = progress_make_printable (self->path);

  if (n_damaged > 0)
    g_printerr (ngettext ("recto: %llu line is damaged and not counted."
            " “recto repair %s” keeps what is a record.\n",
            "recto: %llu lines are damaged and not counted."
            " “recto repair %s” keeps what is a record.\n", n_damaged),
        (unsigned long long) n_damaged, name);
}

static void
print_advice (const Status * self)
{
  const JournalStatus *counts = &self->counts;
  gint64 n_incomplete = name_counts_get (&counts->pages, "incomplete");
  gint64 n_failed = count_failed (counts);
  g_autofree char *name = progress_make_printable (self->path);

  if (n_failed > 0)
    g_print (_("“recto status --failed %s” lists what failed, “recto retry"
            " %s” tries it again.\n"), name, name);
  if (n_incomplete > 0)
    g_print (_("“recto retry --incomplete %s” reads incomplete pages again.\n"),
        name);
}

static void
print_status (const Status * self)
{
  const JournalStatus *counts = &self->counts;
  g_autofree char *incomplete =
      g_strdup_printf ("%" G_GINT64_FORMAT, counts->n_incomplete);
  g_autofree char *with_warnings =
      g_strdup_printf ("%" G_GINT64_FORMAT, counts->n_with_warnings);
  g_autofree char *copied =
      g_strdup_printf ("%" G_GINT64_FORMAT, counts->n_copied);

  print_total (_("documents"), &counts->documents);
  if (counts->n_incomplete > 0)
    print_line (_("documents with pages that are not recorded"), incomplete);
  print_total (_("pages"), &counts->pages);
  if (counts->n_copied > 0)
    print_line (_("pages copied"), copied);
  if (counts->n_with_warnings > 0)
    print_line (_("pages with warnings"), with_warnings);
  print_tokens (counts);
  print_counts (_("fallbacks"), &counts->fallbacks);
  /* Translators: “1 40, 2 3”: 40 pages were tried once, 3 twice */
  print_counts (_("pages by attempts"), &counts->attempts);
  print_counts (_("pages by requests"), &counts->requests);
  print_runs (self);
  print_advice (self);
}

static void
set_counts (JsonObject * object, const char *name, const NameCounts * counts)
{
  json_object_set_member (object, name, name_counts_to_json (counts));
}

static void
set_total (JsonObject * object, const char *name, const NameCounts * counts)
{
  JsonObject *member = json_object_new ();

  json_object_set_int_member (member, "total", name_counts_get_total (counts));
  set_counts (member, "status", counts);
  json_object_set_object_member (object, name, member);
}

static void
set_runs (JsonObject * object, const Status * self)
{
  double speed = get_speed (self);

  json_object_set_int_member (object, "runs", self->history.n_runs);
  json_object_set_double_member (object, "seconds", self->history.seconds);
  if (speed >= 0)
    json_object_set_double_member (object, "pages_per_second", speed);
  else
    json_object_set_null_member (object, "pages_per_second");
  json_object_set_boolean_member (object, "unfinished_run",
      self->history.is_open && self->writer == 0);
  if (self->writer > 0)
    json_object_set_int_member (object, "writer", self->writer);
  else
    json_object_set_null_member (object, "writer");
}

static void
print_status_json (const Status * self)
{
  const JournalStatus *counts = &self->counts;
  JsonObject *object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  json_object_set_int_member (object, "records",
      newest_records_get_n_records (self->records));
  json_object_set_int_member (object, "damaged_lines",
      journal_reader_get_n_damaged (self->journal));
  json_object_set_int_member (object, "configurations",
      newest_records_get_n_configs (self->records));
  set_total (object, "documents", &counts->documents);
  json_object_set_int_member (object, "incomplete_documents",
      counts->n_incomplete);
  json_object_set_int_member (object, "replaced_documents",
      newest_records_get_n_replaced (self->records));
  set_total (object, "pages", &counts->pages);
  json_object_set_int_member (object, "pages_with_warnings",
      counts->n_with_warnings);
  json_object_set_int_member (object, "copied_pages", counts->n_copied);
  json_object_set_int_member (object, "input_tokens", counts->input_tokens);
  json_object_set_int_member (object, "output_tokens", counts->output_tokens);
  set_counts (object, "fallbacks", &counts->fallbacks);
  set_counts (object, "attempts", &counts->attempts);
  set_counts (object, "requests", &counts->requests);
  set_runs (object, self);
  print_node (node);
}

/* A journal without a log has no history, and that is all. */
static void
read_history (Status * self)
{
  g_autofree char *log = journal_reader_dup_log (self->journal);
  g_autoptr (GError) error = NULL;

  self->writer = journal_reader_find_writer (self->journal);
  if (!run_history_read (&self->history, log, self->writer > 0, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_printerr ("recto: %s\n", error->message);
}

static gboolean
read_records (Status * self, GError ** error)
{
  self->journal = journal_reader_open (self->path, error);
  if (self->journal == NULL)
    return FALSE;
  self->records = newest_records_new (self->journal, FALSE, error);
  if (self->records == NULL)
    return FALSE;
  self->parser = json_parser_new ();

  return newest_records_each (self->records, take_record, self, error);
}

static gboolean
tell_status (const Options * options, GError ** error)
{
  g_auto (Status) self = {.options = options,.path = options->paths[0] };

  if (!read_records (&self, error))
    return FALSE;
  report_damage (&self);
  if (options->failed)
    return TRUE;

  read_history (&self);
  if (options->json)
    print_status_json (&self);
  else
    print_status (&self);
  return TRUE;
}

static GOptionContext *
create_context (Options * self)
{
  const GOptionEntry entries[] = {
    {"failed", 0, 0, G_OPTION_ARG_NONE, &self->failed,
          N_("List what is not ok: status, document, page and why, between"
              " tabs"), NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &self->json,
        N_("Print a JSON object, or with --failed one a line"), NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->paths,
        NULL, NULL},
    {NULL}
  };

  return arguments_create_context (N_("PATH"),
      N_("Says what is recorded in an output of “recto convert”, also while"
          " it is written."),
      N_("PATH is what --output named: a file of records or a folder of"
          " them.\n\nExit status: 0, or 1 when they could not be read."),
      entries);
}

static gboolean
parse_options (Options * self, char **argv, GError ** error)
{
  g_autoptr (GOptionContext) context = create_context (self);

  return arguments_parse (context, argv, error)
      && arguments_check_path (self->paths, error);
}

int
status_main (int argc, char **argv)
{
  g_auto (Options) options = { FALSE, };
  g_autoptr (GError) error = NULL;

  if (!parse_options (&options, argv, &error))
    return arguments_fail (argv[0], error);
  if (!tell_status (&options, &error)) {
    g_printerr ("recto: %s\n", error->message);
    return EXIT_NOTHING_DONE;
  }
  return EXIT_ALL_READ;
}
