/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Entries are added to a file that is not sorted before the first lookup. From
 * then on, the file is sealed whenever its buffer is full, and a sealed file is
 * merged with the one before it as soon as it is as large. So there are never
 * more files than the number of entries has bits.
 */

#include "config.h"

#include <gst/gst.h>
#include <xxhash.h>

#include <recto/recto.h>
#include <recto/recto-entry-file-private.h>

#include "content-index.h"

GST_DEBUG_CATEGORY_STATIC (recto_content_index_debug);
#define GST_CAT_DEFAULT recto_content_index_debug

#define SHA256_DIGITS 64

/* The high half of an entry holds 41 bits of a hash of the SHA-256 and the
 * configuration, and the last 23 of the page's number: so the pages of a
 * document lie together. */
#define PAGE_MASK ((1u << 23) - 1)

/* The low half holds, from its most significant bit, 17 bits of the file's
 * number and 47 of the offset in it. */
#define FILE_SHIFT 47
#define MAX_FILE ((1u << (64 - FILE_SHIFT)) - 1)
#define MAX_OFFSET ((G_GUINT64_CONSTANT (1) << FILE_SHIFT) - 1)

struct _RectoContentIndex
{
  GMutex lock;
  guint64 seed;
  GPtrArray *sealed;            /* of RectoEntryFile, the largest first */
  RectoEntryFile *tail;         /* what was added since; nullable */
  gboolean asked;
  gboolean broken;              /* no temporary file could be written */
};

RectoContentIndex *
recto_content_index_new (void)
{
  RectoContentIndex *self = g_new0 (RectoContentIndex, 1);

  GST_DEBUG_CATEGORY_INIT (recto_content_index_debug, "recto-content-index", 0,
      "Where contents are recorded");

  g_mutex_init (&self->lock);
  self->seed = (guint64) g_random_int () << 32 | g_random_int ();
  self->sealed = g_ptr_array_new_with_free_func ((GDestroyNotify)
      recto_entry_file_free);
  return self;
}

void
recto_content_index_free (RectoContentIndex * self)
{
  g_ptr_array_unref (self->sealed);
  g_clear_pointer (&self->tail, recto_entry_file_free);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static guint64
hash_content (RectoContentIndex * self, const RectoContent * content)
{
  guint64 hash = XXH3_64bits_withSeed (content->sha256, SHA256_DIGITS,
      self->seed + content->config);

  return (hash & ~(guint64) PAGE_MASK) | (content->page & PAGE_MASK);
}

static RectoPlace
get_place (const RectoEntry * entry)
{
  return (RectoPlace) {
    .file = entry->low >> FILE_SHIFT,.offset = entry->low & MAX_OFFSET,
  };
}

/* What follows is called with the lock. */

static void
give_up (RectoContentIndex * self, const GError * error)
{
  GST_WARNING ("nothing can be copied any more: %s", error->message);
  g_ptr_array_set_size (self->sealed, 0);
  g_clear_pointer (&self->tail, recto_entry_file_free);
  self->broken = TRUE;
}

static gboolean
add_entry (RectoContentIndex * self, const RectoEntry * entry, GError ** error)
{
  if (self->tail == NULL)
    self->tail = recto_entry_file_new (error);
  return self->tail && recto_entry_file_add (self->tail, entry, error);
}

static RectoEntryFile *
nth_from_end (RectoContentIndex * self, guint n)
{
  return g_ptr_array_index (self->sealed, self->sealed->len - n);
}

/* In place of the last two files, one. */
static gboolean
merge_last (RectoContentIndex * self, GError ** error)
{
  g_autoptr (RectoEntryFile) merged = recto_entry_file_new (error);

  if (merged == NULL
      || !recto_entry_file_add_all (merged, nth_from_end (self, 2), error)
      || !recto_entry_file_add_all (merged, nth_from_end (self, 1), error)
      || !recto_entry_file_seal (merged, error))
    return FALSE;

  g_ptr_array_set_size (self->sealed, self->sealed->len - 2);
  g_ptr_array_add (self->sealed, g_steal_pointer (&merged));
  return TRUE;
}

static gboolean
must_merge (RectoContentIndex * self)
{
  return self->sealed->len >= 2
      && recto_entry_file_get_size (nth_from_end (self, 1)) >=
      recto_entry_file_get_size (nth_from_end (self, 2));
}

static gboolean
seal_tail (RectoContentIndex * self, GError ** error)
{
  if (!recto_entry_file_seal (self->tail, error))
    return FALSE;
  g_ptr_array_add (self->sealed, g_steal_pointer (&self->tail));
  while (must_merge (self)) {
    if (!merge_last (self, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_tail_full (RectoContentIndex * self)
{
  return self->tail
      && recto_entry_file_get_size (self->tail) >= RECTO_ENTRY_FILE_BUFFERED;
}

typedef struct
{
  RectoPlace *places;
  guint n;
  guint max;
} Finding;

static void
find_sealed (RectoEntryFile * file, guint64 hash, Finding * finding)
{
  const RectoEntry key = {.high = hash };
  const RectoEntry *end = recto_entry_file_get_end (file);

  recto_entry_file_count_lookup (file);
  for (const RectoEntry * entry = recto_entry_file_find (file, &key);
      entry < end && entry->high == hash && finding->n < finding->max; entry++)
    finding->places[finding->n++] = get_place (entry);
}

static void
find_in_tail (RectoEntryFile * file, guint64 hash, Finding * finding)
{
  gsize n;
  const RectoEntry *entries = recto_entry_file_get_buffered (file, &n);

  for (gsize i = 0; i < n && finding->n < finding->max; i++) {
    if (entries[i].high == hash)
      finding->places[finding->n++] = get_place (&entries[i]);
  }
}

/* From here on without the lock. */

void
recto_content_index_add (RectoContentIndex * self,
    const RectoContent * content, RectoPlace place)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autoptr (GError) error = NULL;
  RectoEntry entry;

  if (self->broken || place.file > MAX_FILE
      || (guint64) place.offset > MAX_OFFSET)
    return;

  entry.high = hash_content (self, content);
  entry.low = (guint64) place.file << FILE_SHIFT | place.offset;
  if (!add_entry (self, &entry, &error)
      || (self->asked && is_tail_full (self) && !seal_tail (self, &error)))
    give_up (self, error);
}

guint
recto_content_index_find (RectoContentIndex * self,
    const RectoContent * content, RectoPlace * places, guint max)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autoptr (GError) error = NULL;
  guint64 hash = hash_content (self, content);
  Finding finding = { places, 0, max };

  self->asked = TRUE;
  if (is_tail_full (self) && !seal_tail (self, &error))
    give_up (self, error);

  for (guint i = 0; i < self->sealed->len; i++)
    find_sealed (g_ptr_array_index (self->sealed, i), hash, &finding);
  if (self->tail)
    find_in_tail (self->tail, hash, &finding);
  return finding.n;
}

gsize
recto_content_index_get_size (RectoContentIndex * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  gsize size = self->tail ? recto_entry_file_get_size (self->tail) : 0;

  for (guint i = 0; i < self->sealed->len; i++)
    size += recto_entry_file_get_size (g_ptr_array_index (self->sealed, i));
  return size;
}
