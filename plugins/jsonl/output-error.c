/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>

#include <glib/gi18n-lib.h>
#include <gst/gst.h>

#include "output-error.h"

#define OPEN_ERROR GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE
#define WRITE_ERROR GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE
#define NO_SPACE_ERROR GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT

void
recto_set_open_error (GError ** error, const char *name, int code)
{
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      g_set_error (error, OPEN_ERROR, _("Could not create “%s”: its folder "
              "does not exist. Create it first."), name);
      break;
    case ENXIO:
      g_set_error (error, OPEN_ERROR, _("Could not write to “%s”: nobody "
              "reads it. Start its reader first."), name);
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      g_set_error (error, OPEN_ERROR, _("Could not write to “%s”: %s. Choose "
              "a place where you may write."), name, g_strerror (code));
      break;
    default:
      g_set_error (error, OPEN_ERROR, _("Could not open “%s”: %s."), name,
          g_strerror (code));
  }
}

void
recto_set_read_error (GError ** error, const char *name, int code)
{
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
      _("Could not read “%s”: %s."), name, g_strerror (code));
}

void
recto_set_write_error (GError ** error, const char *name, int code)
{
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      g_set_error (error, NO_SPACE_ERROR, _("There is no space left for "
              "“%s”. Free some, or write elsewhere."), name);
      break;
    case EFBIG:
      g_set_error (error, NO_SPACE_ERROR, _("“%s” may not grow any further. "
              "Raise the limit on file sizes (ulimit -f), or write elsewhere."),
          name);
      break;
    case EPIPE:
      g_set_error (error, WRITE_ERROR, _("Nobody reads “%s” any more. Keep "
              "its reader running to the end."), name);
      break;
    default:
      g_set_error (error, WRITE_ERROR, _("Could not write to “%s”: %s. Check "
              "the device that it is on."), name, g_strerror (code));
  }
}
