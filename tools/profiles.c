/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * recto profiles: which models there are profiles for.
 */

#include "config.h"

#include <glib/gi18n.h>

#include "arguments.h"
#include "commands.h"
#include "progress.h"
#include "vlm/vlm-profile.h"

typedef struct
{
  gboolean verbose;
  char **rest;
} Options;

static void
options_clear (Options * self)
{
  g_strfreev (self->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
complain (const GError * error)
{
  g_autofree char *message = progress_make_printable (error->message);

  g_printerr ("recto: %s\n", message);
}

/* The file as it is: a profile is known best in the words it is written in. */
static gboolean
print_file (const VlmProfile * profile, GError ** error)
{
  g_autofree char *path = progress_make_printable (profile->path);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_print ("  # %s\n", path);
  if (!g_file_get_contents (profile->path, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_autofree char *line = progress_make_printable (g_strchomp (lines[i]));

    g_print (*line ? "  %s\n" : "\n", line);
  }
  g_print ("\n");
  return TRUE;
}

static gboolean
print_profile (const char *name, const Options * options, GError ** error)
{
  g_autoptr (VlmProfile) profile = vlm_profile_load (name, error);
  g_autofree char *description = NULL;

  if (profile == NULL)
    return FALSE;
  description = progress_make_printable (profile->description);
  g_print ("%-16s  %s\n", name, description);

  return !options->verbose || print_file (profile, error);
}

static ExitCode
print_profiles (const Options * options)
{
  g_auto (GStrv) names = vlm_profile_list ();
  ExitCode status = EXIT_ALL_READ;

  if (*names == NULL) {
    g_printerr ("recto: %s\n", _("There are no profiles. "
            "RECTO_PROFILE_PATH names folders with some."));
    return EXIT_NOTHING_DONE;
  }
  for (guint i = 0; names[i] != NULL; i++) {
    g_autoptr (GError) error = NULL;

    if (!print_profile (names[i], options, &error)) {
      complain (error);
      status = EXIT_NOTHING_DONE;
    }
  }
  return status;
}

static GOptionContext *
create_context (Options * self)
{
  const GOptionEntry entries[] = {
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &self->verbose,
        N_("Print where each of them is, and what it says"), NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->rest,
        NULL, NULL},
    {NULL}
  };

  return arguments_create_context (NULL,
      N_("Lists the profiles: how a model is asked, with what images, and how"
          " it answers."),
      N_("A profile is a file NAME.profile in a folder that RECTO_PROFILE_PATH"
          " names, in recto/profiles below the folder of settings, or where"
          " Recto is installed; the first of a name counts.\n\n"
          "Exit status: 0, or 1 when one could not be read."), entries);
}

static gboolean
parse_options (Options * self, char **argv, GError ** error)
{
  g_autoptr (GOptionContext) context = create_context (self);

  if (!arguments_parse (context, argv, error))
    return FALSE;
  if (self->rest != NULL)
    return arguments_refuse (error, _("“%s” is too much: all profiles are"
            " listed."), self->rest[0]);
  return TRUE;
}

int
profiles_main (int argc, char **argv)
{
  g_auto (Options) options = { FALSE, };
  g_autoptr (GError) error = NULL;

  if (!parse_options (&options, argv, &error))
    return arguments_fail (argv[0], error);
  return print_profiles (&options);
}
