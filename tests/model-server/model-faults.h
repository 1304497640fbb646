/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All the wrong ways for a model's server to answer.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What `n` and `text` of a fault mean stands behind it. */
typedef enum
{
  MODEL_FAULT_NONE,

  /* Of the body */
  MODEL_FAULT_GARBAGE_JSON,
  MODEL_FAULT_TRUNCATED_JSON,   /* all of it is there, says HTTP */
  MODEL_FAULT_WRONG_TYPES,      /* n: in which of some ways */
  MODEL_FAULT_DEEP_NESTING,     /* 100,000 brackets */
  MODEL_FAULT_MISSING_USAGE,
  MODEL_FAULT_EMPTY_CHOICES,
  MODEL_FAULT_INVALID_UTF8,     /* in the content */
  MODEL_FAULT_LONE_SURROGATE,
  MODEL_FAULT_NUL_ESCAPE,
  MODEL_FAULT_ERROR_IN_200,
  MODEL_FAULT_HTML,             /* a page of a proxy */
  MODEL_FAULT_CONTENT_TYPE,     /* text/html, says the head of a good body */

  /* Of the model */
  MODEL_FAULT_LENGTH,           /* its finish_reason, with half of the text */
  MODEL_FAULT_EMPTY_ANSWER,     /* no text, but in front of it */
  MODEL_FAULT_ROTATION,         /* n: the correction that it asks for; 90 */
  MODEL_FAULT_BAD_FRONT_MATTER,

  /* Of what never ends or is too much */
  MODEL_FAULT_ENDLESS_BODY,
  MODEL_FAULT_SLOW,             /* n: milliseconds for a byte; 1000 */
  MODEL_FAULT_GZIP_BOMB,        /* n: MiB that it expands to; 512 */
  MODEL_FAULT_HUGE_HEADERS,     /* n: MB; 200 */
  MODEL_FAULT_ENDLESS_1XX,
  MODEL_FAULT_HANG,             /* n: bytes of the reply that come before */

  /* Of the connection */
  MODEL_FAULT_RESET,            /* n: bytes of the reply that come before */
  MODEL_FAULT_CLOSE,            /* before any answer */
  MODEL_FAULT_CLOSE_EARLY,      /* n: bytes of the body that lack; half */

  /* text: where to; a port of the loopback that nobody listens on */
  MODEL_FAULT_REDIRECT_302,
  MODEL_FAULT_REDIRECT_307,

  /* n: the status, as in 503; text: Retry-After, which is written as it is
   * but for these: NULL and "none", "seconds" (one), "date" (in two seconds),
   * "negative", "absurd" and "past" (a date) */
  MODEL_FAULT_STATUS,
} ModelFaultKind;

#define MODEL_N_FAULT_KINDS (MODEL_FAULT_STATUS + 1)

typedef struct
{
  ModelFaultKind kind;
  guint64 n;
  const char *text;             /* not owned; a server keeps a copy */
} ModelFault;

/* "reset", "status" */
const char *       model_fault_kind_get_name (ModelFaultKind  kind);

/* As "html", "reset:100", "redirect-302:http://127.0.0.1:9/", "503" or
 * "503:date". The text is interned. */
gboolean           model_fault_parse         (ModelFault     *self,
                                              const char     *description,
                                              GError        **error);

/* Those that a client which asks again is expected to survive. */
const ModelFault * model_faults_get_default  (gsize          *n_faults);

/* Makes the text its own. */
ModelFault         model_fault_intern        (const ModelFault *self);

G_END_DECLS
