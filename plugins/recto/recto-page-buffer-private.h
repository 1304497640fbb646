/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <gio/gio.h>

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* Memory that a worker writes its answers to. It is sealed, so that the
 * worker can't cut it short under our feet. */
typedef struct
{
  int fd;                       /* -1: there is none yet */
  guint8 *data;
  gsize capacity;
} RectoPageBuffer;

void     recto_page_buffer_init         (RectoPageBuffer  *self);

void     recto_page_buffer_clear        (RectoPageBuffer  *self);

/* Makes room for at least `capacity` bytes; what was in it is lost when it
 * had less. */
gboolean recto_page_buffer_reserve      (RectoPageBuffer  *self,
                                         gsize             capacity,
                                         GError          **error);

/* Gives memory back when there is more of it than one keeps for reuse. */
void     recto_page_buffer_trim         (RectoPageBuffer  *self);

/* Gives all memory back: nobody learns what was in it. */
void     recto_page_buffer_wipe         (RectoPageBuffer  *self);

/* The memory it takes, in bytes. */
gsize    recto_page_buffer_get_resident (RectoPageBuffer  *self);

G_END_DECLS
