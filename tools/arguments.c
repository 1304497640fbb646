/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "arguments.h"

#include <string.h>

#include <glib/gi18n.h>

#include "commands.h"

#define MAX_JOBS 1024

gboolean
arguments_refuse (GError ** error, const char *format, ...)
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

GOptionContext *
arguments_create_context (const char *parameters, const char *summary,
    const char *description, const GOptionEntry * entries)
{
  GOptionContext *context = g_option_context_new (parameters);

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);

  return context;
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

gboolean
arguments_parse (GOptionContext * context, char **argv, GError ** error)
{
  g_auto (GStrv) words = separate_jobs (argv);
  g_autofree char *name = g_strdup_printf ("recto %s", argv[0]);

  g_set_prgname (name);
  return g_option_context_parse_strv (context, &words, error);
}

int
arguments_fail (const char *command, const GError * error)
{
  g_autofree char *cure =
      g_strdup_printf (_("“recto help %s” lists the options."), command);

  g_printerr ("recto %s: %s\n%s\n", command, error->message, cure);
  return EXIT_NOTHING_DONE;
}

gboolean
arguments_parse_choice (const char *option, const char *name,
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
  return arguments_refuse (error,
      _("“%s” is not a valid value of %s, which takes: %s."), name, option,
      choices);
}

gboolean
arguments_check_same_content (const char *name, GError ** error)
{
  static const char *const names[] = { "copy", "read", NULL };
  guint ignored;

  return arguments_parse_choice ("--same-content", name, names, &ignored,
      error);
}

/* What the letter after a size multiplies it by, or 0. */
static guint64
parse_unit (const char *unit)
{
  static const char letters[] = "KMGT";
  const char *letter;

  if (*unit == '\0')
    return 1;
  letter = strchr (letters, g_ascii_toupper (*unit));
  if (letter == NULL || (unit[1] != '\0' && !g_str_equal (unit + 1, "iB")))
    return 0;
  return (guint64) 1 << (10 * (letter - letters + 1));
}

gboolean
arguments_parse_size (const char *option, const char *text, guint64 * size,
    GError ** error)
{
  char *end;
  guint64 number = g_ascii_strtoull (text, &end, 10);
  guint64 unit = parse_unit (end);

  if (!g_ascii_isdigit (*text) || unit == 0 || number > G_MAXINT64 / unit)
    return arguments_refuse (error,
        _("“%s” is not a valid size for %s, which takes a"
            " number of bytes, or one with K, M, G or T after it."), text,
        option);
  *size = number * unit;
  return TRUE;
}

/* How the file's name ends, or NULL. */
static const char *
find_compression (const char *file)
{
  static const char *const suffixes[] = {
    ".gz", ".tgz", ".zst", ".zstd", ".xz", ".txz", ".lzma", ".bz2", ".tbz",
    ".tbz2", ".lz", ".lz4", ".lzo", ".br", ".z", ".zip", ".7z", ".sz", ".rar"
  };
  const char *suffix = strrchr (file, '.');

  for (guint i = 0; suffix != NULL && i < G_N_ELEMENTS (suffixes); i++) {
    if (g_ascii_strcasecmp (suffix, suffixes[i]) == 0)
      return suffix;
  }
  return NULL;
}

gboolean
arguments_check_output (const char *file, GError ** error)
{
  const char *suffix = file != NULL ? find_compression (file) : NULL;
  g_autofree char *name = NULL;

  if (suffix == NULL || g_file_test (file, G_FILE_TEST_IS_DIR))
    return TRUE;
  name = g_filename_display_name (file);
  return arguments_refuse (error, _("--output %s: the name is that of a"
          " compressed file, but nothing is compressed. Leave out “%s”, and"
          " compress the file once the run is over."), name, suffix);
}

gboolean
arguments_check_path (char **paths, GError ** error)
{
  if (paths == NULL || g_strv_length (paths) != 1)
    return arguments_refuse (error, _("one PATH has to be named."));
  return TRUE;
}

gboolean
arguments_check_settings_changed (const char *name, GError ** error)
{
  static const char *const policies[] = { "refuse", "keep", "again", NULL };
  guint ignored;

  return arguments_parse_choice ("--settings-changed", name, policies,
      &ignored, error);
}

gboolean
arguments_check_jobs (int n_jobs, GError ** error)
{
  if (n_jobs < 0 || n_jobs > MAX_JOBS)
    return arguments_refuse (error, _("--jobs takes a number from 0 to %d."),
        MAX_JOBS);
  return TRUE;
}

/* One line end at most belongs to the file and not to the password. */
gboolean
arguments_read_password (const char *file, char **password, GError ** error)
{
  char *text;
  gsize length;

  if (file == NULL)
    return TRUE;
  if (!g_file_get_contents (file, &text, &length, error))
    return FALSE;
  if (length > 0 && text[length - 1] == '\n')
    text[--length] = '\0';
  if (length > 0 && text[length - 1] == '\r')
    text[--length] = '\0';
  *password = text;

  return TRUE;
}
