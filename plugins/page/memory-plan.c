/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "memory-plan.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "memory-gauge.h"

#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* What things take, measured with hard documents and images of 1288 pixels by
 * tests/bench/pipeline. One page in a hundred takes twice as much memory to be
 * drawn as a worker has here; there is always one more worker than pages are
 * drawn at a time, and what the others don't need. */
#define BASE (32 * MIB)         /* the process, and what workers come from */
#define WORKER (32 * MIB)
#define ENGINE (80 * MIB)       /* of OCR, with the rasters that it waits for */
#define PAGE_IN_FLIGHT (320 * KIB)      /* its image, request and answer */

/* Shares of the whole, and what elements have by themselves at most. */
#define DOCUMENT_PART 4
#define MAX_DOCUMENT_BYTES (256 * MIB)
#define WINDOW_PART 32
#define MAX_WINDOW_BYTES (16 * MIB)

/* Images drawn, in the queue, and text: the last is a quarter of a window. */
#define WINDOWS 3.25
#define TEXT_PART 4

/* Limits of the queues in buffers: a page that failed or is empty weighs
 * nothing. */
#define PAGE_BUFFERS 32
#define PAGE_BYTES MIB
#define IMAGE_BUFFERS 64
#define TEXT_BUFFERS 256

/* By default, of images that are drawn and of pages for each that is read. */
#define RASTERIZER_PENDING 32
#define PENDING_PER_IN_FLIGHT 4

#define MIN_IN_FLIGHT 16
#define DEFAULT_IN_FLIGHT 64
#define DEFAULT_PART 4
#define MAX_DEFAULT (2 * GIB)

static guint64
get_document_bytes (guint64 memory)
{
  return MIN (memory / DOCUMENT_PART, MAX_DOCUMENT_BYTES);
}

static guint64
get_window_bytes (guint64 memory)
{
  return MIN (memory / WINDOW_PART, MAX_WINDOW_BYTES);
}

/* What is left for pages that are drawn and read; negative: less than
 * nothing. */
static double
get_rest (guint64 memory)
{
  return (double) memory - BASE - WORKER - get_document_bytes (memory)
      - WINDOWS * get_window_bytes (memory);
}

/* Of a page that is drawn, and read, at a time. */
static double
get_job_bytes (const MemoryWishes * wishes)
{
  return WORKER + (wishes->reader == MEMORY_READER_LOCAL ? ENGINE : 0);
}

static guint
get_in_flight (const MemoryWishes * wishes)
{
  if (wishes->reader != MEMORY_READER_SERVER)
    return 0;
  return wishes->max_in_flight ? wishes->max_in_flight : DEFAULT_IN_FLIGHT;
}

/* With one page drawn at a time. */
static gboolean
suffices (const MemoryWishes * wishes, guint64 memory)
{
  guint n_in_flight = MIN (get_in_flight (wishes), MIN_IN_FLIGHT);

  return get_rest (memory) >=
      get_job_bytes (wishes) + n_in_flight * PAGE_IN_FLIGHT;
}

static guint64
get_minimum (const MemoryWishes * wishes)
{
  guint64 memory = MIB;

  while (!suffices (wishes, memory))
    memory += MIB;
  return memory;
}

/* Who asks a server is known by how much it asks for, if by nothing else. */
static MemoryWishes
resolve (const MemoryWishes * wishes)
{
  MemoryWishes resolved = *wishes;

  if (wishes->reader == MEMORY_READER_OTHER)
    resolved.reader = wishes->max_in_flight > wishes->n_jobs ?
        MEMORY_READER_SERVER : MEMORY_READER_LOCAL;
  return resolved;
}

guint64
memory_plan_get_default (const MemoryWishes * given)
{
  const MemoryWishes wishes = resolve (given);
  guint64 memory = MAX_DEFAULT;

  if (wishes.total > 0)
    memory = MIN (wishes.total / DEFAULT_PART, MAX_DEFAULT);
  return MAX (memory, get_minimum (&wishes));
}

guint64
memory_plan_count_total (void)
{
  g_autoptr (MemoryGauge) gauge = memory_gauge_new ("/");

  return memory_gauge_get_total (gauge);
}

/* Half is kept for workers, as long as these want it, and workers get what
 * those in flight leave. */
static void
divide (MemoryPlan * self, const MemoryWishes * wishes)
{
  double rest = get_rest (self->memory);
  double job = get_job_bytes (wishes);
  double in_flight;

  self->wanted_workers = MAX (wishes->n_jobs, 1);
  self->wanted_in_flight = get_in_flight (wishes);
  in_flight = MIN ((double) self->wanted_in_flight * PAGE_IN_FLIGHT, rest / 2);
  self->n_workers = CLAMP ((rest - in_flight) / job, 1, self->wanted_workers);
  self->max_in_flight = self->n_workers;
  if (wishes->reader == MEMORY_READER_SERVER)
    self->max_in_flight = MIN (self->wanted_in_flight,
        (rest - self->n_workers * job) / PAGE_IN_FLIGHT);
}

/* In the order of the chain. */
static guint
count_pages (const MemoryPlan * self)
{
  guint64 n_images = self->reader == MEMORY_READER_TEXT_LAYER ? 0 :
      RASTERIZER_PENDING + IMAGE_BUFFERS;

  return MIN (n_images + (guint64) PENDING_PER_IN_FLIGHT * self->max_in_flight
      + TEXT_BUFFERS, G_MAXUINT);
}

static char *
format_size (guint64 bytes)
{
  return g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
}

gboolean
memory_plan_make (MemoryPlan * self, const MemoryWishes * given,
    GError ** error)
{
  const MemoryWishes wishes = resolve (given);

  *self = (MemoryPlan) {
    .reader = wishes.reader,
    .total = wishes.total,
    .wanted_memory = wishes.memory ? wishes.memory :
        memory_plan_get_default (&wishes),
  };

  if (!suffices (&wishes, self->wanted_memory)) {
    g_autofree char *size = format_size (self->wanted_memory);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("No page can be read with %s of memory: it takes at least %u MiB."),
        size, (guint) (get_minimum (&wishes) / MIB));
    return FALSE;
  }

  self->memory = self->wanted_memory;
  if (wishes.total > 0)
    self->memory = MIN (self->memory,
        MAX (wishes.total, get_minimum (&wishes)));
  divide (self, &wishes);
  self->document_bytes = get_document_bytes (self->memory);
  self->window_bytes = get_window_bytes (self->memory);
  self->max_pages = count_pages (self);
  return TRUE;
}

/* What is told */

/* Who gives more than there is may think of another machine. */
static char *
tell_total (const MemoryPlan * self)
{
  g_autofree char *total = format_size (self->total);
  g_autofree char *wanted = format_size (self->wanted_memory);

  return g_strdup_printf (_("There are only %s of memory here, not %s."),
      total, wanted);
}

static char *
tell_reduction (const MemoryPlan * self)
{
  g_autofree char *memory = format_size (self->memory);

  if (self->reader == MEMORY_READER_SERVER)
    return g_strdup_printf (_("Pages drawn at a time: %u of %u, read: %u of "
            "%u. More of them take more than %s of “memory”."),
        self->n_workers, self->wanted_workers, self->max_in_flight,
        self->wanted_in_flight, memory);
  return g_strdup_printf (_("Pages worked on at a time: %u of %u. More of them "
          "take more than %s of “memory”."), self->n_workers,
      self->wanted_workers, memory);
}

char **
memory_plan_tell_lacks (const MemoryPlan * self)
{
  g_autoptr (GStrvBuilder) lacks = g_strv_builder_new ();
  g_autofree char *total = NULL, *reduction = NULL;

  if (self->total > 0 && self->wanted_memory > self->total)
    g_strv_builder_add (lacks, total = tell_total (self));
  if (self->n_workers < self->wanted_workers
      || self->max_in_flight < self->wanted_in_flight)
    g_strv_builder_add (lacks, reduction = tell_reduction (self));
  return g_strv_builder_end (lacks);
}

/* Settings */

typedef struct
{
  MemorySetting *settings;
  guint n;
} Settings;

static void
append (Settings * self, const char *property, guint64 value, gboolean usual)
{
  g_assert (self->n < MEMORY_PLAN_MAX_SETTINGS);
  self->settings[self->n++] = (MemorySetting) { property, value, usual };
}

static void
add (Settings * self, const char *property, guint64 value)
{
  append (self, property, value, FALSE);
}

static void
add_unusual (Settings * self, const char *property, guint64 value,
    guint64 usual)
{
  append (self, property, value, value == usual);
}

static void
add_queue (Settings * self, guint buffers, guint64 bytes)
{
  add (self, "max-size-buffers", buffers);
  add (self, "max-size-bytes", bytes);
  add (self, "max-size-time", 0);
}

guint
memory_plan_get_settings (const MemoryPlan * self, MemoryRole role,
    MemorySetting settings[])
{
  Settings list = { settings, 0 };

  switch (role) {
    case MEMORY_ROLE_SOURCE:
      add (&list, "n-workers", self->n_workers);
      add_unusual (&list, "max-document-memory", self->document_bytes,
          MAX_DOCUMENT_BYTES);
      break;
    case MEMORY_ROLE_PAGE_QUEUE:
      add_queue (&list, PAGE_BUFFERS, PAGE_BYTES);
      break;
    case MEMORY_ROLE_VALVE:
      add (&list, "max-pages", self->max_pages);
      add (&list, "memory-limit", self->memory);
      break;
    case MEMORY_ROLE_RASTERIZER:
      /* 0: as many as the source. */
      add_unusual (&list, "n-workers", 0, 0);
      add_unusual (&list, "max-pending-bytes", self->window_bytes,
          MAX_WINDOW_BYTES);
      break;
    case MEMORY_ROLE_IMAGE_QUEUE:
      add_queue (&list, IMAGE_BUFFERS, self->window_bytes);
      break;
    case MEMORY_ROLE_READER:
      add (&list, "max-in-flight", self->max_in_flight);
      add_unusual (&list, "max-pending-bytes", self->window_bytes,
          MAX_WINDOW_BYTES);
      break;
    case MEMORY_ROLE_TEXT_QUEUE:
      add_queue (&list, TEXT_BUFFERS, self->window_bytes / TEXT_PART);
      break;
  }
  return list.n;
}

MemoryReader
memory_reader_of (const char *factory)
{
  if (g_str_equal (factory, "vlminference"))
    return MEMORY_READER_SERVER;
  if (g_str_equal (factory, "textlayerinference"))
    return MEMORY_READER_TEXT_LAYER;
  if (g_str_equal (factory, "tesseractinference"))
    return MEMORY_READER_LOCAL;
  return MEMORY_READER_OTHER;
}
