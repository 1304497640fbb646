/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How one number of bytes is divided among the elements.
 */

#include "config.h"

#include <gio/gio.h>
#include <gst/check/gstcheck.h>

#include "page/memory-plan.h"

#define MIB G_GUINT64_CONSTANT (1048576)

#define TEXT_LAYER MEMORY_READER_TEXT_LAYER
#define SERVER MEMORY_READER_SERVER
#define LOCAL MEMORY_READER_LOCAL
#define OTHER MEMORY_READER_OTHER

static const struct
{
  MemoryReader reader;
  guint64 memory;               /* MiB, and so are those below */
  guint n_jobs;
  guint max_in_flight;

  guint n_workers;
  guint n_in_flight;
  guint64 document;
  guint64 window;
  guint max_pages;
} plans[] = {
  /* More than enough. */
  {SERVER, 2048, 2, 64, 2, 64, 256, 16, 608},
  {LOCAL, 2048, 2, 0, 2, 2, 256, 16, 360},
  {TEXT_LAYER, 2048, 2, 0, 2, 2, 256, 16, 264},
  /* Workers take what pages in flight leave, and these half of it at most. */
  {SERVER, 2048, 64, 64, 51, 64, 256, 16, 608},
  {SERVER, 2048, 64, 9000, 26, 2700, 256, 16, 11152},
  {SERVER, 8192, 64, 9000, 64, 9000, 256, 16, 36352},
  {LOCAL, 2048, 64, 0, 14, 14, 256, 16, 408},
  {TEXT_LAYER, 2048, 64, 0, 52, 52, 256, 16, 464},
  /* Shares become smaller. */
  {SERVER, 512, 2, 64, 2, 64, 128, 16, 608},
  {SERVER, 256, 2, 64, 2, 64, 64, 8, 608},
  {LOCAL, 512, 8, 0, 2, 2, 128, 16, 360},
  /* The least that works. */
  {SERVER, 156, 2, 64, 1, 16, 39, 4, 416},
  {LOCAL, 272, 8, 0, 1, 1, 68, 8, 356},
  {TEXT_LAYER, 149, 8, 0, 1, 1, 37, 4, 260},
  /* What was asked for on purpose, or not at all. */
  {SERVER, 2048, 2, 1, 2, 1, 256, 16, 356},
  {SERVER, 2048, 2, 0, 2, 64, 256, 16, 608},
  /* Who reads more pages than are drawn asks a server. */
  {OTHER, 2048, 2, 0, 2, 2, 256, 16, 360},
  {OTHER, 2048, 2, 2, 2, 2, 256, 16, 360},
  {OTHER, 2048, 2, 3, 2, 3, 256, 16, 364},
};

GST_START_TEST (test_plan)
{
  const MemoryWishes wishes = {
    .memory = plans[__i__].memory * MIB,
    .reader = plans[__i__].reader,
    .n_jobs = plans[__i__].n_jobs,
    .max_in_flight = plans[__i__].max_in_flight,
  };
  MemoryPlan plan;

  fail_unless (memory_plan_make (&plan, &wishes, NULL));
  fail_unless_equals_uint64 (plan.memory, wishes.memory);
  fail_unless_equals_int (plan.n_workers, plans[__i__].n_workers);
  fail_unless_equals_int (plan.max_in_flight, plans[__i__].n_in_flight);
  fail_unless_equals_uint64 (plan.document_bytes / MIB,
      plans[__i__].document);
  fail_unless_equals_uint64 (plan.window_bytes / MIB, plans[__i__].window);
  fail_unless_equals_int (plan.max_pages, plans[__i__].max_pages);
}

GST_END_TEST;

/* The parts never are more than the whole, whatever the whole is. */
GST_START_TEST (test_sum)
{
  for (guint64 memory = 100; memory < 20000; memory += 37) {
    const MemoryWishes wishes = {
      .memory = memory * MIB,
      .reader = __i__,
      .n_jobs = memory % 100,
      .max_in_flight = memory % 5000,
    };
    guint64 sum;
    guint worker;
    MemoryPlan plan;

    if (!memory_plan_make (&plan, &wishes, NULL))
      continue;
    worker = plan.reader == LOCAL ? 112 : 32;
    sum = 64 * MIB + plan.document_bytes + plan.window_bytes * 13 / 4
        + plan.n_workers * worker * MIB;
    if (plan.reader == SERVER)
      sum += plan.max_in_flight * MIB * 5 / 16;
    fail_unless (sum <= plan.memory, "%" G_GUINT64_FORMAT " of %"
        G_GUINT64_FORMAT, sum, plan.memory);
  }
}

GST_END_TEST;

/* No more than there is, but what a page takes is tried all the same. */
static const struct
{
  guint64 memory, total;        /* MiB */
  guint64 chosen;
} totals[] = {
  {512, 16384, 512},
  {512, 512, 512},
  {512, 300, 300},
  {512, 272, 272},
  {512, 271, 272},
  {512, 1, 272},
  {512, 0, 512},
  {0, 16384, 2048},
  {0, 4096, 1024},
  {0, 1200, 300},
  {0, 1000, 272},
  {0, 100, 272},
  {0, 0, 2048},
};

GST_START_TEST (test_total)
{
  const MemoryWishes wishes = {
    .memory = totals[__i__].memory * MIB,
    .total = totals[__i__].total * MIB,
    .reader = LOCAL,
    .n_jobs = 2,
  };
  MemoryPlan plan;

  fail_unless (memory_plan_make (&plan, &wishes, NULL));
  fail_unless_equals_uint64 (plan.memory, totals[__i__].chosen * MIB);
  fail_unless_equals_uint64 (plan.total, wishes.total);
}

GST_END_TEST;

/* What is less than was wanted is told, and nothing else. */
GST_START_TEST (test_lacks)
{
  MemoryWishes wishes = {
    .memory = 2048 * MIB,
    .total = 4096 * MIB,
    .reader = SERVER,
    .n_jobs = 2,
    .max_in_flight = 64,
  };
  g_auto (GStrv) none = NULL;
  g_auto (GStrv) lacks = NULL;
  MemoryPlan plan;

  fail_unless (memory_plan_make (&plan, &wishes, NULL));
  none = memory_plan_tell_lacks (&plan);
  fail_unless_equals_int (g_strv_length (none), 0);

  wishes.total = 160 * MIB;
  fail_unless (memory_plan_make (&plan, &wishes, NULL));
  lacks = memory_plan_tell_lacks (&plan);
  fail_unless_equals_int (g_strv_length (lacks), 2);
  fail_unless (strstr (lacks[0], "only 160.0"), "%s", lacks[0]);
  fail_unless (strstr (lacks[1], "drawn at a time: 1 of 2, read: 24 of 64."),
      "%s", lacks[1]);
}

GST_END_TEST;

/* As who has no limit says it. */
GST_START_TEST (test_endless)
{
  const MemoryWishes wishes = {
    .memory = G_MAXUINT64,
    .reader = __i__,
    .n_jobs = 1024,
    .max_in_flight = G_MAXUINT,
  };
  MemoryPlan plan;

  fail_unless (memory_plan_make (&plan, &wishes, NULL));
  fail_unless_equals_uint64 (plan.memory, G_MAXUINT64);
  fail_unless_equals_int (plan.n_workers, 1024);
  fail_unless_equals_uint64 (plan.document_bytes, 256 * MIB);
  if (plan.reader == SERVER)
    fail_unless_equals_int (plan.max_pages, G_MAXUINT);
}

GST_END_TEST;

/* Who gives too little is told what would do, and it does. */
GST_START_TEST (test_too_little)
{
  MemoryWishes wishes = {.reader = __i__,.n_jobs = 4,.max_in_flight = 64 };
  MemoryPlan plan;
  guint64 minimum = 0;

  for (wishes.memory = 1; wishes.memory < 100 * MIB; wishes.memory += 7 * MIB) {
    g_autoptr (GError) error = NULL;

    fail_if (memory_plan_make (&plan, &wishes, &error));
    fail_unless (g_error_matches (error, G_IO_ERROR,
            G_IO_ERROR_INVALID_ARGUMENT));
    minimum = g_ascii_strtoull (strstr (error->message, "at least ") + 9,
        NULL, 10);
  }

  wishes.memory = minimum * MIB;
  fail_unless (memory_plan_make (&plan, &wishes, NULL));
  wishes.memory = minimum * MIB - MIB;
  fail_if (memory_plan_make (&plan, &wishes, NULL));
}

GST_END_TEST;

/* Nobody has to name a number, and what is taken then does. */
GST_START_TEST (test_default)
{
  const MemoryWishes wishes = {
    .total = memory_plan_count_total (),
    .reader = __i__,
    .n_jobs = 4,
    .max_in_flight = 64,
  };
  guint64 memory = memory_plan_get_default (&wishes);
  MemoryPlan plan;

  fail_unless (memory >= 100 * MIB && memory <= 2048 * MIB);
  fail_unless (memory_plan_make (&plan, &wishes, NULL));
  fail_unless_equals_uint64 (plan.memory, memory);
}

GST_END_TEST;

static Suite *
memory_plan_suite (void)
{
  Suite *suite = suite_create ("memoryplan");
  TCase *general = tcase_create ("general");

  suite_add_tcase (suite, general);
  tcase_add_loop_test (general, test_plan, 0, G_N_ELEMENTS (plans));
  tcase_add_loop_test (general, test_sum, 0, 4);
  tcase_add_loop_test (general, test_total, 0, G_N_ELEMENTS (totals));
  tcase_add_test (general, test_lacks);
  tcase_add_loop_test (general, test_endless, 0, 4);
  tcase_add_loop_test (general, test_too_little, 0, 4);
  tcase_add_loop_test (general, test_default, 0, 4);

  return suite;
}

GST_CHECK_MAIN (memory_plan);
