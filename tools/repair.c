/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * recto repair: makes records whole that another program has changed.
 */

#include "config.h"

#include <glib/gi18n.h>
#include <jsonl/journal-repair.h>

#include "arguments.h"
#include "commands.h"

typedef struct
{
  gboolean quiet;
  char **paths;
} Options;

static void
options_clear (Options * self)
{
  g_strfreev (self->paths);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options * self, char **argv, GError ** error)
{
  const GOptionEntry entries[] = {
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &self->quiet,
        N_("Print nothing but errors"), NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->paths,
        NULL, NULL},
    {NULL}
  };
  g_autoptr (GOptionContext) context = arguments_create_context (N_("PATH"),
      N_("Repairs an output of “recto convert” that another program, or a"
          " broken disk, has\nchanged."),
      N_("PATH is what --output named: a file of records or a folder of"
          " them.\nWhole records stay as they are. A line that is a record"
          " except for its checksum,\nas an editor or a JSON tool leaves it,"
          " is adopted with its new content. Every\nother line moves to"
          " NAME.cut, next to the file.\n\nExit status: 0, or 1 when the"
          " records could not be repaired."), entries);

  return arguments_parse (context, argv, error)
      && arguments_check_path (self->paths, error);
}

static void
print_repair (const RectoJournalRepair * repair)
{
  if (repair->n_adopted + repair->n_moved == 0) {
    g_print (_("All records are whole (%llu): nothing was changed.\n"),
        (unsigned long long) repair->n_whole);
    return;
  }
  g_print (_("records that were whole: %llu\n"),
      (unsigned long long) repair->n_whole);
  g_print (_("records that were changed, and are adopted: %llu\n"),
      (unsigned long long) repair->n_adopted);
  if (repair->n_moved > 0)
    g_print (_("lines that were moved to “%s”: %llu\n"), repair->cut,
        (unsigned long long) repair->n_moved);
}

int
repair_main (int argc, char **argv)
{
  g_auto (Options) options = { FALSE, };
  g_auto (RectoJournalRepair) repair = { NULL, };
  g_autoptr (GError) error = NULL;

  if (!parse_options (&options, argv, &error))
    return arguments_fail (argv[0], error);
  if (!recto_journal_repair (options.paths[0], &recto_file_layer, &repair,
          &error)) {
    g_printerr ("recto: %s\n", error->message);
    return EXIT_NOTHING_DONE;
  }
  if (!options.quiet)
    print_repair (&repair);
  return EXIT_ALL_READ;
}
