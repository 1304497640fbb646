/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * recto sandbox: how documents are kept from the rest of this system.
 */

#include "config.h"

#include <glib/gi18n.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <recto/recto.h>
#include <recto/recto-renderer-private.h>

#include "arguments.h"
#include "commands.h"

typedef struct
{
  gboolean json;
  char **rest;
} Options;

static void
options_clear (Options * self)
{
  g_strfreev (self->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char *const uses[RECTO_WORKER_N_WALLS] = {
  [RECTO_WORKER_NAMESPACES] = N_("no network, and no memory shared with others"),
  [RECTO_WORKER_PRIVILEGES] = N_("none can be gained, and nobody can look in"),
  [RECTO_WORKER_FILES] = N_("fonts can be read, and no other file"),
  [RECTO_WORKER_RESOURCES] = N_("memory is limited, and no file can grow"),
  [RECTO_WORKER_SYSCALLS] = N_("only the system calls that drawing takes"),
};

static void
print_posture (const RectoPosture * posture)
{
  for (guint i = 0; i < RECTO_WORKER_N_WALLS; i++) {
    g_autofree char *reason = recto_posture_dup_reason (posture, i);

    g_print ("%-10s  %-3s  %s\n", recto_wall_get_name (i),
        reason == NULL ? _("yes") : _("no"),
        reason == NULL ? _(uses[i]) : reason);
  }
}

static void
print_object (JsonObject * object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_set_object (node, object);
  text = json_to_string (node, FALSE);
  g_print ("%s\n", text);
}

static void
print_json (const RectoPosture * posture, gboolean suffices)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObject *walls = json_object_new ();

  json_object_set_boolean_member (object, "required", suffices);
  for (guint i = 0; i < RECTO_WORKER_N_WALLS; i++) {
    g_autofree char *reason = recto_posture_dup_reason (posture, i);

    /* Null where it stands. */
    json_object_set_string_member (walls, recto_wall_get_name (i), reason);
  }
  json_object_set_object_member (object, "walls", walls);
  print_object (object);
}

/* Of workers that can't be started no wall is known. */
static void
print_json_error (const GError * error)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_boolean_member (object, "required", FALSE);
  json_object_set_string_member (object, "error", error->message);
  print_object (object);
}

/* As a run would, but that it would not begin where a wall is missing. */
static gboolean
try_workers (RectoPosture * posture, GError ** error)
{
  g_autoptr (RectoRenderer) renderer = g_object_new (RECTO_TYPE_RENDERER,
      "sandbox", RECTO_SANDBOX_BEST_EFFORT, NULL);

  if (!recto_renderer_start (renderer, NULL, error))
    return FALSE;
  recto_renderer_get_posture (renderer, posture);
  recto_renderer_stop (renderer);
  return TRUE;
}

static gboolean
tell_sandbox (const Options * options, GError ** error)
{
  RectoPosture posture;
  gboolean suffices;
  GError *cause = NULL;

  if (!try_workers (&posture, &cause)) {
    if (options->json)
      print_json_error (cause);
    g_propagate_error (error, cause);
    return FALSE;
  }

  suffices = recto_posture_check (&posture, RECTO_SANDBOX_REQUIRED, error);
  if (options->json)
    print_json (&posture, suffices);
  else
    print_posture (&posture);
  return suffices;
}

static GOptionContext *
create_context (Options * self)
{
  const GOptionEntry entries[] = {
    {"json", 0, 0, G_OPTION_ARG_NONE, &self->json,
        N_("Print a JSON object"), NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->rest,
        NULL, NULL},
    {NULL}
  };

  return arguments_create_context (NULL,
      N_("Says how documents, which may be hostile, are kept from the rest of"
          " this system."),
      N_("All but namespaces are required, unless “recto convert” is told"
          " otherwise by --sandbox.\n\n"
          "Exit status: 0, or 1 when one that is required is missing."),
      entries);
}

static gboolean
parse_options (Options * self, char **argv, GError ** error)
{
  g_autoptr (GOptionContext) context = create_context (self);

  if (!arguments_parse (context, argv, error))
    return FALSE;
  if (self->rest != NULL)
    return arguments_refuse (error, _("“%s” is too much: there is one"
            " system."), self->rest[0]);
  return TRUE;
}

int
sandbox_main (int argc, char **argv)
{
  g_auto (Options) options = { FALSE, };
  g_autoptr (GError) error = NULL;
  gboolean suffices;

  if (!parse_options (&options, argv, &error))
    return arguments_fail (argv[0], error);

  gst_init (NULL, NULL);
  suffices = tell_sandbox (&options, &error);
  if (error != NULL)
    g_printerr ("recto: %s\n", error->message);
  gst_deinit ();

  return suffices ? EXIT_ALL_READ : EXIT_NOTHING_DONE;
}
