/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-enums.h"

#include "chat-request.h"

GType
vlm_fallback_get_type (void)
{
  static const GEnumValue values[] = {
    {VLM_FALLBACK_TEXT_LAYER, "The text that the document itself carries",
        "text-layer"},
    {VLM_FALLBACK_NONE, "None: the page fails", "none"},
    {0, NULL, NULL}
  };
  static GType type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstRectoVlmFallback",
            values));
  return type;
}

GType
vlm_guided_decoding_get_type (void)
{
  static const GEnumValue values[] = {
    {CHAT_GUIDE_NONE, "The model is free", "none"},
    {CHAT_GUIDE_STRUCTURED_OUTPUTS, "By structured_outputs, as vLLM takes it",
        "structured-outputs"},
    {CHAT_GUIDE_GUIDED_REGEX, "By guided_regex, as older vLLM takes it",
        "guided-regex"},
    {0, NULL, NULL}
  };
  static GType type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstRectoVlmGuidedDecoding", values));
  return type;
}

GType
vlm_rotation_get_type (void)
{
  static const GEnumValue values[] = {
    {VLM_ROTATION_PROFILE, "As the profile says", "profile"},
    {VLM_ROTATION_NONE, "Pages are not turned", "none"},
    {VLM_ROTATION_COUNTER_CLOCKWISE, "Pages are turned counter-clockwise by"
        " what the model says", "counter-clockwise"},
    {0, NULL, NULL}
  };
  static GType type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstRectoVlmRotation",
            values));
  return type;
}

const char *
vlm_enum_get_nick (GType type, int value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);

  return g_enum_get_value (klass, value)->value_nick;
}
