/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "header-file.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "secret-file.h"

/* What HTTP calls a token. */
static gboolean
is_name (const char *name)
{
  for (const char *c = name; *c != '\0'; c++) {
    if (!g_ascii_isalnum (*c) && strchr ("!#$%&'*+-.^_`|~", *c) == NULL)
      return FALSE;
  }
  return *name != '\0';
}

static gboolean
is_value (const char *value)
{
  for (const char *c = value; *c != '\0'; c++) {
    if (g_ascii_iscntrl (*c) && *c != '\t')
      return FALSE;
  }
  return g_utf8_validate (value, -1, NULL);
}

/* Changes the line. */
static gboolean
add_header (GstStructure * headers, char *line)
{
  char *colon = strchr (line, ':');
  const char *name, *value;

  if (*g_strstrip (line) == '\0')
    return TRUE;
  if (colon == NULL)
    return FALSE;
  *colon = '\0';
  name = line;
  value = g_strstrip (colon + 1);
  if (!is_name (name) || !is_value (value))
    return FALSE;
  gst_structure_set (headers, name, G_TYPE_STRING, value, NULL);
  return TRUE;
}

static gboolean
add_headers (GstStructure * headers, const char *file, char *content,
    GError ** error)
{
  char *line = content;

  for (guint number = 1; line != NULL; number++) {
    char *end = strchr (line, '\n');

    if (end)
      *end = '\0';
    if (!add_header (headers, line)) {
      g_autofree char *name = g_filename_display_name (file);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          _("Line %u of “%s” is not a header: each line must be “Name: value”."),
          number, name);
      return FALSE;
    }
    line = end ? end + 1 : NULL;
  }
  return TRUE;
}

gboolean
header_file_read (const char *file, GstStructure * headers, GError ** error)
{
  g_autofree char *content = secret_file_read (file, error);
  gsize size = content ? strlen (content) : 0;
  gboolean added;

  if (content == NULL) {
    g_prefix_error (error, "extra-headers-file: ");
    return FALSE;
  }
  added = add_headers (headers, file, content, error);
  explicit_bzero (content, size);
  return added;
}
