/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * PDFs that are small enough to be written by hand.
 */

#pragma once

#include <glib.h>

/* Pages of 200 by 100 points that say “Page N”, with the labels i, ii, … */
GBytes * small_pdf_new           (guint       n_pages,
                                  const char *title);

/* The page of it takes longer to draw than anybody waits. */
GBytes * small_pdf_new_endless   (void);

/* The password is “secret”. */
GBytes * small_pdf_new_encrypted (void);
