/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <xxhash.h>

#include <recto/recto.h>
#include <recto/recto-entry-file-private.h>
#include <recto/recto-page-index-private.h>

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

/* Some entries that lie together. */
typedef struct
{
  RectoEntry *start;
  RectoEntry *end;
} Range;

struct _RectoPageIndex
{
  gatomicrefcount ref_count;
  guint64 seed;
  RectoEntryFile *entries;
  gboolean is_merged;           /* all entries are of configuration 0 */
};

RectoPageIndex *
recto_page_index_new (GError ** error)
{
  g_autoptr (RectoEntryFile) entries = recto_entry_file_new (error);
  RectoPageIndex *self;

  if (entries == NULL)
    return NULL;

  self = g_new0 (RectoPageIndex, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->seed = (guint64) g_random_int () << 32 | g_random_int ();
  self->entries = g_steal_pointer (&entries);
  return self;
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

  recto_entry_file_free (self->entries);
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
static RectoEntry
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
  return (RectoEntry) {
    .high = uri << (64 - URI_BITS) | sha256 >> SHA256_LOW_BITS,
    .low = sha256 << (64 - SHA256_LOW_BITS)
        | (guint64) document->config << CONFIG_SHIFT
        | (page & MAX_PAGE) << PAGE_SHIFT,
  };
}

static guint
get_page (const RectoEntry * entry)
{
  return entry->low >> PAGE_SHIFT & MAX_PAGE;
}

static guint
get_config (const RectoEntry * entry)
{
  return entry->low >> CONFIG_SHIFT & (RECTO_PAGE_INDEX_MAX_CONFIGS - 1);
}

/* That a version is there is recorded, but nothing of its pages. */
static gboolean
is_notice (const RectoEntry * entry)
{
  return get_page (entry) >= RECTO_PAGE_INDEX_CONFIRMED;
}

/* Adding */

gboolean
recto_page_index_add (RectoPageIndex * self,
    const RectoIndexDocument * document, guint64 page, RectoIndexFlags flags,
    GError ** error)
{
  RectoEntry entry = make_key (self, document, page);

  g_return_val_if_fail (document->config < RECTO_PAGE_INDEX_MAX_CONFIGS, FALSE);

  if (flags & RECTO_INDEX_LAST)
    entry.low |= LAST;
  if (flags & RECTO_INDEX_FAILED)
    entry.low |= FAILED;
  if (flags & (RECTO_INDEX_SKIPPED | RECTO_INDEX_SETTLED))
    entry.low |= SKIPPED;

  return recto_entry_file_add (self->entries, &entry, error);
}

gboolean
recto_page_index_seal (RectoPageIndex * self, GError ** error)
{
  return recto_entry_file_seal (self->entries, error);
}

static void
clear_config (RectoEntry * entry)
{
  entry->low &= ~((guint64) (RECTO_PAGE_INDEX_MAX_CONFIGS - 1) << CONFIG_SHIFT);
}

void
recto_page_index_merge_configs (RectoPageIndex * self)
{
  if (self->is_merged)
    return;
  self->is_merged = TRUE;
  recto_entry_file_change (self->entries, clear_config);
}

gsize
recto_page_index_get_size (RectoPageIndex * self)
{
  return recto_entry_file_get_size (self->entries);
}

/* Looking up */

/* The first entry that is greater than `key`. Not the last that is equal, since
 * a page's entries are not in order any more once some of them are visited. */
static RectoEntry *
upper_bound (RectoPageIndex * self, RectoEntry key)
{
  if (++key.low == 0 && ++key.high == 0)
    return recto_entry_file_get_end (self->entries);
  return recto_entry_file_find (self->entries, &key);
}

/* Those that are `key` in all but their `n_low` lowest bits. */
static Range
find_range (RectoPageIndex * self, RectoEntry key, guint n_low)
{
  RectoEntry low = key, high = key;
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

  range.start = recto_entry_file_find (self->entries, &low);
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

static gboolean
is_settled (const RectoEntry * entry)
{
  return (entry->low & (FAILED | SKIPPED)) == SKIPPED;
}

RectoIndexPage
recto_page_index_find_page (RectoPageIndex * self,
    const RectoIndexDocument * document, guint64 page)
{
  Range range = find_page (self, document, page);
  RectoIndexPage found = {.n_attempts = range.end - range.start };

  for (RectoEntry * entry = range.start; entry < range.end; entry++) {
    found.ok = found.ok || !(entry->low & (FAILED | SKIPPED));
    found.settled = found.settled || is_settled (entry);
    found.tried = found.tried || is_settled (entry)
        || !(entry->low & SKIPPED);
  }

  recto_entry_file_count_lookup (self->entries);
  return found;
}

static gboolean
has_other_version (RectoPageIndex * self, const RectoIndexDocument * document)
{
  Range range = find_range (self, make_key (self, document, 0),
      128 - URI_BITS);

  for (RectoEntry * entry = range.start; entry < range.end; entry++) {
    if (get_config (entry) == document->config && !is_notice (entry))
      return TRUE;
  }
  return FALSE;
}

gboolean
recto_page_index_has_others (RectoPageIndex * self,
    const RectoIndexDocument * document)
{
  RectoEntry key = make_key (self, document, 0);
  Range range = find_range (self, key, 128 - URI_BITS);
  Range own = find_range (self, key, CONFIG_SHIFT);
  RectoIndexDocument unknown = *document;
  Range unread;

  unknown.sha256 = NULL;
  unread = find_document (self, &unknown);
  if (unread.end > unread.start)
    return TRUE;
  for (RectoEntry * entry = range.start; entry < range.end; entry++) {
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

  for (RectoEntry * entry = range->start;
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

  recto_entry_file_count_lookup (self->entries);
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

  recto_entry_file_count_lookup (self->entries);
  for (RectoEntry * entry = range.start; entry < range.end; entry++) {
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

  for (RectoEntry * entry = range.start; entry < range.end; entry++) {
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

  for (RectoEntry * entry = range.start; entry < range.end; entry++) {
    if (get_page (entry) > 0 && entry->low & LAST
        && get_config (entry) == document->config)
      return TRUE;
  }
  return FALSE;
}
