/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a model says of a page, taken out of the words it says it in.
 */

#pragma once

#include "secrets.h"

G_BEGIN_DECLS

typedef enum
{
  ANSWER_PLAIN,                 /* all of it is the text */
  ANSWER_YAML_FRONT_MATTER,     /* as olmOCR-2 answers */
} AnswerFormat;

/* The flags are -1 where the format doesn't tell. */
typedef struct
{
  char *text;                   /* valid UTF-8, may be "" */
  char *language;               /* nullable */
  int is_rotation_valid;
  int rotation;                 /* 0, 90, 180 or 270: what would make it so */
  int is_table;
  int is_diagram;
} Answer;

/* `content` is valid UTF-8; what is around all of it is left out. Errors are
 * G_IO_ERROR_INVALID_DATA, and name what is wrong with the answer. Neither they
 * nor the language have `secrets` in them; the text is the page's and stays as
 * it is. */
gboolean answer_parse (Answer         *self,
                       AnswerFormat    format,
                       const char     *content,
                       const Secrets  *secrets,
                       GError        **error);

void     answer_clear (Answer        *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

G_END_DECLS
