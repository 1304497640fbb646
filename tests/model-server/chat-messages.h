/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The messages of a chat that is to be completed.
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Zeroed at first. Nullable, all of it. */
typedef struct
{
  char *prompt;                 /* the user's texts, line by line */
  char *system;
  guint n_images;
  char *media_type;             /* of the first image */
  const char *base64;           /* in the JSON, which has to live on */
  GBytes *image;                /* decoded when it is asked for */
} ChatMessages;

void     chat_messages_parse     (ChatMessages *self,
                                  JsonObject   *chat);

void     chat_messages_clear     (ChatMessages *self);

GBytes * chat_messages_get_image (ChatMessages *self);

G_END_DECLS
