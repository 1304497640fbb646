/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is named on the command line, before anything is read.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* FALSE when some inputs name nothing at all: each of them is reported. What a
 * list names is another matter, which its records tell. */
gboolean inputs_check (char **inputs);

G_END_DECLS
