/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "excerpt.h"

static gboolean
is_blank (gunichar c)
{
  return g_unichar_isspace (c) || g_unichar_iscntrl (c);
}

static const char *
skip_blanks (const char *p)
{
  while (*p != '\0' && is_blank (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  return p;
}

char *
excerpt_new (const char *text, guint max_length, const Secrets * secrets)
{
  g_autofree char *redacted = secrets_redact (secrets, text);
  GString *line = g_string_new (NULL);
  const char *p = skip_blanks (redacted);

  for (guint length = 0; *p != '\0' && length < max_length; length++) {
    const char *next = skip_blanks (p);

    if (next > p) {
      p = next;
      if (*p != '\0')
        g_string_append_c (line, ' ');
    } else {
      next = g_utf8_next_char (p);
      g_string_append_len (line, p, next - p);
      p = next;
    }
  }
  if (*skip_blanks (p) != '\0')
    g_string_append (line, "…");

  return g_string_free (line, FALSE);
}
