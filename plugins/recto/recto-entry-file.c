/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-entry-file-private.h>
#include <recto/recto-file-write-private.h>
#include <recto/recto-temporary-file-private.h>

/* qsort() may take as much memory again as what it sorts. */
#define MAX_QSORT 32768
/* Entries, 2 MB, that may stay in memory while others are looked at, and how
 * many may be looked up before they are let go. */
#define MAX_RESIDENT (128 * 1024)
#define MAX_LOOKUPS 256

G_STATIC_ASSERT (sizeof (RectoEntry) == 16);

/* Some entries that lie together. */
typedef struct
{
  RectoEntry *start;
  RectoEntry *end;
} Range;

struct _RectoEntryFile
{
  int fd;
  RectoEntry *buffer;           /* NULL once it is sealed */
  gsize n_buffered;
  gsize n_entries;              /* in the file */
  RectoEntry *entries;          /* mapped, once it is sealed */
  int n_lookups;                /* atomic */
};

RectoEntryFile *
recto_entry_file_new (GError ** error)
{
  g_autoptr (RectoEntryFile) self = g_new0 (RectoEntryFile, 1);

  self->buffer = g_new (RectoEntry, RECTO_ENTRY_FILE_BUFFERED);
  self->fd = recto_temporary_file_open (error);

  return self->fd >= 0 ? g_steal_pointer (&self) : NULL;
}

void
recto_entry_file_free (RectoEntryFile * self)
{
  if (self->entries)
    munmap (self->entries, self->n_entries * sizeof (RectoEntry));
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->buffer);
  g_free (self);
}

/* Adding */

static gboolean
write_entries (RectoEntryFile * self, const RectoEntry * entries, gsize n,
    GError ** error)
{
  if (!recto_temporary_file_write (self->fd, entries, n * sizeof (RectoEntry))) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not write to a temporary file: %s."),
        recto_file_strerror (code));
    return FALSE;
  }
  self->n_entries += n;
  return TRUE;
}

static gboolean
write_buffer (RectoEntryFile * self, GError ** error)
{
  gsize n = self->n_buffered;

  self->n_buffered = 0;
  return write_entries (self, self->buffer, n, error);
}

gboolean
recto_entry_file_add (RectoEntryFile * self, const RectoEntry * entry,
    GError ** error)
{
  g_return_val_if_fail (self->buffer != NULL, FALSE);

  self->buffer[self->n_buffered++] = *entry;
  return self->n_buffered < RECTO_ENTRY_FILE_BUFFERED
      || write_buffer (self, error);
}

const RectoEntry *
recto_entry_file_get_buffered (RectoEntryFile * self, gsize * n)
{
  *n = self->n_buffered;
  return self->buffer;
}

/* Sorting */

/* Lets go of the memory; the file has it all. */
static void
release (const RectoEntry * start, const RectoEntry * end)
{
  const gsize page_size = sysconf (_SC_PAGESIZE);
  char *first = (char *) ((guintptr) start / page_size * page_size);

  if (start < end)
    madvise (first, (const char *) end - first, MADV_DONTNEED);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const RectoEntry *one = a, *other = b;

  if (one->high != other->high)
    return one->high < other->high ? -1 : 1;
  if (one->low != other->low)
    return one->low < other->low ? -1 : 1;
  return 0;
}

static gboolean
has_bit (const RectoEntry * entry, guint bit)
{
  return bit >= 64 ? entry->high >> (bit - 64) & 1 : entry->low >> bit & 1;
}

/* Brings those that lack the bit before those that have it. */
static RectoEntry *
partition (RectoEntry * start, RectoEntry * end, guint bit)
{
  Range kept = { start, end };

  while (start < end) {
    if (!has_bit (start, bit)) {
      start++;
    } else {
      RectoEntry swapped = *--end;

      *end = *start;
      *start = swapped;
    }

    if (start - kept.start > MAX_RESIDENT) {
      release (kept.start, start);
      kept.start = start;
    }
    if (kept.end - end > MAX_RESIDENT) {
      release (end, kept.end);
      kept.end = end;
    }
  }
  release (kept.start, kept.end);
  return start;
}

/* Radix exchange, bit after bit: it needs no memory but the mapping. */
static void
sort_entries (RectoEntry * start, RectoEntry * end, guint n_bits)
{
  while (end - start > MAX_QSORT && n_bits > 0) {
    RectoEntry *middle = partition (start, end, --n_bits);

    sort_entries (start, middle, n_bits);
    start = middle;
  }
  if (end - start <= MAX_QSORT) {
    qsort (start, end - start, sizeof (RectoEntry), compare_entries);
    release (start, end);
  }
}

gboolean
recto_entry_file_add_all (RectoEntryFile * self, RectoEntryFile * other,
    GError ** error)
{
  const RectoEntry *end = other->entries + other->n_entries;

  g_return_val_if_fail (self->buffer != NULL, FALSE);
  g_return_val_if_fail (other->buffer == NULL, FALSE);

  for (const RectoEntry * start = other->entries; start < end;) {
    gsize n = MIN (end - start, MAX_RESIDENT);

    if (!write_entries (self, start, n, error))
      return FALSE;
    release (start, start + n);
    start += n;
  }
  return TRUE;
}

gboolean
recto_entry_file_seal (RectoEntryFile * self, GError ** error)
{
  gsize size;

  if (!write_buffer (self, error))
    return FALSE;
  g_clear_pointer (&self->buffer, g_free);
  if (self->n_entries == 0)
    return TRUE;

  size = self->n_entries * sizeof (RectoEntry);
  self->entries = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
      self->fd, 0);
  if (self->entries == MAP_FAILED) {
    int code = errno;

    self->entries = NULL;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not map a temporary file: %s."), recto_file_strerror (code));
    return FALSE;
  }
  sort_entries (self->entries, self->entries + self->n_entries, 128);

  madvise (self->entries, size, MADV_RANDOM);
  return TRUE;
}

void
recto_entry_file_change (RectoEntryFile * self,
    void (*func) (RectoEntry * entry))
{
  RectoEntry *end = self->entries + self->n_entries, *kept = self->entries;

  g_return_if_fail (self->buffer == NULL);

  for (RectoEntry * entry = self->entries; entry < end; entry++) {
    func (entry);
    if (entry - kept > MAX_RESIDENT) {
      release (kept, entry);
      kept = entry;
    }
  }
  sort_entries (self->entries, end, 128);
}

gboolean
recto_entry_file_is_sealed (RectoEntryFile * self)
{
  return self->buffer == NULL;
}

gsize
recto_entry_file_get_size (RectoEntryFile * self)
{
  return self->n_entries + self->n_buffered;
}

/* Looking up */

RectoEntry *
recto_entry_file_find (RectoEntryFile * self, const RectoEntry * key)
{
  RectoEntry *start = self->entries;
  gsize n = self->n_entries;

  while (n > 0) {
    gsize half = n / 2;

    if (compare_entries (start + half, key) < 0) {
      start += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  return start;
}

RectoEntry *
recto_entry_file_get_end (RectoEntryFile * self)
{
  return self->entries + self->n_entries;
}

void
recto_entry_file_count_lookup (RectoEntryFile * self)
{
  if (self->n_entries > MAX_RESIDENT
      && g_atomic_int_add (&self->n_lookups, 1) % MAX_LOOKUPS == 0)
    release (self->entries, self->entries + self->n_entries);
}
