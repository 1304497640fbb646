/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "small-pdf.h"

typedef struct
{
  GString *text;
  GArray *offsets;
} Writer;

static Writer
writer_new (void)
{
  return (Writer) {
    .text = g_string_new ("%PDF-1.4\n"),
    .offsets = g_array_new (FALSE, FALSE, sizeof (gsize)),
  };
}

/* Objects are numbered as they come, from 1. */
G_GNUC_PRINTF (2, 3)
static void
add_object (Writer * self, const char *format, ...)
{
  va_list args;

  g_array_append_val (self->offsets, self->text->len);
  g_string_append_printf (self->text, "%u 0 obj\n", self->offsets->len);
  va_start (args, format);
  g_string_append_vprintf (self->text, format, args);
  va_end (args);
  g_string_append (self->text, "\nendobj\n");
}

static void
add_stream (Writer * self, const char *entries, const char *content)
{
  add_object (self, "<< %s /Length %zu >>\nstream\n%s\nendstream", entries,
      strlen (content), content);
}

/* Object 1 is the catalogue. */
static GBytes *
finish (Writer * self, const char *trailer)
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

GBytes *
small_pdf_new (guint n_pages, const char *title)
{
  Writer writer = writer_new ();
  g_autoptr (GString) kids = g_string_new (NULL);

  add_object (&writer, "<< /Type /Catalog /Pages 2 0 R "
      "/PageLabels << /Nums [ 0 << /S /r >> ] >> >>");
  for (guint i = 0; i < n_pages; i++)
    g_string_append_printf (kids, " %u 0 R", 5 + 2 * i);
  add_object (&writer, "<< /Type /Pages /Count %u /Kids [%s ] "
      "/MediaBox [0 0 200 100] /Resources << /Font << /F 3 0 R >> >> >>",
      n_pages, kids->str);
  add_object (&writer,
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  add_object (&writer, "<< /Title (%s) >>", title);

  for (guint i = 0; i < n_pages; i++) {
    g_autofree char *content =
        g_strdup_printf ("BT /F 24 Tf 20 40 Td (Page %u) Tj ET", i + 1);

    add_object (&writer, "<< /Type /Page /Parent 2 0 R /Contents %u 0 R >>",
        6 + 2 * i);
    add_stream (&writer, "", content);
  }

  return finish (&writer, "/Info 4 0 R");
}

/* Forms that each draw the next one ten times. */
GBytes *
small_pdf_new_endless (void)
{
  const char *content = "/X Do /X Do /X Do /X Do /X Do "
      "/X Do /X Do /X Do /X Do /X Do";
  Writer writer = writer_new ();

  add_object (&writer, "<< /Type /Catalog /Pages 2 0 R >>");
  add_object (&writer, "<< /Type /Pages /Count 1 /Kids [ 3 0 R ] >>");
  add_object (&writer, "<< /Type /Page /Parent 2 0 R /Contents 4 0 R "
      "/MediaBox [0 0 100 100] /Resources << /XObject << /X 5 0 R >> >> >>");
  add_stream (&writer, "", content);
  for (guint i = 0; i < 12; i++) {
    g_autofree char *entries =
        g_strdup_printf ("/Type /XObject /Subtype /Form /BBox [0 0 100 100] "
        "/Resources << /XObject << /X %u 0 R >> >>", 6 + i);

    add_stream (&writer, entries, content);
  }
  add_stream (&writer,
      "/Type /XObject /Subtype /Form /BBox [0 0 100 100]", "0 0 50 50 re f");

  return finish (&writer, "");
}

/* RC4 with 40 bits, whose key needs no more than these constants. The page is
 * empty, so there is nothing to be encrypted. */
GBytes *
small_pdf_new_encrypted (void)
{
  Writer writer = writer_new ();

  add_object (&writer, "<< /Type /Catalog /Pages 2 0 R >>");
  add_object (&writer, "<< /Type /Pages /Count 1 /Kids [ 3 0 R ] >>");
  add_object (&writer, "<< /Type /Page /Parent 2 0 R "
      "/MediaBox [0 0 200 100] >>");
  add_object (&writer, "<< /Filter /Standard /V 1 /R 2 /P -4 "
      "/O <92fe0f4454ad4c9644693f33c07cb54f"
      "587dce1e2682fe9ecea6107a1ef630dd> "
      "/U <a2d98dd93474875ec95c60445c51fe1d"
      "f35ffaac7da1baca629058b1c08a8e39> >>");

  return finish (&writer, "/Encrypt 4 0 R "
      "/ID [ <000102030405060708090a0b0c0d0e0f> "
      "<000102030405060708090a0b0c0d0e0f> ]");
}
