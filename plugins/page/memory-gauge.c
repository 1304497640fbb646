/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <recto/recto-cgroups-private.h>

#include "memory-gauge.h"

#define BLOCK_SIZE 512          /* of st_blocks, whatever the file system's */

struct _MemoryGauge
{
  char *proc;
  int pid;                      /* 0: unknown */
  int group;                    /* of processes */

  char **cgroups;               /* folders, ours first, then those above it */
  gboolean alone;               /* nobody else is in ours */
  char *pressure;               /* the file that tells it; NULL: none does */
};

/* Files */

static char *
read_file (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  char *contents;

  return g_file_get_contents (path, &contents, NULL, NULL) ? contents : NULL;
}

static gboolean
has_file (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* What follows `name` at the start of a line; NULL if there is no such. */
static const char *
find_line (const char *contents, const char *name)
{
  const gsize length = strlen (name);

  while (contents && !g_str_has_prefix (contents, name)) {
    contents = strchr (contents, '\n');
    if (contents)
      contents++;
  }
  return contents ? contents + length : NULL;
}

/* Processes */

typedef struct
{
  int pid, parent, group;
} Family;

/* All 0 when there is none that we can see. */
static Family
read_family (MemoryGauge * self, const char *process)
{
  g_autofree char *name = g_build_filename (process, "stat", NULL);
  g_autofree char *stat = read_file (self->proc, name);
  const char *end = stat ? strrchr (stat, ')') : NULL;
  Family family = {.pid = stat ? atoi (stat) : 0 };

  if (end)
    sscanf (end, ") %*c %d %d", &family.parent, &family.group);
  return family;
}

static gboolean
is_below (MemoryGauge * self, int pid, int ancestor)
{
  while (pid > 0 && pid != ancestor) {
    g_autofree char *process = g_strdup_printf ("%d", pid);

    pid = read_family (self, process).parent;
  }
  return pid > 0;
}

/* What was started in a process group of its own is a job of its own, such as
 * a server of models, and has its memory from elsewhere. */
static gboolean
is_ours (MemoryGauge * self, int pid)
{
  g_autofree char *process = g_strdup_printf ("%d", pid);
  Family family = read_family (self, process);

  return family.pid > 0 && family.group == self->group;
}

/* Whether we are in the cgroup with our tree, and nobody else is. In a login's
 * there may be anything, and what has started us may be large. */
static gboolean
is_alone (MemoryGauge * self, const char *cgroup)
{
  g_autofree char *procs = read_file (cgroup, "cgroup.procs");
  g_auto (GStrv) pids = NULL;
  gboolean found = FALSE;

  if (procs == NULL || self->pid == 0)
    return FALSE;

  pids = g_strsplit (g_strchomp (procs), "\n", -1);
  for (guint i = 0; pids[i]; i++) {
    int pid = atoi (pids[i]);

    if (pid != self->pid
        && !(is_below (self, pid, self->pid) && is_ours (self, pid)))
      return FALSE;
    found |= pid == self->pid;
  }
  return found;
}

static guint64
read_anonymous (const char *process)
{
  g_autofree char *status = read_file (process, "status");
  const char *line = find_line (status, "RssAnon:");

  return line ? g_ascii_strtoull (line, NULL, 10) * 1024 : 0;
}

static guint64
measure_process (MemoryGauge * self, int pid)
{
  g_autofree char *process = g_strdup_printf ("%s/%d", self->proc, pid);
  g_autofree char *tasks = g_build_filename (process, "task", NULL);
  g_autoptr (GDir) dir = g_dir_open (tasks, 0, NULL);
  guint64 bytes = read_anonymous (process);
  const char *thread;

  /* A child is told of by the thread that started it. */
  while (dir && (thread = g_dir_read_name (dir))) {
    g_autofree char *name = g_build_filename (thread, "children", NULL);
    g_autofree char *children = read_file (tasks, name);
    char *next = children;
    int child;

    while (next && (child = strtol (next, &next, 10)) > 0) {
      if (is_ours (self, child))
        bytes += measure_process (self, child);
    }
  }
  return bytes;
}

/* 0 for what is no memfd. */
static guint64
measure_memfd (int dir, const char *fd, GHashTable * inodes)
{
  char target[sizeof "/memfd:"] = "";
  struct stat status;

  if (readlinkat (dir, fd, target, sizeof target - 1) <= 0
      || !g_str_equal (target, "/memfd:")
      || fstatat (dir, fd, &status, 0) < 0
      || !g_hash_table_add (inodes, GSIZE_TO_POINTER (status.st_ino)))
    return 0;
  return (guint64) status.st_blocks * BLOCK_SIZE;
}

/* Documents and rendered pages. Our workers have none of their own. */
static guint64
measure_memfds (MemoryGauge * self)
{
  g_autofree char *path = g_build_filename (self->proc, "self", "fd", NULL);
  g_autoptr (GDir) names = g_dir_open (path, 0, NULL);
  g_autoptr (GHashTable) inodes = g_hash_table_new (NULL, NULL);
  int dir = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  guint64 bytes = 0;
  const char *fd;

  while (names && dir >= 0 && (fd = g_dir_read_name (names)))
    bytes += measure_memfd (dir, fd, inodes);

  if (dir >= 0)
    close (dir);
  return bytes;
}

guint64
memory_gauge_measure_tree (MemoryGauge * self)
{
  return measure_process (self, self->pid) + measure_memfds (self);
}

/* Cgroups */

/* Those that limit memory, or might: the root has no limit. */
static char **
list_cgroups (const char *root)
{
  g_auto (GStrv) all = recto_list_cgroups (root);
  g_autoptr (GStrvBuilder) cgroups = g_strv_builder_new ();

  for (guint i = 0; all[i]; i++) {
    if (has_file (all[i], "memory.max") && has_file (all[i], "memory.stat"))
      g_strv_builder_add (cgroups, all[i]);
  }
  return g_strv_builder_end (cgroups);
}

/* What can't be had back by dropping caches. */
static guint64
measure_cgroup (const char *cgroup)
{
  static const char *const kinds[] = {
    "anon ", "shmem ", "kernel_stack ", "pagetables ", "percpu ", "sock ",
    "slab_unreclaimable "
  };
  g_autofree char *stat = read_file (cgroup, "memory.stat");
  guint64 bytes = 0;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    const char *line = find_line (stat, kinds[i]);

    if (line)
      bytes += g_ascii_strtoull (line, NULL, 10);
  }
  return bytes;
}

static guint64
read_limit (const char *cgroup, const char *name)
{
  g_autofree char *contents = read_file (cgroup, name);

  if (contents == NULL || !g_ascii_isdigit (*contents))
    return G_MAXUINT64;         /* "max" */
  return MAX (1, g_ascii_strtoull (contents, NULL, 10));
}

static guint64
get_limit (const char *cgroup)
{
  return MIN (read_limit (cgroup, "memory.max"),
      read_limit (cgroup, "memory.high"));
}

guint64
memory_gauge_get_total (MemoryGauge * self)
{
  g_autofree char *info = read_file (self->proc, "meminfo");
  const char *line = find_line (info, "MemTotal:");
  guint64 total = line ? g_ascii_strtoull (line, NULL, 10) * 1024 : G_MAXUINT64;

  for (guint i = 0; self->cgroups[i]; i++)
    total = MIN (total, get_limit (self->cgroups[i]));
  return total < G_MAXUINT64 ? total : 0;
}

/* Pressure */

static char *
find_pressure (MemoryGauge * self)
{
  const char *cgroup = self->cgroups[0];
  char *path = g_build_filename (self->proc, "pressure", "memory", NULL);

  if (cgroup && has_file (cgroup, "memory.pressure")) {
    g_free (path);
    path = g_build_filename (cgroup, "memory.pressure", NULL);
  }
  return path;
}

static double
read_pressure (MemoryGauge * self)
{
  g_autofree char *contents = NULL;
  const char *average;

  g_file_get_contents (self->pressure, &contents, NULL, NULL);
  average = find_line (contents, "some avg10=");
  return average ? g_ascii_strtod (average, NULL) : 0;
}

/* The gauge */

MemoryGauge *
memory_gauge_new (const char *root)
{
  MemoryGauge *self = g_new0 (MemoryGauge, 1);
  Family family;

  self->proc = g_build_filename (root, "proc", NULL);
  family = read_family (self, "self");
  self->pid = family.pid;
  self->group = family.group;
  self->cgroups = list_cgroups (root);
  self->alone = self->cgroups[0] && is_alone (self, self->cgroups[0]);
  self->pressure = find_pressure (self);

  return self;
}

void
memory_gauge_free (MemoryGauge * self)
{
  g_free (self->proc);
  g_strfreev (self->cgroups);
  g_free (self->pressure);
  g_free (self);
}

static void
take_nearer (MemoryReading * reading, guint64 usage, guint64 limit)
{
  if (reading->limit == 0 || (double) usage / limit >
      (double) reading->usage / reading->limit) {
    reading->usage = usage;
    reading->limit = limit;
  }
}

void
memory_gauge_read (MemoryGauge * self, guint64 memory_limit,
    MemoryReading * reading)
{
  *reading = (MemoryReading) {.pressure = read_pressure (self) };

  for (guint i = 0; self->cgroups[i]; i++) {
    guint64 limit = get_limit (self->cgroups[i]);

    if (i == 0 && self->alone && memory_limit > 0)
      limit = MIN (limit, memory_limit);
    if (limit < G_MAXUINT64)
      take_nearer (reading, measure_cgroup (self->cgroups[i]), limit);
  }
  if (!self->alone && memory_limit > 0)
    take_nearer (reading, memory_gauge_measure_tree (self), memory_limit);
}
