/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which pages of each document are read, such as “1-3,7,10-”. NULL stands
 * for all of them.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PageRanges PageRanges;

/* NULL without an error for an empty string or NULL: all pages. */
PageRanges * page_ranges_parse (const char        *text,
                                GError           **error);

void         page_ranges_free  (PageRanges        *self);

/* How many of a document's pages are in the ranges. */
guint        page_ranges_count (const PageRanges  *self,
                                guint              n_pages);

/* The number of the page at `index`, from 0, among those that are. */
guint        page_ranges_nth   (const PageRanges  *self,
                                guint              index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PageRanges, page_ranges_free)

G_END_DECLS
