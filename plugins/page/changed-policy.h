/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * GstRectoChangedPolicy:
 * @GST_RECTO_CHANGED_REDO: it is read
 * @GST_RECTO_CHANGED_ERROR: it fails with the status `changed`
 *
 * What pdfsrc does with a document that is recorded with other bytes.
 *
 * Since: 1.0
 */
typedef enum
{
  GST_RECTO_CHANGED_REDO,
  GST_RECTO_CHANGED_ERROR,
} GstRectoChangedPolicy;

#define GST_RECTO_TYPE_CHANGED_POLICY (gst_recto_changed_policy_get_type ())
GType gst_recto_changed_policy_get_type (void);

G_END_DECLS
