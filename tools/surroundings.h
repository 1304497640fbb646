/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the program finds around it: descriptors, limits, the locale, and
 * perhaps the build tree that it lies in.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Before all else. */
void surroundings_init          (void);

/* Also to be called once plugins are loaded: each binds the messages to where
 * they are installed, and the program may lie in its build tree. */
void surroundings_bind_messages (void);

G_END_DECLS
