/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* A meta that holds one boxed value. Its list of tags is empty, which makes
 * every stock converter and encoder keep it. */
const GstMetaInfo * recto_boxed_meta_register  (const char        *name);

gpointer            recto_buffer_get_boxed     (GstBuffer         *buffer,
                                                const GstMetaInfo *info);

/* Takes the place of a value that was there. */
void                recto_buffer_replace_boxed (GstBuffer         *buffer,
                                                const GstMetaInfo *info,
                                                GType              type,
                                                gconstpointer      boxed);

G_END_DECLS
