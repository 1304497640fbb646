/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a file found in a folder is taken for a document, by its suffix or
 * its first bytes. A file that was named is always tried. */
gboolean document_magic_matches (const char *path);

G_END_DECLS
