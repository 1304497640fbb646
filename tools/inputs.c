/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "inputs.h"

#include <glib/gi18n.h>
#include <page/document-walk.h>

#include "progress.h"

/* So many are reported by name. */
#define MAX_REPORTED 20

static void
report (const char *input, const GError * error)
{
  g_autofree char *name = g_filename_display_name (input);
  g_autofree char *shown = progress_make_printable (name);

  g_printerr ("recto: “%s”: %s\n", shown, error->message);
}

static void
report_rest (guint n)
{
  g_autofree char *text = g_strdup_printf (ngettext ("%u more input is missing.",
          "%u more inputs are missing.", n), n);

  g_printerr ("recto: %s\n", text);
}

static void
report_all (guint n_missing)
{
  if (n_missing > MAX_REPORTED)
    report_rest (n_missing - MAX_REPORTED);
  g_printerr ("recto: %s\n", _("Nothing was read. Correct these inputs, or put"
          " them into a list (@LIST): what a list names and is missing gets a"
          " record."));
}

gboolean
inputs_check (char **inputs)
{
  guint n_missing = 0;

  for (; *inputs != NULL; inputs++) {
    g_autoptr (GError) error = NULL;

    if (document_walk_check (*inputs, &error))
      continue;
    if (++n_missing <= MAX_REPORTED)
      report (*inputs, error);
  }
  if (n_missing > 0)
    report_all (n_missing);
  return n_missing == 0;
}
