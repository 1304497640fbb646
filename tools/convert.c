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
#include "pipeline.h"

#define MAX_GRACE (24 * 60 * 60)
/* What no user means by --max-pages. */
#define UNSET G_MININT

typedef struct
{
  PipelineOptions pipeline;
  ConversionManner manner;
  char *engine;
  char *format;
  char *language;
  char *password_file;
  int grace;
  int n_jobs;
  int max_pages;
  gboolean print_pipeline;
} Options;

static void
options_clear (Options * self)
{
  pipeline_options_clear (&self->pipeline);
  g_free (self->engine);
  g_free (self->format);
  g_free (self->language);
  g_free (self->password_file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GOptionContext *
create_context (Options * self)
{
  const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &self->pipeline.output,
          N_("Write to FILE, or to files in the folder FILE/, instead of"
              " standard output; what is recorded there is not read again"),
        N_("FILE")},
    {"format", 0, 0, G_OPTION_ARG_STRING, &self->format,
          N_("What to write: jsonl (a record a page), text or markdown"),
        N_("FORMAT")},
    {"engine", 0, 0, G_OPTION_ARG_STRING, &self->engine,
          N_("How to read: tesseract, or text-layer for the text that a"
              " document itself carries"), N_("ENGINE")},
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
    {"max-pages", 0, 0, G_OPTION_ARG_INT, &self->max_pages,
          N_("Read at most N pages of a document (0: no limit; 10000 unless"
              " it is given)"), N_("N")},
    {"changed", 0, 0, G_OPTION_ARG_STRING, &self->pipeline.changed,
          N_("What to do with a document that is recorded in FILE but has"
              " changed since: redo, or error"), N_("WHAT")},
    {"again", 0, 0, G_OPTION_ARG_NONE, &self->pipeline.again,
          N_("Read again, with other settings, what is recorded in FILE"),
        NULL},
    {"sync", 0, 0, G_OPTION_ARG_STRING, &self->pipeline.sync,
          N_("When records are safe from a power cut: with each page, batch"
              " (within a second) or document, or none"), N_("WHEN")},
    {"grace", 0, 0, G_OPTION_ARG_INT, &self->grace,
          N_("Finish the pages in work within N seconds of an interrupt (0:"
              " no limit; 30 unless it is given)"), N_("N")},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &self->manner.quiet,
        N_("Say nothing but errors"), NULL},
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &self->manner.verbose,
        N_("Say more: the pipeline, and details of warnings"), NULL},
    {"print-pipeline", 0, 0, G_OPTION_ARG_NONE, &self->print_pipeline,
          N_("Print what could follow “gst-launch-1.0 -q”, and do nothing"),
        NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
        &self->pipeline.inputs, NULL, NULL},
    {NULL}
  };

  return arguments_create_context (N_("INPUT…"),
      N_("Reads documents and writes what is on their pages."),
      N_("INPUT is a file, a folder, a pattern such as 'in/*.pdf', @LIST for"
          " the names in a file,\n“-” for a document on standard input, or"
          " “@-” for names there.\n\nExit status: 0 all pages were read,"
          " 1 none was or the run failed, 2 some were not,\n130"
          " interrupted."),
      entries);
}

static void
choose_stages (Options * self, gboolean text_layer)
{
  PipelineStage *stage;

  if (text_layer) {
    pipeline_options_add_stage (&self->pipeline, "textlayerinference");
    return;
  }
  pipeline_options_add_stage (&self->pipeline, "pagerasterizer");
  stage = pipeline_options_add_stage (&self->pipeline, "tesseractinference");
  if (self->language != NULL)
    pipeline_stage_set (stage, "language", self->language);
}

static gboolean
check_choices (Options * self, GError ** error)
{
  static const char *const engines[] = { "tesseract", "text-layer", NULL };
  static const char *const formats[] = { "jsonl", "text", "markdown", NULL };
  static const char *const changes[] = { "redo", "error", NULL };
  static const char *const syncs[] =
      { "page", "batch", "document", "none", NULL };
  guint text_layer = FALSE, format = FORMAT_JSONL, ignored;

  if (!arguments_parse_choice ("--engine", self->engine, engines, &text_layer,
          error)
      || !arguments_parse_choice ("--format", self->format, formats, &format,
          error)
      || !arguments_parse_choice ("--changed", self->pipeline.changed,
          changes, &ignored, error)
      || !arguments_parse_choice ("--sync", self->pipeline.sync, syncs,
          &ignored, error))
    return FALSE;
  if (text_layer && self->language != NULL)
    return arguments_refuse (error,
        _("--language is of no use to a text layer."));
  self->pipeline.format = format;
  choose_stages (self, text_layer);

  return TRUE;
}

/* Only a file of records can be resumed. */
static gboolean
check_journal (PipelineOptions * options, GError ** error)
{
  const char *option = options->changed != NULL ? "--changed" :
      options->again ? "--again" : options->sync != NULL ? "--sync" : NULL;

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
  if (self->max_pages < 0 && self->max_pages != UNSET)
    return arguments_refuse (error, _("--max-pages takes a number from 0."));
  if (self->grace < 0 || self->grace > MAX_GRACE)
    return arguments_refuse (error,
        _("--grace takes a number from 0 to %d."), MAX_GRACE);
  self->pipeline.n_jobs = self->n_jobs;
  self->pipeline.max_pages = self->max_pages == UNSET ? -1 : self->max_pages;
  self->manner.grace = self->grace;

  return TRUE;
}

static gboolean
check_options (Options * self, GError ** error)
{
  if (self->pipeline.inputs == NULL)
    return arguments_refuse (error, _("an INPUT is missing."));
  if (g_strcmp0 (self->pipeline.output, "-") == 0)
    g_clear_pointer (&self->pipeline.output, g_free);

  return check_choices (self, error) && check_numbers (self, error)
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
print_pipeline (const PipelineOptions * options)
{
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

  return EXIT_ALL_READ;
}

int
convert_main (int argc, char **argv)
{
  g_auto (Options) options = {.max_pages = UNSET,.grace = CONVERSION_GRACE };
  g_autoptr (GError) error = NULL;
  int status;

  if (!parse_options (&options, argv, &error))
    return arguments_fail (argv[0], error);
  if (options.print_pipeline)
    return print_pipeline (&options.pipeline);

  gst_init (NULL, NULL);
  status = conversion_run (&options.pipeline, &options.manner);
  gst_deinit ();

  return status;
}
