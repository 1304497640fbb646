/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "document-magic.h"

/* How far into the file readers look for a PDF's header. */
#define HEAD_SIZE 1024

static const char *const suffixes[] = {
  ".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp",
};

static const struct
{
  const char *bytes;
  gsize size;
} signatures[] = {
  {"\x89PNG\r\n\x1a\n", 8},
  {"\xff\xd8\xff", 3},
  {"II*\0", 4},
  {"MM\0*", 4},
  {"II+\0", 4},
  {"MM\0+", 4},
};

static gboolean
has_suffix (const char *path)
{
  gsize length = strlen (path);

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    gsize n = strlen (suffixes[i]);

    if (length > n && g_ascii_strcasecmp (path + length - n, suffixes[i]) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_signature (const char *head, gsize size)
{
  for (guint i = 0; i < G_N_ELEMENTS (signatures); i++)
    if (size >= signatures[i].size
        && memcmp (head, signatures[i].bytes, signatures[i].size) == 0)
      return TRUE;

  if (size >= 12 && memcmp (head, "RIFF", 4) == 0
      && memcmp (head + 8, "WEBP", 4) == 0)
    return TRUE;

  return memmem (head, size, "%PDF", 4) != NULL;
}

gboolean
document_magic_matches (const char *path)
{
  char head[HEAD_SIZE];
  gssize size;
  int fd;

  if (has_suffix (path))
    return TRUE;

  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return FALSE;
  size = pread (fd, head, sizeof (head), 0);
  close (fd);

  return size > 0 && has_signature (head, size);
}
