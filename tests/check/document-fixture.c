/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>

#include "document-fixture.h"

char *
fixture_folder_new (void)
{
  char *folder = g_dir_make_tmp ("recto-check-XXXXXX", NULL);

  g_assert_nonnull (folder);
  return folder;
}

static int
remove_entry (const char *path, const struct stat *status, int kind,
    struct FTW *ftw)
{
  return g_remove (path);
}

static int
remove_folder (const char *folder)
{
  return nftw (folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void
fixture_folder_free (char *folder)
{
  remove_folder (folder);
  g_free (folder);
}

void
fixture_folder_remove (const char *folder)
{
  g_assert_cmpint (remove_folder (folder), ==, 0);
}

char *
fixture_folder_enter (void)
{
  char *folder = fixture_folder_new ();

  g_assert_cmpint (g_chdir (folder), ==, 0);
  return folder;
}

void
fixture_folder_leave (char *folder)
{
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  fixture_folder_free (folder);
}

char *
fixture_write (const char *folder, const char *name, const char *content,
    gssize size)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_mkdir_with_parents (parent, 0755);
  g_file_set_contents (path, content, size, &error);
  g_assert_no_error (error);

  return path;
}

/* The offsets of a cross-reference table are 10 digits. */
static void
begin_object (GString * pdf, GString * xref)
{
  g_string_append_printf (xref, "%010" G_GSIZE_FORMAT " 00000 n \n", pdf->len);
}

static char *
make_pdf (guint n_pages, const char *title, const char *encryption)
{
  GString *pdf = g_string_new ("%PDF-1.4\n");
  g_autoptr (GString) xref = g_string_new ("0000000000 65535 f \n");
  gsize xref_offset;

  begin_object (pdf, xref);
  g_string_append (pdf, "1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n");

  begin_object (pdf, xref);
  g_string_append (pdf, "2 0 obj <</Type /Pages /Kids [");
  for (guint i = 0; i < n_pages; i++)
    g_string_append_printf (pdf, "%u 0 R ", i + 4);
  g_string_append_printf (pdf, "] /Count %u>> endobj\n", n_pages);

  begin_object (pdf, xref);
  if (title)
    g_string_append_printf (pdf, "3 0 obj <</Title (%s)>> endobj\n", title);
  else
    g_string_append (pdf, "3 0 obj <<>> endobj\n");

  for (guint i = 0; i < n_pages; i++) {
    begin_object (pdf, xref);
    g_string_append_printf (pdf, "%u 0 obj <</Type /Page /Parent 2 0 R "
        "/MediaBox [0 0 %u 100]>> endobj\n", i + 4, i + 101);
  }

  xref_offset = pdf->len;
  g_string_append_printf (pdf, "xref\n0 %u\n%strailer <</Size %u /Root 1 0 R "
      "/Info 3 0 R %s>>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n",
      n_pages + 4, xref->str, n_pages + 4, encryption, xref_offset);

  return g_string_free (pdf, FALSE);
}

char *
fixture_pdf (guint n_pages, const char *title)
{
  return make_pdf (n_pages, title, "");
}

/* What PDF 1.1 encrypts with; see the standard, 7.6.3.3 and 7.6.3.4. */

#define PASSWORD_SIZE 32
#define KEY_SIZE 5

static const guint8 padding[PASSWORD_SIZE + 1] =
    "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08"
    "\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";

static void
rc4 (const guint8 * key, guint8 * data, gsize size)
{
  guint8 s[256], i = 0, j = 0;

  for (guint k = 0; k < 256; k++)
    s[k] = k;
  for (guint k = 0; k < 256; k++) {
    guint8 swap = s[k];

    j += s[k] + key[k % KEY_SIZE];
    s[k] = s[j];
    s[j] = swap;
  }

  j = 0;
  for (gsize k = 0; k < size; k++) {
    guint8 swap = s[++i];

    j += swap;
    s[i] = s[j];
    s[j] = swap;
    data[k] ^= s[(guint8) (s[i] + s[j])];
  }
}

static void
pad_password (const char *password, guint8 * padded)
{
  gsize length = MIN (strlen (password), PASSWORD_SIZE);

  memcpy (padded, password, length);
  memcpy (padded + length, padding, PASSWORD_SIZE - length);
}

static void
md5 (const guint8 * data, gsize size, guint8 * digest)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  gsize length = 16;

  g_checksum_update (checksum, data, size);
  g_checksum_get_digest (checksum, digest, &length);
}

static void
append_hex (GString * text, const guint8 * data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", data[i]);
}

char *
fixture_encrypted_pdf (guint n_pages, const char *password)
{
  static const guint8 permissions[4] = { 0xfc, 0xff, 0xff, 0xff };
  static const guint8 id[16] = { 0 };
  guint8 key[16], owner[PASSWORD_SIZE], user[PASSWORD_SIZE];
  g_autoptr (GByteArray) input = g_byte_array_new ();
  g_autoptr (GString) text = g_string_new ("/Encrypt <</Filter /Standard "
      "/V 1 /R 2 /P -4 /O <");

  pad_password (password, owner);
  md5 (owner, sizeof (owner), key);
  rc4 (key, owner, sizeof (owner));

  pad_password (password, user);
  g_byte_array_append (input, user, sizeof (user));
  g_byte_array_append (input, owner, sizeof (owner));
  g_byte_array_append (input, permissions, sizeof (permissions));
  g_byte_array_append (input, id, sizeof (id));
  md5 (input->data, input->len, key);

  memcpy (user, padding, sizeof (user));
  rc4 (key, user, sizeof (user));

  append_hex (text, owner, sizeof (owner));
  g_string_append (text, "> /U <");
  append_hex (text, user, sizeof (user));
  g_string_append (text, ">>> /ID [<");
  append_hex (text, id, sizeof (id));
  g_string_append (text, "> <");
  append_hex (text, id, sizeof (id));
  g_string_append (text, ">]");

  return make_pdf (n_pages, NULL, text->str);
}

char *
fixture_write_pdf (const char *folder, const char *name, guint n_pages)
{
  g_autofree char *pdf = fixture_pdf (n_pages, NULL);

  return fixture_write (folder, name, pdf, -1);
}
