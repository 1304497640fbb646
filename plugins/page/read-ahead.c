/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A few equal threads. Each takes the next document from the walk and reserves
 * the memory for it while it holds `intake`, so that both happen in the
 * documents' order and the oldest one is never kept waiting by younger ones;
 * then it reads and opens the document beside the others. When all are taken,
 * the threads wait, because a document that was opened may still be put off.
 */

#include "config.h"

#include <recto/recto-password-private.h>

#include "put-off.h"
#include "read-ahead.h"
#include "sorted-folder.h"

GST_DEBUG_CATEGORY_STATIC (read_ahead_debug);
#define GST_CAT_DEFAULT read_ahead_debug

typedef enum
{
  SLOT_WAITING,
  SLOT_OPENING,
  SLOT_OPENED,
} SlotState;

typedef struct
{
  DocumentOpener *opener;
  SlotState state;
} Slot;

struct _ReadAhead
{
  GMutex intake;                /* taken before `lock` */
  DocumentWalk *walk;           /* under `intake` */

  RectoRenderer *renderer;      /* these do not change between start and stop */
  char *password;
  const DocumentChoice *choice;
  guint n_threads;

  GMutex lock;
  GCond changed;
  GQueue slots;                 /* of Slot, in order */
  gint64 n_walked;
  gboolean walked;              /* there are no more */
  PutOff *put_off;
  gboolean takes_up;            /* those that were put off */
  gboolean cancelled;           /* by who uses it */
  gboolean stopping;
  GCancellable *cancellable;
  GPtrArray *threads;
};

ReadAhead *
read_ahead_new (void)
{
  static gsize once = 0;
  ReadAhead *self = g_new0 (ReadAhead, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (read_ahead_debug, "rectoreadahead", 0,
        "documents opened ahead");
    g_once_init_leave (&once, 1);
  }

  g_mutex_init (&self->intake);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->slots);
  self->cancellable = g_cancellable_new ();
  self->threads = g_ptr_array_new ();
  self->put_off = put_off_new ();

  return self;
}

void
read_ahead_free (ReadAhead * self)
{
  read_ahead_stop (self);

  g_ptr_array_unref (self->threads);
  put_off_free (self->put_off);
  g_object_unref (self->cancellable);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->intake);
  g_free (self);
}

static void
slot_free (Slot * slot)
{
  g_clear_pointer (&slot->opener, document_opener_free);
  g_free (slot);
}

/* The oldest document that nobody works on: there is one after its opening was
 * cancelled. */
static Slot *
find_waiting (ReadAhead * self)
{
  for (GList * l = self->slots.head; l; l = l->next) {
    Slot *slot = l->data;

    if (slot->state == SLOT_WAITING)
      return slot;
  }
  return NULL;
}

/* With the lock. */
static gboolean
is_interrupted (ReadAhead * self)
{
  return self->cancelled || self->stopping;
}

/* With the lock. The number of workers may change at any time. */
static gboolean
has_room (ReadAhead * self)
{
  return g_queue_get_length (&self->slots) <
      MAX (recto_renderer_get_n_workers (self->renderer), 1);
}

/* Waits until a document can be taken, which is `waiting` if there is one.
 * FALSE when it was interrupted. */
static gboolean
wait_for_room (ReadAhead * self, Slot ** waiting)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  *waiting = find_waiting (self);
  while (!is_interrupted (self) && *waiting == NULL
      && (self->walked || !has_room (self)))
    g_cond_wait (&self->changed, &self->lock);

  return !is_interrupted (self);
}

static Slot *
append_slot (ReadAhead * self, DocumentEntry * entry)
{
  Slot *slot = NULL;

  g_mutex_lock (&self->lock);
  if (entry) {
    slot = g_new0 (Slot, 1);
    slot->opener = document_opener_new (entry, self->renderer, self->password,
        self->choice);
    g_queue_push_tail (&self->slots, slot);
    self->n_walked += !self->takes_up;
  } else {
    self->walked = TRUE;
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);

  return slot;
}

static void
set_state (ReadAhead * self, Slot * slot, SlotState state)
{
  g_mutex_lock (&self->lock);
  slot->state = state;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* Holding `intake`. Sets `entry` to NULL at the end. FALSE when it was
 * cancelled. */
static gboolean
next_entry (ReadAhead * self, DocumentEntry ** entry)
{
  gboolean takes_up;

  g_mutex_lock (&self->lock);
  takes_up = self->takes_up;
  *entry = takes_up ? put_off_take (self->put_off) : NULL;
  g_mutex_unlock (&self->lock);

  return takes_up
      || document_walk_next (self->walk, entry, self->cancellable, NULL);
}

/* Holding `intake`. NULL when it was cancelled. */
static Slot *
take_slot (ReadAhead * self)
{
  Slot *slot = NULL;

  while (slot == NULL) {
    DocumentEntry *entry;

    if (!wait_for_room (self, &slot))
      return NULL;
    if (slot)
      break;
    if (!next_entry (self, &entry))
      return NULL;
    slot = append_slot (self, entry);
  }
  if (!document_opener_reserve (slot->opener,
          self->cancellable, NULL))
    return NULL;

  set_state (self, slot, SLOT_OPENING);
  return slot;
}

static gpointer
open_documents (gpointer data)
{
  ReadAhead *self = data;

  for (;;) {
    gboolean opened;
    Slot *slot;

    g_mutex_lock (&self->intake);
    slot = take_slot (self);
    g_mutex_unlock (&self->intake);
    if (slot == NULL)
      return NULL;

    opened = document_opener_open (slot->opener, self->cancellable, NULL);
    GST_LOG ("document %p is %s", slot->opener,
        opened ? "opened" : "put back");
    set_state (self, slot, opened ? SLOT_OPENED : SLOT_WAITING);
  }
}

/* A document that is alone needs no second thread. */
static guint
count_threads (const char *const *locations, RectoRenderer * renderer)
{
  g_autofree char *file = locations[0] && locations[1] == NULL ?
      document_walk_dup_file (locations[0]) : NULL;

  return file ? 1 : MAX (recto_renderer_get_n_workers (renderer), 1);
}

void
read_ahead_start (ReadAhead * self, const char *const *locations,
    RectoRenderer * renderer, const char *password,
    const DocumentChoice * choice)
{
  read_ahead_stop (self);

  g_mutex_lock (&self->lock);
  self->walk = document_walk_new (locations, SORTED_FOLDER_RUN_SIZE);
  self->renderer = g_object_ref (renderer);
  self->password = g_strdup (password);
  self->choice = choice;
  self->n_threads = count_threads (locations, renderer);
  self->n_walked = 0;
  self->walked = FALSE;
  self->takes_up = FALSE;
  g_mutex_unlock (&self->lock);
}

static void
interrupt (ReadAhead * self, gboolean * reason)
{
  g_autoptr (GCancellable) cancellable = NULL;

  g_mutex_lock (&self->lock);
  *reason = TRUE;
  cancellable = g_object_ref (self->cancellable);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  g_cancellable_cancel (cancellable);
}

static void
join_threads (ReadAhead * self)
{
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  g_ptr_array_set_size (self->threads, 0);
}

/* With the lock. */
static void
resume (ReadAhead * self, gboolean * reason)
{
  *reason = FALSE;
  if (is_interrupted (self))
    return;

  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
}

void
read_ahead_stop (ReadAhead * self)
{
  interrupt (self, &self->stopping);
  join_threads (self);

  g_mutex_lock (&self->lock);
  g_queue_clear_full (&self->slots, (GDestroyNotify) slot_free);
  g_clear_pointer (&self->walk, document_walk_free);
  g_clear_object (&self->renderer);
  recto_password_clear (&self->password);
  put_off_free (self->put_off);
  self->put_off = put_off_new ();
  resume (self, &self->stopping);
  g_mutex_unlock (&self->lock);
}

void
read_ahead_cancel (ReadAhead * self)
{
  interrupt (self, &self->cancelled);
}

/* With the lock. A document that waits for memory may not find it taken by
 * younger ones. */
static void
rewind_slots (ReadAhead * self)
{
  gboolean rewind = FALSE;

  for (GList * l = self->slots.head; l; l = l->next) {
    Slot *slot = l->data;

    rewind = rewind || slot->state != SLOT_OPENED;
    if (rewind) {
      document_opener_rewind (slot->opener);
      slot->state = SLOT_WAITING;
    }
  }
}

void
read_ahead_uncancel (ReadAhead * self)
{
  join_threads (self);

  g_mutex_lock (&self->lock);
  rewind_slots (self);
  resume (self, &self->cancelled);
  g_mutex_unlock (&self->lock);
}

/* With the lock. */
static void
start_threads (ReadAhead * self)
{
  if (self->threads->len > 0 || self->walk == NULL)
    return;

  for (guint i = 0; i < self->n_threads; i++)
    g_ptr_array_add (self->threads,
        g_thread_new ("recto-open", open_documents, self));
}

/* With the lock. Documents that were put off come after all others. */
static void
take_up (ReadAhead * self)
{
  if (!self->walked || self->takes_up || !g_queue_is_empty (&self->slots)
      || put_off_is_empty (self->put_off))
    return;

  GST_DEBUG ("taking up what was put off");
  self->takes_up = TRUE;
  self->walked = FALSE;
  g_cond_broadcast (&self->changed);
}

static gboolean
is_decided (ReadAhead * self)
{
  Slot *first;

  if (self->cancelled)
    return TRUE;
  take_up (self);
  first = g_queue_peek_head (&self->slots);
  return first ? first->state == SLOT_OPENED : self->walked;
}

gboolean
read_ahead_next (ReadAhead * self, DocumentOpener ** opener)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  Slot *first;

  if (!self->cancelled)
    start_threads (self);
  while (!is_decided (self))
    g_cond_wait (&self->changed, &self->lock);
  if (self->cancelled)
    return FALSE;

  first = g_queue_pop_head (&self->slots);
  *opener = first ? g_steal_pointer (&first->opener) : NULL;
  g_clear_pointer (&first, slot_free);
  g_cond_broadcast (&self->changed);
  return TRUE;
}

gboolean
read_ahead_put_off (ReadAhead * self, const DocumentOpener * opener)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  const DocumentEntry *entry = document_opener_get_entry (opener);

  if (self->takes_up || !put_off_add (self->put_off, entry))
    return FALSE;
  GST_DEBUG ("put off %s", entry->uri);
  return TRUE;
}

gint64
read_ahead_get_total (ReadAhead * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->walked || self->takes_up ? self->n_walked : -1;
}
