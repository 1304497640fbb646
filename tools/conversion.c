/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "conversion.h"

#include <fcntl.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <recto/recto-password-private.h>
#include <vlm/api-key.h>

#include "model-process.h"
#include "progress.h"
#include "run.h"
#include "surroundings.h"

/* A retry of documents that are again as they were when they were read. */
static gboolean
had_nothing_to_do (const Tally * tally)
{
  return tally->pages_read + tally->pages_failed == 0
      && tally->pages_skipped > 0 && tally->pages_skipped_failed == 0;
}

/* What was recorded before counts as if this run had done it, except that a
 * retry is for what had failed. */
static ExitCode
judge_pages (const Tally * tally, gboolean retry)
{
  gboolean any_skipped = tally->pages_skipped > 0
      || tally->documents_skipped > 0;

  if (retry && had_nothing_to_do (tally))
    return EXIT_ALL_READ;
  if (tally->pages_read == 0 && (retry || !any_skipped))
    return EXIT_NOTHING_DONE;
  if (!retry && tally->pages_skipped_failed
      + tally->pages_skipped_incomplete > 0)
    return EXIT_SOME_FAILED;
  return tally->pages_failed + tally->pages_incomplete > 0 ?
      EXIT_SOME_FAILED : EXIT_ALL_READ;
}

static ExitCode
judge (RunEnd end, const Tally * tally, gboolean retry)
{
  switch (end) {
    case RUN_INTERRUPTED:
      return EXIT_INTERRUPTED;
    case RUN_ENDED_BY_RULE:
      return EXIT_ENDED_BY_RULE;
    case RUN_FAILED:
      return EXIT_NOTHING_DONE;
    case RUN_FINISHED:
    default:
      return judge_pages (tally, retry);
  }
}

/* By an error, which was reported. */
static gboolean
has_failed (RunEnd end)
{
  return end == RUN_FAILED || end == RUN_ENDED_BY_RULE;
}

static void
say_pipeline (const PipelineOptions * options, Progress * progress)
{
  const MemoryPlan *plan = &options->plan;
  g_autofree char *line = pipeline_describe (options, NULL);
  g_autofree char *memory = g_format_size_full (plan->memory,
      G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *text = g_strdup_printf (_("memory: at most %s; pages drawn at"
          " a time: %u, read: %u, alive in all: %u"), memory, plan->n_workers,
      plan->max_in_flight, plan->max_pages);

  progress_say (progress, text);
  if (line != NULL)
    progress_say (progress, line);
}

static void
say_lacks (const PipelineOptions * options, Progress * progress)
{
  g_auto (GStrv) lacks = memory_plan_tell_lacks (&options->plan);

  for (guint i = 0; lacks[i] != NULL; i++)
    progress_say (progress, lacks[i]);
}

/* A descriptor that was closed at the start is only open for reading now. */
static gboolean
can_write_stdout (void)
{
  int flags = fcntl (STDOUT_FILENO, F_GETFL);

  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

static void
summarize (const PipelineOptions * options, RunEnd end, const Tally * tally,
    Progress * progress)
{
  g_autofree char *output = NULL;
  gboolean nothing = tally->documents + tally->documents_skipped
      + tally->pages_skipped + tally->pages_read + tally->pages_failed == 0;

  if (options->output != NULL
      && g_file_test (options->output, G_FILE_TEST_EXISTS))
    output = g_filename_display_name (options->output);

  if (end == RUN_FINISHED && options->retry && had_nothing_to_do (tally))
    progress_say (progress, _("Nothing to retry: the documents are again as"
            " they were when they were read."));
  else if (end == RUN_FINISHED && options->retry
      && tally->pages_read + tally->pages_failed == 0)
    progress_complain (progress, _("Nothing was read again: the documents are"
            " not as they were. “recto convert” reads what changed."));
  else if (end == RUN_FINISHED && nothing)
    progress_complain (progress,
        _("There was nothing to read: no document is named."));
  else if (!has_failed (end) || tally->pages_read > 0)
    progress_summarize (progress, tally, output);
  progress_tell_warnings (progress, tally);
  if (!has_failed (end) && !options->retry)
    progress_tell_skipped (progress, tally, output);
}

/* What a server that we start may print of its arguments. A pipe can be read
 * only once, and that is for the element to do. */
static Secrets *
collect_secrets (const ConversionManner * manner)
{
  const char *file = manner->api_key_file;
  Secrets *secrets = secrets_new ();
  char *key = NULL;

  secrets_add (secrets, g_getenv (API_KEY_VARIABLE));
  if (file != NULL && g_file_test (file, G_FILE_TEST_IS_REGULAR)
      && api_key_read (file, &key, NULL))
    secrets_add (secrets, key);
  recto_password_clear (&key);
  return secrets;
}

/* The server, if one is to be started, lives as long as the pipeline runs. */
static RunEnd
run (Pipeline * pipeline, const ConversionManner * manner,
    Progress * progress, Tally * tally)
{
  g_autoptr (Secrets) secrets = collect_secrets (manner);
  g_autoptr (ModelProcess) server = NULL;
  g_autoptr (GError) error = NULL;

  if (manner->server_command != NULL) {
    server = model_process_start (manner->server_command, secrets, progress,
        manner->verbose, &error);
    if (server == NULL) {
      progress_complain (progress, error->message);
      return RUN_FAILED;
    }
  }
  return run_pipeline (pipeline, server, progress, manner->verbose,
      manner->grace, tally);
}

ExitCode
conversion_run (const PipelineOptions * options,
    const ConversionManner * manner)
{
  g_auto (Pipeline) pipeline = { NULL, };
  g_autoptr (GError) error = NULL;
  Progress progress;
  Tally tally = { 0, };
  RunEnd end;
  ExitCode status;

  progress_init (&progress, manner->quiet, options->output == NULL);
  if (options->output == NULL && !can_write_stdout ()) {
    progress_complain (&progress, _("Standard output is closed."));
    return EXIT_NOTHING_DONE;
  }
  if (!pipeline_build (&pipeline, options, &error)) {
    progress_complain (&progress, error->message);
    return EXIT_NOTHING_DONE;
  }
  surroundings_bind_messages ();
  say_lacks (options, &progress);
  if (manner->verbose)
    say_pipeline (options, &progress);

  end = run (&pipeline, manner, &progress, &tally);
  summarize (options, end, &tally, &progress);

  status = judge (end, &tally, options->retry);
  name_counts_clear (&tally.failures);
  return status;
}
