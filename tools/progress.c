/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define TERMINAL_INTERVAL (G_USEC_PER_SEC / 5)
#define LINE_INTERVAL (10 * G_USEC_PER_SEC)
#define CLEAR_LINE "\r\033[K"

static ProgressStyle
choose_style (gboolean quiet, gboolean to_stdout)
{
  if (quiet)
    return PROGRESS_QUIET;
  if (!isatty (STDERR_FILENO)
      || g_strcmp0 (g_getenv ("TERM"), "dumb") == 0)
    return PROGRESS_LINES;
  if (to_stdout && isatty (STDOUT_FILENO))
    return PROGRESS_SUMMARY;
  return PROGRESS_TERMINAL;
}

void
progress_init (Progress * self, gboolean quiet, gboolean to_stdout)
{
  self->style = choose_style (quiet, to_stdout);
  self->is_drawn = FALSE;
  self->told_at = g_get_monotonic_time ();
}

/* Names and messages of others may hold anything; a terminal obeys control
 * characters. */
char *
progress_make_printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *printable = g_string_new (NULL);

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c)) {
    gunichar character = g_utf8_get_char (c);

    if (g_unichar_iscntrl (character))
      g_string_append_printf (printable, "\\x%02x", character);
    else
      g_string_append_unichar (printable, character);
  }

  return g_string_free (printable, FALSE);
}

static guint
terminal_columns (void)
{
  struct winsize size;

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

/* Cuts what would wrap, since a wrapped line can't be rewritten. */
static void
fit_columns (GString * line, guint columns)
{
  guint used = 0;

  for (const char *c = line->str; *c != '\0'; c = g_utf8_next_char (c)) {
    gunichar character = g_utf8_get_char (c);

    if (!g_unichar_iszerowidth (character))
      used += g_unichar_iswide (character) ? 2 : 1;
    if (used >= columns) {
      g_string_truncate (line, c - line->str);
      return;
    }
  }
}

static void
append_part (GString * line, char *part)
{
  if (line->len > 0)
    g_string_append (line, " · ");
  g_string_append (line, part);
  g_free (part);
}

/* Without what is copied, which costs no time. */
static guint
count_pages_read (const Tally * tally)
{
  return tally->pages_read - tally->pages_copied;
}

static guint
count_pages (const Tally * tally)
{
  return tally->pages_read + tally->pages_failed;
}

static char *
describe_documents (guint n_documents)
{
  return g_strdup_printf (ngettext ("%u document", "%u documents",
          n_documents), n_documents);
}

static char *
describe_documents_done (const Tally * tally)
{
  guint n_done = tally->documents + tally->documents_skipped;

  if (tally->documents_total == 0)
    return describe_documents (n_done);
  /* Translators: how many documents are done, of how many */
  return g_strdup_printf (ngettext ("%u of %u document",
          "%u of %u documents", tally->documents_total),
      n_done, tally->documents_total);
}

static char *
describe_pages_done (const Tally * tally)
{
  guint n_pages = count_pages (tally) + tally->pages_skipped;

  if (tally->pages_total == 0)
    return g_strdup_printf (ngettext ("%u page", "%u pages", n_pages),
        n_pages);
  /* Translators: how many pages are done, of how many */
  return g_strdup_printf (ngettext ("%u of %u page", "%u of %u pages",
          tally->pages_total), n_pages, tally->pages_total);
}

static char *
describe_rate (const Tally * tally)
{
  return g_strdup_printf (_("%.1f pages/s"),
      count_pages_read (tally) / MAX (tally->seconds, 0.001));
}

static char *
describe_failed (const Tally * tally)
{
  return g_strdup_printf (ngettext ("%u failed", "%u failed",
          tally->pages_failed), tally->pages_failed);
}

/* With the words that the records have for it. */
static char *
describe_failures (const Tally * tally)
{
  g_autofree char *failed = describe_failed (tally);
  g_autofree char *status = name_counts_describe (&tally->failures);

  if (status == NULL)
    return g_steal_pointer (&failed);
  /* Translators: “3 failed” and “timeout 2, crashed 1” */
  return g_strdup_printf (_("%s (%s)"), failed, status);
}

static double
fraction (guint done, guint skipped, guint total)
{
  return total > skipped ? MIN (1., (double) done / (total - skipped)) : 0;
}

/* How much of what this run has to do is done, 0 when that can't be told. A
 * lone document is known by its pages. */
static double
done_fraction (const Tally * tally)
{
  if (tally->pages_total > 0)
    return fraction (count_pages (tally), tally->pages_skipped,
        tally->pages_total);
  return fraction (tally->documents, tally->documents_skipped,
      tally->documents_total);
}

/* NULL when there is nothing to judge by. */
static char *
describe_time_left (const Tally * tally)
{
  double done = done_fraction (tally);
  double worked = tally->seconds - tally->seconds_waited;
  guint left;

  if (tally->is_waiting)
    return g_strdup (_("waiting for the server"));
  if (done <= 0)
    return NULL;
  left = MIN (worked * (1 - done) / done + 0.5, G_MAXINT);
  if (left >= 3600)
    /* Translators: hours, minutes and seconds until the end */
    return g_strdup_printf (_("%u:%02u:%02u left"), left / 3600,
        left / 60 % 60, left % 60);
  /* Translators: minutes and seconds until the end */
  return g_strdup_printf (_("%u:%02u left"), left / 60, left % 60);
}

static GString *
describe_tally (const Tally * tally)
{
  GString *line = g_string_new (NULL);
  char *left = describe_time_left (tally);

  append_part (line, describe_documents_done (tally));
  append_part (line, describe_pages_done (tally));
  append_part (line, describe_rate (tally));
  if (left != NULL)
    append_part (line, left);
  append_part (line, describe_failed (tally));

  return line;
}

static void
clear_line (Progress * self)
{
  if (self->is_drawn)
    g_printerr (CLEAR_LINE);
  self->is_drawn = FALSE;
}

gboolean
progress_is_live (Progress * self)
{
  return self->style == PROGRESS_TERMINAL || self->style == PROGRESS_LINES;
}

void
progress_update (Progress * self, const Tally * tally)
{
  gboolean on_terminal = self->style == PROGRESS_TERMINAL;
  gint64 now = g_get_monotonic_time ();
  GString *line;

  if (!progress_is_live (self))
    return;
  if (now - self->told_at < (on_terminal ? TERMINAL_INTERVAL : LINE_INTERVAL))
    return;
  self->told_at = now;

  line = describe_tally (tally);
  if (on_terminal) {
    fit_columns (line, terminal_columns ());
    g_printerr (CLEAR_LINE "%s", line->str);
    self->is_drawn = TRUE;
  } else {
    g_printerr ("%s\n", line->str);
  }
  g_string_free (line, TRUE);
}

void
progress_complain (Progress * self, const char *message)
{
  g_autofree char *printable = progress_make_printable (message);

  clear_line (self);
  g_printerr ("recto: %s\n", printable);
}

void
progress_say (Progress * self, const char *message)
{
  if (self->style != PROGRESS_QUIET)
    progress_complain (self, message);
}

void
progress_summarize (Progress * self, const Tally * tally, const char *output)
{
  guint n_read = count_pages_read (tally);
  GString *line;

  if (self->style == PROGRESS_QUIET)
    return;

  line = g_string_new (NULL);
  append_part (line, describe_documents (tally->documents));
  append_part (line, g_strdup_printf (ngettext ("%u page read",
              "%u pages read", n_read), n_read));
  if (tally->pages_copied > 0)
    /* Translators: pages, from records of documents with the same bytes */
    append_part (line, g_strdup_printf (ngettext ("%u copied", "%u copied",
                tally->pages_copied), tally->pages_copied));
  if (tally->pages_fallen_back > 0)
    /* Translators: of the pages read, where the model had failed */
    append_part (line, g_strdup_printf (_("%u of them from text layers"),
            tally->pages_fallen_back));
  if (tally->pages_incomplete > 0)
    /* Translators: of the pages read, those of which a part is missing */
    append_part (line, g_strdup_printf (_("%u of them incomplete"),
            tally->pages_incomplete));
  append_part (line, describe_failures (tally));
  append_part (line, g_strdup_printf (_("%.1f s"), tally->seconds));
  append_part (line, describe_rate (tally));
  if (output != NULL) {
    g_autofree char *name = progress_make_printable (output);

    /* Translators: the arrow points to the name of the output file */
    append_part (line, g_strdup_printf (_("→ %s"), name));
  }

  clear_line (self);
  g_printerr ("%s\n", line->str);
  g_string_free (line, TRUE);
}

void
progress_tell_warnings (Progress * self, const Tally * tally)
{
  guint n_pages = tally->pages_with_warnings;
  g_autofree char *text = NULL;

  if (n_pages == 0)
    return;
  text = g_strdup_printf (ngettext ("%u page was drawn with warnings: parts of"
          " it may be missing.", "%u pages were drawn with warnings: parts of"
          " them may be missing.", n_pages), n_pages);
  progress_say (self, text);
}

static void
tell_skipped_failed (Progress * self, guint n_pages, const char *output)
{
  g_autofree char *text = NULL;

  if (n_pages == 0)
    return;
  text = g_strdup_printf (ngettext ("%u of them is recorded as failed:"
          " “recto retry %s” tries it again.", "%u of them are recorded as"
          " failed: “recto retry %s” tries them again.", n_pages), n_pages,
      output);
  progress_say (self, text);
}

static void
tell_skipped_incomplete (Progress * self, guint n_pages, const char *output)
{
  g_autofree char *text = NULL;

  if (n_pages == 0)
    return;
  text = g_strdup_printf (ngettext ("%u of them is recorded as incomplete:"
          " “recto retry --incomplete %s” reads it again.", "%u of them are"
          " recorded as incomplete: “recto retry --incomplete %s” reads them"
          " again.", n_pages), n_pages, output);
  progress_say (self, text);
}

/* Two sentences, since both numbers want their plural. */
void
progress_tell_skipped (Progress * self, const Tally * tally,
    const char *output)
{
  g_autofree char *documents = describe_documents (tally->documents_skipped);
  g_autofree char *pages = NULL, *skipped = NULL;

  if (tally->documents_skipped == 0 && tally->pages_skipped == 0)
    return;
  pages = g_strdup_printf (ngettext ("%u page", "%u pages",
          tally->pages_skipped), tally->pages_skipped);
  /* Translators: “3 documents” and “40 pages” */
  skipped = g_strdup_printf (_("%s and %s were recorded already and skipped."),
      documents, pages);
  progress_say (self, skipped);

  if (output == NULL)
    return;
  tell_skipped_failed (self, tally->pages_skipped_failed, output);
  tell_skipped_incomplete (self, tally->pages_skipped_incomplete, output);
}
