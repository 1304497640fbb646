/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * model-server: the stand-in for a server of models as a program, to be
 * started where `vllm serve` would be.
 */

#include "config.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib-unix.h>

#include "model-server.h"

typedef struct
{
  int port;
  char *host;
  char **models;
  double delay;
  double jitter;
  int percent;
  char **faults;
  int repeat;
  int seed;
  gboolean plain;
  gboolean cheap;
  char *api_key;
  char *certificate;
  char *key;
  gint64 max_body;
  gint64 die_after;
  double ready_after;
} Options;

static Options options = {.seed = 1,.repeat = -1 };

static const GOptionEntry entries[] = {
  {"port", 0, 0, G_OPTION_ARG_INT, &options.port,
      "Listen on PORT of 127.0.0.1 and not on a free one", "PORT"},
  {"host", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.host,
      NULL, NULL},
  {"model", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &options.models,
      "Serve NAME, and no other model than those given", "NAME"},
  {"served-model-name", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING_ARRAY,
      &options.models, NULL, NULL},
  {"delay", 0, 0, G_OPTION_ARG_DOUBLE, &options.delay,
      "Take so long for each answer", "SECONDS"},
  {"jitter", 0, 0, G_OPTION_ARG_DOUBLE, &options.jitter,
      "Take at most so much longer, at random", "SECONDS"},
  {"faults", 0, 0, G_OPTION_ARG_INT, &options.percent,
        "Answer so many requests of a hundred with a fault that a client is "
        "expected to survive, or with one of --fault", "PERCENT"},
  {"fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.faults,
        "Answer with FAULT, again and again; may be repeated, for one after "
        "the other", "FAULT"},
  {"repeat", 0, 0, G_OPTION_ARG_INT, &options.repeat,
      "Answer with the faults N times, and well from then on", "N"},
  {"seed", 0, 0, G_OPTION_ARG_INT, &options.seed,
      "Choose faults as SEED has it (1)", "SEED"},
  {"plain", 0, 0, G_OPTION_ARG_NONE, &options.plain,
      "Answer with text alone, without YAML in front of it", NULL},
  {"cheap", 0, 0, G_OPTION_ARG_NONE, &options.cheap,
      "Don't look at what is sent; answer with numbers", NULL},
  {"api-key", 0, 0, G_OPTION_ARG_STRING, &options.api_key,
      "Refuse requests without KEY", "KEY"},
  {"tls-certificate", 0, 0, G_OPTION_ARG_FILENAME, &options.certificate,
      "Speak TLS with this certificate", "FILE"},
  {"tls-key", 0, 0, G_OPTION_ARG_FILENAME, &options.key,
      "The certificate's key, if it isn't in its file", "FILE"},
  {"max-body", 0, 0, G_OPTION_ARG_INT64, &options.max_body,
      "Refuse bodies of more bytes with 413", "BYTES"},
  {"die-after", 0, 0, G_OPTION_ARG_INT64, &options.die_after,
      "Exit with 1, without an answer, on the request after N", "N"},
  {"ready-after", 0, 0, G_OPTION_ARG_DOUBLE, &options.ready_after,
      "Don't listen till then", "SECONDS"},
  {NULL}
};

/* Faults */

static const char *
get_argument_help (ModelFaultKind kind)
{
  switch (kind) {
    case MODEL_FAULT_WRONG_TYPES:
      return ":WAY";
    case MODEL_FAULT_ROTATION:
      return ":DEGREES";
    case MODEL_FAULT_SLOW:
      return ":MILLISECONDS";
    case MODEL_FAULT_GZIP_BOMB:
    case MODEL_FAULT_HUGE_HEADERS:
      return ":MEGABYTES";
    case MODEL_FAULT_HANG:
    case MODEL_FAULT_RESET:
    case MODEL_FAULT_CLOSE_EARLY:
      return ":BYTES";
    case MODEL_FAULT_REDIRECT_302:
    case MODEL_FAULT_REDIRECT_307:
      return ":URL";
    default:
      return "";
  }
}

static char *
dup_faults_help (void)
{
  GString *help = g_string_new ("Faults:\n");

  for (ModelFaultKind kind = 0; kind < MODEL_FAULT_STATUS; kind++)
    g_string_append_printf (help, "  %s%s\n",
        model_fault_kind_get_name (kind), get_argument_help (kind));
  g_string_append (help, "  STATUS, STATUS:RETRY-AFTER (seconds, date, "
      "negative, absurd, past or a value)");
  return g_string_free (help, FALSE);
}

static GArray *
parse_faults (GError ** error)
{
  g_autoptr (GArray) faults = g_array_new (FALSE, FALSE, sizeof (ModelFault));

  for (char **fault = options.faults; fault && *fault; fault++) {
    ModelFault parsed;

    if (!model_fault_parse (&parsed, *fault, error))
      return NULL;
    g_array_append_val (faults, parsed);
  }
  return g_steal_pointer (&faults);
}

static GArray *
repeat_faults (GArray * faults, int n_times)
{
  GArray *script = g_array_new (FALSE, FALSE, sizeof (ModelFault));

  for (int i = 0; i < n_times; i++)
    g_array_append_vals (script, faults->data, faults->len);
  return script;
}

static void
set_faults (ModelServer * server, GArray * faults)
{
  const ModelFault *some = (const ModelFault *) faults->data;

  if (options.percent > 0)
    model_server_set_mix (server, options.percent, options.seed,
        faults->len > 0 ? some : NULL, faults->len);
  else if (options.repeat < 0)
    model_server_set_cycle (server, some, faults->len);
  else {
    g_autoptr (GArray) script = repeat_faults (faults, options.repeat);

    model_server_set_script (server, (const ModelFault *) script->data,
        script->len);
  }
}

/* Running */

static void
die_in_time (ModelRequest * request, ModelReply * reply, gpointer data)
{
  if (model_request_is_completion (request) &&
      model_request_get_serial (request) >= (guint64) options.die_after)
    _exit (1);
}

static ModelServer *
start (GArray * faults, GError ** error)
{
  g_autoptr (ModelServer) server = model_server_new_full (options.port,
      options.certificate, options.key, error);

  if (!server)
    return NULL;
  if (options.models)
    model_server_set_models_strv (server,
        (const char *const *) options.models);
  if (options.max_body > 0)
    model_server_set_body_limit (server, options.max_body);
  if (options.die_after > 0)
    model_server_set_handler (server, die_in_time, NULL);
  model_server_set_format (server, options.plain ? MODEL_FORMAT_PLAIN :
      MODEL_FORMAT_FRONT_MATTER);
  model_server_set_cheap (server, options.cheap);
  model_server_set_delay (server, options.delay);
  model_server_set_jitter (server, options.jitter);
  model_server_set_api_key (server, options.api_key);
  set_faults (server, faults);

  if (!model_server_start_listening (server, error))
    return NULL;
  g_print ("listening on %s\n", model_server_get_url (server));
  fflush (stdout);
  return g_steal_pointer (&server);
}

static void
wait_till_ready (void)
{
  g_usleep (MAX (options.ready_after, 0) * G_USEC_PER_SEC);
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

static void
run (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_unix_signal_add (SIGTERM, quit, loop);
  g_unix_signal_add (SIGINT, quit, loop);
  g_main_loop_run (loop);
}

/* "serve MODEL" may come first, and then options that mean nothing here. */
static void
take_command (GOptionContext * context, int *argc, char ***argv)
{
  int n_taken = 1;

  if (*argc < 2 || !g_str_equal ((*argv)[1], "serve"))
    return;
  g_option_context_set_ignore_unknown_options (context, TRUE);
  if (*argc > 2 && (*argv)[2][0] != '-') {
    options.models = g_new0 (char *, 2);
    options.models[0] = g_strdup ((*argv)[2]);
    n_taken = 2;
  }
  (*argv)[n_taken] = (*argv)[0];
  *argc -= n_taken;
  *argv += n_taken;
}

static GArray *
parse_arguments (int argc, char **argv, GError ** error)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("[serve MODEL]");
  g_autofree char *help = dup_faults_help ();

  take_command (context, &argc, &argv);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (context, help);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return NULL;
  return parse_faults (error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) faults = NULL;
  g_autoptr (ModelServer) server = NULL;

  setlocale (LC_ALL, "");
  faults = parse_arguments (argc, argv, &error);
  if (!faults) {
    g_printerr ("model-server: %s\n", error->message);
    return 2;
  }

  model_server_raise_file_limit ();
  wait_till_ready ();
  server = start (faults, &error);
  if (!server) {
    g_printerr ("model-server: %s\n", error->message);
    return EXIT_FAILURE;
  }
  run ();
  return EXIT_SUCCESS;
}
