/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a model was trained with, from a key file: how it is asked, with what
 * images, and how it answers.
 */

#pragma once

#include <recto/recto-query.h>

#include "answer.h"

G_BEGIN_DECLS

typedef enum
{
  VLM_ORDER_TEXT_FIRST,
  VLM_ORDER_IMAGE_FIRST,
} VlmOrder;

typedef enum
{
  VLM_ROTATION_NONE,            /* whatever it says of it, the page is kept */
  VLM_ROTATION_COUNTER_CLOCKWISE,
} VlmRotation;

/* Immutable; only the name and the path are no part of a configuration. */
typedef struct
{
  gatomicrefcount ref_count;

  char *name;                   /* "olmocr-2" */
  char *path;                   /* of the file, as the system has it */
  char *description;            /* one line */

  char *system_prompt;          /* nullable */
  char *prompt;                 /* nullable: the image alone */
  VlmOrder order;
  RectoImageRequest image;      /* its format is interned, and always set */
  /* JSON: an object for each attempt, such as [{"temperature":0.1}], of which
   * the last holds for all later ones. "[{}]" if there is nothing to say. */
  char *sampling;
  guint max_tokens;             /* 0: as the server has it */
  guint max_context;            /* tokens; 0: unknown */
  char *extra_body;             /* JSON: an object; nullable */

  AnswerFormat answer;
  VlmRotation rotation;
  char *guided_regex;           /* nullable */
} VlmProfile;

G_END_DECLS
