/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-trouble.h"

/* Trouble that is over sooner is not reported. */
#define REPORT_AFTER (5 * G_USEC_PER_SEC)

void
vlm_trouble_init (VlmTrouble * self, const VlmTroubleFuncs * funcs)
{
  *self = (VlmTrouble) {.funcs = *funcs };
}

void
vlm_trouble_clear (VlmTrouble * self)
{
  g_clear_error (&self->cause);
}

static void
on_report (gpointer data)
{
  VlmTrouble *self = data;

  self->report = NULL;
  self->is_reported = TRUE;
  self->funcs.on_report (self->what, self->cause, self->funcs.data);
}

static void
on_over (gpointer data)
{
  VlmTrouble *self = data;

  self->over = NULL;
  self->funcs.on_limit (self->funcs.data);
}

void
vlm_trouble_extend (VlmTrouble * self, gint64 limit)
{
  deadline_cancel (&self->over);
  if (limit > 0)
    self->over = deadline_queue_add (self->deadlines,
        g_get_monotonic_time () + limit, on_over, self);
}

static void
begin (VlmTrouble * self)
{
  self->since = g_get_monotonic_time ();
  self->report = deadline_queue_add (self->deadlines,
      self->since + REPORT_AFTER, on_report, self);
  vlm_trouble_extend (self, self->funcs.limit);
}

void
vlm_trouble_note (VlmTrouble * self, const char *what, const GError * cause)
{
  g_clear_error (&self->cause);
  self->cause = g_error_copy (cause);
  self->what = what;
  if (self->since == 0)
    begin (self);
}

gboolean
vlm_trouble_end (VlmTrouble * self)
{
  gboolean was_reported = self->is_reported;

  deadline_cancel (&self->report);
  deadline_cancel (&self->over);
  self->is_reported = FALSE;
  self->since = 0;
  return was_reported;
}
