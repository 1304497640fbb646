/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "api-key.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <recto/recto-password-private.h>

#include "secret-file.h"

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

gboolean
api_key_read (const char *file, char **key, GError ** error)
{
  g_autofree char *where = file ? g_filename_display_name (file) :
      g_strdup ("$" API_KEY_VARIABLE);

  *key = file ? secret_file_read (file, error) : NULL;
  if (file && *key == NULL) {
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
