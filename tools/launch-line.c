/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Three readers take a layer off each word: the shell its quotes,
 * the parser of launch lines its backslashes, and the deserializer of strings
 * its quotes and octal escapes. gst-launch-1.0 puts a backslash before each
 * space that isn't within double quotes, and is easily confused about what is
 * within: so a word either has no odd character at all, or is one plain pair
 * of double quotes round spaces, or has neither spaces nor double quotes that
 * are not escaped.
 */

#include "config.h"

#include "launch-line.h"

#include <string.h>

void
launch_line_init (LaunchLine * self)
{
  self->words = g_ptr_array_new_with_free_func (g_free);
}

void
launch_line_clear (LaunchLine * self)
{
  g_clear_pointer (&self->words, g_ptr_array_unref);
}

void
launch_line_add_element (LaunchLine * self, const char *factory)
{
  if (self->words->len > 0)
    g_ptr_array_add (self->words, g_strdup ("!"));
  g_ptr_array_add (self->words, g_strdup (factory));
}

/* What a quoted string keeps unescaped: GStreamer's GST_ASCII_IS_STRING. */
static gboolean
is_string_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("_-+/:.", c) != NULL);
}

/* A string for the deserializer, with the parser's backslashes. */
static void
append_escaped (GString * word, const char *value)
{
  g_string_append (word, "\\\"");
  for (const char *c = value; *c != '\0'; c++) {
    if (is_string_char (*c))
      g_string_append_c (word, *c);
    else
      g_string_append_printf (word, "\\\\%03o", (guchar) * c);
  }
  g_string_append (word, "\\\"");
}

static gboolean
needs_escapes (const char *value)
{
  if (*value == '\0' || g_str_equal (value, "NULL"))
    return TRUE;
  for (const char *c = value; *c != '\0'; c++) {
    if (g_ascii_iscntrl (*c) || strchr ("\"'\\", *c) != NULL)
      return TRUE;
  }
  return FALSE;
}

gboolean
launch_line_add_string (LaunchLine * self, const char *property,
    const char *value)
{
  GString *word;

  if (!g_utf8_validate (value, -1, NULL))
    return FALSE;

  word = g_string_new (property);
  g_string_append_c (word, '=');
  if (needs_escapes (value))
    append_escaped (word, value);
  else if (strchr (value, ' ') != NULL)
    g_string_append_printf (word, "\"%s\"", value);
  else
    g_string_append (word, value);
  g_ptr_array_add (self->words, g_string_free (word, FALSE));

  return TRUE;
}

/* The type before each value keeps a file called 7 from becoming a number. */
gboolean
launch_line_add_strings (LaunchLine * self, const char *property,
    const char *const *values)
{
  GString *word;

  for (gsize i = 0; values[i] != NULL; i++) {
    if (!g_utf8_validate (values[i], -1, NULL))
      return FALSE;
  }

  word = g_string_new (property);
  g_string_append (word, "=<");
  for (gsize i = 0; values[i] != NULL; i++) {
    g_string_append (word, i == 0 ? "(string)" : ",(string)");
    append_escaped (word, values[i]);
  }
  g_string_append_c (word, '>');
  g_ptr_array_add (self->words, g_string_free (word, FALSE));

  return TRUE;
}

static char *
join_words (LaunchLine * self, char *(*quote) (const char *))
{
  GString *line = g_string_new (NULL);

  for (guint i = 0; i < self->words->len; i++) {
    g_autofree char *word = quote (g_ptr_array_index (self->words, i));

    if (i > 0)
      g_string_append_c (line, ' ');
    g_string_append (line, word);
  }

  return g_string_free (line, FALSE);
}

static char *
quote_for_parser (const char *word)
{
  return g_strdup (word);
}

/* A lone “!” means nothing special to a shell, and reads better bare. */
static char *
quote_for_shell (const char *word)
{
  for (const char *c = word; *c != '\0'; c++) {
    if (!is_string_char (*c) && strchr ("=,@%", *c) == NULL
        && g_ascii_isprint (*c) && !g_str_equal (word, "!"))
      return g_shell_quote (word);
  }
  return g_strdup (word);
}

char *
launch_line_to_parse (LaunchLine * self)
{
  return join_words (self, quote_for_parser);
}

char *
launch_line_to_shell (LaunchLine * self)
{
  return join_words (self, quote_for_shell);
}
