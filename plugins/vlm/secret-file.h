/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The file's start, up to 64 KiB, without white space round it. To be wiped by
 * recto_password_clear(). */
char * secret_file_read (const char  *file,
                         GError     **error);

G_END_DECLS
