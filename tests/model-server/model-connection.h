/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A connection to a server: requests that come in and replies that go out, in
 * the server's thread.
 */

#pragma once

#include "model-answers.h"
#include "model-counts.h"
#include "model-wire.h"

G_BEGIN_DECLS

typedef struct _ModelConnection ModelConnection;

/* What all connections of a server share. */
typedef struct
{
  ModelLoop *loop;
  ModelAnswers answers;
  ModelCounts counts;

  /* The thread's: */
  GQueue connections;
  guint64 n_connections;        /* that ever were */
  gboolean holds;
  guint64 n_released;           /* that weren't there to be released */
  GQueue held;
} ModelHub;

/* Belongs to the hub. */
void model_connection_open      (ModelHub        *hub,
                                 GSocket         *socket,
                                 GTlsCertificate *certificate);

/* Resets it. */
void model_connection_kill      (ModelConnection *self);

/* Answers at last; for one that is held, and not any more. */
void model_connection_release   (ModelConnection *self);

G_END_DECLS
