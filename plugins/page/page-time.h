/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A page is a second: GST_FORMAT_DEFAULT counts pages.
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define PAGE_DURATION GST_SECOND

gboolean page_time_has_format    (GstFormat    format);

/* Keeps -1, which means unknown. */
gint64   page_time_convert       (gint64       value,
                                  GstFormat    from,
                                  GstFormat    to);

gboolean page_time_query_convert (GstQuery    *query);

/* Makes `segment`, in time, of a seek in either format. */
gboolean page_time_seek          (GstEvent    *event,
                                  GstSegment  *segment);

G_END_DECLS
