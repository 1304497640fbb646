/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-document-budget-private.h>
#include <recto/recto-waker-private.h>

void
recto_document_budget_init (RectoDocumentBudget * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
}

void
recto_document_budget_clear (RectoDocumentBudget * self)
{
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
}

void
recto_document_budget_set_limits (RectoDocumentBudget * self,
    guint64 max_memory, guint64 max_size)
{
  g_mutex_lock (&self->lock);
  self->max_memory = max_memory;
  self->max_size = max_size;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

gboolean
recto_document_budget_allows (RectoDocumentBudget * self, guint64 size,
    GError ** error)
{
  g_autofree char *limit_text = NULL;
  guint64 limit;

  g_mutex_lock (&self->lock);
  limit = self->max_size;
  g_mutex_unlock (&self->lock);

  if (limit == 0 || size <= limit)
    return TRUE;

  limit_text = g_format_size_full (limit, G_FORMAT_SIZE_IEC_UNITS);
  g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_TOO_LARGE,
      _("The document is larger than %s. Allow larger ones with "
          "“max-document-bytes” (recto: --max-document-size)."), limit_text);
  return FALSE;
}

/* Holds the lock. One is always allowed: a document that is larger than all
 * that may be held has to be read as well. */
static gboolean
has_room (RectoDocumentBudget * self, RectoDocumentPurpose purpose,
    guint64 size)
{
  switch (purpose) {
    case RECTO_DOCUMENT_AGAIN:
      return !self->again;
    case RECTO_DOCUMENT_IMAGE:
      return TRUE;
    default:
      break;
  }

  if (self->usage.n_held == 0)
    return TRUE;
  if (self->usage.n_held >= RECTO_DOCUMENT_BUDGET_MAX_HELD)
    return FALSE;
  return self->max_memory == 0 ||
      (self->usage.held < self->max_memory &&
      size <= self->max_memory - self->usage.held);
}

/* Holds the lock. */
static void
add (RectoDocumentBudget * self, RectoDocumentPurpose purpose, guint64 size)
{
  RectoDocumentUsage *usage = &self->usage;

  usage->n_held++;
  usage->held += size;
  usage->peak_n_held = MAX (usage->peak_n_held, usage->n_held);
  usage->peak_held = MAX (usage->peak_held, usage->held);
  if (purpose == RECTO_DOCUMENT_AGAIN)
    self->again = TRUE;
}

/* Holds the lock, but not while the document is freed. */
static void
drop_kept (RectoDocumentBudget * self)
{
  gpointer kept = g_steal_pointer (&self->kept);

  g_mutex_unlock (&self->lock);
  self->free_kept (kept);
  g_mutex_lock (&self->lock);
}

/* Holds the lock. */
static void
wait_for_room (RectoDocumentBudget * self, RectoDocumentPurpose purpose,
    guint64 size, gboolean wait, GCancellable * cancellable)
{
  while (!has_room (self, purpose, size)
      && !g_cancellable_is_cancelled (cancellable)) {
    if (self->kept)
      drop_kept (self);
    else if (wait)
      g_cond_wait (&self->changed, &self->lock);
    else
      return;
  }
}

gboolean
recto_document_budget_take (RectoDocumentBudget * self,
    RectoDocumentPurpose purpose, guint64 size, gboolean wait,
    GCancellable * cancellable, GError ** error)
{
  g_auto (RectoWaker) waker = { 0 };
  g_autoptr (GMutexLocker) locker = NULL;

  if (purpose == RECTO_DOCUMENT_AHEAD &&
      !recto_document_budget_allows (self, size, error))
    return FALSE;

  recto_waker_init (&waker, &self->lock, &self->changed, cancellable);
  locker = g_mutex_locker_new (&self->lock);
  wait_for_room (self, purpose, size, wait, cancellable);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!has_room (self, purpose, size)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
        _("Too many documents are held in memory."));
    return FALSE;
  }
  add (self, purpose, size);
  return TRUE;
}

void
recto_document_budget_adjust (RectoDocumentBudget * self, guint64 old_size,
    guint64 new_size)
{
  RectoDocumentUsage *usage = &self->usage;

  g_mutex_lock (&self->lock);
  usage->held = usage->held - old_size + new_size;
  usage->peak_held = MAX (usage->peak_held, usage->held);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
recto_document_budget_give_back (RectoDocumentBudget * self,
    RectoDocumentPurpose purpose, guint64 size)
{
  g_mutex_lock (&self->lock);
  self->usage.n_held--;
  self->usage.held -= size;
  if (purpose == RECTO_DOCUMENT_AGAIN)
    self->again = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
recto_document_budget_keep (RectoDocumentBudget * self, gpointer document,
    GDestroyNotify free_kept)
{
  gboolean fits;

  g_mutex_lock (&self->lock);
  fits = self->max_memory == 0 || self->usage.held <= self->max_memory;
  if (fits) {
    self->kept = document;
    self->free_kept = free_kept;
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);

  if (!fits)
    free_kept (document);
}

gpointer
recto_document_budget_take_kept (RectoDocumentBudget * self,
    GCancellable * cancellable)
{
  g_auto (RectoWaker) waker = { 0 };
  g_autoptr (GMutexLocker) locker = NULL;

  recto_waker_init (&waker, &self->lock, &self->changed, cancellable);
  locker = g_mutex_locker_new (&self->lock);
  while (self->again && self->kept == NULL
      && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&self->changed, &self->lock);

  return g_steal_pointer (&self->kept);
}

void
recto_document_budget_drop_kept (RectoDocumentBudget * self)
{
  g_mutex_lock (&self->lock);
  if (self->kept)
    drop_kept (self);
  g_mutex_unlock (&self->lock);
}

void
recto_document_budget_get_usage (RectoDocumentBudget * self,
    RectoDocumentUsage * usage)
{
  g_mutex_lock (&self->lock);
  *usage = self->usage;
  g_mutex_unlock (&self->lock);
}
