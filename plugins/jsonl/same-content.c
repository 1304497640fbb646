/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "same-content.h"

GType
gst_recto_same_content_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_RECTO_SAME_CONTENT_COPY, "Its record is copied", "copy"},
    {GST_RECTO_SAME_CONTENT_READ, "It is read", "read"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstRectoSameContent", values));
  return type;
}
