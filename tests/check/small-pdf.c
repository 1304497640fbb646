/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pdf-writer.h"
#include "small-pdf.h"

GBytes *
small_pdf_new (guint n_pages, const char *title)
{
  PdfWriter writer;
  g_autoptr (GString) kids = g_string_new (NULL);

  pdf_writer_init (&writer);
  pdf_writer_add (&writer, "<< /Type /Catalog /Pages 2 0 R "
      "/PageLabels << /Nums [ 0 << /S /r >> ] >> >>");
  for (guint i = 0; i < n_pages; i++)
    g_string_append_printf (kids, " %u 0 R", 5 + 2 * i);
  pdf_writer_add (&writer, "<< /Type /Pages /Count %u /Kids [%s ] "
      "/MediaBox [0 0 200 100] /Resources << /Font << /F 3 0 R >> >> >>",
      n_pages, kids->str);
  pdf_writer_add (&writer,
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  pdf_writer_add (&writer, "<< /Title (%s) >>", title);

  for (guint i = 0; i < n_pages; i++) {
    g_autofree char *content =
        g_strdup_printf ("BT /F 24 Tf 20 40 Td (Page %u) Tj ET", i + 1);

    pdf_writer_add (&writer, "<< /Type /Page /Parent 2 0 R /Contents %u 0 R >>",
        6 + 2 * i);
    pdf_writer_add_stream (&writer, "", content);
  }

  return pdf_writer_finish (&writer, "/Info 4 0 R");
}

/* Forms that each draw the next one ten times. */
GBytes *
small_pdf_new_endless (void)
{
  const char *content = "/X Do /X Do /X Do /X Do /X Do "
      "/X Do /X Do /X Do /X Do /X Do";
  PdfWriter writer;

  pdf_writer_init (&writer);
  pdf_writer_add (&writer, "<< /Type /Catalog /Pages 2 0 R >>");
  pdf_writer_add (&writer, "<< /Type /Pages /Count 1 /Kids [ 3 0 R ] >>");
  pdf_writer_add (&writer, "<< /Type /Page /Parent 2 0 R /Contents 4 0 R "
      "/MediaBox [0 0 100 100] /Resources << /XObject << /X 5 0 R >> >> >>");
  pdf_writer_add_stream (&writer, "", content);
  for (guint i = 0; i < 12; i++) {
    g_autofree char *entries =
        g_strdup_printf ("/Type /XObject /Subtype /Form /BBox [0 0 100 100] "
        "/Resources << /XObject << /X %u 0 R >> >>", 6 + i);

    pdf_writer_add_stream (&writer, entries, content);
  }
  pdf_writer_add_stream (&writer,
      "/Type /XObject /Subtype /Form /BBox [0 0 100 100]", "0 0 50 50 re f");

  return pdf_writer_finish (&writer, "");
}

/* RC4 with 40 bits, whose key needs no more than these constants. The page is
 * empty, so there is nothing to be encrypted. */
GBytes *
small_pdf_new_encrypted (void)
{
  PdfWriter writer;

  pdf_writer_init (&writer);
  pdf_writer_add (&writer, "<< /Type /Catalog /Pages 2 0 R >>");
  pdf_writer_add (&writer, "<< /Type /Pages /Count 1 /Kids [ 3 0 R ] >>");
  pdf_writer_add (&writer, "<< /Type /Page /Parent 2 0 R "
      "/MediaBox [0 0 200 100] >>");
  pdf_writer_add (&writer, "<< /Filter /Standard /V 1 /R 2 /P -4 "
      "/O <92fe0f4454ad4c9644693f33c07cb54f"
      "587dce1e2682fe9ecea6107a1ef630dd> "
      "/U <a2d98dd93474875ec95c60445c51fe1d"
      "f35ffaac7da1baca629058b1c08a8e39> >>");

  return pdf_writer_finish (&writer, "/Encrypt 4 0 R "
      "/ID [ <000102030405060708090a0b0c0d0e0f> "
      "<000102030405060708090a0b0c0d0e0f> ]");
}
