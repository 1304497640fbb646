/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * recto convert: documents to records or text.
 */

#include "config.h"

#include <stdio.h>

#include <glib/gi18n.h>
#include <gst/gst.h>

#include "arguments.h"
#include "commands.h"
#include "conversion.h"
#include "inputs.h"
#include "limit-options.h"
#include "pipeline.h"
#include "process-limits.h"
#include "server-options.h"
#include "surroundings.h"
#include "vlm/vlm-profile.h"

#define MAX_GRACE (24 * 60 * 60)

typedef enum
{
  ENGINE_TESSERACT,
  ENGINE_TEXT_LAYER,
  ENGINE_VLM,
} Engine;

typedef struct
{
  PipelineOptions pipeline;
  ConversionManner manner;
  ServerOptions server;
  LimitOptions limits;
  char *engine;
  char *format;
  char *language;
  char *password_file;
  int grace;
  int n_jobs;
  gboolean print_pipeline;
  gboolean print_request;
} Options;

static void
options_clear (Options * self)
{
  pipeline_options_clear (&self->pipeline);
  server_options_clear (&self->server);
  limit_options_clear (&self->limits);
  g_free (self->engine);
  g_free (self->format);
  g_free (self->language);
  g_free (self->password_file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GOptionContext *
create_context (Options * self)
{
  GOptionContext *context;
  const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &self->pipeline.output,
          N_("Write to FILE, or to files in the folder FILE/, instead of"
              " standard output; what is recorded there is not read again"),
        N_("FILE")},
    {"format", 0, 0, G_OPTION_ARG_STRING, &self->format,
          N_("What to write: jsonl (a record a page), text or markdown"),
        N_("FORMAT")},
    {"engine", 0, 0, G_OPTION_ARG_STRING, &self->engine,
          N_("How to read: tesseract, text-layer for the text that a"
              " document itself carries, or vlm for a model behind a server"),
        N_("ENGINE")},
    {"pages", 0, 0, G_OPTION_ARG_STRING, &self->pipeline.pages,
        N_("Read these pages of each document, such as 1-3,7,10-"),
        N_("RANGES")},
    {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &self->password_file,
        N_("Open documents with the password in FILE"), N_("FILE")},
    {"language", 0, 0, G_OPTION_ARG_STRING, &self->language,
          N_("Read this language, as Tesseract calls it (eng, chi_sim,"
              " eng+deu)"), N_("LANGUAGE")},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &self->n_jobs,
        N_("Work on N pages at a time (0: as many as there are processors)"),
        N_("N")},
    {"changed", 0, 0, G_OPTION_ARG_STRING, &self->pipeline.changed,
          N_("What to do with a document that is recorded in FILE but has"
              " changed since: redo, or error"), N_("WHAT")},
    {"settings-changed", 0, 0, G_OPTION_ARG_STRING,
          &self->pipeline.settings_changed,
          N_("What to do where pages are recorded in FILE with other settings:"
              " refuse the run, keep the pages, or read them again"),
        N_("WHAT")},
    {"same-content", 0, 0, G_OPTION_ARG_STRING, &self->pipeline.same_content,
          N_("What to do with a page that is recorded in FILE under another"
              " name, with the same bytes: copy the record, or read"),
        N_("WHAT")},
    {"sync", 0, 0, G_OPTION_ARG_STRING, &self->pipeline.sync,
          N_("When records are safe from a power cut: with each page, batch"
              " (within a second) or document, or none"), N_("WHEN")},
    {"grace", 0, 0, G_OPTION_ARG_INT, &self->grace,
          N_("Finish the pages in work within N seconds of an interrupt (0:"
              " no limit; 30 unless it is given)"), N_("N")},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &self->manner.quiet,
        N_("Print nothing but errors"), NULL},
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &self->manner.verbose,
        N_("Say more: the pipeline, and details of warnings"), NULL},
    {"print-pipeline", 0, 0, G_OPTION_ARG_NONE, &self->print_pipeline,
          N_("Print what could follow “gst-launch-1.0 -q”, and do nothing"),
        NULL},
    {"print-request", 0, 0, G_OPTION_ARG_NONE, &self->print_request,
          N_("Print what a model would be asked of a page, without the image,"
              " and do nothing"), NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
        &self->pipeline.inputs, NULL, NULL},
    {NULL}
  };

  context = arguments_create_context (N_("INPUT…"),
      N_("Reads documents and writes what is on their pages."),
      N_("INPUT is a file, a folder, a pattern such as 'in/*.pdf', @LIST for"
          " the names in a file,\n“-” for a document on standard input, or"
          " “@-” for names there.\n\nExit status: 0 all pages were read,"
          " 1 none was or the run failed, 2 some were not,\n3 the run ended by"
          " a rule of its own and would only cost more, 130 interrupted."),
      entries);
  g_option_context_add_group (context,
      server_options_create_group (&self->server, TRUE));
  g_option_context_add_group (context,
      limit_options_create_group (&self->limits));
  return context;
}

static void
choose_stages (Options * self, Engine engine)
{
  PipelineStage *stage;

  if (engine == ENGINE_TEXT_LAYER) {
    pipeline_options_add_stage (&self->pipeline, "textlayerinference");
    return;
  }
  pipeline_options_add_stage (&self->pipeline, "pagerasterizer");
  if (engine == ENGINE_VLM) {
    stage = pipeline_options_add_stage (&self->pipeline, SERVER_STAGE);
    server_options_apply (&self->server, stage);
    return;
  }
  stage = pipeline_options_add_stage (&self->pipeline, "tesseractinference");
  if (self->language != NULL)
    pipeline_stage_set (stage, "language", self->language);
}

/* Who names a server means to use it. */
static gboolean
choose_engine (Options * self, Engine * engine, GError ** error)
{
  static const char *const engines[] =
      { "tesseract", "text-layer", "vlm", NULL };
  const char *option = self->print_request ? "--print-request" :
      server_options_get_given (&self->server);
  guint choice = option != NULL ? ENGINE_VLM : ENGINE_TESSERACT;

  if (!arguments_parse_choice ("--engine", self->engine, engines, &choice,
          error))
    return FALSE;
  if (option != NULL && choice != ENGINE_VLM)
    return arguments_refuse (error, _("%s is about a model behind a server,"
            " and --engine %s uses none: leave one of them out."), option,
        self->engine);

  *engine = choice;
  return TRUE;
}

static gboolean
check_language (Options * self, Engine engine, GError ** error)
{
  if (self->language == NULL || engine == ENGINE_TESSERACT)
    return TRUE;
  return arguments_refuse (error, engine == ENGINE_VLM
      ? _("--language is of no use to a model behind a server.")
      : _("--language is of no use to a text layer."));
}

static gboolean
check_choices (Options * self, GError ** error)
{
  static const char *const formats[] = { "jsonl", "text", "markdown", NULL };
  static const char *const changes[] = { "redo", "error", NULL };
  static const char *const syncs[] =
      { "page", "batch", "document", "none", NULL };
  guint format = FORMAT_JSONL, ignored;
  Engine engine = ENGINE_TESSERACT;

  if (!choose_engine (self, &engine, error)
      || !check_language (self, engine, error)
      || !arguments_parse_choice ("--format", self->format, formats, &format,
          error)
      || !arguments_parse_choice ("--changed", self->pipeline.changed,
          changes, &ignored, error)
      || !arguments_check_settings_changed (self->pipeline.settings_changed,
          error)
      || !arguments_check_same_content (self->pipeline.same_content, error)
      || !arguments_parse_choice ("--sync", self->pipeline.sync, syncs,
          &ignored, error))
    return FALSE;
  self->pipeline.format = format;
  choose_stages (self, engine);

  return TRUE;
}

/* Only a file of records can be resumed. */
static gboolean
check_journal (PipelineOptions * options, GError ** error)
{
  const char *option = options->changed != NULL ? "--changed" :
      options->settings_changed != NULL ? "--settings-changed" :
      options->same_content != NULL ? "--same-content" :
      options->sync != NULL ? "--sync" : NULL;

  if (option != NULL && options->output == NULL)
    return arguments_refuse (error, _("%s is about a file of records: name"
            " it with --output."), option);
  if (option != NULL && options->format != FORMAT_JSONL)
    return arguments_refuse (error, _("%s is about a file of records, which"
            " only --format jsonl writes."), option);
  return TRUE;
}

static gboolean
check_numbers (Options * self, GError ** error)
{
  if (!arguments_check_jobs (self->n_jobs, error))
    return FALSE;
  if (self->grace < 0 || self->grace > MAX_GRACE)
    return arguments_refuse (error,
        _("--grace takes a number from 0 to %d."), MAX_GRACE);
  self->pipeline.n_jobs = self->n_jobs;
  self->manner.grace = self->grace;

  if (!server_options_check (&self->server, error)
      || !limit_options_check (&self->limits, error))
    return FALSE;
  limit_options_apply (&self->limits, &self->pipeline);
  return pipeline_options_plan (&self->pipeline, error);
}

static gboolean
check_options (Options * self, GError ** error)
{
  if (self->pipeline.inputs == NULL && !self->print_request)
    return arguments_refuse (error, _("an INPUT is missing."));
  if (g_strcmp0 (self->pipeline.output, "-") == 0)
    g_clear_pointer (&self->pipeline.output, g_free);
  self->manner.server_command = self->server.command;
  self->manner.api_key_file = self->server.api_key_file;

  return arguments_check_output (self->pipeline.output, error)
      && check_choices (self, error) && check_numbers (self, error)
      && check_journal (&self->pipeline, error)
      && arguments_read_password (self->password_file,
      &self->pipeline.password, error);
}

static gboolean
parse_options (Options * self, char **argv, GError ** error)
{
  g_autoptr (GOptionContext) context = create_context (self);

  return arguments_parse (context, argv, error)
      && check_options (self, error);
}

static int
print_pipeline (const Options * self)
{
  const PipelineOptions *options = &self->pipeline;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = pipeline_describe (options, &error);

  if (line == NULL) {
    g_printerr ("recto: %s\n", error->message);
    return EXIT_NOTHING_DONE;
  }
  /* As it is: names may be in no charset at all. */
  puts (line);
  if (options->password != NULL)
    g_printerr ("recto: %s\n",
        _("The password is left out: add password=… to pdfsrc."));
  if (self->server.command != NULL)
    g_printerr ("recto: %s\n",
        _("The server's command is left out: start it before."));

  return EXIT_ALL_READ;
}

/* NULL where the settings make none; the element says why only to a run. */
static char *
make_request (const Options * self, GError ** error)
{
  const PipelineStage *stage =
      &self->pipeline.stages[self->pipeline.n_stages - 1];
  g_autoptr (VlmProfile) profile = vlm_profile_load (self->server.profile !=
      NULL ? self->server.profile : VLM_PROFILE_DEFAULT, error);
  g_autoptr (GstElement) element = NULL;
  char *request = NULL;

  if (profile == NULL)
    return NULL;
  element = pipeline_make_stage (stage, error);
  if (element == NULL)
    return NULL;
  surroundings_bind_messages ();

  g_object_get (element, "request", &request, NULL);
  if (request == NULL)
    arguments_refuse (error, _("The profile “%s” makes no request."),
        profile->name);
  return request;
}

static int
print_request (const Options * self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *request = make_request (self, &error);

  if (request == NULL) {
    g_printerr ("recto: %s\n", error->message);
    return EXIT_NOTHING_DONE;
  }
  g_print ("%s\n", request);
  if (self->server.model == NULL)
    g_printerr ("recto: %s\n", _("No model is named: it will be the only one"
            " that the server has, or what --model says."));

  return EXIT_ALL_READ;
}

static int
convert (const Options * self)
{
  int status;

  if (!self->print_request && !inputs_check (self->pipeline.inputs))
    return EXIT_NOTHING_DONE;
  gst_init (NULL, NULL);
  if (self->print_request)
    status = print_request (self);
  else
    status = conversion_run (&self->pipeline, &self->manner);
  gst_deinit ();

  return status;
}

int
convert_main (int argc, char **argv)
{
  g_auto (Options) options = {.grace = CONVERSION_GRACE,
    .server = SERVER_OPTIONS_NONE
  };
  g_autoptr (GError) error = NULL;

  if (!parse_options (&options, argv, &error))
    return arguments_fail (argv[0], error);
  if (options.print_pipeline)
    return print_pipeline (&options);
  if (!process_limits_check (options.n_jobs, &error)) {
    g_printerr ("recto: %s\n", error->message);
    return EXIT_NOTHING_DONE;
  }
  return convert (&options);
}
