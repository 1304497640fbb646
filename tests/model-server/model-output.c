/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model-output.h"

typedef struct
{
  GBytes *bytes;
  guint64 n_times;
} Piece;

static void
piece_free (gpointer data)
{
  Piece *piece = data;

  g_bytes_unref (piece->bytes);
  g_free (piece);
}

void
model_output_init (ModelOutput * self)
{
  *self = (ModelOutput) {
  .n_left = G_MAXUINT64};
  g_queue_init (&self->pieces);
}

void
model_output_clear (ModelOutput * self)
{
  g_queue_clear_full (&self->pieces, piece_free);
  model_output_init (self);
}

void
model_output_append (ModelOutput * self, GBytes * bytes, guint64 n_times)
{
  Piece *piece;

  if (g_bytes_get_size (bytes) == 0 || n_times == 0) {
    g_bytes_unref (bytes);
    return;
  }
  piece = g_new (Piece, 1);
  piece->bytes = bytes;
  piece->n_times = n_times;
  g_queue_push_tail (&self->pieces, piece);
  if (n_times != MODEL_TIMES_ENDLESS)
    self->size += g_bytes_get_size (bytes) * n_times;
}

void
model_output_cut (ModelOutput * self, guint64 size, ModelEnd end)
{
  self->n_left = size;
  self->end = end;
}

const char *
model_output_peek (ModelOutput * self, gsize * size)
{
  Piece *piece = g_queue_peek_head (&self->pieces);
  const char *data;

  if (!piece || self->n_left == 0)
    return NULL;
  data = g_bytes_get_data (piece->bytes, size);
  *size = MIN (*size - self->offset, self->n_left);
  return data + self->offset;
}

void
model_output_advance (ModelOutput * self, gsize size)
{
  Piece *piece = g_queue_peek_head (&self->pieces);

  self->offset += size;
  self->n_left -= size;
  if (self->offset < g_bytes_get_size (piece->bytes))
    return;

  self->offset = 0;
  if (piece->n_times != MODEL_TIMES_ENDLESS && --piece->n_times == 0)
    piece_free (g_queue_pop_head (&self->pieces));
}
