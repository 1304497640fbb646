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

#define VLM_PROFILE_DEFAULT "olmocr-2"

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

/* By its name, or by the path of its file if there is a slash in it. A name is
 * looked for in the folders of RECTO_PROFILE_PATH, in the user's, and where
 * Recto is installed. Errors are G_IO_ERROR; they name the file, the group and
 * the key, or the profiles that there are. */
VlmProfile * vlm_profile_load  (const char   *name,
                                GError      **error);

VlmProfile * vlm_profile_ref   (VlmProfile   *self);

void         vlm_profile_unref (VlmProfile   *self);

/* The names of all that there are, sorted; some may not be readable. */
char **      vlm_profile_list  (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmProfile, vlm_profile_unref)

G_END_DECLS
