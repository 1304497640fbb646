/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The recto command: hands over to a subcommand.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "commands.h"
#include "surroundings.h"

typedef struct
{
  const char *name;
  const char *summary;
  int (*main) (int argc, char **argv);
} Command;

static const Command commands[] = {
  {"convert", N_("read documents and write their text"), convert_main},
  {"status", N_("say what is recorded, and what failed"), status_main},
  {"retry", N_("read again what failed"), retry_main},
  {"repair", N_("mend records that another program has changed"), repair_main},
  {"sandbox", N_("say how documents are kept from the rest of this system"),
      sandbox_main},
  {"profiles", N_("list the profiles of models"), profiles_main},
};

static const Command *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  }
  return NULL;
}

static void
print_usage (void)
{
  g_print ("%s\n\n%s\n", _("Usage: recto COMMAND [OPTION…] [INPUT…]"),
      _("Commands:"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-10s  %s\n", commands[i].name, _(commands[i].summary));
  g_print ("  %-10s  %s\n", "help", _("say how a command is used"));
  g_print ("\n%s\n",
      _("“recto help COMMAND” tells more, and so does recto(1)."));
}

static int G_GNUC_PRINTF (1, 2)
fail_usage (const char *format, ...)
{
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("recto: %s\n%s\n", problem,
      _("“recto help” lists the commands."));

  return EXIT_NOTHING_DONE;
}

static int
help_main (int argc, char **argv)
{
  const Command *command;
  char *help_argv[] = { NULL, (char *) "--help-all", NULL };

  if (argc < 2) {
    print_usage ();
    return EXIT_ALL_READ;
  }
  command = find_command (argv[1]);
  if (command == NULL)
    return fail_usage (_("there is no command “%s”."), argv[1]);

  help_argv[0] = argv[1];
  return command->main (2, help_argv);
}

static int
dispatch (int argc, char **argv)
{
  const Command *command;

  if (argc < 1)
    return fail_usage ("%s", _("a command is missing."));
  if (g_str_equal (argv[0], "help"))
    return help_main (argc, argv);
  if (g_str_equal (argv[0], "--help") || g_str_equal (argv[0], "-h"))
    return help_main (1, argv);
  if (g_str_equal (argv[0], "--version")) {
    g_print ("recto %s\n", VERSION);
    return EXIT_ALL_READ;
  }
  if (argv[0][0] == '-')
    return fail_usage (_("there is no option “%s”."), argv[0]);

  command = find_command (argv[0]);
  if (command == NULL)
    return fail_usage (_("there is no command “%s”."), argv[0]);
  return command->main (argc, argv);
}

int
main (int argc, char **argv)
{
  surroundings_init ();

  return dispatch (argc - 1, argv + 1);
}
