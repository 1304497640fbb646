/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-presets.h"

#include "vlm-profile.h"

static char **
get_preset_names (GstPreset * preset)
{
  return vlm_profile_list ();
}

static gboolean
load_preset (GstPreset * preset, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VlmProfile) profile = vlm_profile_load (name, &error);

  if (profile)
    g_object_set (preset, "profile", name, NULL);
  else
    GST_ERROR_OBJECT (preset, "%s", error->message);
  return profile != NULL;
}

static gboolean
get_preset_meta (GstPreset * preset, const char *name, const char *tag,
    char **value)
{
  g_autoptr (VlmProfile) profile = vlm_profile_load (name, NULL);

  *value = NULL;
  if (profile && g_strcmp0 (tag, "comment") == 0)
    *value = g_strdup (profile->description);
  return *value != NULL;
}

static gboolean
refuse_preset (GstPreset * preset, const char *name)
{
  return FALSE;
}

static gboolean
refuse_preset_name (GstPreset * preset, const char *old_name,
    const char *new_name)
{
  return FALSE;
}

static gboolean
refuse_preset_meta (GstPreset * preset, const char *name, const char *tag,
    const char *value)
{
  return FALSE;
}

void
vlm_presets_init (GstPresetInterface * iface)
{
  iface->get_preset_names = get_preset_names;
  iface->load_preset = load_preset;
  iface->get_meta = get_preset_meta;
  iface->save_preset = refuse_preset;
  iface->delete_preset = refuse_preset;
  iface->rename_preset = refuse_preset_name;
  iface->set_meta = refuse_preset_meta;
}
