/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "api-key.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <recto/recto-password-private.h>

#define MAX_SIZE 65536

/* What a header can hold; the key itself is in no message. */
static gboolean
is_key (const char *key)
{
  for (const char *c = key; *c != '\0'; c++) {
    if (!g_ascii_isgraph (*c))
      return FALSE;
  }
  return *key != '\0';
}

static gboolean
read_file (const char *file, char **key, GError ** error)
{
  g_autoptr (GFile) location = g_file_new_for_path (file);
  g_autoptr (GFileInputStream) stream = g_file_read (location, NULL, error);
  g_autofree char *buffer = g_malloc0 (MAX_SIZE + 1);
  gsize size;
  gboolean read = stream && g_input_stream_read_all (G_INPUT_STREAM (stream),
      buffer, MAX_SIZE, &size, NULL, error);

  if (read)
    *key = g_strdup (g_strstrip (buffer));
  explicit_bzero (buffer, MAX_SIZE);
  return read;
}

gboolean
api_key_read (const char *file, char **key, GError ** error)
{
  g_autofree char *where = file ? g_filename_display_name (file) :
      g_strdup ("$" API_KEY_VARIABLE);

  *key = NULL;
  if (file && !read_file (file, key, error)) {
    g_prefix_error (error, "api-key-file: ");
    return FALSE;
  }
  if (file == NULL && g_getenv (API_KEY_VARIABLE))
    *key = g_strdup (g_getenv (API_KEY_VARIABLE));
  if (file == NULL && *key && **key == '\0')
    recto_password_clear (key);
  if (*key == NULL || is_key (*key))
    return TRUE;

  recto_password_clear (key);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      _("“%s” has no key in it: a key is one word of ASCII characters."),
      where);
  return FALSE;
}
