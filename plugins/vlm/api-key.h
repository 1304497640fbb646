/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The environment variable that has the key where no file is named. */
#define API_KEY_VARIABLE "RECTO_API_KEY"

/* Reads the server's key from `file`, or the environment if that is NULL;
 * `key` is NULL when there is none. Wiped by recto_password_clear(). */
gboolean api_key_read (const char  *file,
                       char       **key,
                       GError     **error);

G_END_DECLS
