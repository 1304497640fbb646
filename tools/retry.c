/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * recto retry: reads again what failed, as it was read.
 */

#include "config.h"

#include <string.h>

#include <glib/gi18n.h>
#include <gst/gst.h>
#include <vlm/excerpt.h>
#include <vlm/url-secrets.h>

#include "arguments.h"
#include "commands.h"
#include "conversion.h"
#include "failed-documents.h"
#include "limit-options.h"
#include "process-limits.h"
#include "recorded-stages.h"
#include "run-history.h"
#include "server-options.h"

/* How much of what a log says is passed on. */
#define MAX_HINT 1000

typedef struct
{
  ConversionManner manner;
  ServerOptions server;
  LimitOptions limits;
  char *password_file;
  char *password;
  gboolean incomplete;
  char *settings_changed;
  char *same_content;
  int n_jobs;
  char **paths;
} Options;

static void
options_clear (Options * self)
{
  server_options_clear (&self->server);
  limit_options_clear (&self->limits);
  g_free (self->password_file);
  g_free (self->password);
  g_free (self->settings_changed);
  g_free (self->same_content);
  g_strfreev (self->paths);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GOptionContext *
create_context (Options * self)
{
  GOptionContext *context;
  const GOptionEntry entries[] = {
    {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &self->password_file,
        N_("Open documents with the password in FILE"), N_("FILE")},
    {"incomplete", 0, 0, G_OPTION_ARG_NONE, &self->incomplete,
        N_("Read incomplete pages again, too"), NULL},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &self->n_jobs,
          N_("Work on N pages at a time (0: as many as there are processors)"),
        N_("N")},
    {"settings-changed", 0, 0, G_OPTION_ARG_STRING, &self->settings_changed,
        N_("What to do with pages that failed with other settings: leave them"
              " (refuse), or try them, too (keep or again)"), N_("WHAT")},
    {"same-content", 0, 0, G_OPTION_ARG_STRING, &self->same_content,
          N_("What to do with a page that is recorded in PATH under another"
              " name, with the same bytes: copy the record, or read"),
        N_("WHAT")},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &self->manner.quiet,
        N_("Print nothing but errors"), NULL},
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &self->manner.verbose,
        N_("Say more: the pipeline, and details of warnings"), NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->paths,
        NULL, NULL},
    {NULL}
  };

  context = arguments_create_context (N_("PATH"),
      N_("Reads again what failed, with the settings of the last run."),
      N_("PATH is what --output named: a file of records or a folder of"
          " them.\n\nExit status: 0 all that had failed was read or there was"
          " nothing, 1 none of it was\nor the run failed, 2 some was not, 3 the run"
          " ended by a rule of its own and would only\ncost more, 130"
          " interrupted."), entries);
  g_option_context_add_group (context,
      server_options_create_group (&self->server, FALSE));
  g_option_context_add_group (context,
      limit_options_create_group (&self->limits));
  return context;
}

static gboolean
parse_options (Options * self, char **argv, GError ** error)
{
  g_autoptr (GOptionContext) context = create_context (self);

  return arguments_parse (context, argv, error)
      && arguments_check_path (self->paths, error)
      && arguments_check_jobs (self->n_jobs, error)
      && arguments_check_settings_changed (self->settings_changed, error)
      && arguments_check_same_content (self->same_content, error)
      && server_options_check (&self->server, error)
      && limit_options_check (&self->limits, error)
      && arguments_read_password (self->password_file, &self->password, error);
}

/* The head of the last run. */
static gboolean
read_head (JournalReader * journal, RunHistory * history, const char **config,
    GError ** error)
{
  g_autofree char *log = journal_reader_dup_log (journal);
  g_autofree char *name = g_filename_display_name (log);
  g_autoptr (GError) cause = NULL;

  *config = NULL;
  if (run_history_read (history, log, FALSE, &cause)
      && history->last != NULL)
    *config = json_object_get_string_member_with_default (json_node_get_object
        (history->last), "config", NULL);
  if (*config != NULL)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
      _("“%s”, which tells with what settings the pages were read, is missing"
          " or damaged. Restore it, or run “recto convert” with those settings"
          " and another --output."), name);
  return FALSE;
}

/* What can't be tried again; a sentence each. */
static void
tell_left_out (const FailedDocuments * failed)
{
  if (failed->n_nameless > 0)
    g_printerr ("recto: %s\n", _("Documents from standard input can't be read"
            " again: they have no name."));
  if (failed->n_others > 0)
    g_printerr ("recto: %s\n", _("Pages that failed with settings other than"
            " those of the last run are left as they are: --settings-changed"
            " keep tries them, too."));
  if (failed->n_incomplete > 0)
    g_printerr (ngettext ("recto: %llu incomplete page is left as it is."
            " --incomplete reads it again.\n", "recto: %llu incomplete pages"
            " are left as they are. --incomplete reads them again.\n",
            failed->n_incomplete), (unsigned long long) failed->n_incomplete);
}

/* They have no part in the exit status: whether they are to come back is not
 * for a run to say. */
static void
tell_missing (const FailedDocuments * failed)
{
  guint n = MIN (failed->n_missing, G_MAXUINT);
  g_autofree char *text = g_strdup_printf (ngettext ("%u document is still"
          " missing.", "%u documents are still missing.", n), n);

  if (n > 0)
    g_printerr ("recto: %s\n", text);
}

/* What the log says, for a message; NULL if it says nothing. */
static char *
dup_hint (JsonNode * head, const char *name)
{
  const char *hint = recorded_stages_get_hint (head, SERVER_STAGE, name);
  g_autofree char *shown = hint != NULL ? url_redact (hint) : NULL;

  return shown != NULL ? excerpt_new (shown, MAX_HINT, NULL) : NULL;
}

/* To be typed. */
static void
add_word (GString * command, const char *option, const char *value)
{
  gboolean is_plain = *value != '\0';
  g_autofree char *quoted = g_shell_quote (value);

  for (const char *c = value; *c != '\0'; c++)
    is_plain &= g_ascii_isalnum (*c) || strchr ("_-+/:.,@%", *c) != NULL;
  g_string_append_printf (command, " %s%s", option, is_plain ? value : quoted);
}

static char *
make_command (const Options * self, const char *url, const char *profile)
{
  GString *command = g_string_new ("recto retry");
  g_autofree char *path = g_filename_display_name (self->paths[0]);

  const char *server = server_options_get_url (&self->server);

  if (server == NULL)
    server = url != NULL ? url : "URL";
  add_word (command, "--server=", server);
  if (profile != NULL)
    add_word (command, "--profile=", profile);
  add_word (command, "", path);
  return g_string_free (command, FALSE);
}

/* Anyone may have written the log: neither pages nor a key go to a place that
 * is named only there, nor is a file read that is. */
static gboolean
check_places (const Options * self, JsonNode * head, GError ** error)
{
  const ServerOptions *server = &self->server;
  g_autofree char *url = dup_hint (head, "server-url");
  g_autofree char *profile = server->profile != NULL ? NULL :
      dup_hint (head, "profile");
  g_autofree char *command = make_command (self, url, profile);

  if (server_options_get_url (server) == NULL && server->command == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("The last run asked the server %s. A log can be written by anyone, so"
            " pages and keys go only to a server that is named again: %s (and"
            " --api-key-file, if the server needs a key)."),
        url != NULL ? url : "(?)", command);
    return FALSE;
  }
  if (profile != NULL && strchr (profile, '/') != NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("The last run had the profile “%s”. A log can be written by anyone,"
            " so a file that is named only there is not read. Name it again:"
            " %s."), profile, command);
    return FALSE;
  }
  return TRUE;
}

/* What was given now wins over what the log tells. */
static gboolean
apply_server (const Options * self, PipelineOptions * options,
    JsonNode * head, GError ** error)
{
  const char *option = server_options_get_given (&self->server);
  gboolean found = FALSE;

  for (guint i = 0; i < options->n_stages; i++) {
    PipelineStage *stage = &options->stages[i];

    if (g_str_equal (stage->factory, SERVER_STAGE)) {
      if (!check_places (self, head, error))
        return FALSE;
      server_options_apply (&self->server, stage);
      found = TRUE;
    }
  }
  if (option == NULL || found)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      _("%s is about a model behind a server, and the last run used none."),
      option);
  return FALSE;
}

static int
retry (const Options * self, const char *path, const FailedDocuments * failed,
    JsonNode * head, GError ** error)
{
  g_auto (PipelineOptions) options = {.retry = TRUE,
    .incomplete = self->incomplete
  };

  if (!recorded_stages_add (&options, head, error)
      || !apply_server (self, &options, head, error))
    return EXIT_NOTHING_DONE;
  limit_options_apply (&self->limits, &options);
  options.inputs = g_new0 (char *, 2);
  options.inputs[0] = g_strdup_printf ("@/proc/self/fd/%d", failed->fd);
  options.output = g_strdup (path);
  options.password = g_strdup (self->password);
  options.settings_changed = g_strdup (self->settings_changed);
  options.same_content = g_strdup (self->same_content);
  options.n_jobs = self->n_jobs;
  if (!pipeline_options_plan (&options, error))
    return EXIT_NOTHING_DONE;

  return conversion_run (&options, &self->manner);
}

/* Whether failures count that were recorded with other settings than those of
 * the last run. */
static gboolean
takes_all (const Options * self)
{
  return self->settings_changed != NULL
      && !g_str_equal (self->settings_changed, "refuse");
}

/* A line that is damaged may have been a failure. */
static gboolean
check_damage (JournalReader * journal, const RunHistory * history,
    const char *path, GError ** error)
{
  guint64 n_damaged = journal_reader_get_n_damaged (journal)
      + journal_reader_is_torn (journal, history->file, history->committed);
  g_autofree char *name = g_filename_display_name (path);

  if (n_damaged == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      ngettext ("%llu line of “%s” is damaged, so that it is not known what"
          " failed. Run “recto repair %s” first.",
          "%llu lines of “%s” are"
          " damaged, so that it is not known what failed. Run “recto repair %s”"
          " first.", n_damaged), (unsigned long long) n_damaged, name, name);
  return FALSE;
}

static int
retry_found (const Options * self, JournalReader * journal, const char *path,
    const FailedDocuments * failed, const RunHistory * history,
    GError ** error)
{
  if (failed->n_documents > 0)
    return retry (self, path, failed, history->last, error);
  if (!check_damage (journal, history, path, error))
    return EXIT_NOTHING_DONE;
  if (failed->n_nameless + failed->n_others > 0)
    return EXIT_NOTHING_DONE;
  if (!self->manner.quiet && failed->n_missing == 0)
    g_printerr ("recto: %s\n", _("Nothing failed."));
  return EXIT_ALL_READ;
}

static int
retry_failed (const Options * self, GError ** error)
{
  const char *path = self->paths[0];
  g_autoptr (JournalReader) journal = journal_reader_open (path, error);
  g_autoptr (NewestRecords) records = NULL;
  g_auto (FailedDocuments) failed = {.fd = -1 };
  g_auto (RunHistory) history = { 0, };
  const char *config;
  int status;

  if (journal == NULL)
    return EXIT_NOTHING_DONE;
  records = newest_records_new (journal, takes_all (self), error);
  if (records == NULL || !read_head (journal, &history, &config, error)
      || !failed_documents_collect (&failed, records,
          takes_all (self) ? NULL : config, self->incomplete, error))
    return EXIT_NOTHING_DONE;

  if (!self->manner.quiet)
    tell_left_out (&failed);
  status = retry_found (self, journal, path, &failed, &history, error);
  if (!self->manner.quiet)
    tell_missing (&failed);
  return status;
}

int
retry_main (int argc, char **argv)
{
  g_auto (Options) options = {.manner.grace = CONVERSION_GRACE,
    .server = SERVER_OPTIONS_NONE
  };
  g_autoptr (GError) error = NULL;
  int status;

  if (!parse_options (&options, argv, &error))
    return arguments_fail (argv[0], error);
  options.manner.server_command = options.server.command;
  options.manner.api_key_file = options.server.api_key_file;

  if (!process_limits_check (options.n_jobs, &error)) {
    g_printerr ("recto: %s\n", error->message);
    return EXIT_NOTHING_DONE;
  }
  gst_init (NULL, NULL);
  status = retry_failed (&options, &error);
  if (error != NULL)
    g_printerr ("recto: %s\n", error->message);
  gst_deinit ();

  return status;
}
