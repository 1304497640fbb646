/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is written to a connection as an answer, in pieces that may come many
 * times or without end, and how it ends.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MODEL_END_KEEP,               /* the connection */
  MODEL_END_CLOSE,
  MODEL_END_RESET,
  MODEL_END_NEVER,              /* the peer waits for more */
} ModelEnd;

#define MODEL_TIMES_ENDLESS G_MAXUINT64

typedef struct
{
  GQueue pieces;
  gsize offset;                 /* in the first */
  guint64 size;                 /* of all, if it isn't endless */
  guint64 n_left;               /* till it ends, whatever there is */
  gint64 byte_time;             /* µs for each byte, 0: all that the peer
                                 * takes */
  ModelEnd end;
} ModelOutput;

void         model_output_init    (ModelOutput *self);

void         model_output_clear   (ModelOutput *self);

/* Takes the bytes. */
void         model_output_append  (ModelOutput *self,
                                   GBytes      *bytes,
                                   guint64      n_times);

/* Ends it so after so many bytes. */
void         model_output_cut     (ModelOutput *self,
                                   guint64      size,
                                   ModelEnd     end);

/* The next bytes, NULL at the end. */
const char * model_output_peek    (ModelOutput *self,
                                   gsize       *size);

void         model_output_advance (ModelOutput *self,
                                   gsize        size);

G_END_DECLS
