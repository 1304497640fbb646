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
#define MAX_RETRIES 1000
#define MAX_SECONDS (7 * 24 * 60 * 60)

/* Of a server that is started by us, and has its weights to load first. */
#define STARTED_URL "http://localhost:8000/v1"
#define STARTED_READY_TIMEOUT 600

/* Options that are numbers, and the properties that they set. */
static const struct
{
  const char *option;
  const char *property;
  gsize offset;                 /* in ServerOptions */
  int min, max;
} numbers[] = {
  {"--max-in-flight", "max-in-flight",
      G_STRUCT_OFFSET (ServerOptions, max_in_flight), 1, MAX_IN_FLIGHT},
  {"--ready-timeout", "ready-timeout",
      G_STRUCT_OFFSET (ServerOptions, ready_timeout), 0, MAX_SECONDS},
  {"--timeout", "timeout",
      G_STRUCT_OFFSET (ServerOptions, timeout), 1, MAX_SECONDS},
  {"--page-timeout", "page-timeout",
      G_STRUCT_OFFSET (ServerOptions, page_timeout), 0, MAX_SECONDS},
  {"--retries", "retries",
      G_STRUCT_OFFSET (ServerOptions, retries), 0, MAX_RETRIES},
  {"--max-outage", "max-outage",
      G_STRUCT_OFFSET (ServerOptions, max_outage), 0, MAX_SECONDS},
};

static int
get_number (const ServerOptions * self, guint index)
{
  return G_STRUCT_MEMBER (int, self, numbers[index].offset);
}

static void
add_server_entries (GOptionGroup * group, ServerOptions * self)
{
  const GOptionEntry entries[] = {
    {"server", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->urls,
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
    {"timeout", 0, 0, G_OPTION_ARG_INT, &self->timeout,
          N_("Let a request take N seconds, or as long as others take (default:"
              " 600)"), N_("N")},
    {"page-timeout", 0, 0, G_OPTION_ARG_INT, &self->page_timeout,
          N_("Let all attempts at a page take N seconds together (default: 0,"
              " twice the --timeout)"), N_("N")},
    {"retries", 0, 0, G_OPTION_ARG_INT, &self->retries,
        N_("Try a page again up to N times (default: 7)"), N_("N")},
    {"max-outage", 0, 0, G_OPTION_ARG_INT, &self->max_outage,
          N_("Wait N seconds for a server that answers nothing, then end the"
              " run (default: 3600; 0: no limit)"), N_("N")},
    {"header", 0, 0, G_OPTION_ARG_FILENAME, &self->header_file,
        N_("Send the header lines in FILE with each request"), N_("FILE")},
    {"proxy", 0, 0, G_OPTION_ARG_STRING, &self->proxy,
          N_("Ask the server through the proxy at URL (default: the system's"
              " proxy, and none for a server on this machine)"), N_("URL")},
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
    {"--server", self->urls != NULL},
    {"--server-command", self->command != NULL},
    {"--api-key-file", self->api_key_file != NULL},
    {"--ca-file", self->ca_file != NULL},
    {"--header", self->header_file != NULL},
    {"--proxy", self->proxy != NULL},
    {"--model", self->model != NULL},
    {"--profile", self->profile != NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    if (options[i].is_given)
      return options[i].option;
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    if (get_number (self, i) != SERVER_UNSET)
      return numbers[i].option;
  }
  return NULL;
}

const char *
server_options_get_url (const ServerOptions * self)
{
  return self->urls != NULL ? self->urls[0] : NULL;
}

static gboolean
check_numbers (const ServerOptions * self, GError ** error)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    int number = get_number (self, i);

    if (number != SERVER_UNSET
        && (number < numbers[i].min || number > numbers[i].max))
      return arguments_refuse (error, _("%s takes a number from %d to %d."),
          numbers[i].option, numbers[i].min, numbers[i].max);
  }
  return TRUE;
}

/* It would be in the pipeline's description and in logs. */
static gboolean
check_url (const char *option, const char *url, GError ** error)
{
  g_autofree char *shown = url != NULL ? url_redact (url) : NULL;

  if (url == NULL || !url_has_secret (url))
    return TRUE;
  return arguments_refuse (error, _("%s %s: the URL has a secret in it, which"
          " logs and lists of processes show. Put the key into a file and name"
          " that with --api-key-file."), option, shown);
}

static gboolean
check_servers (const ServerOptions * self, GError ** error)
{
  if (self->urls != NULL && self->urls[1] != NULL)
    return arguments_refuse (error, _("--server was given more than once, but a"
            " run reads with one server."));
  return check_url ("--server", server_options_get_url (self), error);
}

gboolean
server_options_check (const ServerOptions * self, GError ** error)
{
  return check_servers (self, error)
      && check_url ("--proxy", self->proxy, error)
      && check_numbers (self, error);
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
set_numbers (const ServerOptions * self, PipelineStage * stage)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    int number = get_number (self, i);
    g_autofree char *value = g_strdup_printf ("%d", number);

    if (number != SERVER_UNSET)
      pipeline_stage_set (stage, numbers[i].property, value);
  }
}

void
server_options_apply (const ServerOptions * self, PipelineStage * stage)
{
  const char *url = server_options_get_url (self);

  if (self->command != NULL) {
    g_autofree char *timeout = g_strdup_printf ("%d", STARTED_READY_TIMEOUT);

    pipeline_stage_set (stage, "server-url", STARTED_URL);
    pipeline_stage_set (stage, "ready-timeout", timeout);
  }
  set_string (stage, "server-url", url);
  set_string (stage, "model", self->model);
  set_string (stage, "profile", self->profile);
  set_string (stage, "api-key-file", self->api_key_file);
  set_file (stage, "ca-file", self->ca_file);
  set_file (stage, "extra-headers-file", self->header_file);
  set_string (stage, "proxy", self->proxy);
  set_numbers (self, stage);
}

void
server_options_clear (ServerOptions * self)
{
  g_strfreev (self->urls);
  g_free (self->command);
  g_free (self->api_key_file);
  g_free (self->ca_file);
  g_free (self->header_file);
  g_free (self->proxy);
  g_free (self->model);
  g_free (self->profile);
}
