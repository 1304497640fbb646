/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How many pages may be alive, by what is seen of the memory. There are few at
 * first, twice as many each time that more are wanted, and one more each time
 * once half of a limit was reached. From three quarters on it stays at that,
 * and at nine tenths or under pressure half of those alive have to go.
 */

#pragma once

#include "memory-gauge.h"

G_BEGIN_DECLS

typedef enum
{
  MEMORY_LEVEL_LOW,
  MEMORY_LEVEL_HIGH,            /* no more pages may be alive than might */
  MEMORY_LEVEL_OVER,            /* fewer than there are */
} MemoryLevel;

typedef struct
{
  guint min_pages;
  guint max_pages;              /* G_MAXUINT: no limit */
  double max_pressure;          /* per cent; 0: it does not matter */

  MemoryLevel level;
  guint allowed;                /* 0: nothing was seen yet */
  gboolean slow;                /* by one each time */
  guint64 n_cuts;
} MemoryPolicy;

/* After one of the limits was set anew: max_pages wins over min_pages. */
void         memory_policy_limit         (MemoryPolicy        *self);

/* `n_alive`: pages there are now. */
void         memory_policy_step          (MemoryPolicy        *self,
                                          const MemoryReading *reading,
                                          guint                n_alive);

const char * memory_level_to_string      (MemoryLevel          level);

G_END_DECLS
