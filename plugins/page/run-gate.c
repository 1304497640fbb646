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
  gboolean cancelled;
} Unsettled;

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

  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Unsettled, unsettled_unref)

static void
unsettled_add (Unsettled * self)
{
  g_mutex_lock (&self->lock);
  self->n++;
  g_mutex_unlock (&self->lock);
}

static void
on_settled (gboolean committed, gpointer data)
{
  Unsettled *self = data;

  g_mutex_lock (&self->lock);
  self->n--;
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

/* FALSE when it was cancelled. */
static gboolean
unsettled_wait (Unsettled * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  gint64 end = g_get_monotonic_time () + MAX_WAIT;

  while (self->n > 0 && !self->cancelled
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

  unsettled_add (unsettled);
  recto_document_set_work_item (document, recto_work_item_new (on_settled,
          unsettled_ref (unsettled), (GDestroyNotify) unsettled_unref));
}

static gboolean
wait_until_settled (RunGate * self)
{
  g_autoptr (Unsettled) unsettled = ref_unsettled (self);

  return unsettled_wait (unsettled);
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
