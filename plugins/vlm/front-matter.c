/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "excerpt.h"
#include "front-matter.h"

#define INVALID_DATA G_IO_ERROR, G_IO_ERROR_INVALID_DATA

#define START "---\n"
#define END "\n---"

/* How much of a line is quoted in a message. */
#define QUOTED_LENGTH 60

static void
field_free (FrontMatterField * field)
{
  g_free (field->name);
  g_free (field->value);
  g_free (field);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FrontMatterField, field_free)

static const char *
skip_spaces (const char *p)
{
  return p + strspn (p, " ");
}

static gboolean
is_blank_or_comment (const char *p)
{
  p = skip_spaces (p);
  return *p == '\0' || *p == '#';
}

/* Some of them end a line for YAML, others are not allowed in it, and tabs
 * have a meaning only in some places. */
static gboolean
has_odd_character (const char *line)
{
  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_number_like (const char *value)
{
  static const char *const names[] = {
    ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL
  };

  if (*value == '-' || *value == '+')
    value++;
  return g_strv_contains (names, value)
      || g_ascii_isdigit (value[*value == '.']);
}

static FrontMatterKind
get_plain_kind (const char *value)
{
  static const char *const nulls[] = {
    "", "~", "null", "Null", "NULL", NULL
  };
  static const char *const falses[] = {
    "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", NULL
  };
  static const char *const trues[] = {
    "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", NULL
  };

  if (g_strv_contains (nulls, value))
    return FRONT_MATTER_NULL;
  if (g_strv_contains (falses, value))
    return FRONT_MATTER_FALSE;
  if (g_strv_contains (trues, value))
    return FRONT_MATTER_TRUE;
  return is_number_like (value) ? FRONT_MATTER_NUMBER : FRONT_MATTER_STRING;
}

/* It would be a list, a mapping, an alias, a block and so on. */
static gboolean
has_indicator (const char *value)
{
  if (*value == '\0')
    return FALSE;
  if (strchr ("-?:", *value) != NULL)
    return value[1] == ' ' || value[1] == '\0';
  return strchr (",[]{}#&*!|>%@`", *value) != NULL
      || strcmp (value, "=") == 0 || strcmp (value, "<<") == 0;
}

static const char *
find_comment (const char *value)
{
  const char *comment = *value == '#' ? value : strstr (value, " #");

  return comment ? comment : value + strlen (value);
}

static gboolean
take_plain_value (FrontMatterField * field, const char *value)
{
  field->value = g_strchomp (g_strndup (value, find_comment (value) - value));
  field->kind = get_plain_kind (field->value);

  return !has_indicator (field->value) && strstr (field->value, ": ") == NULL
      && !g_str_has_suffix (field->value, ":");
}

/* Two single ones stand for one. Double ones would have escapes, which none
 * of our values needs. */
static gboolean
take_quoted_value (FrontMatterField * field, const char *p)
{
  const char quote = *p++;
  g_autoptr (GString) value = g_string_new (NULL);

  for (; *p != '\0' && (*p != quote || (quote == '\'' && p[1] == quote)); p++) {
    if (quote == '"' && *p == '\\')
      return FALSE;
    g_string_append_c (value, *p);
    p += *p == quote;
  }
  if (*p == '\0')
    return FALSE;

  field->value = g_strdup (value->str);
  field->kind = FRONT_MATTER_STRING;
  return is_blank_or_comment (p + 1);
}

static gboolean
take_value (FrontMatterField * field, const char *value)
{
  value = skip_spaces (value);
  if (*value == '\'' || *value == '"')
    return take_quoted_value (field, value);
  return take_plain_value (field, value);
}

/* The one that ends a name. */
static const char *
find_colon (const char *line)
{
  const char *colon = strchr (line, ':');

  while (colon != NULL && colon[1] != ' ' && colon[1] != '\0')
    colon = strchr (colon + 1, ':');
  return colon;
}

static FrontMatterField *
parse_line (const char *line)
{
  g_autoptr (FrontMatterField) field = g_new0 (FrontMatterField, 1);
  const char *colon = find_colon (line);

  if (colon == NULL || has_odd_character (line))
    return NULL;
  field->name = g_strchomp (g_strndup (line, colon - line));
  return take_value (field, colon + 1) ? g_steal_pointer (&field) : NULL;
}

static gboolean
fail_at_line (const char *line, const Secrets * secrets, GError ** error)
{
  g_autofree char *quoted = excerpt_new (line, QUOTED_LENGTH, secrets);

  g_set_error (error, INVALID_DATA, _("The answer’s front matter has a line "
          "that cannot be read: “%s”."), quoted);
  return FALSE;
}

/* Lines that are indented otherwise would belong to those before them. */
static gboolean
parse_lines (GPtrArray * fields, char **lines, const Secrets * secrets,
    GError ** error)
{
  gsize indent = 0;

  for (; *lines != NULL; lines++) {
    gsize line_indent = strspn (*lines, " ");
    FrontMatterField *field = NULL;

    if (g_str_has_suffix (*lines, "\r"))
      (*lines)[strlen (*lines) - 1] = '\0';
    if (is_blank_or_comment (*lines))
      continue;
    if (fields->len == 0)
      indent = line_indent;
    if (line_indent == indent)
      field = parse_line (*lines + indent);
    if (field == NULL)
      return fail_at_line (*lines, secrets, error);
    g_ptr_array_add (fields, field);
  }
  return TRUE;
}

GPtrArray *
front_matter_parse (const char *content, const char **text,
    const Secrets * secrets, GError ** error)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (
      (GDestroyNotify) field_free);
  g_autofree char *matter = NULL;
  g_auto (GStrv) lines = NULL;
  const char *end;

  if (!g_str_has_prefix (content, START)) {
    g_set_error (error, INVALID_DATA,
        _("The answer does not begin with front matter."));
    return NULL;
  }
  content += strlen (START);
  end = strstr (content, END);
  if (end == NULL) {
    g_set_error (error, INVALID_DATA,
        _("The answer’s front matter does not end."));
    return NULL;
  }

  *text = end + strlen (END);
  matter = g_strndup (content, end - content);
  lines = g_strsplit (matter, "\n", -1);
  return parse_lines (fields, lines, secrets, error) ?
      g_steal_pointer (&fields) : NULL;
}
