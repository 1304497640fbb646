/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "pdf-writer.h"

void
pdf_writer_init (PdfWriter * self)
{
  self->text = g_string_new ("%PDF-1.4\n");
  self->offsets = g_array_new (FALSE, FALSE, sizeof (gsize));
}

void
pdf_writer_add (PdfWriter * self, const char *format, ...)
{
  va_list args;

  g_array_append_val (self->offsets, self->text->len);
  g_string_append_printf (self->text, "%u 0 obj\n", self->offsets->len);
  va_start (args, format);
  g_string_append_vprintf (self->text, format, args);
  va_end (args);
  g_string_append (self->text, "\nendobj\n");
}

void
pdf_writer_add_stream (PdfWriter * self, const char *entries,
    const char *content)
{
  pdf_writer_add (self, "<< %s /Length %zu >>\nstream\n%s\nendstream",
      entries, strlen (content), content);
}

GBytes *
pdf_writer_finish (PdfWriter * self, const char *trailer)
{
  gsize start = self->text->len;

  g_string_append_printf (self->text, "xref\n0 %u\n0000000000 65535 f \n",
      self->offsets->len + 1);
  for (guint i = 0; i < self->offsets->len; i++)
    g_string_append_printf (self->text, "%010zu 00000 n \n",
        g_array_index (self->offsets, gsize, i));
  g_string_append_printf (self->text,
      "trailer\n<< /Size %u /Root 1 0 R %s >>\nstartxref\n%zu\n%%%%EOF\n",
      self->offsets->len + 1, trailer, start);

  g_array_unref (self->offsets);
  return g_string_free_to_bytes (self->text);
}
