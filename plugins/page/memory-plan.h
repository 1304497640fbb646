/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One number of bytes, and what each element of the chain may take of it. The
 * README has the formula.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who reads the pages; of several, the last of these matters. */
typedef enum
{
  MEMORY_READER_TEXT_LAYER,     /* no image is made */
  MEMORY_READER_OTHER,          /* like a server if it reads more pages at a
                                 * time than are drawn, else as below */
  MEMORY_READER_LOCAL,          /* an engine for each page that is read */
  MEMORY_READER_SERVER,         /* many images are on their way at a time */
} MemoryReader;

typedef struct
{
  guint64 memory;               /* bytes; 0: memory_plan_get_default() */
  guint64 total;                /* bytes that there are; 0: unknown */
  MemoryReader reader;
  guint n_jobs;                 /* pages drawn, or read here, at a time */
  guint max_in_flight;          /* pages that are read at a time; 0: what the
                                 * reader has by itself */
} MemoryWishes;

typedef struct
{
  MemoryReader reader;
  guint64 memory;               /* no more than there are, unless that is less
                                 * than a page takes */
  guint64 total;                /* as above */
  guint64 wanted_memory;        /* what was given, or is by default */
  guint n_workers;
  guint max_in_flight;
  guint wanted_workers;         /* what there would be with more memory */
  guint wanted_in_flight;
  guint64 document_bytes;       /* that are held, unless it is but one */
  guint64 window_bytes;         /* finished pages that wait, in each place */
  guint max_pages;              /* alive at a time, when all windows are full */
} MemoryPlan;

/* The elements of the chain. */
typedef enum
{
  MEMORY_ROLE_SOURCE,
  MEMORY_ROLE_PAGE_QUEUE,
  MEMORY_ROLE_VALVE,            /* what passes is drawn at once, and weighs */
  MEMORY_ROLE_RASTERIZER,
  MEMORY_ROLE_IMAGE_QUEUE,
  MEMORY_ROLE_READER,
  MEMORY_ROLE_TEXT_QUEUE,
} MemoryRole;

typedef struct
{
  const char *property;
  guint64 value;
  gboolean usual;               /* the element has that by itself */
} MemorySetting;

#define MEMORY_PLAN_MAX_SETTINGS 4

/* FALSE when that is too little to read a page with: what would do is told. */
gboolean     memory_plan_make         (MemoryPlan         *self,
                                       const MemoryWishes *wishes,
                                       GError            **error);

/* Sentences for whoever wonders why the work is slower than it could be: what
 * is less than was wanted, because memory is. */
char **      memory_plan_tell_lacks   (const MemoryPlan   *self);

/* A quarter of what there is, at most 2 GiB, but enough to read a page with. */
guint64      memory_plan_get_default  (const MemoryWishes *wishes);

/* What the machine or the cgroup has, in bytes; 0: unknown. */
guint64      memory_plan_count_total  (void);

/* What an element has to be set to; returns how many settings that are. */
guint        memory_plan_get_settings (const MemoryPlan   *self,
                                       MemoryRole          role,
                                       MemorySetting       settings[]);

/* By the name of the element that reads. */
MemoryReader memory_reader_of         (const char         *factory);

G_END_DECLS
