/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Passwords, keys and tokens in URLs, which logs and process lists would show.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether the URL has a user or a password, or parameters that are called as
 * secrets are. */
gboolean url_has_secret (const char *url);

/* The URL with “***” for each of them. */
char *   url_redact     (const char *url);

G_END_DECLS
