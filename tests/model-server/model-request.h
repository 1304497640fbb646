/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Requests, as the server makes them; what they tell is in model-server.h.
 */

#pragma once

#include "model-server.h"

G_BEGIN_DECLS

#define MODEL_HEAD_MAX 65536

/* Of the head that `data` starts with, its blank line included; 0 as long as
 * there is no end to it. `start` is where to look for it from. */
gsize          model_head_find_end      (const GByteArray *data,
                                         gsize             start);

/* `head` is that of a request; NULL if it is of nothing else than one. */
ModelRequest * model_request_new        (const char       *head,
                                         gsize             size);

void           model_request_free       (ModelRequest     *self);

void           model_request_set_numbers (ModelRequest    *self,
                                         guint64           serial,
                                         guint64           connection);

/* Takes it. */
void           model_request_set_body   (ModelRequest     *self,
                                         GBytes           *body);

/* -1 when there is a body of unknown size. */
gint64         model_request_get_body_size (ModelRequest  *self);

gboolean       model_request_wants_continue (ModelRequest *self);

gboolean       model_request_keeps_alive (ModelRequest    *self);

gboolean       model_request_has_key    (ModelRequest     *self,
                                         const char       *key);

G_END_DECLS
