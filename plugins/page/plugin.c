/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "gstmemoryvalve.h"
#include "gstpagerasterizer.h"
#include "gstpdfsrc.h"
#include "gstrectobin.h"
#include "gsttextlayerinference.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  gboolean registered = FALSE;

  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");

  registered |= GST_ELEMENT_REGISTER (pdfsrc, plugin);
  registered |= GST_ELEMENT_REGISTER (memoryvalve, plugin);
  registered |= GST_ELEMENT_REGISTER (pagerasterizer, plugin);
  registered |= GST_ELEMENT_REGISTER (rectobin, plugin);
  registered |= GST_ELEMENT_REGISTER (textlayerinference, plugin);

  return registered;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, recto,
    "Documents to pages, images and text", plugin_init, VERSION, "LGPL",
    GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
