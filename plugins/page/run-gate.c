/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto-work-item-private.h>

#include "run-gate.h"

/* Deaths of the process with a document alone after which it is not tried any
 * more. */
#define MAX_DEATHS 3

/* An element that holds pages until more come would keep the gate shut for
 * ever; a document that is merely slow is settled sooner than this. */
#define MAX_WAIT (30 * G_TIME_SPAN_MINUTE)

/* Documents that are begun and not settled. Their work items may outlive the
 * gate. */
typedef struct
{
  gatomicrefcount ref_count;
  GMutex lock;
  GCond changed;
  guint n;
  GHashTable *contents;         /* SHA-256 → how many of these, for copies */
  gboolean cancelled;
} Unsettled;

/* Of one document. */
typedef struct
{
  Unsettled *unsettled;
  char *sha256;                 /* nullable */
} Begun;

struct _RunGate
{
  RectoRun *run;                /* nullable */

  gboolean alone;               /* of the thread that pushes: the document
                                 * before goes alone */

  GMutex lock;                  /* of the pointer */
  Unsettled *unsettled;
};

static Unsettled *
unsettled_new (void)
{
  Unsettled *self = g_new0 (Unsettled, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->contents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);

  return self;
}

static Unsettled *
unsettled_ref (Unsettled * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
unsettled_unref (Unsettled * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_hash_table_unref (self->contents);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Unsettled, unsettled_unref)

/* With the lock. */
static void
count_content (Unsettled * self, const char *sha256, int change)
{
  int n;

  if (sha256 == NULL)
    return;
  n = GPOINTER_TO_INT (g_hash_table_lookup (self->contents, sha256)) + change;
  if (n > 0)
    g_hash_table_insert (self->contents, g_strdup (sha256),
        GINT_TO_POINTER (n));
  else
    g_hash_table_remove (self->contents, sha256);
}

static Begun *
unsettled_add (Unsettled * self, const char *sha256)
{
  Begun *begun = g_new0 (Begun, 1);

  begun->unsettled = unsettled_ref (self);
  begun->sha256 = g_strdup (sha256);
  g_mutex_lock (&self->lock);
  self->n++;
  count_content (self, sha256, 1);
  g_mutex_unlock (&self->lock);
  return begun;
}

static void
begun_free (gpointer data)
{
  Begun *begun = data;

  unsettled_unref (begun->unsettled);
  g_free (begun->sha256);
  g_free (begun);
}

static void
on_settled (gboolean committed, gpointer data)
{
  Begun *begun = data;
  Unsettled *self = begun->unsettled;

  g_mutex_lock (&self->lock);
  self->n--;
  count_content (self, begun->sha256, -1);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
unsettled_set_cancelled (Unsettled * self, gboolean cancelled)
{
  g_mutex_lock (&self->lock);
  self->cancelled = cancelled;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* With the lock. `sha256` NULL: any document. */
static gboolean
has_unsettled (Unsettled * self, const char *sha256)
{
  return sha256 ? g_hash_table_contains (self->contents, sha256) : self->n > 0;
}

/* FALSE when it was cancelled. */
static gboolean
unsettled_wait (Unsettled * self, const char *sha256)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  gint64 end = g_get_monotonic_time () + MAX_WAIT;

  while (has_unsettled (self, sha256) && !self->cancelled
      && g_cond_wait_until (&self->changed, &self->lock, end))
    end = g_get_monotonic_time () + MAX_WAIT;
  return !self->cancelled;
}

static gboolean
unsettled_is_empty (Unsettled * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->n == 0;
}

RunGate *
run_gate_new (void)
{
  RunGate *self = g_new0 (RunGate, 1);

  g_mutex_init (&self->lock);
  self->unsettled = unsettled_new ();

  return self;
}

void
run_gate_free (RunGate * self)
{
  g_clear_pointer (&self->run, recto_run_unref);
  unsettled_unref (self->unsettled);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static Unsettled *
ref_unsettled (RunGate * self)
{
  Unsettled *unsettled;

  g_mutex_lock (&self->lock);
  unsettled = unsettled_ref (self->unsettled);
  g_mutex_unlock (&self->lock);

  return unsettled;
}

/* What is left of the run before is none of the next one's business. */
static void
forget_unsettled (RunGate * self)
{
  Unsettled *old;

  g_mutex_lock (&self->lock);
  old = self->unsettled;
  self->unsettled = unsettled_new ();
  g_mutex_lock (&old->lock);
  self->unsettled->cancelled = old->cancelled;
  g_mutex_unlock (&old->lock);
  g_mutex_unlock (&self->lock);

  unsettled_unref (old);
}

void
run_gate_set_run (RunGate * self, RectoRun * run)
{
  g_clear_pointer (&self->run, recto_run_unref);
  self->run = run ? recto_run_ref (run) : NULL;
  self->alone = FALSE;
  forget_unsettled (self);
}

static void
give_work_item (RunGate * self, RectoDocument * document)
{
  g_autoptr (Unsettled) unsettled = ref_unsettled (self);

  recto_document_set_work_item (document, recto_work_item_new (on_settled,
          unsettled_add (unsettled, recto_document_get_sha256 (document)),
          begun_free));
}

static gboolean
wait_until_settled (RunGate * self)
{
  g_autoptr (Unsettled) unsettled = ref_unsettled (self);

  return unsettled_wait (unsettled, NULL);
}

static gboolean
is_empty (RunGate * self)
{
  g_autoptr (Unsettled) unsettled = ref_unsettled (self);

  return unsettled_is_empty (unsettled);
}

static RunGateResult
pass (RunGate * self, RectoDocument * document)
{
  const char *uri = recto_document_get_uri (document);
  guint n_recorded = recto_run_find_document (self->run, uri,
      recto_document_get_sha256 (document)).n_recorded;
  RectoRunPast past = recto_run_look_back (self->run, uri, n_recorded);

  if (past.n_deaths >= MAX_DEATHS)
    return RUN_GATE_QUARANTINED;

  /* A document is not to blame for a death while others are read. */
  if (past.is_suspect && !wait_until_settled (self))
    return RUN_GATE_CANCELLED;
  self->alone = past.is_suspect;
  recto_run_begin (self->run, uri, n_recorded, past.is_suspect
      && is_empty (self));
  return RUN_GATE_OPEN;
}

RunGateResult
run_gate_pass (RunGate * self, RectoDocument * document, gboolean recorded)
{
  RunGateResult result = RUN_GATE_OPEN;

  if (self->run == NULL)
    return RUN_GATE_OPEN;

  if (self->alone && !wait_until_settled (self))
    return RUN_GATE_CANCELLED;
  self->alone = FALSE;

  if (recorded)
    result = pass (self, document);
  if (result != RUN_GATE_CANCELLED)
    give_work_item (self, document);
  return result;
}

gboolean
run_gate_has_begun (RunGate * self, const char *sha256)
{
  g_autoptr (Unsettled) unsettled = ref_unsettled (self);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&unsettled->lock);

  return has_unsettled (unsettled, sha256);
}

gboolean
run_gate_wait_for (RunGate * self, const char *sha256)
{
  g_autoptr (Unsettled) unsettled = ref_unsettled (self);

  return unsettled_wait (unsettled, sha256);
}

gboolean
run_gate_is_cancelled (RunGate * self)
{
  g_autoptr (Unsettled) unsettled = ref_unsettled (self);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&unsettled->lock);

  return unsettled->cancelled;
}

void
run_gate_cancel (RunGate * self)
{
  g_autoptr (Unsettled) unsettled = ref_unsettled (self);

  unsettled_set_cancelled (unsettled, TRUE);
}

void
run_gate_uncancel (RunGate * self)
{
  g_autoptr (Unsettled) unsettled = ref_unsettled (self);

  unsettled_set_cancelled (unsettled, FALSE);
}
