/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How often each of a few names came, in the order of their first coming.
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Names of records are few; if they aren't, the rest counts as one. */
#define NAME_COUNTS_MAX 64

typedef struct
{
  char *names[NAME_COUNTS_MAX];
  gint64 counts[NAME_COUNTS_MAX];
  guint n_names;
} NameCounts;

void       name_counts_clear     (NameCounts        *self);

void       name_counts_add       (NameCounts        *self,
                                  const char        *name,
                                  gssize             length,
                                  gint64             n);

gint64     name_counts_get       (const NameCounts  *self,
                                  const char        *name);

gint64     name_counts_get_total (const NameCounts  *self);

/* “ok 12, timeout 1”, NULL when all are 0. */
char *     name_counts_describe  (const NameCounts  *self);

JsonNode * name_counts_to_json   (const NameCounts  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (NameCounts, name_counts_clear)

G_END_DECLS
