/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "sandbox.h"

/* A page takes a handful of descriptors: fonts, and a folder of data. */
#define MAX_FILES 64
/* Deep recursion ends in a crash rather than in all memory. */
#define MAX_STACK (8 << 20)

#ifdef RECTO_COUNT_ALLOCATIONS
#define HAS_MEMORY_LIMIT 1
#else
/* A sanitizer's shadow memory alone is terabytes of address space. */
#define HAS_MEMORY_LIMIT 0
#endif

void
sandbox_offer_to_oom_killer (void)
{
  int fd = open ("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

  if (fd < 0)
    return;
  if (write (fd, "1000", 4) < 0)
    g_debug ("the OOM killer knows no better victim: %s", strerror (errno));
  close (fd);
}

/* Root, also that of a namespace, may do more than a document should. Nobody
 * debugs what is not dumpable, and its files in /proc are root's; this comes
 * last, since each change of what one may do makes a process what the system
 * has for those. */
static int
give_up_privileges (void)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { {0} };

  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
      || syscall (SYS_capset, &header, none) < 0
      || prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
    return errno;
  return 0;
}

/* There is more than one kind of container in which this is not allowed, and
 * the walls that come later do not need it. */
static int
unshare_namespaces (void)
{
  return unshare (CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC |
      CLONE_NEWUTS) < 0 ? errno : 0;
}

/* A limit that was lower before stays. */
static int
limit (int resource, rlim_t most)
{
  struct rlimit now;

  if (getrlimit (resource, &now) < 0)
    return errno;
  now.rlim_max = MIN (now.rlim_max, most);
  now.rlim_cur = MIN (now.rlim_cur, now.rlim_max);
  return setrlimit (resource, &now) < 0 ? errno : 0;
}

/* A core would leave a document's bytes on the disk. */
static int
limit_resources (uint64_t memory_limit)
{
  const struct
  {
    int resource;
    rlim_t most;
  } limits[] = {
    {RLIMIT_CORE, 0},
    {RLIMIT_FSIZE, 0},
    {RLIMIT_NOFILE, MAX_FILES},
    {RLIMIT_STACK, MAX_STACK},
    {RLIMIT_AS, memory_limit > 0 && HAS_MEMORY_LIMIT ? memory_limit :
        RLIM_INFINITY},
  };
  int error = 0;

  for (guint i = 0; i < G_N_ELEMENTS (limits) && !error; i++)
    error = limit (limits[i].resource, limits[i].most);
  return error;
}

/* The filter is for children, but whether one can be had is to be known before
 * there is a document. */
static int
prepare_filter (struct sock_fprog *filter)
{
  int error = sandbox_can_filter ();

  if (!error)
    error = sandbox_make_filter (filter);
  if (error)
    filter->len = 0;
  return error;
}

/* The order matters: what comes later needs what comes before, or forbids
 * it. */
void
sandbox_confine (Sandbox * self, const RectoWorkerRequest * request,
    int32_t errors[RECTO_WORKER_N_WALLS])
{
  for (guint i = 0; i < RECTO_WORKER_N_WALLS; i++)
    errors[i] = -1;

  if (request->walls) {
    errors[RECTO_WORKER_NAMESPACES] = unshare_namespaces ();
    errors[RECTO_WORKER_PRIVILEGES] = give_up_privileges ();
    errors[RECTO_WORKER_FILES] = sandbox_restrict_files ();
    errors[RECTO_WORKER_SYSCALLS] = prepare_filter (&self->filter);
  }
  errors[RECTO_WORKER_RESOURCES] = limit_resources (request->memory_limit);

  clearenv ();
}

void
sandbox_enter (const Sandbox * self)
{
  if (self->filter.len > 0 && sandbox_apply_filter (&self->filter) != 0)
    channel_protest ("cannot filter system calls any more");
}

/* The parent looks at the clock itself, to the millisecond; but it may be
 * stopped. A hard limit that it was started with can't be raised here. */
void
sandbox_limit_cpu (uint32_t seconds)
{
  struct rlimit limit;
  struct timespec used;

  if (getrlimit (RLIMIT_CPU, &limit) < 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  if (seconds > 0 && clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used) == 0)
    limit.rlim_cur = MIN (limit.rlim_max, (rlim_t) used.tv_sec + seconds + 1);
  setrlimit (RLIMIT_CPU, &limit);
}
