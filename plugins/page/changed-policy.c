/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "changed-policy.h"

GType
gst_recto_changed_policy_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_RECTO_CHANGED_REDO, "It is read", "redo"},
    {GST_RECTO_CHANGED_ERROR, "It fails with the status “changed”", "error"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstRectoChangedPolicy", values));
  return type;
}
