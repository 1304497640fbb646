/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Makes told what libraries leave out of a page and say nothing of: each loss
 * is a line on standard error, which the parent counts. A page for which an
 * allocation has failed is none at all.
 */

#pragma once

#include <glib.h>

/* In a child, before it reads a document. */
void     losses_watch          (void);

/* Whether an allocation has failed since then: nobody knows what else this
 * process has to do without. `size` is what the first one asked for. */
gboolean losses_lacked_memory  (gsize *size);
