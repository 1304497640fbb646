/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * recto retry: reads again what failed, as it was read.
 */

#include "config.h"

#include <glib/gi18n.h>
#include <gst/gst.h>

#include "arguments.h"
#include "commands.h"
#include "conversion.h"
#include "failed-documents.h"
#include "limit-options.h"
#include "recorded-stages.h"
#include "run-history.h"
#include "server-options.h"

typedef struct
{
  ConversionManner manner;
  ServerOptions server;
  LimitOptions limits;
  char *password_file;
  char *password;
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
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &self->n_jobs,
        N_("Work on N pages at a time (0: as many as there are processors)"),
        N_("N")},
    {"same-content", 0, 0, G_OPTION_ARG_STRING, &self->same_content,
          N_("What to do with a page that is recorded in PATH under another"
              " name, with the same bytes: copy the record, or read"),
        N_("WHAT")},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &self->manner.quiet,
        N_("Say nothing but errors"), NULL},
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
          " nothing, 1 none of it was\nor the run failed, 2 some was not, 130"
          " interrupted."),
      entries);
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
    g_printerr ("recto: %s\n", _("What failed with settings other than those"
            " of the last run is left as it is."));
}

/* What was given now wins over what the log tells. */
static gboolean
apply_server (const Options * self, PipelineOptions * options,
    GError ** error)
{
  const char *option = server_options_get_given (&self->server);
  gboolean found = FALSE;

  for (guint i = 0; i < options->n_stages; i++) {
    PipelineStage *stage = &options->stages[i];

    if (g_str_equal (stage->factory, SERVER_STAGE)) {
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
  g_auto (PipelineOptions) options = {.retry = TRUE };

  if (!recorded_stages_add (&options, head, error)
      || !apply_server (self, &options, error))
    return EXIT_NOTHING_DONE;
  limit_options_apply (&self->limits, &options);
  options.inputs = g_new0 (char *, 2);
  options.inputs[0] = g_strdup_printf ("@/proc/self/fd/%d", failed->fd);
  options.output = g_strdup (path);
  options.password = g_strdup (self->password);
  options.same_content = g_strdup (self->same_content);
  options.n_jobs = self->n_jobs;
  if (!pipeline_options_plan (&options, error))
    return EXIT_NOTHING_DONE;

  return conversion_run (&options, &self->manner);
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

  if (journal == NULL)
    return EXIT_NOTHING_DONE;
  records = newest_records_new (journal, error);
  if (records == NULL || !read_head (journal, &history, &config, error)
      || !failed_documents_collect (&failed, records, config, error))
    return EXIT_NOTHING_DONE;

  if (!self->manner.quiet)
    tell_left_out (&failed);
  if (failed.n_documents > 0)
    return retry (self, path, &failed, history.last, error);
  if (failed.n_nameless + failed.n_others > 0)
    return EXIT_NOTHING_DONE;
  if (!self->manner.quiet)
    g_printerr ("recto: %s\n", _("Nothing failed."));
  return EXIT_ALL_READ;
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

  gst_init (NULL, NULL);
  status = retry_failed (&options, &error);
  if (error != NULL)
    g_printerr ("recto: %s\n", error->message);
  gst_deinit ();

  return status;
}
