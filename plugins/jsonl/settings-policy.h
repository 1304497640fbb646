/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * GstRectoSettingsPolicy:
 * @GST_RECTO_SETTINGS_REFUSE: the run is refused
 * @GST_RECTO_SETTINGS_KEEP: such pages count as recorded
 * @GST_RECTO_SETTINGS_AGAIN: such pages do not count; they are read again, and
 *   both records stay
 *
 * What jsonlsink does where pages are recorded with other settings than those
 * of the run.
 *
 * Since: 1.0
 */
typedef enum
{
  GST_RECTO_SETTINGS_REFUSE,
  GST_RECTO_SETTINGS_KEEP,
  GST_RECTO_SETTINGS_AGAIN,
} GstRectoSettingsPolicy;

#define GST_RECTO_TYPE_SETTINGS_POLICY (gst_recto_settings_policy_get_type ())
GType gst_recto_settings_policy_get_type (void);

G_END_DECLS
