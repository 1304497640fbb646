/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <recto/recto-json-scan-private.h>

#define INVALID_DATA G_IO_ERROR, G_IO_ERROR_INVALID_DATA

/* Of an escaped UTF-16 unit. */
#define UNIT_LENGTH strlen ("\\uffff")

typedef struct
{
  char *p;
  char *end;
  guint depth;
  guint n_values;               /* names of members count as well */
  guint n_members[RECTO_JSON_MAX_DEPTH];        /* of what is open */
  gboolean is_over;             /* the outermost value has ended */
} Scan;

static gboolean
fail_malformed (GError ** error)
{
  g_set_error (error, INVALID_DATA, _("The JSON is malformed."));
  return FALSE;
}

/* The UTF-16 unit that is escaped at `p`, -1 if there is none. */
static int
get_unit (const char *p, const char *end)
{
  int unit = 0;

  if ((gsize) (end - p) < UNIT_LENGTH || p[0] != '\\' || p[1] != 'u')
    return -1;
  for (guint i = 2; i < UNIT_LENGTH; i++) {
    if (!g_ascii_isxdigit (p[i]))
      return -1;
    unit = unit << 4 | g_ascii_xdigit_value (p[i]);
  }
  return unit;
}

static gboolean
is_high_surrogate (int unit)
{
  return unit >= 0xd800 && unit <= 0xdbff;
}

static gboolean
is_low_surrogate (int unit)
{
  return unit >= 0xdc00 && unit <= 0xdfff;
}

static gboolean
scan_unit (Scan * self)
{
  int unit = get_unit (self->p, self->end);

  if (unit < 0)
    return FALSE;

  if (is_high_surrogate (unit)
      && is_low_surrogate (get_unit (self->p + UNIT_LENGTH, self->end))) {
    self->p += 2 * UNIT_LENGTH;
    return TRUE;
  }
  if (unit == 0 || is_high_surrogate (unit) || is_low_surrogate (unit))
    memcpy (self->p, "\\ufffd", UNIT_LENGTH);
  self->p += UNIT_LENGTH;
  return TRUE;
}

/* Others would mean something to json-glib, but not to JSON. */
static gboolean
scan_escape (Scan * self)
{
  if (self->end - self->p < 2)
    return FALSE;
  if (self->p[1] == 'u')
    return scan_unit (self);
  if (strchr ("\"\\/bfnrt", self->p[1]) == NULL)
    return FALSE;
  self->p += 2;
  return TRUE;
}

/* From behind its first quote. */
static gboolean
scan_string (Scan * self)
{
  while (self->p < self->end && *self->p != '"') {
    if (*self->p != '\\')
      self->p++;
    else if (!scan_escape (self))
      return FALSE;
  }
  if (self->p == self->end)
    return FALSE;
  self->p++;
  return TRUE;
}

static gboolean
open_level (Scan * self, GError ** error)
{
  if (self->depth == RECTO_JSON_MAX_DEPTH) {
    g_set_error (error, INVALID_DATA,
        _("The JSON is more than %d levels deep."), RECTO_JSON_MAX_DEPTH);
    return FALSE;
  }
  self->n_members[self->depth++] = 0;
  return TRUE;
}

static gboolean
close_level (Scan * self)
{
  if (self->depth == 0)
    return FALSE;
  self->is_over = --self->depth == 0;
  return TRUE;
}

/* Each value and each name but the first of a level follows one of these. */
static gboolean
count_separator (Scan * self, char c, GError ** error)
{
  if (self->depth == 0)
    return fail_malformed (error);
  if (c == ':'
      && ++self->n_members[self->depth - 1] > RECTO_JSON_MAX_MEMBERS) {
    g_set_error (error, INVALID_DATA,
        _("The JSON has an object with more than %d members."),
        RECTO_JSON_MAX_MEMBERS);
    return FALSE;
  }
  if (++self->n_values > RECTO_JSON_MAX_VALUES) {
    g_set_error (error, INVALID_DATA,
        _("The JSON has more than %d values."), RECTO_JSON_MAX_VALUES);
    return FALSE;
  }
  return TRUE;
}

/* What numbers and names are made of. json-glib also knows comments and single
 * quotes, in which there could be brackets and quotes that mean nothing. */
static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || strchr ("+-.", c) != NULL;
}

static gboolean
scan_word (Scan * self)
{
  while (self->p < self->end && is_word (*self->p))
    self->p++;
  return TRUE;
}

/* One that nothing is around is all that there may be: json-glib would take
 * others after it. */
static gboolean
scan_scalar (Scan * self, char first)
{
  self->is_over = self->depth == 0;
  if (first == '"')
    return scan_string (self);
  return is_word (first) && scan_word (self);
}

static gboolean
scan_next (Scan * self, GError ** error)
{
  char c = *self->p++;
  gboolean is_good;

  if (g_ascii_isspace (c))
    return TRUE;
  if (self->is_over)
    is_good = FALSE;
  else if (c == '{' || c == '[')
    return open_level (self, error);
  else if (c == ',' || c == ':')
    return count_separator (self, c, error);
  else if (c == '}' || c == ']')
    is_good = close_level (self);
  else
    is_good = scan_scalar (self, c);

  return is_good || fail_malformed (error);
}

gboolean
recto_json_scan (char *json, gsize size, GError ** error)
{
  Scan scan = {.p = json,.end = json + size };

  /* It takes no zero byte either, when it is told the length. */
  if (!g_utf8_validate_len (json, size, NULL)) {
    g_set_error (error, INVALID_DATA, _("The JSON is not UTF-8."));
    return FALSE;
  }

  while (scan.p < scan.end) {
    if (!scan_next (&scan, error))
      return FALSE;
  }
  return scan.depth == 0 || fail_malformed (error);
}
