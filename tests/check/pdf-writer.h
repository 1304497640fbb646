/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * PDFs that are written object by object, which are numbered as they come,
 * from 1: the first is the catalogue.
 */

#pragma once

#include <glib.h>

typedef struct
{
  GString *text;
  GArray *offsets;
} PdfWriter;

void     pdf_writer_init       (PdfWriter  *self);

void     pdf_writer_add        (PdfWriter  *self,
                                const char *format,
                                ...) G_GNUC_PRINTF (2, 3);

void     pdf_writer_add_stream (PdfWriter  *self,
                                const char *entries,
                                const char *content);

/* Returns the whole PDF, with `trailer` in its trailer. */
GBytes * pdf_writer_finish     (PdfWriter  *self,
                                const char *trailer);
