/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "server-options.h"

#include <glib/gi18n.h>
#include <vlm/url-secrets.h>

#include "arguments.h"

#define MAX_IN_FLIGHT 65536
#define MAX_READY_TIMEOUT (7 * 24 * 60 * 60)

/* Of a server that is started by us, and has its weights to load first. */
#define STARTED_URL "http://localhost:8000/v1"
#define STARTED_READY_TIMEOUT 600

static void
add_server_entries (GOptionGroup * group, ServerOptions * self)
{
  const GOptionEntry entries[] = {
    {"server", 0, 0, G_OPTION_ARG_STRING, &self->url,
          N_("Read with a model behind the OpenAI-compatible server at URL,"
              " such as http://localhost:8000/v1"), N_("URL")},
    {"server-command", 0, 0, G_OPTION_ARG_FILENAME, &self->command,
          N_("Start a server with COMMAND, such as 'vllm serve MODEL', and end"
              " it with the run"), N_("COMMAND")},
    {"api-key-file", 0, 0, G_OPTION_ARG_FILENAME, &self->api_key_file,
          N_("Show the server the key in FILE (without it, the key in the"
              " environment variable RECTO_API_KEY)"), N_("FILE")},
    {"ca-file", 0, 0, G_OPTION_ARG_FILENAME, &self->ca_file,
          N_("Trust the authorities in FILE besides the system's"),
        N_("FILE")},
    {"max-in-flight", 0, 0, G_OPTION_ARG_INT, &self->max_in_flight,
          N_("Ask the server for N pages at a time (64 unless it is given)"),
        N_("N")},
    {"ready-timeout", 0, 0, G_OPTION_ARG_INT, &self->ready_timeout,
          N_("Wait N seconds for the server at the start (0: no limit; 30"
              " unless it is given, or 600 with --server-command)"), N_("N")},
    {NULL}
  };

  g_option_group_add_entries (group, entries);
}

static void
add_model_entries (GOptionGroup * group, ServerOptions * self)
{
  const GOptionEntry entries[] = {
    {"model", 0, 0, G_OPTION_ARG_STRING, &self->model,
        N_("Use MODEL, as the server lists it (needless if it has only one)"),
        N_("MODEL")},
    {NULL}
  };

  g_option_group_add_entries (group, entries);
}

static void
add_profile_entries (GOptionGroup * group, ServerOptions * self)
{
  const GOptionEntry entries[] = {
    {"profile", 0, 0, G_OPTION_ARG_FILENAME, &self->profile,
          N_("Ask as PROFILE says, by its name in “recto profiles” or the path"
              " of its file (olmocr-2 unless it is given)"), N_("PROFILE")},
    {NULL}
  };

  g_option_group_add_entries (group, entries);
}

GOptionGroup *
server_options_create_group (ServerOptions * self, gboolean with_model)
{
  GOptionGroup *group = g_option_group_new ("server",
      _("Models behind a server:"),
      N_("List the options for models behind a server"), NULL, NULL);

  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  add_server_entries (group, self);
  if (with_model)
    add_model_entries (group, self);
  add_profile_entries (group, self);
  return group;
}

const char *
server_options_get_given (const ServerOptions * self)
{
  const struct
  {
    const char *option;
    gboolean is_given;
  } options[] = {
    {"--server", self->url != NULL},
    {"--server-command", self->command != NULL},
    {"--api-key-file", self->api_key_file != NULL},
    {"--ca-file", self->ca_file != NULL},
    {"--max-in-flight", self->max_in_flight != SERVER_UNSET},
    {"--ready-timeout", self->ready_timeout != SERVER_UNSET},
    {"--model", self->model != NULL},
    {"--profile", self->profile != NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    if (options[i].is_given)
      return options[i].option;
  }
  return NULL;
}

static gboolean
check_number (const char *option, int number, int min, int max,
    GError ** error)
{
  if (number == SERVER_UNSET || (number >= min && number <= max))
    return TRUE;
  return arguments_refuse (error, _("%s takes a number from %d to %d."),
      option, min, max);
}

/* It would be in the pipeline's description and in logs. */
static gboolean
check_url (const char *url, GError ** error)
{
  g_autofree char *shown = url != NULL ? url_redact (url) : NULL;

  if (url == NULL || !url_has_secret (url))
    return TRUE;
  return arguments_refuse (error, _("--server %s: the URL has a secret in it,"
          " which logs and lists of processes show. Put the key into a file and"
          " name that with --api-key-file."), shown);
}

gboolean
server_options_check (const ServerOptions * self, GError ** error)
{
  return check_url (self->url, error)
      && check_number ("--max-in-flight", self->max_in_flight, 1,
      MAX_IN_FLIGHT, error)
      && check_number ("--ready-timeout", self->ready_timeout, 0,
      MAX_READY_TIMEOUT, error);
}

static void
set_string (PipelineStage * stage, const char *property, const char *value)
{
  if (value != NULL)
    pipeline_stage_set (stage, property, value);
}

/* GIO takes only absolute names of some files. */
static void
set_file (PipelineStage * stage, const char *property, const char *file)
{
  g_autofree char *path = file != NULL ? g_canonicalize_filename (file, NULL) :
      NULL;

  set_string (stage, property, path);
}

static void
set_number (PipelineStage * stage, const char *property, int number)
{
  g_autofree char *value = g_strdup_printf ("%d", number);

  if (number != SERVER_UNSET)
    pipeline_stage_set (stage, property, value);
}

void
server_options_apply (const ServerOptions * self, PipelineStage * stage)
{
  const char *url = self->url;
  int ready_timeout = self->ready_timeout;

  if (self->command != NULL && url == NULL)
    url = STARTED_URL;
  if (self->command != NULL && ready_timeout == SERVER_UNSET)
    ready_timeout = STARTED_READY_TIMEOUT;

  set_string (stage, "server-url", url);
  set_string (stage, "model", self->model);
  set_string (stage, "profile", self->profile);
  set_string (stage, "api-key-file", self->api_key_file);
  set_file (stage, "ca-file", self->ca_file);
  set_number (stage, "max-in-flight", self->max_in_flight);
  set_number (stage, "ready-timeout", ready_timeout);
}

void
server_options_clear (ServerOptions * self)
{
  g_free (self->url);
  g_free (self->command);
  g_free (self->api_key_file);
  g_free (self->ca_file);
  g_free (self->model);
  g_free (self->profile);
}
