/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings-policy.h"

GType
gst_recto_settings_policy_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_RECTO_SETTINGS_REFUSE, "Refuse the run", "refuse"},
    {GST_RECTO_SETTINGS_KEEP, "Count the pages as recorded", "keep"},
    {GST_RECTO_SETTINGS_AGAIN, "Read the pages again", "again"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstRectoSettingsPolicy", values));
  return type;
}
