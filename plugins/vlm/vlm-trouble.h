/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How long a server has answered nothing, and what is reported of that: why
 * the run waits, unless it soon goes on, and that it goes on. For the client's
 * thread.
 */

#pragma once

#include "deadline-queue.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 limit;                 /* microseconds of trouble; 0: none */
  void (*on_report) (const char *what, const GError *cause, gpointer data);
  void (*on_limit) (gpointer data);
  gpointer data;
} VlmTroubleFuncs;

typedef struct
{
  VlmTroubleFuncs funcs;
  DeadlineQueue *deadlines;
  gint64 since;                 /* monotonic time; 0: all is well */
  GError *cause;                /* the last one */
  const char *what;             /* a translated constant */
  gboolean is_reported;
  Deadline *report;
  Deadline *over;
} VlmTrouble;

void vlm_trouble_init  (VlmTrouble            *self,
                        const VlmTroubleFuncs *funcs);

void vlm_trouble_clear (VlmTrouble            *self);

/* `what` is what the run waits for, a translated constant. */
void vlm_trouble_note  (VlmTrouble            *self,
                        const char            *what,
                        const GError          *cause);

/* The server has answered. Returns whether there was trouble that had been
 * reported. */
gboolean vlm_trouble_end (VlmTrouble          *self);

/* Begins the time until the limit again. */
void vlm_trouble_extend (VlmTrouble           *self,
                         gint64                limit);

G_END_DECLS
