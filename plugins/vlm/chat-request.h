/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The requests for chat completions of one run: all but the image is made
 * once.
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "image-body.h"
#include "vlm-profile.h"

G_BEGIN_DECLS

typedef enum
{
  CHAT_GUIDE_NONE,
  CHAT_GUIDE_STRUCTURED_OUTPUTS,        /* vLLM from 0.12 */
  CHAT_GUIDE_GUIDED_REGEX,              /* vLLM before that */
} ChatGuide;

typedef struct
{
  const char *model;
  const char *system_prompt;    /* nullable */
  const char *prompt;           /* nullable: the image alone */
  VlmOrder order;
  const char *sampling;         /* JSON: an object for each attempt */
  guint max_tokens;             /* 0: the server's choice */
  const char *extra_body;       /* JSON: an object; wins over all but messages */
  ChatGuide guide;
  const char *guided_regex;     /* nullable */
} ChatSettings;

typedef struct _ChatRequest ChatRequest;

/* Errors are G_IO_ERROR_INVALID_ARGUMENT and name the setting. */
ChatRequest *  chat_request_new       (const ChatSettings  *settings,
                                       GError             **error);

void           chat_request_free      (ChatRequest         *self);

/* The body of attempt `attempt`, from 0. */
ImageBody *    chat_request_open      (ChatRequest         *self,
                                       guint                attempt,
                                       const char          *media_type,
                                       GBytes              *image);

/* That of the first attempt, for an answer of one token. */
ImageBody *    chat_request_open_control
                                      (ChatRequest         *self,
                                       const char          *media_type,
                                       GBytes              *image);

/* The body of the first attempt, with “…” for the image. */
char *         chat_request_to_string (ChatRequest         *self,
                                       const char          *media_type);

/* Checks the JSON of a setting, and returns it as it is to be told and
 * compared: without white space. `name` is for the error. */
char *         chat_request_normalize (const char          *name,
                                       const char          *json,
                                       JsonNodeType         type,
                                       GError             **error);

/* The members of two JSON objects; those of `json` win. */
char *         chat_request_merge     (const char          *base,
                                       const char          *json);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChatRequest, chat_request_free)

G_END_DECLS
