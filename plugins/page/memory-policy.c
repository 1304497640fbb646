/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "memory-policy.h"

/* Of a limit. Twice as many pages use twice as much memory at most, what was
 * let through is not drawn yet, and what is cut takes time to go. */
#define HALF 0.5
#define HIGH 0.75
#define OVER 0.9

const char *
memory_level_to_string (MemoryLevel level)
{
  static const char *const names[] = { "low", "high", "over" };

  return names[level];
}

static gboolean
has_reached (const MemoryReading * reading, double part)
{
  return reading->limit > 0 && reading->usage >= part * reading->limit;
}

static MemoryLevel
judge (MemoryPolicy * self, const MemoryReading * reading)
{
  if (has_reached (reading, OVER) ||
      (self->max_pressure > 0 && reading->pressure >= self->max_pressure))
    return MEMORY_LEVEL_OVER;
  return has_reached (reading, HIGH) ? MEMORY_LEVEL_HIGH : MEMORY_LEVEL_LOW;
}

void
memory_policy_limit (MemoryPolicy * self)
{
  if (self->allowed > 0)
    self->allowed = CLAMP (self->allowed, MIN (self->min_pages,
            self->max_pages), self->max_pages);
}

/* Where there is no limit to come near to, nothing is gained by caution. */
static void
begin (MemoryPolicy * self, const MemoryReading * reading)
{
  self->allowed = reading->limit > 0 ? self->min_pages : self->max_pages;
}

static void
grow (MemoryPolicy * self)
{
  guint more = self->slow ? 1 : self->allowed;

  self->allowed += MIN (more, G_MAXUINT - self->allowed);
}

/* Of what there is, not of what might be. A cut takes time to show: there is
 * no other one before the pages have gone that it was about. */
static void
cut (MemoryPolicy * self, guint n_alive)
{
  if (n_alive > self->allowed)
    return;

  if (self->allowed > self->min_pages)
    self->n_cuts++;
  self->allowed = n_alive / 2;
}

void
memory_policy_step (MemoryPolicy * self, const MemoryReading * reading,
    guint n_alive)
{
  if (self->allowed == 0)
    begin (self, reading);

  self->level = judge (self, reading);
  if (self->level == MEMORY_LEVEL_OVER || has_reached (reading, HALF))
    self->slow = TRUE;

  /* More than are wanted would all come at once, some time. */
  if (self->level == MEMORY_LEVEL_LOW && n_alive >= self->allowed)
    grow (self);
  else if (self->level == MEMORY_LEVEL_OVER)
    cut (self, n_alive);

  self->allowed = MAX (self->allowed, 1);
  memory_policy_limit (self);
}
