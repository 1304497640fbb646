/* Makes upperfilter.c a plugin.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <gst/gst.h>

GST_ELEMENT_REGISTER_DECLARE (upperfilter);

static gboolean
plugin_init (GstPlugin *plugin)
{
  return GST_ELEMENT_REGISTER (upperfilter, plugin);
}

#define PACKAGE "upperfilter"
GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, upperfilter,
    "An example of a page element", plugin_init, "1.0", "LGPL", "Recto",
    "Unknown package origin")
