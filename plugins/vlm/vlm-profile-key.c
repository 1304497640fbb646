/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include <recto/recto-json-scan-private.h>

#include "vlm-profile-key.h"

/* More than anybody makes. */
#define MAX_ATTEMPTS 100
/* What is larger is no body of a request, but a mistake. */
#define MAX_BODY_SIZE (64 * 1024)

#define MAX_SIDE 16384          /* pixels, as pagerasterizer has it */
#define MAX_TOKENS 100000000

typedef VlmProfileKey Key;
typedef VlmProfileDraft Draft;

static gboolean G_GNUC_PRINTF (2, 3)
refuse (GError ** error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, format,
        args);
  va_end (args);

  return FALSE;
}

/* Text */

static gboolean
read_text (const Key * self, const char *value, const Draft * draft,
    GError ** error)
{
  if (*value == '\0')
    return refuse (error, _("It is empty; leave the key out for that."));
  G_STRUCT_MEMBER (char *, draft->profile, self->offset) = g_strdup (value);
  return TRUE;
}

static gboolean
read_line (const Key * self, const char *value, const Draft * draft,
    GError ** error)
{
  if (strpbrk (value, "\n\r"))
    return refuse (error, _("It has more than one line, and takes one."));
  return read_text (self, value, draft, error);
}

/* Numbers */

static gboolean
refuse_number (const Key * self, const char *value, GError ** error)
{
  char min[G_ASCII_DTOSTR_BUF_SIZE], max[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (min, sizeof min, "%.15g", self->min);
  g_ascii_formatd (max, sizeof max, "%.15g", self->max);
  if (self->has_fractions)
    return refuse (error, _("“%s” is no number from %s to %s."), value, min,
        max);
  return refuse (error, _("“%s” is no whole number from %s to %s."), value,
      min, max);
}

/* strtod() takes far more: spaces, exponents, hexadecimal digits. */
static gboolean
is_decimal (const Key * self, const char *value)
{
  const char *digits = value + (self->min < 0 && *value == '-');

  return g_ascii_isdigit (*digits) && digits[strspn (digits,
          self->has_fractions ? "0123456789." : "0123456789")] == '\0';
}

static gboolean
parse_number (const Key * self, const char *value, double *number,
    GError ** error)
{
  char *end;

  *number = g_ascii_strtod (value, &end);
  if (!is_decimal (self, value) || *end != '\0' || *number < self->min
      || *number > self->max)
    return refuse_number (self, value, error);
  return TRUE;
}

static gboolean
read_count (const Key * self, const char *value, const Draft * draft,
    GError ** error)
{
  double number;

  if (!parse_number (self, value, &number, error))
    return FALSE;
  G_STRUCT_MEMBER (guint, draft->profile, self->offset) = number;
  return TRUE;
}

static GArray *
parse_numbers (const Key * self, char **words, guint n_words, GError ** error)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < n_words; i++) {
    double number;

    if (!parse_number (self, g_strstrip (words[i]), &number, error))
      return NULL;
    g_array_append_val (numbers, number);
  }
  return g_steal_pointer (&numbers);
}

/* The API's names are those of the keys, with underscores. */
static void
add_parameter (const Key * self, const GArray * numbers, const Draft * draft)
{
  g_autofree char *name = g_strdelimit (g_strdup (self->name), "-", '_');

  vlm_sampling_add (draft->sampling, name, (const double *) numbers->data,
      numbers->len);
}

static gboolean
read_numbers (const Key * self, const char *value, const Draft * draft,
    GError ** error)
{
  g_auto (GStrv) words = g_strsplit (value, ";", MAX_ATTEMPTS + 2);
  guint n_words = g_strv_length (words);
  g_autoptr (GArray) numbers = NULL;

  if (n_words == 0)
    return refuse_number (self, value, error);
  /* A list may end in a semicolon, as in any key file. */
  if (n_words > 1 && *words[n_words - 1] == '\0')
    n_words--;
  if (n_words > MAX_ATTEMPTS)
    return refuse (error, _("It has more than %d values, and takes one for "
            "each attempt."), MAX_ATTEMPTS);

  numbers = parse_numbers (self, words, n_words, error);
  if (numbers == NULL)
    return FALSE;
  add_parameter (self, numbers, draft);
  return TRUE;
}

/* Choices */

static gboolean
find_choice (const Key * self, const char *value, guint * choice,
    GError ** error)
{
  g_autofree char *choices = NULL;

  for (*choice = 0; self->choices[*choice] != NULL; ++*choice) {
    if (g_str_equal (self->choices[*choice], value))
      return TRUE;
  }
  choices = g_strjoinv (", ", (char **) self->choices);
  return refuse (error, _("“%s” is none of these: %s."), value, choices);
}

static gboolean
read_choice (const Key * self, const char *value, const Draft * draft,
    GError ** error)
{
  return find_choice (self, value,
      &G_STRUCT_MEMBER (guint, draft->profile, self->offset), error);
}

static gboolean
read_media_type (const Key * self, const char *value, const Draft * draft,
    GError ** error)
{
  guint choice;

  if (!find_choice (self, value, &choice, error))
    return FALSE;
  G_STRUCT_MEMBER (const char *, draft->profile, self->offset) =
      g_intern_static_string (self->choices[choice]);
  return TRUE;
}

/* JSON */

static gboolean
read_object (const Key * self, const char *value, const Draft * draft,
    GError ** error)
{
  g_autofree char *copy = g_strdup (value);
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GError) problem = NULL;

  if (strlen (value) > MAX_BODY_SIZE)
    return refuse (error, _("It has more than %d bytes."), MAX_BODY_SIZE);
  if (recto_json_scan (copy, strlen (copy), &problem))
    root = json_from_string (copy, &problem);
  if (problem)
    return refuse (error, _("It is no JSON: %s"), problem->message);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return refuse (error, _("It is no JSON object, such as {\"a\": 1}."));
  return read_text (self, value, draft, error);
}

/* The table */

#define FIELD(name) G_STRUCT_OFFSET (VlmProfile, name)

static const Key keys[] = {
  {"profile", "description", read_line, FIELD (description)},

  {"prompt", "system", read_text, FIELD (system_prompt)},
  {"prompt", "user", read_text, FIELD (prompt)},
  {"prompt", "order", read_choice, FIELD (order),
      .choices = {"text-first", "image-first"}},

  {"image", "format", read_media_type, FIELD (image.format),
      .choices = {"image/png", "image/jpeg"}},
  {"image", "quality", read_count, FIELD (image.quality), 1, 100},
  {"image", "longest", read_count, FIELD (image.longest), 1, MAX_SIDE},
  {"image", "shortest", read_count, FIELD (image.shortest), 1, MAX_SIDE},
  {"image", "exact", read_count, FIELD (image.exact), 1, MAX_SIDE},
  {"image", "multiple", read_count, FIELD (image.multiple), 1, MAX_SIDE},
  {"image", "max-pixels", read_count, FIELD (image.max_pixels), 1,
      MAX_SIDE * MAX_SIDE},

  {"sampling", "temperature", read_numbers, 0, 0, 2, TRUE},
  {"sampling", "top-p", read_numbers, 0, 0, 1, TRUE},
  /* Servers say -1 or 0 for “all of them”. */
  {"sampling", "top-k", read_numbers, 0, -1, 1000000},
  {"sampling", "presence-penalty", read_numbers, 0, -2, 2, TRUE},
  {"sampling", "frequency-penalty", read_numbers, 0, -2, 2, TRUE},
  {"sampling", "repetition-penalty", read_numbers, 0, 0.01, 10, TRUE},
  {"sampling", "seed", read_numbers, 0, 0, G_MAXUINT32},

  {"limits", "max-tokens", read_count, FIELD (max_tokens), 1, MAX_TOKENS},
  {"limits", "max-context", read_count, FIELD (max_context), 1, MAX_TOKENS},

  {"request", "extra-body", read_object, FIELD (extra_body)},
  {"request", "guided-regex", read_text, FIELD (guided_regex)},

  {"answer", "format", read_choice, FIELD (answer),
      .choices = {"plain", "yaml-front-matter"}},
  {"answer", "rotation", read_choice, FIELD (rotation),
      .choices = {"none", "counter-clockwise"}},
};

const VlmProfileKey *
vlm_profile_key_nth (guint n)
{
  return n < G_N_ELEMENTS (keys) ? &keys[n] : NULL;
}

const VlmProfileKey *
vlm_profile_key_find (const char *group, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (g_str_equal (keys[i].group, group)
        && (name == NULL || g_str_equal (keys[i].name, name)))
      return &keys[i];
  }
  return NULL;
}

char *
vlm_profile_key_list (const char *group)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *last = "";

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (group != NULL && g_str_equal (keys[i].group, group))
      g_ptr_array_add (names, (gpointer) keys[i].name);
    else if (group == NULL && !g_str_equal (keys[i].group, last))
      g_ptr_array_add (names, (gpointer) keys[i].group);
    last = keys[i].group;
  }
  g_ptr_array_add (names, NULL);

  return g_strjoinv (", ", (char **) names->pdata);
}
