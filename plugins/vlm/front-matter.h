/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What stands before a text, between two lines of “---”: of YAML no more than
 * a flat mapping with a value on each line, which means here what it means to
 * PyYAML, as models were trained with it. All else is refused.
 */

#pragma once

#include "secrets.h"

G_BEGIN_DECLS

typedef enum
{
  FRONT_MATTER_NULL,
  FRONT_MATTER_FALSE,
  FRONT_MATTER_TRUE,
  FRONT_MATTER_NUMBER,          /* or a date, or what looks like one */
  FRONT_MATTER_STRING,
} FrontMatterKind;

typedef struct
{
  char *name;
  FrontMatterKind kind;
  char *value;                  /* without quotes */
} FrontMatterField;

/* The fields in their order, a name may come twice; `text`, which lies in
 * `content`, is what follows. Errors are G_IO_ERROR_INVALID_DATA; what they
 * quote is without `secrets`. */
GPtrArray * front_matter_parse (const char     *content,
                                const char    **text,
                                const Secrets  *secrets,
                                GError        **error);

G_END_DECLS
