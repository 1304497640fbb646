/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The options of commands that read with a model behind a server.
 */

#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

#define SERVER_STAGE "vlminference"

/* What no user means by a number. */
#define SERVER_UNSET G_MININT

typedef struct
{
  char **urls;                  /* NULL, or one once it is checked */
  char *command;
  char *api_key_file;
  char *ca_file;
  char *header_file;
  char *proxy;
  int max_in_flight;
  int ready_timeout;
  int timeout;
  int page_timeout;
  int retries;
  int max_outage;
  /* These shape what is read. */
  char *model;
  char *profile;
} ServerOptions;

#define SERVER_OPTIONS_NONE \
  {.max_in_flight = SERVER_UNSET,.ready_timeout = SERVER_UNSET, \
    .timeout = SERVER_UNSET,.page_timeout = SERVER_UNSET, \
    .retries = SERVER_UNSET,.max_outage = SERVER_UNSET }

/* The model can be chosen only if `with_model`. */
GOptionGroup * server_options_create_group (ServerOptions        *self,
                                            gboolean              with_model);

/* The first option that was given, or NULL. */
const char *   server_options_get_given    (const ServerOptions  *self);

/* The server that was named, or NULL. */
const char *   server_options_get_url      (const ServerOptions  *self);

gboolean       server_options_check        (const ServerOptions  *self,
                                            GError              **error);

/* Sets what was given on a stage, and what follows from that. */
void           server_options_apply        (const ServerOptions  *self,
                                            PipelineStage        *stage);

void           server_options_clear        (ServerOptions        *self);

G_END_DECLS
