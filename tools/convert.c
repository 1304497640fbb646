/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * recto convert: documents to records or text.
 */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <gst/gst.h>

#include "commands.h"
#include "pipeline.h"
#include "progress.h"
#include "run.h"
#include "surroundings.h"

#define MAX_JOBS 1024
/* What no user means by --max-pages. */
#define UNSET G_MININT

typedef struct
{
  PipelineOptions pipeline;
  char *engine;
  char *format;
  char *password_file;
  int n_jobs;
  int max_pages;
  gboolean quiet;
  gboolean verbose;
  gboolean print_pipeline;
} Options;

static void
options_clear (Options * self)
{
  g_strfreev (self->pipeline.inputs);
  g_free (self->pipeline.output);
  g_free (self->pipeline.pages);
  g_free (self->pipeline.language);
  g_free (self->pipeline.password);
  g_free (self->engine);
  g_free (self->format);
  g_free (self->password_file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GOptionContext *
create_context (Options * self)
{
  const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &self->pipeline.output,
        N_("Write to FILE instead of standard output"), N_("FILE")},
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
    {"language", 0, 0, G_OPTION_ARG_STRING, &self->pipeline.language,
          N_("Read this language, as Tesseract calls it (eng, chi_sim,"
              " eng+deu)"), N_("LANGUAGE")},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &self->n_jobs,
        N_("Work on N pages at a time (0: as many as there are processors)"),
        N_("N")},
    {"max-pages", 0, 0, G_OPTION_ARG_INT, &self->max_pages,
          N_("Read at most N pages of a document (0: no limit; 10000 unless"
              " it is given)"), N_("N")},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &self->quiet,
        N_("Say nothing but errors"), NULL},
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &self->verbose,
        N_("Say more: the pipeline, and details of warnings"), NULL},
    {"print-pipeline", 0, 0, G_OPTION_ARG_NONE, &self->print_pipeline,
          N_("Print what could follow “gst-launch-1.0 -q”, and do nothing"),
        NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
        &self->pipeline.inputs, NULL, NULL},
    {NULL}
  };
  GOptionContext *context = g_option_context_new (N_("INPUT…"));

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context,
      N_("Reads documents and writes what is on their pages."));
  g_option_context_set_description (context,
      N_("INPUT is a file, a folder, a pattern such as 'in/*.pdf', @LIST for"
          " the names in a file,\n“-” for a document on standard input, or"
          " “@-” for names there.\n\nExit status: 0 all pages were read,"
          " 1 none was or the run failed, 2 some were not,\n130"
          " interrupted."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);

  return context;
}

static gboolean G_GNUC_PRINTF (2, 3)
refuse (GError ** error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      message);

  return FALSE;
}

/* The place of `name` among `names`, into `value`. */
static gboolean
parse_choice (const char *option, const char *name,
    const char *const *names, guint * value, GError ** error)
{
  g_autofree char *choices = NULL;

  if (name == NULL)
    return TRUE;
  for (guint i = 0; names[i] != NULL; i++) {
    if (g_str_equal (names[i], name)) {
      *value = i;
      return TRUE;
    }
  }

  choices = g_strjoinv (", ", (char **) names);
  return refuse (error, _("“%s” is no value of %s, which takes: %s."), name,
      option, choices);
}

static gboolean
parse_choices (Options * self, GError ** error)
{
  static const char *const engines[] = { "tesseract", "text-layer", NULL };
  static const char *const formats[] = { "jsonl", "text", "markdown", NULL };
  guint engine = ENGINE_TESSERACT, format = FORMAT_JSONL;

  if (!parse_choice ("--engine", self->engine, engines, &engine, error)
      || !parse_choice ("--format", self->format, formats, &format, error))
    return FALSE;
  self->pipeline.engine = engine;
  self->pipeline.format = format;

  return TRUE;
}

static gboolean
check_numbers (Options * self, GError ** error)
{
  if (self->n_jobs < 0 || self->n_jobs > MAX_JOBS)
    return refuse (error, _("--jobs takes a number from 0 to %d."), MAX_JOBS);
  if (self->max_pages < 0 && self->max_pages != UNSET)
    return refuse (error, _("--max-pages takes a number from 0."));
  self->pipeline.n_jobs = self->n_jobs;
  self->pipeline.max_pages = self->max_pages == UNSET ? -1 : self->max_pages;

  return TRUE;
}

/* One line end at most belongs to the file and not to the password. */
static gboolean
read_password (Options * self, GError ** error)
{
  char *password;
  gsize length;

  if (self->password_file == NULL)
    return TRUE;
  if (!g_file_get_contents (self->password_file, &password, &length, error))
    return FALSE;
  if (length > 0 && password[length - 1] == '\n')
    password[--length] = '\0';
  if (length > 0 && password[length - 1] == '\r')
    password[--length] = '\0';
  self->pipeline.password = password;

  return TRUE;
}

static gboolean
check_options (Options * self, GError ** error)
{
  if (self->pipeline.inputs == NULL)
    return refuse (error, _("an INPUT is missing."));
  if (!parse_choices (self, error) || !check_numbers (self, error))
    return FALSE;
  if (self->pipeline.engine == ENGINE_TEXT_LAYER
      && self->pipeline.language != NULL)
    return refuse (error, _("--language is of no use to a text layer."));
  if (g_strcmp0 (self->pipeline.output, "-") == 0)
    g_clear_pointer (&self->pipeline.output, g_free);

  return read_password (self, error);
}

/* GOption knows “-j 4” but not the “-j4” that everybody types. */
static char **
separate_jobs (char **argv)
{
  GPtrArray *words = g_ptr_array_new ();
  gboolean options_end = FALSE;

  for (; *argv != NULL; argv++) {
    options_end |= g_str_equal (*argv, "--");
    if (!options_end && g_str_has_prefix (*argv, "-j")
        && g_ascii_isdigit ((*argv)[2]))
      g_ptr_array_add (words, g_strconcat ("--jobs=", *argv + 2, NULL));
    else
      g_ptr_array_add (words, g_strdup (*argv));
  }
  g_ptr_array_add (words, NULL);

  return (char **) g_ptr_array_free (words, FALSE);
}

static gboolean
parse_options (Options * self, char **argv, GError ** error)
{
  g_autoptr (GOptionContext) context = create_context (self);
  g_auto (GStrv) words = separate_jobs (argv);

  g_set_prgname ("recto convert");
  return g_option_context_parse_strv (context, &words, error)
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

static ExitCode
judge (RunEnd end, const Tally * tally)
{
  if (end == RUN_INTERRUPTED)
    return EXIT_INTERRUPTED;
  if (end == RUN_FAILED || tally->pages_read == 0)
    return EXIT_NOTHING_DONE;
  return tally->pages_failed > 0 ? EXIT_SOME_FAILED : EXIT_ALL_READ;
}

static void
say_pipeline (const PipelineOptions * options, Progress * progress)
{
  g_autofree char *line = pipeline_describe (options, NULL);

  if (line != NULL)
    progress_say (progress, line);
}

/* A descriptor that was closed at the start is only open for reading now. */
static gboolean
can_write_stdout (void)
{
  int flags = fcntl (STDOUT_FILENO, F_GETFL);

  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

static int
convert (Options * self)
{
  PipelineOptions *options = &self->pipeline;
  g_auto (Pipeline) pipeline = { NULL, };
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  Progress progress;
  Tally tally = { 0, };
  RunEnd end;

  gst_init (NULL, NULL);
  progress_init (&progress, self->quiet, options->output == NULL);
  if (options->output == NULL && !can_write_stdout ()) {
    progress_complain (&progress, _("Standard output is closed."));
    return EXIT_NOTHING_DONE;
  }
  if (!pipeline_build (&pipeline, options, &error)) {
    progress_complain (&progress, error->message);
    return EXIT_NOTHING_DONE;
  }
  surroundings_bind_messages ();
  if (self->verbose)
    say_pipeline (options, &progress);

  end = run_pipeline (&pipeline, &progress, self->verbose, &tally);
  if (options->output != NULL
      && g_file_test (options->output, G_FILE_TEST_EXISTS))
    output = g_filename_display_name (options->output);
  if (end == RUN_FINISHED && tally.documents == 0)
    progress_complain (&progress,
        _("There was nothing to read: no document is named."));
  else if (end != RUN_FAILED || tally.pages_read > 0)
    progress_summarize (&progress, &tally, output);

  return judge (end, &tally);
}

int
convert_main (int argc, char **argv)
{
  g_auto (Options) options = { .max_pages = UNSET };
  g_autoptr (GError) error = NULL;
  int status;

  if (!parse_options (&options, argv, &error)) {
    g_printerr ("recto convert: %s\n%s\n", error->message,
        _("“recto help convert” lists the options."));
    return EXIT_NOTHING_DONE;
  }
  if (options.print_pipeline)
    return print_pipeline (&options.pipeline);

  status = convert (&options);
  gst_deinit ();

  return status;
}
