/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "secrets.h"

#include <string.h>

#include <recto/recto-password-private.h>

#define REPLACEMENT "***"

/* A shorter secret is hidden only where it stands as a word of its own. Within
 * other words its letters are common, and what is left of such a word would
 * tell them. */
#define MIN_PART 4

struct _Secrets
{
  GPtrArray *forms;             /* the longest first */
};

static void
free_form (gpointer data)
{
  char *form = data;

  recto_password_clear (&form);
}

Secrets *
secrets_new (void)
{
  Secrets *self = g_new (Secrets, 1);

  self->forms = g_ptr_array_new_with_free_func (free_form);
  return self;
}

void
secrets_free (Secrets * self)
{
  g_ptr_array_unref (self->forms);
  g_free (self);
}

/* Forms */

static gint
compare_lengths (gconstpointer a, gconstpointer b)
{
  const char *const *first = a, *const *second = b;
  gsize n_first = strlen (*first), n_second = strlen (*second);

  return n_first < n_second ? 1 : n_first > n_second ? -1 : 0;
}

/* Takes `form`. */
static void
add_form (Secrets * self, char *form)
{
  if (g_ptr_array_find_with_equal_func (self->forms, form, g_str_equal, NULL))
    free_form (form);
  else
    g_ptr_array_add (self->forms, form);
}

/* As JSON has it: some writers escape more than they must. */
static char *
escape_json (const char *secret, const char *with_backslash,
    const char *as_number)
{
  GString *escaped = g_string_new (NULL);

  for (const char *c = secret; *c != '\0'; c++) {
    if (strchr (as_number, *c) != NULL) {
      g_string_append_printf (escaped, "\\u%04x", (guchar) *c);
    } else {
      if (strchr (with_backslash, *c) != NULL)
        g_string_append_c (escaped, '\\');
      g_string_append_c (escaped, *c);
    }
  }
  return g_string_free (escaped, FALSE);
}

/* The hexadecimal digits of escapes may be small letters. */
static char *
escape_url (const char *secret, gboolean small)
{
  char *escaped = g_uri_escape_string (secret, NULL, FALSE);

  for (char *c = escaped; small && *c != '\0'; c++) {
    if (*c == '%') {
      c[1] = g_ascii_tolower (c[1]);
      c[2] = g_ascii_tolower (c[2]);
    }
  }
  return escaped;
}

void
secrets_add (Secrets * self, const char *secret)
{
  if (secret == NULL || *secret == '\0')
    return;

  add_form (self, g_strdup (secret));
  add_form (self, escape_json (secret, "\"\\", ""));
  add_form (self, escape_json (secret, "\"\\/", ""));
  add_form (self, escape_json (secret, "\"\\", "&<>'"));
  add_form (self, escape_url (secret, FALSE));
  add_form (self, escape_url (secret, TRUE));
  add_form (self, g_markup_escape_text (secret, -1));
  g_ptr_array_sort (self->forms, compare_lengths);
}

/* Hiding them */

static gboolean
is_word_char (char c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '_';
}

static gboolean
stands_alone (const char *text, const char *found, gsize length)
{
  return (found == text || !is_word_char (found[-1]))
      && !is_word_char (found[length]);
}

static char *
hide (const char *text, const char *form)
{
  gsize length = strlen (form);
  GString *redacted = g_string_new (NULL);
  const char *rest = text, *found = text;

  while ((found = strstr (found, form)) != NULL) {
    if (length < MIN_PART && !stands_alone (text, found, length)) {
      found++;
      continue;
    }
    g_string_append_len (redacted, rest, found - rest);
    g_string_append (redacted, REPLACEMENT);
    rest = found += length;
  }
  g_string_append (redacted, rest);
  return g_string_free (redacted, FALSE);
}

char *
secrets_redact (const Secrets * self, const char *text)
{
  char *redacted = g_strdup (text);

  for (guint i = 0; self != NULL && i < self->forms->len; i++) {
    g_autofree char *before = redacted;

    redacted = hide (before, g_ptr_array_index (self->forms, i));
  }
  return redacted;
}
