/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What can be told of a record's line without a JSON parser, by the fixed
 * order of its members.
 */

#pragma once

#include <recto/recto.h>
#include <recto/recto-page-index-private.h>

#include "config-table.h"

G_BEGIN_DECLS

/* How each line begins, and ends before its checksum's digits. */
#define RECTO_RECORD_LINE_START "{\"schema\":\"recto-page/1\","
#define RECTO_RECORD_LINE_CRC ",\"crc32\":\""
#define RECTO_RECORD_LINE_CRC_DIGITS 8
#define RECTO_RECORD_LINE_SHA256_DIGITS 64
#define RECTO_RECORD_LINE_CONFIG_DIGITS 16
/* Bytes from there to the end. */
#define RECTO_RECORD_LINE_TAIL (strlen (RECTO_RECORD_LINE_CRC) \
    + RECTO_RECORD_LINE_CRC_DIGITS + strlen ("\"}"))

/* Points into the line; nothing ends in a zero byte. */
typedef struct
{
  const char *data;             /* the line, without its newline */
  gsize size;

  const char *uri;              /* as JSON writes it; NULL for null */
  gsize uri_length;
  const char *sha256;           /* NULL for null, else 64 digits */
  guint64 page;
  gint64 pages;                 /* -1 for null */
  const char *status;
  gsize status_length;
  guint attempt;
  const char *config;           /* NULL for null, else 16 digits */
  gint64 warnings;              /* -1 for null, and in older records */
} RectoRecordLine;

/* Whether `data` (without its newline) is a whole record: its checksum is
 * right, it has no control character and begins as a record does. Fills `self`
 * then. */
gboolean recto_record_line_parse     (RectoRecordLine       *self,
                                      const char            *data,
                                      gsize                  size);

/* Of a file in which there is no whole record: whether it could be the start
 * of one. `with_zeros`: also after zero bytes, which power that fails may leave
 * in place of what was written. */
gboolean recto_record_line_begins_file
                                     (int                    fd,
                                      gboolean               with_zeros);

/* Sets `config` to the number of the line's configuration; an error if there
 * are too many. */
gboolean recto_record_line_number_config
                                     (const RectoRecordLine  *self,
                                      RectoConfigTable       *configs,
                                      guint                  *config,
                                      GError                **error);

gboolean recto_record_line_is_ok     (const RectoRecordLine *self);

gboolean recto_record_line_has_status
                                     (const RectoRecordLine *self,
                                      const char            *status);

/* Whether it is of a document as a whole, and only says that this version of
 * it, whose pages are recorded, was there. */
gboolean recto_record_line_is_confirmation
                                     (const RectoRecordLine *self);

/* By which number an index knows the page. */
guint64  recto_record_line_get_index_page
                                     (const RectoRecordLine *self);

/* Into an index; `config` is the number of the line's configuration there. */
gboolean recto_record_line_add       (const RectoRecordLine *self,
                                      guint                  config,
                                      RectoPageIndex        *index,
                                      GError               **error);

/* The document that the line is of, for an index. */
RectoIndexDocument
         recto_record_line_get_document
                                     (const RectoRecordLine *self,
                                      guint                  config);

G_END_DECLS
