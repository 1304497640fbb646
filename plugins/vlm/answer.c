/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "answer.h"
#include "answer-wrapping.h"
#include "excerpt.h"
#include "front-matter.h"

#define INVALID_DATA G_IO_ERROR, G_IO_ERROR_INVALID_DATA

/* How much of a name or a value is quoted in a message. */
#define QUOTED_LENGTH 40

typedef gboolean (*TakeFunc) (gpointer member, const FrontMatterField * field);

/* A language that is “no” is false to YAML. Those who trained the model read
 * it so and took it for none, and it was trained with what was left. */
static gboolean
take_language (gpointer member, const FrontMatterField * field)
{
  char **language = member;

  if (field->kind == FRONT_MATTER_STRING && *field->value != '\0')
    *language = g_strdup (field->value);
  return field->kind != FRONT_MATTER_TRUE
      && field->kind != FRONT_MATTER_NUMBER;
}

static gboolean
take_flag (gpointer member, const FrontMatterField * field)
{
  gboolean is_string = field->kind == FRONT_MATTER_STRING;
  int *flag = member;

  if (field->kind == FRONT_MATTER_TRUE
      || (is_string && g_ascii_strcasecmp (field->value, "true") == 0))
    *flag = 1;
  else if (field->kind == FRONT_MATTER_FALSE
      || (is_string && g_ascii_strcasecmp (field->value, "false") == 0))
    *flag = 0;
  else
    return FALSE;
  return TRUE;
}

static gboolean
take_rotation (gpointer member, const FrontMatterField * field)
{
  static const char *const rotations[] = { "0", "90", "180", "270", NULL };
  int *rotation = member;

  if (field->kind != FRONT_MATTER_NUMBER
      || !g_strv_contains (rotations, field->value))
    return FALSE;
  *rotation = g_ascii_strtoull (field->value, NULL, 10);
  return TRUE;
}

/* All that the front matter has, and must have. */
static const struct
{
  const char *name;
  TakeFunc take;
  gsize offset;
} members[] = {
  {"primary_language", take_language, G_STRUCT_OFFSET (Answer, language)},
  {"is_rotation_valid", take_flag,
      G_STRUCT_OFFSET (Answer, is_rotation_valid)},
  {"rotation_correction", take_rotation, G_STRUCT_OFFSET (Answer, rotation)},
  {"is_table", take_flag, G_STRUCT_OFFSET (Answer, is_table)},
  {"is_diagram", take_flag, G_STRUCT_OFFSET (Answer, is_diagram)},
};

static gboolean
fail_unknown (const FrontMatterField * field, const Secrets * secrets,
    GError ** error)
{
  g_autofree char *name = excerpt_new (field->name, QUOTED_LENGTH, secrets);

  g_set_error (error, INVALID_DATA, _("The answer’s front matter has a field "
          "“%s”, which is not known."), name);
  return FALSE;
}

static gboolean
fail_value (const FrontMatterField * field, const Secrets * secrets,
    GError ** error)
{
  g_autofree char *value = excerpt_new (field->value, QUOTED_LENGTH, secrets);

  g_set_error (error, INVALID_DATA, _("“%s” cannot be “%s” in the answer’s "
          "front matter."), field->name, value);
  return FALSE;
}

/* `taken` has a bit for each member. */
static gboolean
take_field (Answer * self, const FrontMatterField * field, guint * taken,
    const Secrets * secrets, GError ** error)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (members)
      && !g_str_equal (members[i].name, field->name))
    i++;
  if (i == G_N_ELEMENTS (members))
    return fail_unknown (field, secrets, error);
  if (*taken & 1u << i) {
    g_set_error (error, INVALID_DATA, _("The answer’s front matter has “%s” "
            "more than once."), field->name);
    return FALSE;
  }

  *taken |= 1u << i;
  return members[i].take (G_STRUCT_MEMBER_P (self, members[i].offset), field)
      || fail_value (field, secrets, error);
}

static gboolean
has_all (guint taken, GError ** error)
{
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    if ((taken & 1u << i) == 0) {
      g_set_error (error, INVALID_DATA, _("The answer’s front matter has no "
              "“%s”."), members[i].name);
      return FALSE;
    }
  }
  return TRUE;
}

static void
hide_secrets (char **words, const Secrets * secrets)
{
  g_autofree char *quoted = *words;

  *words = quoted ? secrets_redact (secrets, quoted) : NULL;
}

static gboolean
parse_front_matter (Answer * self, const char *content,
    const Secrets * secrets, GError ** error)
{
  const char *text;
  g_autoptr (GPtrArray) fields = front_matter_parse (content, &text, secrets,
      error);
  guint taken = 0;

  if (fields == NULL)
    return FALSE;
  for (guint i = 0; i < fields->len; i++) {
    if (!take_field (self, fields->pdata[i], &taken, secrets, error))
      return FALSE;
  }
  if (!has_all (taken, error))
    return FALSE;

  hide_secrets (&self->language, secrets);
  self->text = g_strstrip (g_strdup (text));
  return TRUE;
}

gboolean
answer_parse (Answer * self, AnswerFormat format, const char *content,
    const Secrets * secrets, GError ** error)
{
  g_autofree char *answer = answer_unwrap (content);

  *self = (Answer) {
    .is_rotation_valid = -1,.is_table = -1,.is_diagram = -1
  };

  if (format == ANSWER_YAML_FRONT_MATTER) {
    if (parse_front_matter (self, answer, secrets, error))
      return TRUE;
    answer_clear (self);
    return FALSE;
  }
  self->text = g_steal_pointer (&answer);
  return TRUE;
}

void
answer_clear (Answer * self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->language, g_free);
}
