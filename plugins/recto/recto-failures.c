/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-failures-private.h>
#include <recto/recto-page-private.h>

#define N_TOLD_ONE_BY_ONE 20
#define SUMMARY_INTERVAL (10 * G_USEC_PER_SEC)

void
recto_failures_init (RectoFailures * self, GstElement * element)
{
  g_mutex_init (&self->lock);
  self->element = element;
  self->excess = NULL;
  recto_failures_reset (self);
}

void
recto_failures_clear (RectoFailures * self)
{
  g_clear_pointer (&self->excess, recto_page_unref);
  g_mutex_clear (&self->lock);
}

void
recto_failures_reset (RectoFailures * self)
{
  g_mutex_lock (&self->lock);
  self->n_failed = 0;
  self->n_untold = 0;
  self->told_at = 0;
  g_clear_pointer (&self->excess, recto_page_unref);
  g_mutex_unlock (&self->lock);
}

guint64
recto_failures_count (RectoFailures * self)
{
  guint64 count;

  g_mutex_lock (&self->lock);
  count = self->n_failed;
  g_mutex_unlock (&self->lock);

  return count;
}

static void
tell_page (RectoFailures * self, RectoPage * page)
{
  g_autofree char *subject = recto_page_describe (page);
  const char *cause = recto_page_get_error (page)->message;

  GST_ELEMENT_WARNING (self->element, STREAM, FAILED,
      /* Translators: a page or document, and what is wrong with it */
      (_("%s: %s"), subject, cause),
      ("%s", recto_page_get_status_nick (page)));
}

static void
tell_summary (RectoFailures * self, guint64 n_untold, guint64 n_failed)
{
  GST_ELEMENT_WARNING (self->element, STREAM, FAILED,
      /* Translators: pages or documents */
      (_("%u more failed, %u in all."), (guint) n_untold, (guint) n_failed),
      (NULL));
}

gboolean
recto_failures_add (RectoFailures * self, RectoPage * page, int max_errors)
{
  guint64 n_failed, n_untold = 0;
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  n_failed = ++self->n_failed;
  if (max_errors >= 0 && n_failed == (guint64) max_errors + 1)
    self->excess = recto_page_ref (page);
  if (n_failed <= N_TOLD_ONE_BY_ONE) {
    self->told_at = now;
  } else {
    self->n_untold++;
    if (now - self->told_at >= SUMMARY_INTERVAL) {
      n_untold = self->n_untold;
      self->n_untold = 0;
      self->told_at = now;
    }
  }
  g_mutex_unlock (&self->lock);

  if (n_failed <= N_TOLD_ONE_BY_ONE)
    tell_page (self, page);
  else if (n_untold > 0)
    tell_summary (self, n_untold, n_failed);

  return max_errors < 0 || n_failed <= (guint64) max_errors;
}

void
recto_failures_give_up (RectoFailures * self)
{
  g_autoptr (RectoPage) page = NULL;
  g_autofree char *subject = NULL;
  guint n_failed;

  g_mutex_lock (&self->lock);
  page = g_steal_pointer (&self->excess);
  n_failed = self->n_failed;
  g_mutex_unlock (&self->lock);

  if (page == NULL)
    return;
  subject = recto_page_describe (page);
  GST_ELEMENT_ERROR (self->element, STREAM, FAILED,
      (_("Gave up after %u failures. The last one: %s: %s"), n_failed, subject,
          recto_page_get_error (page)->message), ("more than max-errors"));
}

void
recto_failures_flush (RectoFailures * self)
{
  guint64 n_untold, n_failed;

  g_mutex_lock (&self->lock);
  n_untold = self->n_untold;
  n_failed = self->n_failed;
  self->n_untold = 0;
  g_mutex_unlock (&self->lock);

  if (n_untold > 0)
    tell_summary (self, n_untold, n_failed);
}
