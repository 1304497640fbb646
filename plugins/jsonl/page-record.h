/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once


#include <recto/recto.h>

G_BEGIN_DECLS

/* What there is to say of a page. Nothing in it is owned, and no string needs
 * to be valid UTF-8. */
typedef struct
{
  RectoPage *page;              /* nullable */
  guint64 number;               /* where there is no page, from 1 */
  RectoResult *result;          /* nullable */
  guint attempt;                /* at the page, from 1 */
  const char *config;           /* digest of the run, nullable */
  const char *copied_from;      /* URI of a document of equal bytes, nullable */
  gint64 time;                  /* when it is made, seconds since 1970 in UTC;
                                 * 0: not known */
  const char *text;
  gsize size;                   /* bytes of text */
  gboolean copied;              /* from a record of the same content */
} RectoPageRecord;

gboolean recto_page_record_is_ok       (const RectoPageRecord *self);

guint64  recto_page_record_get_number  (const RectoPageRecord *self);

/* Appends the record as one JSON line, data/page-record.schema.json. */
void     recto_page_record_append_line (const RectoPageRecord *self,
                                        GString               *out);

G_END_DECLS
