/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which reply a request gets, by all that a server was told.
 */

#pragma once

#include "model-reply.h"

G_BEGIN_DECLS

#define MODEL_BODY_MAX (64 * 1024 * 1024)

typedef struct
{
  GMutex lock;

  ModelFormat format;
  gboolean cheap;
  char **models;
  gboolean is_strict;           /* about their names */
  char *api_key;
  gsize body_limit;
  double delay;
  double jitter;

  guint64 n_completions;        /* asked for till now */
  guint64 n_others;
  GArray *script;               /* of ModelFault */
  guint64 script_start;         /* the completion that gets its first */
  gboolean is_cycle;            /* the script starts again */
  guint mix_percent;
  guint32 mix_seed;
  GArray *mix;
  ModelFault models_fault;

  ModelHandler handler;
  gpointer handler_data;
} ModelAnswers;

void         model_answers_init       (ModelAnswers     *self);

void         model_answers_clear      (ModelAnswers     *self);

void         model_answers_set_script (ModelAnswers     *self,
                                       const ModelFault *faults,
                                       gsize             n_faults,
                                       gboolean          is_cycle);

void         model_answers_set_mix    (ModelAnswers     *self,
                                       guint             percent,
                                       guint32           seed,
                                       const ModelFault *faults,
                                       gsize             n_faults);

guint64      model_answers_take_serial (ModelAnswers    *self,
                                       gboolean          is_completion);

gboolean     model_answers_want_body  (ModelAnswers     *self,
                                       ModelRequest     *request);

/* Calls the handler without the lock, since that may set what it likes. */
ModelReply * model_answers_make_reply (ModelAnswers     *self,
                                       ModelRequest     *request);

G_END_DECLS
