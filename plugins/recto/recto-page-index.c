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
#include <xxhash.h>

#include <recto/recto.h>
#include <recto/recto-file-write-private.h>
#include <recto/recto-page-index-private.h>
#include <recto/recto-temporary-file-private.h>

/* Entries are written to the file so many at a time. */
#define BUFFERED 4096
/* qsort() may take as much memory again as what it sorts. */
#define MAX_QSORT 32768
/* Entries, 2 MB, that may stay in memory while others are looked at, and how
 * many may be looked up before they are let go. */
#define MAX_RESIDENT (128 * 1024)
#define MAX_LOOKUPS 256

/* Any will do where only the URI counts. */
#define NO_SHA256 \
  "0000000000000000000000000000000000000000000000000000000000000000"

#define URI_BITS 48
#define SHA256_BITS 39
#define SHA256_LOW_BITS 23
#define CONFIG_SHIFT 27
#define PAGE_SHIFT 4
#define VISITED G_GUINT64_CONSTANT (1)
#define FAILED G_GUINT64_CONSTANT (2)
#define LAST G_GUINT64_CONSTANT (4)
#define SKIPPED G_GUINT64_CONSTANT (8)
#define MAX_PAGE (RECTO_PAGE_INDEX_MAX_PAGES - 1)

typedef struct
{
  guint64 high;
  guint64 low;
} Entry;

G_STATIC_ASSERT (sizeof (Entry) == 16);

/* Some entries that lie together. */
typedef struct
{
  Entry *start;
  Entry *end;
} Range;

struct _RectoPageIndex
{
  gatomicrefcount ref_count;
  guint64 seed;

  int fd;
  Entry *buffer;                /* NULL once it is sealed */
  gsize n_buffered;
  gsize n_entries;
  Entry *entries;               /* the file's mapping, NULL if it is empty */
  gboolean is_merged;           /* all entries are of configuration 0 */
  int n_lookups;                /* atomic */
};

RectoPageIndex *
recto_page_index_new (GError ** error)
{
  g_autoptr (RectoPageIndex) self = g_new0 (RectoPageIndex, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->seed = (guint64) g_random_int () << 32 | g_random_int ();
  self->buffer = g_new (Entry, BUFFERED);
  self->fd = recto_temporary_file_open (error);

  return self->fd >= 0 ? g_steal_pointer (&self) : NULL;
}

RectoPageIndex *
recto_page_index_ref (RectoPageIndex * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
recto_page_index_unref (RectoPageIndex * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->entries)
    munmap (self->entries, self->n_entries * sizeof (Entry));
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->buffer);
  g_free (self);
}

/* Keys */

static guint64
hash (RectoPageIndex * self, const char *data, gsize size, guint64 salt)
{
  return XXH3_64bits_withSeed (data, size, self->seed + salt);
}

/* Where a document's SHA-256 is not known it is taken for another document,
 * of which nothing else can be a version. */
static Entry
make_key (RectoPageIndex * self, const RectoIndexDocument * document,
    guint64 page)
{
  guint64 uri = hash (self, document->uri ? document->uri : "",
      document->uri_length, document->sha256 == NULL);
  guint64 sha256 = document->sha256 ? hash (self, document->sha256, 64, 2) : 0;

  /* No document has so many pages, but one that had would not mix them up. */
  if (page > MAX_PAGE)
    sha256 ^= hash (self, (const char *) &page, sizeof page, 3);

  uri >>= 64 - URI_BITS;
  sha256 >>= 64 - SHA256_BITS;
  return (Entry) {
    .high = uri << (64 - URI_BITS) | sha256 >> SHA256_LOW_BITS,
    .low = sha256 << (64 - SHA256_LOW_BITS)
        | (guint64) document->config << CONFIG_SHIFT
        | (page & MAX_PAGE) << PAGE_SHIFT,
  };
}

static guint
get_page (const Entry * entry)
{
  return entry->low >> PAGE_SHIFT & MAX_PAGE;
}

static guint
get_config (const Entry * entry)
{
  return entry->low >> CONFIG_SHIFT & (RECTO_PAGE_INDEX_MAX_CONFIGS - 1);
}

/* That a version is there is recorded, but nothing of its pages. */
static gboolean
is_notice (const Entry * entry)
{
  return get_page (entry) >= RECTO_PAGE_INDEX_CONFIRMED;
}

/* Adding */

static gboolean
write_buffer (RectoPageIndex * self, GError ** error)
{
  if (!recto_temporary_file_write (self->fd, self->buffer,
          self->n_buffered * sizeof (Entry))) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not write to a temporary file: %s."),
        recto_file_strerror (code));
    return FALSE;
  }
  self->n_entries += self->n_buffered;
  self->n_buffered = 0;
  return TRUE;
}

gboolean
recto_page_index_add (RectoPageIndex * self,
    const RectoIndexDocument * document, guint64 page, RectoIndexFlags flags,
    GError ** error)
{
  Entry entry = make_key (self, document, page);

  g_return_val_if_fail (self->buffer != NULL, FALSE);
  g_return_val_if_fail (document->config < RECTO_PAGE_INDEX_MAX_CONFIGS, FALSE);

  if (flags & RECTO_INDEX_LAST)
    entry.low |= LAST;
  if (flags & RECTO_INDEX_FAILED)
    entry.low |= FAILED;
  if (flags & (RECTO_INDEX_SKIPPED | RECTO_INDEX_SETTLED))
    entry.low |= SKIPPED;

  self->buffer[self->n_buffered++] = entry;
  return self->n_buffered < BUFFERED || write_buffer (self, error);
}

/* Sorting */

/* Lets go of the memory; the file has it all. */
static void
release (const Entry * start, const Entry * end)
{
  const gsize page_size = sysconf (_SC_PAGESIZE);
  char *first = (char *) ((guintptr) start / page_size * page_size);

  if (start < end)
    madvise (first, (const char *) end - first, MADV_DONTNEED);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *one = a, *other = b;

  if (one->high != other->high)
    return one->high < other->high ? -1 : 1;
  if (one->low != other->low)
    return one->low < other->low ? -1 : 1;
  return 0;
}

static gboolean
has_bit (const Entry * entry, guint bit)
{
  return bit >= 64 ? entry->high >> (bit - 64) & 1 : entry->low >> bit & 1;
}

/* Brings those that lack the bit before those that have it. */
static Entry *
partition (Entry * start, Entry * end, guint bit)
{
  Range kept = { start, end };

  while (start < end) {
    if (!has_bit (start, bit)) {
      start++;
    } else {
      Entry swapped = *--end;

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
sort_entries (Entry * start, Entry * end, guint n_bits)
{
  while (end - start > MAX_QSORT && n_bits > 0) {
    Entry *middle = partition (start, end, --n_bits);

    sort_entries (start, middle, n_bits);
    start = middle;
  }
  if (end - start <= MAX_QSORT) {
    qsort (start, end - start, sizeof (Entry), compare_entries);
    release (start, end);
  }
}

gboolean
recto_page_index_seal (RectoPageIndex * self, GError ** error)
{
  gsize size;

  if (!write_buffer (self, error))
    return FALSE;
  g_clear_pointer (&self->buffer, g_free);
  if (self->n_entries == 0)
    return TRUE;

  size = self->n_entries * sizeof (Entry);
  self->entries = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
      self->fd, 0);
  if (self->entries == MAP_FAILED) {
    int code = errno;

    self->entries = NULL;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not map a temporary file: %s."), g_strerror (code));
    return FALSE;
  }
  sort_entries (self->entries, self->entries + self->n_entries, 128);

  madvise (self->entries, size, MADV_RANDOM);
  return TRUE;
}

void
recto_page_index_merge_configs (RectoPageIndex * self)
{
  Entry *end = self->entries + self->n_entries, *kept = self->entries;

  g_return_if_fail (self->buffer == NULL);

  if (self->is_merged)
    return;
  self->is_merged = TRUE;
  for (Entry * entry = self->entries; entry < end; entry++) {
    entry->low &= ~((guint64) (RECTO_PAGE_INDEX_MAX_CONFIGS - 1)
        << CONFIG_SHIFT);
    if (entry - kept > MAX_RESIDENT) {
      release (kept, entry);
      kept = entry;
    }
  }
  sort_entries (self->entries, end, 128);
}

gsize
recto_page_index_get_size (RectoPageIndex * self)
{
  return self->n_entries + self->n_buffered;
}

/* Looking up */

/* The first entry that is not less than `key`. */
static Entry *
lower_bound (RectoPageIndex * self, const Entry * key)
{
  Entry *start = self->entries;
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

/* The first entry that is greater than `key`. Not the last that is equal, since
 * a page's entries are not in order any more once some of them are visited. */
static Entry *
upper_bound (RectoPageIndex * self, Entry key)
{
  if (++key.low == 0 && ++key.high == 0)
    return self->entries + self->n_entries;
  return lower_bound (self, &key);
}

/* Those that are `key` in all but their `n_low` lowest bits. */
static Range
find_range (RectoPageIndex * self, Entry key, guint n_low)
{
  Entry low = key, high = key;
  Range range;

  if (n_low > 64) {
    high.high |= (G_GUINT64_CONSTANT (1) << (n_low - 64)) - 1;
    low.high &= ~((G_GUINT64_CONSTANT (1) << (n_low - 64)) - 1);
    high.low = G_MAXUINT64;
    low.low = 0;
  } else {
    high.low |= (G_GUINT64_CONSTANT (1) << n_low) - 1;
    low.low &= ~((G_GUINT64_CONSTANT (1) << n_low) - 1);
  }

  range.start = lower_bound (self, &low);
  range.end = upper_bound (self, high);
  return range;
}

static Range
find_page (RectoPageIndex * self, const RectoIndexDocument * document,
    guint64 page)
{
  return find_range (self, make_key (self, document, page), PAGE_SHIFT);
}

/* Without notices. */
static Range
find_document (RectoPageIndex * self, const RectoIndexDocument * document)
{
  Range range = find_range (self, make_key (self, document, 0), CONFIG_SHIFT);

  while (range.end > range.start && is_notice (range.end - 1))
    range.end--;
  return range;
}

/* A run asks for everything once, which is no reason to have it in memory. */
static void
count_lookup (RectoPageIndex * self)
{
  if (self->n_entries > MAX_RESIDENT
      && g_atomic_int_add (&self->n_lookups, 1) % MAX_LOOKUPS == 0)
    release (self->entries, self->entries + self->n_entries);
}

static gboolean
is_settled (const Entry * entry)
{
  return (entry->low & (FAILED | SKIPPED)) == SKIPPED;
}

RectoIndexPage
recto_page_index_find_page (RectoPageIndex * self,
    const RectoIndexDocument * document, guint64 page)
{
  Range range = find_page (self, document, page);
  RectoIndexPage found = {.n_attempts = range.end - range.start };

  for (Entry * entry = range.start; entry < range.end; entry++) {
    found.ok = found.ok || !(entry->low & (FAILED | SKIPPED));
    found.settled = found.settled || is_settled (entry);
    found.tried = found.tried || is_settled (entry)
        || !(entry->low & SKIPPED);
  }

  count_lookup (self);
  return found;
}

static gboolean
has_other_version (RectoPageIndex * self, const RectoIndexDocument * document)
{
  Range range = find_range (self, make_key (self, document, 0),
      128 - URI_BITS);

  for (Entry * entry = range.start; entry < range.end; entry++) {
    if (get_config (entry) == document->config && !is_notice (entry))
      return TRUE;
  }
  return FALSE;
}

gboolean
recto_page_index_has_others (RectoPageIndex * self,
    const RectoIndexDocument * document)
{
  Entry key = make_key (self, document, 0);
  Range range = find_range (self, key, 128 - URI_BITS);
  Range own = find_range (self, key, CONFIG_SHIFT);
  RectoIndexDocument unknown = *document;
  Range unread;

  unknown.sha256 = NULL;
  unread = find_document (self, &unknown);
  if (unread.end > unread.start)
    return TRUE;
  for (Entry * entry = range.start; entry < range.end; entry++) {
    if (entry == own.start && own.end > own.start)
      entry = own.end - 1;
    else if (get_config (entry) == document->config)
      return TRUE;
  }
  return FALSE;
}

/* That it could not be opened is past once pages of it are recorded, but not
 * that it was quarantined. */
static void
look_at_whole (const Range * range, RectoIndexSummary * summary)
{
  gboolean has_pages = get_page (range->end - 1) > 0;

  for (Entry * entry = range->start;
      entry < range->end && get_page (entry) == 0; entry++) {
    if (entry->low & LAST && (!has_pages || entry->low & SKIPPED)) {
      summary->failed = TRUE;
      summary->settled = summary->settled || is_settled (entry);
    }
  }
}

RectoIndexSummary
recto_page_index_find_document (RectoPageIndex * self,
    const RectoIndexDocument * document)
{
  Range range;
  RectoIndexSummary summary = {.n_pages = -1 };

  count_lookup (self);
  range = find_document (self, document);
  summary.n_recorded = range.end - range.start;

  if (summary.n_recorded == 0) {
    summary.changed = document->sha256 && has_other_version (self, document);
    return summary;
  }

  /* A failure of the whole is past once the last page is recorded. */
  if (get_page (range.end - 1) > 0 && range.end[-1].low & LAST)
    summary.n_pages = get_page (range.end - 1);
  else
    look_at_whole (&range, &summary);
  return summary;
}

gboolean
recto_page_index_visit (RectoPageIndex * self,
    const RectoIndexDocument * document, guint64 page)
{
  Range range = find_page (self, document, page);

  count_lookup (self);
  for (Entry * entry = range.start; entry < range.end; entry++) {
    if (!(entry->low & VISITED)) {
      entry->low |= VISITED;
      return entry + 1 == range.end;
    }
  }
  return FALSE;
}

/* Of what could not be read, any version is the one that it is now. */
static Range
find_versions (RectoPageIndex * self, const RectoIndexDocument * document)
{
  RectoIndexDocument known = *document;

  if (document->sha256)
    return find_document (self, document);

  known.sha256 = NO_SHA256;
  return find_range (self, make_key (self, &known, 0), 128 - URI_BITS);
}

gboolean
recto_page_index_has_later_pages (RectoPageIndex * self,
    const RectoIndexDocument * document)
{
  Range range = find_versions (self, document);

  for (Entry * entry = range.start; entry < range.end; entry++) {
    if (get_page (entry) > 0 && !is_notice (entry)
        && get_config (entry) == document->config
        && !(entry->low & VISITED))
      return TRUE;
  }
  return FALSE;
}

gboolean
recto_page_index_has_last_page (RectoPageIndex * self,
    const RectoIndexDocument * document)
{
  Range range = find_versions (self, document);

  for (Entry * entry = range.start; entry < range.end; entry++) {
    if (get_page (entry) > 0 && entry->low & LAST
        && get_config (entry) == document->config)
      return TRUE;
  }
  return FALSE;
}
