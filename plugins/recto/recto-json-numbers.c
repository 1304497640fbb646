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

/* Fifteen digits bring back every number that was written with so many, and
 * “%g” leaves out the zeros; seventeen bring back any. */
void
recto_json_append_number (GString * json, double number)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_ascii_formatd (text, sizeof text, formats[i], number);
    if (g_ascii_strtod (text, NULL) == number)
      break;
  }
  g_string_append (json, text);
}

char *
recto_json_shorten_numbers (const char *json)
{
  GString *out = g_string_sized_new (strlen (json) + 1);

  while (*json != '\0') {
    gsize n = *json == '"' ? get_string_length (json) : strspn (json, NUMBER);

    if (*json != '"' && n > 0 && memchr (json, '.', n)) {
      recto_json_append_number (out, g_ascii_strtod (json, NULL));
    } else {
      n = MAX (n, 1);
      g_string_append_len (out, json, n);
    }
    json += n;
  }
  return g_string_free (out, FALSE);
}
