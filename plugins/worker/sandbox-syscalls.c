/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which system calls a child may make: what poppler, cairo, the decoders of
 * images and the C library need once they are warm. All others fail as on a
 * kernel that does not know them, so that a newer library falls back to older
 * ones. What no document needs on any kernel, and who has taken over the child
 * needs first, ends it.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib.h>

#include "sandbox.h"

static const char *const allowed[] = {
  /* memory */
  "brk", "munmap", "mremap", "madvise",
  /* files that are open, and what there is to be found */
  "read", "pread64", "lseek", "_llseek", "close", "fstat", "fstat64",
  "newfstatat", "fstatat64", "stat", "stat64", "lstat", "lstat64", "statx",
  "access", "faccessat", "faccessat2", "getdents64",
  /* the parent */
  "recvmsg", "sendto", "send",
  /* the clock, chance, and who we are */
  "clock_gettime", "clock_gettime64", "gettimeofday", "time", "getrandom",
  "sysinfo", "getpid", "gettid", "getrusage",
  /* the end, and signals on the way to it */
  "exit", "exit_group", "sigreturn", "rt_sigreturn", "rt_sigaction",
  "rt_sigprocmask", "restart_syscall",
#ifndef RECTO_COUNT_ALLOCATIONS
  "sigaltstack",                /* of sanitizers */
#endif
};

static const char *const deadly[] = {
  "execve", "execveat", "socket", "connect", "bind", "ptrace",
  "process_vm_readv", "process_vm_writev", "pidfd_getfd", "mount", "umount2",
  "pivot_root", "chroot", "move_mount", "fsopen", "open_tree", "unshare",
  "setns", "bpf", "io_uring_setup", "io_uring_enter", "io_uring_register",
  "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key",
  "init_module", "finit_module", "delete_module", "kexec_load",
  "kexec_file_load", "open_by_handle_at",
};

/* What the arguments of a call have to be. */
typedef struct
{
  const char *name;
  guint n;
  struct scmp_arg_cmp is[2];
} Condition;

/* Where there are two of them, the older one finds its arguments in memory,
 * where no filter can look. */
#ifdef __NR_mmap2
#define MMAP "mmap2"
#else
#define MMAP "mmap"
#endif

#define HAS_NONE_OF(argument, bits) \
  { argument, SCMP_CMP_MASKED_EQ, (bits), 0 }
#define EQUALS(argument, value) \
  { argument, SCMP_CMP_EQ, (value), 0 }

static const Condition conditions[] = {
  /* Nothing that can be run. */
  {MMAP, 1, {HAS_NONE_OF (2, PROT_EXEC)}},
  {"mprotect", 1, {HAS_NONE_OF (2, PROT_EXEC)}},
  /* Files to be read, where Landlock lets them be. */
  {"openat", 1, {HAS_NONE_OF (2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND)}},
  {"open", 1, {HAS_NONE_OF (1, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND)}},
  {"fcntl", 1, {EQUALS (1, F_GETFL)}},
  {"fcntl", 1, {EQUALS (1, F_GETFD)}},
  {"fcntl", 1, {EQUALS (1, F_SETFD)}},
  {"fcntl64", 1, {EQUALS (1, F_GETFL)}},
  {"fcntl64", 1, {EQUALS (1, F_GETFD)}},
  {"fcntl64", 1, {EQUALS (1, F_SETFD)}},
  /* The log. */
  {"write", 1, {EQUALS (0, STDERR_FILENO)}},
  {"writev", 1, {EQUALS (0, STDERR_FILENO)}},
  /* There is one thread, and nobody to wait for; libraries wake all the
   * same. */
  {"futex", 1, {{1, SCMP_CMP_MASKED_EQ, (guint32) FUTEX_CMD_MASK,
          FUTEX_WAKE}}},
  {"futex_time64", 1, {{1, SCMP_CMP_MASKED_EQ, (guint32) FUTEX_CMD_MASK,
          FUTEX_WAKE}}},
  /* Of our own limits, that of CPU time is set with each page. */
  {"prlimit64", 2, {EQUALS (0, 0), EQUALS (1, RLIMIT_CPU)}},
  {"prlimit64", 2, {EQUALS (0, 0), EQUALS (2, 0)}},
};

/* Not all versions of the library know all calls. What an architecture has not
 * got, or has as part of another call, such as those on sockets, is a negative
 * number that the library knows what to make of. */
static int
add_rule (scmp_filter_ctx context, guint32 action, const char *name,
    guint n_conditions, const struct scmp_arg_cmp *is)
{
  int number = seccomp_syscall_resolve_name (name);

  if (number == __NR_SCMP_ERROR)
    return 0;
  return seccomp_rule_add_array (context, action, number, n_conditions, is);
}

static int
add_rules (scmp_filter_ctx context)
{
  int error = 0;

  for (guint i = 0; i < G_N_ELEMENTS (allowed) && !error; i++)
    error = add_rule (context, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (conditions) && !error; i++)
    error = add_rule (context, SCMP_ACT_ALLOW, conditions[i].name,
        conditions[i].n, conditions[i].is);
  for (guint i = 0; i < G_N_ELEMENTS (deadly) && !error; i++)
    error = add_rule (context, SCMP_ACT_KILL_PROCESS, deadly[i], 0, NULL);
  return error;
}

/* The library writes it to a file only. */
static int
export_filter (scmp_filter_ctx context, struct sock_fprog *filter)
{
  int fd = memfd_create ("filter", MFD_CLOEXEC);
  int error;
  off_t size = 0;

  if (fd < 0)
    return -errno;

  error = seccomp_export_bpf (context, fd);
  if (error == -ECANCELED)
    error = -errno;             /* a system call has failed */
  if (!error && (size = lseek (fd, 0, SEEK_END)) > 0) {
    filter->filter = g_malloc (size);
    filter->len = size / sizeof (struct sock_filter);
    if (pread (fd, filter->filter, size, 0) != size)
      error = -EIO;
  }
  close (fd);
  return error;
}

/* As prctl(2) has it: no filter at all is a bad address, where there are
 * filters. */
int
sandbox_can_filter (void)
{
  prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL);
  return errno == EFAULT ? 0 : errno;
}

/* Made once: it takes longer than to fork. */
int
sandbox_make_filter (struct sock_fprog *filter)
{
  scmp_filter_ctx context = seccomp_init (SCMP_ACT_ERRNO (ENOSYS));
  int error;

  if (!context)
    return ENOMEM;

  /* A tree, since all that is allowed is allowed often. */
  error = seccomp_attr_set (context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (!error)
    error = add_rules (context);
  if (!error)
    error = export_filter (context, filter);
  seccomp_release (context);
  return -error;
}

int
sandbox_apply_filter (const struct sock_fprog *filter)
{
  return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter) < 0 ? errno : 0;
}
