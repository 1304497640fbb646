/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How much memory is used, as a folder says that is laid out like a system's,
 * and this one's own.
 */

#include "config.h"

#include <gst/check/gstcheck.h>
#include <sys/mman.h>
#include <unistd.h>

#include "page/memory-gauge.h"

#include "document-fixture.h"

#define CGROUP "sys/fs/cgroup/"

/* All but the first seven lines are had back when somebody wants them, or are
 * parts of others. */
#define STAT(anon) \
  "anon " anon "\nkernel_stack 20\npagetables 30\npercpu 40\nsock 50\n" \
  "shmem 60\nslab_unreclaimable 70\nfile 10000000\nkernel 160\n" \
  "inactive_anon 1000000\nanon_thp 1000000\nslab_reclaimable 1000000\n" \
  "slab 1000000\n"
#define STAT_REST 270

typedef struct
{
  char *root;
} Fixture;

static void
put (Fixture * self, const char *name, const char *content)
{
  g_free (fixture_write (self->root, name, content, -1));
}

/* A process 7 that 6 has started, in a cgroup of its own. */
static void
fixture_init (Fixture * self)
{
  self->root = fixture_folder_new ();
  put (self, "proc/self/stat", "7 (re) c)to) S 6 7 7\n");
  put (self, "proc/7/stat", "7 (re) c)to) S 6 7 7\n");
  put (self, "proc/6/stat", "6 (sh) S 1 6 6\n");
  put (self, "proc/1/stat", "1 (init) S 0 1 1\n");
  put (self, "proc/self/cgroup",
      "4:memory:/other\n1:name=systemd:/x\n0::/job/step\n");
  put (self, CGROUP "job/step/memory.max", "max\n");
  put (self, CGROUP "job/step/memory.high", "max\n");
  put (self, CGROUP "job/step/memory.stat", STAT ("730"));
  put (self, CGROUP "job/step/cgroup.procs", "7\n");
  put (self, CGROUP "memory.stat", STAT ("1"));
}

static void
fixture_clear (Fixture * self)
{
  fixture_folder_free (self->root);
}

static void
assert_reading (Fixture * self, guint64 memory_limit, guint64 usage,
    guint64 limit)
{
  g_autoptr (MemoryGauge) gauge = memory_gauge_new (self->root);
  MemoryReading reading;

  memory_gauge_read (gauge, memory_limit, &reading);
  fail_unless_equals_uint64 (reading.usage, usage);
  fail_unless_equals_uint64 (reading.limit, limit);
}

/* What counts, against each of its limits. */
GST_START_TEST (test_cgroup)
{
  Fixture self;

  fixture_init (&self);
  assert_reading (&self, 0, 0, 0);
  assert_reading (&self, 5000, 730 + STAT_REST, 5000);

  put (&self, CGROUP "job/step/memory.max", "4000\n");
  assert_reading (&self, 0, 1000, 4000);
  assert_reading (&self, 5000, 1000, 4000);
  assert_reading (&self, 3000, 1000, 3000);
  put (&self, CGROUP "job/step/memory.high", "2000\n");
  assert_reading (&self, 0, 1000, 2000);
  put (&self, CGROUP "job/step/memory.high", "0\n");
  assert_reading (&self, 0, 1000, 1);
  fixture_clear (&self);
}

GST_END_TEST;

/* The one above has others in it, and is nearer to its limit. */
GST_START_TEST (test_parent)
{
  Fixture self;

  fixture_init (&self);
  put (&self, CGROUP "job/memory.stat", STAT ("8730"));
  put (&self, CGROUP "job/memory.max", "10000\n");
  assert_reading (&self, 0, 9000, 10000);
  assert_reading (&self, 2000, 9000, 10000);
  assert_reading (&self, 1100, 1000, 1100);

  put (&self, CGROUP "job/step/memory.max", "1010\n");
  assert_reading (&self, 0, 1000, 1010);
  fixture_clear (&self);
}

GST_END_TEST;

/* A container that sees its own cgroup as the root, or none of its own. */
GST_START_TEST (test_namespaces)
{
  Fixture self;

  fixture_init (&self);
  put (&self, CGROUP "memory.max", "2000\n");
  put (&self, CGROUP "cgroup.procs", "7\n");
  put (&self, "proc/self/cgroup", "0::/\n");
  assert_reading (&self, 0, 1 + STAT_REST, 2000);
  assert_reading (&self, 1500, 1 + STAT_REST, 1500);

  put (&self, "proc/self/cgroup", "0::/not/here\n");
  assert_reading (&self, 0, 1 + STAT_REST, 2000);
  fixture_clear (&self);
}

GST_END_TEST;

/* Processes */

static void
add_process (Fixture * self, int pid, int parent, int group, guint anonymous)
{
  g_autofree char *name = g_strdup_printf ("proc/%d/status", pid);
  g_autofree char *status = g_strdup_printf ("Name:\tx\nVmRSS:\t  99 kB\n"
      "RssAnon:\t  %u kB\nRssFile:\t  9 kB\n", anonymous);
  g_autofree char *stat_name = g_strdup_printf ("proc/%d/stat", pid);
  g_autofree char *stat = g_strdup_printf ("%d (x) S %d %d 1\n", pid, parent,
      group);

  put (self, name, status);
  put (self, stat_name, stat);
}

/* 7, its child 8 of one thread, and 9 of the other; 10 is 8's. 13 and its 14
 * are another job. */
static void
add_tree (Fixture * self)
{
  add_process (self, 7, 6, 7, 1);
  add_process (self, 8, 7, 7, 20);
  add_process (self, 9, 7, 7, 300);
  add_process (self, 10, 8, 7, 4000);
  add_process (self, 13, 7, 13, 50000);
  add_process (self, 14, 13, 13, 600000);
  put (self, "proc/13/task/13/children", "14");
  put (self, "proc/7/task/7/children", "8 ");
  put (self, "proc/7/task/70/children", "9 13 11 ");
  put (self, "proc/8/task/8/children", "10 ");
  put (self, "proc/9/task/9/children", "");
}

#define TREE (4321 * 1024)

/* Where there is no cgroup of one's own. 11 is gone already. */
GST_START_TEST (test_tree)
{
  Fixture self;

  fixture_init (&self);
  add_tree (&self);
  put (&self, "proc/self/cgroup", "4:memory:/other\n");
  assert_reading (&self, 0, 0, 0);
  assert_reading (&self, 5000, TREE, 5000);
  put (&self, "proc/self/cgroup", "0::/\n");
  assert_reading (&self, 5000, TREE, 5000);
  fixture_clear (&self);
}

GST_END_TEST;

static const struct
{
  const char *procs;
  gboolean alone;
} companies[] = {
  {"7\n", TRUE},
  {"7\n8\n10\n", TRUE},
  {"6\n7\n8\n", FALSE},         /* who has started us */
  {"6\n7\n12\n", FALSE},        /* 6's */
  {"7\n8\n13\n", FALSE},        /* another job */
  {"0\n7\n", FALSE},            /* seen from outside only */
  {"7\n99\n", FALSE},           /* gone */
  {"6\n", FALSE},
  {"", FALSE},
};

/* The limit is for us, not for who else is in a login's cgroup. */
GST_START_TEST (test_company)
{
  Fixture self;

  fixture_init (&self);
  add_tree (&self);
  add_process (&self, 12, 6, 12, 1);
  put (&self, CGROUP "job/step/cgroup.procs", companies[__i__].procs);
  assert_reading (&self, 5000,
      companies[__i__].alone ? 730 + STAT_REST : TREE, 5000);
  fixture_clear (&self);
}

GST_END_TEST;

static void
assert_pressure (Fixture * self, double pressure)
{
  g_autoptr (MemoryGauge) gauge = memory_gauge_new (self->root);
  MemoryReading reading;

  memory_gauge_read (gauge, 0, &reading);
  fail_unless_equals_float (reading.pressure, pressure);
}

#define PRESSURE(some) \
  "some avg10=" some " avg60=77.00 avg300=88.00 total=1\n" \
  "full avg10=99.00 avg60=77.00 avg300=88.00 total=1\n"

/* The cgroup's own, else that of the system. */
GST_START_TEST (test_pressure)
{
  Fixture self;

  fixture_init (&self);
  assert_pressure (&self, 0);
  put (&self, "proc/pressure/memory", PRESSURE ("12.34"));
  assert_pressure (&self, 12.34);
  put (&self, CGROUP "job/step/memory.pressure", PRESSURE ("0.05"));
  assert_pressure (&self, 0.05);
  fixture_clear (&self);
}

GST_END_TEST;

static void
assert_total (Fixture * self, guint64 total)
{
  g_autoptr (MemoryGauge) gauge = memory_gauge_new (self->root);

  fail_unless_equals_uint64 (memory_gauge_get_total (gauge), total);
}

/* The least of what the machine and the cgroups have. */
GST_START_TEST (test_total)
{
  Fixture self;

  fixture_init (&self);
  assert_total (&self, 0);
  put (&self, "proc/meminfo", "MemTotal:       8 kB\nMemFree:  1 kB\n");
  assert_total (&self, 8192);
  put (&self, CGROUP "job/step/memory.high", "9000\n");
  assert_total (&self, 8192);
  put (&self, CGROUP "job/memory.stat", STAT ("1"));
  put (&self, CGROUP "job/memory.max", "4000\n");
  assert_total (&self, 4000);
  fixture_clear (&self);
}

GST_END_TEST;

/* No file, or none that can be read, is no limit. */
GST_START_TEST (test_nothing)
{
  Fixture self = {.root = fixture_folder_new () };
  const char *const names[] = { "proc/self/stat", "proc/self/cgroup",
    "proc/pressure/memory", CGROUP "memory.max", CGROUP "memory.high",
    CGROUP "memory.stat", CGROUP "cgroup.procs"
  };

  assert_reading (&self, 0, 0, 0);
  assert_reading (&self, 1000, 0, 1000);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    put (&self, names[i], i % 2 ? "" : "0::\n\xff");
  assert_reading (&self, 0, 0, 0);
  assert_reading (&self, 1000, 0, 1000);
  fixture_clear (&self);
}

GST_END_TEST;

#define N_BYTES (32 * 1024 * 1024)

/* This very process. Memory that others free meanwhile is little. */
GST_START_TEST (test_real)
{
  g_autoptr (MemoryGauge) gauge = memory_gauge_new ("/");
  guint64 before = memory_gauge_measure_tree (gauge);
  guint64 with_memory, with_memfd;
  g_autofree char *memory = NULL;
  int fd, copy;

  fail_unless (before > 0);
  memory = g_malloc (N_BYTES);
  memset (memory, 1, N_BYTES);
  with_memory = memory_gauge_measure_tree (gauge);
  fail_unless (with_memory >= before + N_BYTES / 2);

  fd = memfd_create ("memorygauge", MFD_CLOEXEC);
  copy = dup (fd);
  fail_unless_equals_int (write (fd, memory, N_BYTES), N_BYTES);
  with_memfd = memory_gauge_measure_tree (gauge);
  fail_unless (with_memfd >= with_memory + N_BYTES / 2);
  fail_unless (with_memfd < with_memory + N_BYTES + N_BYTES / 2);
  close (copy);
  close (fd);
}

GST_END_TEST;

static Suite *
memory_gauge_suite (void)
{
  Suite *suite = suite_create ("memorygauge");
  TCase *general = tcase_create ("general");

  suite_add_tcase (suite, general);
  tcase_add_test (general, test_cgroup);
  tcase_add_test (general, test_parent);
  tcase_add_test (general, test_namespaces);
  tcase_add_test (general, test_tree);
  tcase_add_loop_test (general, test_company, 0, G_N_ELEMENTS (companies));
  tcase_add_test (general, test_pressure);
  tcase_add_test (general, test_total);
  tcase_add_test (general, test_nothing);
  tcase_add_test (general, test_real);

  return suite;
}

GST_CHECK_MAIN (memory_gauge);
