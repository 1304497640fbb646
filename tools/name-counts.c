/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "name-counts.h"

#include <string.h>

#define OTHERS "…"

void
name_counts_clear (NameCounts * self)
{
  for (guint i = 0; i < self->n_names; i++)
    g_free (self->names[i]);
  self->n_names = 0;
}

static int
find (const NameCounts * self, const char *name, gsize length)
{
  for (guint i = 0; i < self->n_names; i++) {
    if (strlen (self->names[i]) == length
        && memcmp (self->names[i], name, length) == 0)
      return i;
  }
  return -1;
}

void
name_counts_add (NameCounts * self, const char *name, gssize length, gint64 n)
{
  gsize size = length < 0 ? strlen (name) : (gsize) length;
  int place = find (self, name, size);

  if (place < 0 && self->n_names == NAME_COUNTS_MAX - 1
      && strcmp (name, OTHERS) != 0) {
    name_counts_add (self, OTHERS, -1, n);
    return;
  }
  if (place < 0) {
    place = self->n_names == NAME_COUNTS_MAX ? NAME_COUNTS_MAX - 1 :
        self->n_names++;
    self->names[place] = g_strndup (name, size);
    self->counts[place] = 0;
  }
  self->counts[place] += n;
}

gint64
name_counts_get (const NameCounts * self, const char *name)
{
  int place = find (self, name, strlen (name));

  return place < 0 ? 0 : self->counts[place];
}

gint64
name_counts_get_total (const NameCounts * self)
{
  gint64 total = 0;

  for (guint i = 0; i < self->n_names; i++)
    total += self->counts[i];
  return total;
}

char *
name_counts_describe (const NameCounts * self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_names; i++) {
    if (self->counts[i] != 0)
      g_string_append_printf (text, "%s%s %" G_GINT64_FORMAT,
          text->len > 0 ? ", " : "", self->names[i], self->counts[i]);
  }

  return g_string_free (text, text->len == 0);
}

JsonNode *
name_counts_to_json (const NameCounts * self)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  for (guint i = 0; i < self->n_names; i++) {
    if (self->counts[i] != 0)
      json_object_set_int_member (object, self->names[i], self->counts[i]);
  }
  json_node_take_object (node, object);

  return node;
}
