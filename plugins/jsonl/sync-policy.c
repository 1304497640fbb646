/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync-policy.h"

GType
gst_recto_sync_policy_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_RECTO_SYNC_BATCH, "After 64 records, a second, or a document",
        "batch"},
    {GST_RECTO_SYNC_PAGE, "With each record", "page"},
    {GST_RECTO_SYNC_DOCUMENT, "With the last record of a document",
        "document"},
    {GST_RECTO_SYNC_NONE, "Never", "none"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstRectoSyncPolicy", values));
  return type;
}
