/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "page-time.h"

gboolean
page_time_has_format (GstFormat format)
{
  return format == GST_FORMAT_TIME || format == GST_FORMAT_DEFAULT;
}

gint64
page_time_convert (gint64 value, GstFormat from, GstFormat to)
{
  const gint64 duration = PAGE_DURATION;

  if (value < 0 || from == to)
    return value;
  if (from == GST_FORMAT_TIME)
    return value / duration;
  return value > G_MAXINT64 / duration ? -1 : value * duration;
}

gboolean
page_time_query_convert (GstQuery * query)
{
  GstFormat from, to;
  gint64 value;

  gst_query_parse_convert (query, &from, &value, &to, NULL);
  if (!page_time_has_format (from) || !page_time_has_format (to))
    return FALSE;

  gst_query_set_convert (query, from, value, to,
      page_time_convert (value, from, to));
  return TRUE;
}

/* What is relative to the end is negative. */
static gint64
seek_time (GstSeekType type, GstFormat format, gint64 value)
{
  const gint64 sign = type == GST_SEEK_TYPE_END ? -1 : 1;

  return sign * page_time_convert (sign * value, format, GST_FORMAT_TIME);
}

gboolean
page_time_seek (GstEvent * event, GstSegment * segment)
{
  GstFormat format;
  GstSeekFlags flags;
  GstSeekType start_type, stop_type;
  gint64 start, stop;
  double rate;

  gst_event_parse_seek (event, &rate, &format, &flags, &start_type, &start,
      &stop_type, &stop);
  if (!page_time_has_format (format))
    return FALSE;

  return gst_segment_do_seek (segment, rate, GST_FORMAT_TIME, flags,
      start_type, seek_time (start_type, format, start),
      stop_type, seek_time (stop_type, format, stop), NULL);
}
