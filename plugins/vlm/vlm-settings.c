/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-settings.h"

#include <glib/gi18n-lib.h>

#include "vlm-enums.h"

void
vlm_requested_settings_clear (VlmRequestedSettings * self)
{
  g_free (self->profile);
  g_free (self->prompt);
  g_free (self->system_prompt);
  g_free (self->sampling);
  g_free (self->extra_body);
}

static const char *
first (const char *a, const char *b)
{
  return a && *a ? a : b;
}

static char *
merge (const char *profile, const char *requested, GError ** error)
{
  g_autofree char *ours = NULL;

  if (requested)
    ours = chat_request_normalize ("extra-body", requested, JSON_NODE_OBJECT,
        error);
  if (requested && ours == NULL)
    return NULL;
  return chat_request_merge (profile ? profile : "{}", ours ? ours : "{}");
}

static gboolean
check_guide (VlmSettings * self, GError ** error)
{
  if (self->guide == CHAT_GUIDE_NONE || self->profile->guided_regex)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      _("“guided-decoding” has nothing to go by: the profile “%s” has no"
          " guided-regex."), self->profile->name);
  return FALSE;
}

VlmSettings *
vlm_settings_new (const VlmRequestedSettings * requested, GError ** error)
{
  g_autoptr (VlmProfile) profile = vlm_profile_load (requested->profile, error);
  g_autoptr (VlmSettings) self = NULL;

  if (profile == NULL)
    return NULL;

  self = g_atomic_rc_box_new0 (VlmSettings);
  self->prompt = g_strdup (first (requested->prompt, profile->prompt));
  self->system_prompt =
      g_strdup (first (requested->system_prompt, profile->system_prompt));
  self->max_tokens = requested->max_tokens ? requested->max_tokens :
      profile->max_tokens;
  self->max_context = requested->max_context ? requested->max_context :
      profile->max_context;
  self->guide = requested->guide;
  self->rotation = requested->rotation < 0 ? profile->rotation :
      (VlmRotation) requested->rotation;
  self->sampling = chat_request_normalize ("sampling",
      first (requested->sampling, profile->sampling), JSON_NODE_ARRAY, error);
  if (self->sampling)
    self->extra_body =
        merge (profile->extra_body, requested->extra_body, error);
  self->profile = g_steal_pointer (&profile);

  if (self->extra_body == NULL || !check_guide (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

VlmSettings *
vlm_settings_ref (VlmSettings * self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  VlmSettings *self = data;

  g_clear_pointer (&self->profile, vlm_profile_unref);
  g_free (self->prompt);
  g_free (self->system_prompt);
  g_free (self->sampling);
  g_free (self->extra_body);
}

void
vlm_settings_unref (VlmSettings * self)
{
  g_atomic_rc_box_release_full (self, clear);
}

ChatRequest *
vlm_settings_new_request (const VlmSettings * self, const char *model,
    GError ** error)
{
  const ChatSettings chat = {
    .model = model,
    .system_prompt = self->system_prompt,
    .prompt = self->prompt,
    .order = self->profile->order,
    .sampling = self->sampling,
    .max_tokens = self->max_tokens,
    .extra_body = self->extra_body,
    .guide = self->guide,
    .guided_regex = self->profile->guided_regex,
  };

  return chat_request_new (&chat, error);
}

static void
describe_string (GVariantDict * config, const char *name, const char *value)
{
  if (value)
    g_variant_dict_insert (config, name, "s", value);
}

void
vlm_settings_describe (const VlmSettings * self, GVariantDict * config)
{
  const VlmProfile *profile = self->profile;

  describe_string (config, "profile", profile->name);
  describe_string (config, "prompt", self->prompt);
  describe_string (config, "system-prompt", self->system_prompt);
  describe_string (config, "sampling", self->sampling);
  describe_string (config, "extra-body", self->extra_body);
  g_variant_dict_insert (config, "max-tokens", "u", self->max_tokens);
  g_variant_dict_insert (config, "max-context", "u", self->max_context);
  g_variant_dict_insert (config, "guided-decoding", "s",
      vlm_enum_get_nick (TYPE_VLM_GUIDED_DECODING, self->guide));
  g_variant_dict_insert (config, "rotation", "s",
      vlm_enum_get_nick (TYPE_VLM_ROTATION, self->rotation));

  /* These are the profile's alone. */
  g_variant_dict_insert (config, "order", "u", profile->order);
  g_variant_dict_insert (config, "answer", "u", profile->answer);
  if (self->guide != CHAT_GUIDE_NONE)
    describe_string (config, "guided-regex", profile->guided_regex);
}
