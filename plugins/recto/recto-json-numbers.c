/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <recto/recto-json-numbers-private.h>

#define NUMBER "-+.0123456789eE"

/* Up to and with the quote that ends it. */
static gsize
get_string_length (const char *json)
{
  const char *p = json + 1;

  while ((p = strpbrk (p, "\"\\")) && *p == '\\' && p[1] != '\0')
    p += 2;
  return p && *p == '"' ? (gsize) (p + 1 - json) : strlen (json);
}

static void
append_number (GString * out, const char *number, gsize size)
{
  g_autofree char *copy = g_strndup (number, size);
  double value = g_ascii_strtod (copy, NULL);
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.15g", value);
  g_string_append (out, g_ascii_strtod (text, NULL) == value ? text : copy);
}

char *
recto_json_shorten_numbers (const char *json)
{
  GString *out = g_string_sized_new (strlen (json) + 1);

  while (*json != '\0') {
    gsize n = *json == '"' ? get_string_length (json) : strspn (json, NUMBER);

    if (*json != '"' && n > 0 && memchr (json, '.', n)) {
      append_number (out, json, n);
    } else {
      n = MAX (n, 1);
      g_string_append_len (out, json, n);
    }
    json += n;
  }
  return g_string_free (out, FALSE);
}
