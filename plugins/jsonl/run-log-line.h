/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The lines of NAME.run.jsonl:
 *
 *   {"run":{…,"time":"…"}}                           how a run is made
 *   {"new":{"time":"…"}}                             the journal is a new one
 *   {"commit":{"file":0,"bytes":4096}}               so much of it is durable
 *   {"begin":"URI","recorded":2,"alone":false,"boot":"…"}
 *   {"end":"URI","time":"…"}
 *   {"stop":{"time":"…","records":7}}                a run ended in good order
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  RECTO_RUN_LOG_RUN,
  RECTO_RUN_LOG_NEW,
  RECTO_RUN_LOG_COMMIT,
  RECTO_RUN_LOG_BEGIN,
  RECTO_RUN_LOG_END,
  RECTO_RUN_LOG_STOP,
} RectoRunLogKind;

/* Points into the line; no string ends in a zero byte. */
typedef struct
{
  RectoRunLogKind kind;
  const char *data;             /* the line, without its newline */
  gsize size;

  const char *uri;              /* of begin and end, as JSON writes it */
  gsize uri_length;
  guint64 n_recorded;           /* of begin */
  gboolean alone;
  const char *boot;             /* NULL in older lines */
  gsize boot_length;

  guint64 file;                 /* of commit */
  guint64 bytes;

  const char *time;             /* of end and stop */
  gsize time_length;
} RectoRunLogLine;

typedef void (*RectoRunLogFunc)           (const RectoRunLogLine  *line,
                                           gpointer                data);

/* FALSE if it is none of these lines, or not a whole one. */
gboolean   recto_run_log_line_parse       (RectoRunLogLine        *self,
                                           const char             *data,
                                           gsize                   size);

/* Whether the file could be a log: it is empty, or its first line begins as
 * one of these. */
gboolean   recto_run_log_line_begins_file (int                     fd);

/* The object of a run; NULL if it is not valid JSON. */
JsonNode * recto_run_log_line_parse_run   (const RectoRunLogLine  *self);

/* Calls `func` for each line. Sets `end` to where the last whole line ends. */
gboolean   recto_run_log_read             (int                     fd,
                                           RectoRunLogFunc         func,
                                           gpointer                data,
                                           goffset                *end,
                                           GError                **error);

G_END_DECLS
