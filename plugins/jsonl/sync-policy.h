/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * GstRectoSyncPolicy:
 * @GST_RECTO_SYNC_BATCH: after 64 records, after a second, and with a document
 * @GST_RECTO_SYNC_PAGE: with each record
 * @GST_RECTO_SYNC_DOCUMENT: with the last record of a document
 * @GST_RECTO_SYNC_NONE: never; records outlive the process, but not the machine
 *
 * When jsonlsink makes records durable.
 *
 * Since: 1.0
 */
typedef enum
{
  GST_RECTO_SYNC_BATCH,
  GST_RECTO_SYNC_PAGE,
  GST_RECTO_SYNC_DOCUMENT,
  GST_RECTO_SYNC_NONE,
} GstRectoSyncPolicy;

#define GST_RECTO_TYPE_SYNC_POLICY (gst_recto_sync_policy_get_type ())
GType gst_recto_sync_policy_get_type (void);

G_END_DECLS
