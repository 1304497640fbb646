/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How many pages may be alive, by what is seen of the memory.
 */

#include "config.h"

#include <gst/check/gstcheck.h>

#include "page/memory-policy.h"

#define LIMIT 1000

typedef struct
{
  guint64 usage;                /* of LIMIT */
  double pressure;
  guint n_alive;

  MemoryLevel level;
  guint allowed;
} Step;

static void
run (MemoryPolicy * self, const Step * steps, guint n_steps)
{
  for (guint i = 0; i < n_steps; i++) {
    const Step *step = &steps[i];
    const MemoryReading reading = { step->usage, LIMIT, step->pressure };

    memory_policy_step (self, &reading, step->n_alive);
    fail_unless (self->level == step->level, "step %u: %s", i,
        memory_level_to_string (self->level));
    fail_unless (self->allowed == step->allowed, "step %u: %u", i,
        self->allowed);
  }
}

#define RUN(self, ...) G_STMT_START { \
  const Step steps[] = { __VA_ARGS__ }; \
  \
  run (self, steps, G_N_ELEMENTS (steps)); \
} G_STMT_END

#define LOW MEMORY_LEVEL_LOW
#define HIGH MEMORY_LEVEL_HIGH
#define OVER MEMORY_LEVEL_OVER

/* Twice as many each time that more are wanted, till all may come. */
GST_START_TEST (test_start)
{
  MemoryPolicy self = {.min_pages = 4,.max_pages = 30 };

  RUN (&self, {0, 0, 0, LOW, 4}, {0, 0, 3, LOW, 4}, {0, 0, 4, LOW, 8},
      {0, 0, 7, LOW, 8}, {499, 0, 8, LOW, 16}, {0, 0, 16, LOW, 30},
      {0, 0, 30, LOW, 30});
  fail_unless_equals_uint64 (self.n_cuts, 0);
}

GST_END_TEST;

/* One more each time, once half of a limit was used. */
GST_START_TEST (test_growth)
{
  MemoryPolicy self = {.min_pages = 4,.max_pages = 100 };

  RUN (&self, {0, 0, 0, LOW, 4}, {0, 0, 4, LOW, 8}, {500, 0, 8, LOW, 9},
      {750, 0, 9, HIGH, 9}, {899, 0, 5, HIGH, 9}, {749, 0, 9, LOW, 10},
      {0, 0, 9, LOW, 10}, {0, 0, 10, LOW, 11});
  fail_unless_equals_uint64 (self.n_cuts, 0);
}

GST_END_TEST;

/* Half of what there is, and again only when those have gone. */
GST_START_TEST (test_cut)
{
  MemoryPolicy self = {.min_pages = 4,.max_pages = 100,.allowed = 100 };

  RUN (&self, {900, 0, 40, OVER, 20}, {2000, 0, 40, OVER, 20},
      {2000, 0, 21, OVER, 20}, {2000, 0, 20, OVER, 10}, {899, 0, 15, HIGH, 10},
      {1000, 0, 9, OVER, 4}, {1000, 0, 4, OVER, 4}, {1000, 0, 0, OVER, 4},
      {0, 0, 4, LOW, 5});
  fail_unless_equals_uint64 (self.n_cuts, 3);
}

GST_END_TEST;

GST_START_TEST (test_pressure)
{
  MemoryPolicy self = {.min_pages = 4,.max_pages = 100,.max_pressure = 10,
    .allowed = 100
  };

  RUN (&self, {0, 9.9, 40, LOW, 100}, {0, 10, 40, OVER, 20},
      {0, 10, 30, OVER, 20}, {0, 0, 20, LOW, 21});

  self.max_pressure = 0;
  RUN (&self, {0, 100, 21, LOW, 22});
}

GST_END_TEST;

/* As many as may be, where there is nothing to come near to. */
GST_START_TEST (test_no_limit)
{
  MemoryPolicy self = {.min_pages = 4,.max_pages = G_MAXUINT,
    .max_pressure = 10
  };
  MemoryReading reading = { 0 };

  memory_policy_step (&self, &reading, 0);
  fail_unless (self.allowed == G_MAXUINT);
  memory_policy_step (&self, &reading, G_MAXUINT);
  fail_unless (self.allowed == G_MAXUINT);

  reading.pressure = 50;
  memory_policy_step (&self, &reading, 500);
  fail_unless_equals_int (self.allowed, 250);
  reading.pressure = 0;
  memory_policy_step (&self, &reading, 250);
  fail_unless_equals_int (self.allowed, 251);
}

GST_END_TEST;

/* Limits that are set anew; the larger number of pages wins over nothing. */
GST_START_TEST (test_limits)
{
  MemoryPolicy self = {.min_pages = 4,.max_pages = 2 };

  memory_policy_limit (&self);
  fail_unless_equals_int (self.allowed, 0);

  RUN (&self, {0, 0, 0, LOW, 2}, {2000, 0, 2, OVER, 2});
  fail_unless_equals_uint64 (self.n_cuts, 0);

  self.max_pages = 50;
  RUN (&self, {2000, 0, 2, OVER, 4}, {0, 0, 4, LOW, 5});
  self.max_pages = 1;
  memory_policy_limit (&self);
  fail_unless_equals_int (self.allowed, 1);
  self.min_pages = 20;
  self.max_pages = 50;
  memory_policy_limit (&self);
  fail_unless_equals_int (self.allowed, 20);
}

GST_END_TEST;

static Suite *
memory_policy_suite (void)
{
  Suite *suite = suite_create ("memorypolicy");
  TCase *general = tcase_create ("general");

  suite_add_tcase (suite, general);
  tcase_add_test (general, test_start);
  tcase_add_test (general, test_growth);
  tcase_add_test (general, test_cut);
  tcase_add_test (general, test_pressure);
  tcase_add_test (general, test_no_limit);
  tcase_add_test (general, test_limits);

  return suite;
}

GST_CHECK_MAIN (memory_policy);
