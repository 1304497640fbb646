/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include <recto/recto-temporary-file-private.h>

#include "put-off.h"

/* Each document is three strings that end in a zero byte, which no path
 * holds. */
struct _PutOff
{
  FILE *file;                   /* NULL: there was nothing to store */
  gboolean taking;
  guint64 n;                    /* stored, and not taken yet */
};

PutOff *
put_off_new (void)
{
  return g_new0 (PutOff, 1);
}

void
put_off_free (PutOff * self)
{
  if (self->file)
    fclose (self->file);
  g_free (self);
}

static gboolean
open_file (PutOff * self)
{
  int fd;

  if (self->file)
    return TRUE;
  fd = recto_temporary_file_open (NULL);
  if (fd < 0)
    return FALSE;
  self->file = fdopen (fd, "w+");
  if (self->file == NULL)
    close (fd);
  return self->file != NULL;
}

static gboolean
write_string (PutOff * self, const char *string)
{
  gsize size = strlen (string) + 1;

  return fwrite (string, 1, size, self->file) == size;
}

/* The next entry overwrites one that could not be stored. */
gboolean
put_off_add (PutOff * self, const DocumentEntry * entry)
{
  off_t start;

  g_return_val_if_fail (!self->taking, FALSE);

  if (!open_file (self) || (start = ftello (self->file)) < 0)
    return FALSE;
  if (write_string (self, entry->path) && write_string (self, entry->uri)
      && write_string (self, entry->name) && fflush (self->file) == 0) {
    self->n++;
    return TRUE;
  }
  clearerr (self->file);
  fseeko (self->file, start, SEEK_SET);
  return FALSE;
}

gboolean
put_off_is_empty (PutOff * self)
{
  return self->n == 0;
}

/* A loss must be reported. */
static DocumentEntry *
fail (PutOff * self)
{
  DocumentEntry *entry = g_new0 (DocumentEntry, 1);

  entry->name = g_strdup ("");
  entry->error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
      _("The names of %llu documents that were put off could not be read from "
          "a temporary file. Run the same command again to read them."),
      (unsigned long long) self->n);
  self->n = 0;
  return entry;
}

static char *
read_string (PutOff * self)
{
  char *buffer = NULL, *string = NULL;
  size_t allocated = 0;

  if (getdelim (&buffer, &allocated, '\0', self->file) > 0)
    string = g_strdup (buffer);
  free (buffer);
  return string;
}

DocumentEntry *
put_off_take (PutOff * self)
{
  g_autoptr (DocumentEntry) entry = NULL;

  if (self->n == 0)
    return NULL;
  if (!self->taking)
    rewind (self->file);
  self->taking = TRUE;

  entry = g_new0 (DocumentEntry, 1);
  entry->path = read_string (self);
  entry->uri = read_string (self);
  entry->name = read_string (self);
  if (entry->name == NULL)
    return fail (self);
  self->n--;
  return g_steal_pointer (&entry);
}
