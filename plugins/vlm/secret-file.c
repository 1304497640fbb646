/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "secret-file.h"

#include <string.h>

#include <gio/gio.h>

#define MAX_SIZE 65536

char *
secret_file_read (const char *file, GError ** error)
{
  g_autoptr (GFile) location = g_file_new_for_path (file);
  g_autoptr (GFileInputStream) stream = g_file_read (location, NULL, error);
  g_autofree char *buffer = g_malloc0 (MAX_SIZE + 1);
  char *secret = NULL;
  gsize size;

  if (stream && g_input_stream_read_all (G_INPUT_STREAM (stream), buffer,
          MAX_SIZE, &size, NULL, error))
    secret = g_strdup (g_strstrip (buffer));
  explicit_bzero (buffer, MAX_SIZE);
  return secret;
}
