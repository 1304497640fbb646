/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Digests of the time before elements had revisions: all settings were part of
 * them, whether they were at their defaults or not. A journal of that time is
 * continued under its digest while the elements do what they did then. Once
 * the revisions of all elements here are above 1 nothing needs this file.
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-query-private.h>

#define MAX_SETTINGS 16
#define REVISION "revision"

/* An element of that time, and all settings that it had. */
typedef struct
{
  const char *name;
  const char *settings[MAX_SETTINGS];
} FormerElement;

static const FormerElement elements[] = {
  {"pagerasterizer", {"dpi", "exact", "format", "height", "longest",
              "max-pixels", "multiple", "quality", "shortest", "width"}},
  {"tesseractinference", {"language", "page-segmentation-mode", "version"}},
  {"textlayerinference", {NULL}},
  {"vlminference", {"answer", "extra-body", "fallback", "guided-decoding",
              "guided-regex", "max-context", "max-tokens", "model", "order",
              "profile", "prompt", "rotation", "sampling", "system-prompt"}},
};

static const FormerElement *
find_element (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (elements); i++) {
    if (g_str_equal (elements[i].name, name))
      return &elements[i];
  }
  return NULL;
}

static gboolean
has_setting (const FormerElement * self, const char *name)
{
  return g_strv_contains (self->settings, name);
}

/* Whether all that differs from today's defaults could be set then. */
static gboolean
can_be_former (const FormerElement * self, GVariant * changes)
{
  GVariantIter iter;
  const char *name;
  guint revision;

  if (!g_variant_lookup (changes, REVISION, "u", &revision) || revision != 1)
    return FALSE;
  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL)) {
    if (!has_setting (self, name) && !g_str_equal (name, REVISION))
      return FALSE;
  }
  return TRUE;
}

static GVariant *
choose_settings (const FormerElement * self, GVariant * settings)
{
  GVariantBuilder chosen;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_builder_init (&chosen, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value)) {
    if (has_setting (self, name))
      g_variant_builder_add (&chosen, "{sv}", name, value);
  }
  return g_variant_builder_end (&chosen);
}

char *
recto_query_dup_former_digest (GstQuery * query)
{
  g_autoptr (GVariant) config = recto_query_get_run_config (query);
  g_autoptr (GVariant) changes = recto_query_get_run_changes (query);
  g_autoptr (GVariant) former = NULL;
  GVariantBuilder list;

  g_variant_builder_init (&list, g_variant_get_type (config));
  for (gsize i = 0; i < g_variant_n_children (config); i++) {
    g_autoptr (GVariant) all = NULL, changed = NULL;
    const FormerElement *element;
    const char *name;

    g_variant_get_child (config, i, "(&s@a{sv})", &name, &all);
    g_variant_get_child (changes, i, "(&s@a{sv})", NULL, &changed);
    element = find_element (name);
    if (element == NULL || !can_be_former (element, changed)) {
      g_variant_builder_clear (&list);
      return NULL;
    }
    g_variant_builder_add (&list, "(s@a{sv})", name,
        choose_settings (element, all));
  }
  former = g_variant_ref_sink (g_variant_builder_end (&list));
  return recto_run_config_make_digest (former);
}
