/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Attacks on other processes, by new ones, and on the worker's own bounds.
 */

#include "config.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "probes.h"

#define N_CAPABILITY_WORDS _LINUX_CAPABILITY_U32S_3

static pid_t
parse_pid (const char *word)
{
  return g_str_equal (word, "zygote") ? probe_get_zygote () : atoi (word);
}

/* The program has a format that the kernel does not know, which it says only
 * after it has looked into it. */
static int
execute (char **arguments)
{
  char *argv[] = { arguments[0], NULL };

  return PROBE_REACH (ENOEXEC, SYS_execve, arguments[0], argv, argv + 1);
}

static int
execute_at (char **arguments)
{
  char *argv[] = { arguments[0], NULL };

  return PROBE_REACH (ENOEXEC, SYS_execveat, AT_FDCWD, arguments[0], argv,
      argv + 1, 0);
}

/* A document is in a file without a path, where no rule for paths holds. */
static int
execute_document (char **arguments)
{
  char name[] = "document";
  char *argv[] = { name, NULL };

  return PROBE_REACH (ENOEXEC, SYS_execveat, probe_find_fd (S_IFREG, 0), "",
      argv, argv + 1, AT_EMPTY_PATH);
}

/* In the child and in its parent. */
static int
end_child (pid_t pid)
{
  if (pid < 0)
    return errno;
  if (pid == 0)
    syscall (SYS_exit_group, EXIT_SUCCESS);
  syscall (SYS_wait4, pid, NULL, 0, NULL);
  return 0;
}

static int
fork_old (char **arguments)
{
#ifdef SYS_fork
  return end_child (syscall (SYS_fork));
#else
  return ENOSYS;
#endif
}

static int
fork_by_clone (char **arguments)
{
  return end_child (syscall (SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int
fork_by_clone_3 (char **arguments)
{
  struct clone_args how = {.exit_signal = SIGCHLD };

  return end_child (syscall (SYS_clone3, &how, sizeof (how)));
}

static int
do_nothing (void *data)
{
  return 0;
}

/* As vfork() does it; a system call could not return twice. */
static int
fork_in_place (char **arguments)
{
  static char stack[65536] __attribute__((aligned (16)));

  return end_child (clone (do_nothing, stack + sizeof (stack),
          CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

static int
start_thread (char **arguments)
{
  static char stack[65536] __attribute__((aligned (16)));
  const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND
      | CLONE_THREAD | CLONE_SYSVSEM;

  return clone (do_nothing, stack + sizeof (stack), flags, NULL) < 0
      ? errno : 0;
}

static int
kill_process (char **arguments)
{
  return PROBE_TRY (SYS_kill, parse_pid (arguments[0]), 0);
}

static int
kill_thread (char **arguments)
{
  return PROBE_TRY (SYS_tkill, parse_pid (arguments[0]), 0);
}

static int
kill_thread_of_group (char **arguments)
{
  pid_t pid = parse_pid (arguments[0]);

  return PROBE_TRY (SYS_tgkill, pid, pid, 0);
}

static int
queue_signal (char **arguments)
{
  siginfo_t info = {.si_code = SI_QUEUE };

  return PROBE_TRY (SYS_rt_sigqueueinfo, parse_pid (arguments[0]), 0, &info);
}

static int
open_process (char **arguments)
{
  return PROBE_TRY (SYS_pidfd_open, parse_pid (arguments[0]), 0);
}

static int
take_descriptor (char **arguments)
{
  int process = syscall (SYS_pidfd_open, parse_pid (arguments[0]), 0);

  if (process < 0)
    return errno;
  return PROBE_TRY (SYS_pidfd_getfd, process, STDIN_FILENO, 0);
}

/* The kernel would send the signal for us. */
static int
direct_signals (char **arguments)
{
  return PROBE_TRY (SYS_fcntl, probe_find_fd (S_IFSOCK, 0), F_SETOWN,
      parse_pid (arguments[0]));
}

static int
trace (char **arguments)
{
  return PROBE_TRY (SYS_ptrace, PTRACE_SEIZE, parse_pid (arguments[0]), NULL,
      NULL);
}

static int
be_traced (char **arguments)
{
  return PROBE_TRY (SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL);
}

static int
read_memory (char **arguments)
{
  char byte;
  struct iovec here = { &byte, 1 };
  struct iovec there =
      { (void *) (guintptr) g_ascii_strtoull (arguments[1], NULL, 0), 1 };

  return PROBE_TRY (SYS_process_vm_readv, parse_pid (arguments[0]), &here, 1L,
      &there, 1L, 0L);
}

static int
write_memory (char **arguments)
{
  char byte = 'x';
  struct iovec here = { &byte, 1 };
  struct iovec there =
      { (void *) (guintptr) g_ascii_strtoull (arguments[1], NULL, 0), 1 };

  return PROBE_TRY (SYS_process_vm_writev, parse_pid (arguments[0]), &here,
      1L, &there, 1L, 0L);
}

static int
compare_processes (char **arguments)
{
  return PROBE_TRY (SYS_kcmp, getpid (), parse_pid (arguments[0]),
      2 /* KCMP_FILES */ , 0L, 0L);
}

static int
slow_down (char **arguments)
{
  return PROBE_TRY (SYS_setpriority, PRIO_PROCESS, parse_pid (arguments[0]),
      19);
}

static int
move_to_cpu (char **arguments)
{
  pid_t pid = parse_pid (arguments[0]);
  cpu_set_t cpus;

  if (syscall (SYS_sched_getaffinity, pid, sizeof (cpus), &cpus) < 0)
    return errno;
  return PROBE_TRY (SYS_sched_setaffinity, pid, sizeof (cpus), &cpus);
}

static int
look_at_limits (char **arguments)
{
  struct rlimit limit;

  return PROBE_TRY (SYS_prlimit64, parse_pid (arguments[0]), RLIMIT_NOFILE,
      NULL, &limit);
}

static int
raise_limit (int resource)
{
  const struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };

  return PROBE_TRY (SYS_prlimit64, 0, resource, &most, NULL);
}

static int
raise_address_space (char **arguments)
{
  return raise_limit (RLIMIT_AS);
}

static int
raise_file_size (char **arguments)
{
  return raise_limit (RLIMIT_FSIZE);
}

static int
raise_core (char **arguments)
{
  return raise_limit (RLIMIT_CORE);
}

static int
raise_cpu (char **arguments)
{
  return raise_limit (RLIMIT_CPU);
}

static int
raise_address_space_old (char **arguments)
{
#ifdef SYS_setrlimit
  const struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };

  return PROBE_TRY (SYS_setrlimit, RLIMIT_AS, &most);
#else
  return ENOSYS;
#endif
}

static int
get_capabilities (struct __user_cap_data_struct *data)
{
  struct __user_cap_header_struct header = {
    .version = _LINUX_CAPABILITY_VERSION_3,
  };

  return PROBE_TRY (SYS_capget, &header, data);
}

static int
have_capabilities (char **arguments)
{
  struct __user_cap_data_struct data[N_CAPABILITY_WORDS];
  int error = get_capabilities (data);

  if (error)
    return error;
  for (guint i = 0; i < N_CAPABILITY_WORDS; i++) {
    if (data[i].effective | data[i].permitted | data[i].inheritable)
      return 0;
  }
  return EPERM;
}

static int
take_capabilities (char **arguments)
{
  struct __user_cap_header_struct header = {
    .version = _LINUX_CAPABILITY_VERSION_3,
  };
  struct __user_cap_data_struct data[N_CAPABILITY_WORDS] = { {0}, };

  data[0].effective = data[0].permitted = 1 << CAP_CHOWN;
  return PROBE_TRY (SYS_capset, &header, data);
}

static int
become_root (char **arguments)
{
  return PROBE_TRY (SYS_setresuid, 0, 0, 0);
}

static int
become_dumpable (char **arguments)
{
  return PROBE_TRY (SYS_prctl, PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);
}

static int
let_all_trace (char **arguments)
{
  return PROBE_TRY (SYS_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0L, 0L,
      0L);
}

/* Would live on when the zygote is gone. */
static int
outlive_parent (char **arguments)
{
  return PROBE_TRY (SYS_prctl, PR_SET_PDEATHSIG, 0L, 0L, 0L, 0L);
}

static int
leave_session (char **arguments)
{
  return PROBE_TRY (SYS_setsid);
}

const Probe process_probes[] = {
  {"exec", execute},
  {"exec-at", execute_at},
  {"exec-document", execute_document},
  {"fork", fork_old},
  {"clone", fork_by_clone},
  {"clone-3", fork_by_clone_3},
  {"vfork", fork_in_place},
  {"thread", start_thread},
  {"kill", kill_process},
  {"tkill", kill_thread},
  {"tgkill", kill_thread_of_group},
  {"sigqueue", queue_signal},
  {"pidfd-open", open_process},
  {"pidfd-getfd", take_descriptor},
  {"direct-signals", direct_signals},
  {"trace", trace},
  {"be-traced", be_traced},
  {"read-memory", read_memory},
  {"write-memory", write_memory},
  {"kcmp", compare_processes},
  {"setpriority", slow_down},
  {"sched-setaffinity", move_to_cpu},
  {"look-at-limits", look_at_limits},
  {"raise-address-space", raise_address_space},
  {"raise-address-space-old", raise_address_space_old},
  {"raise-file-size", raise_file_size},
  {"raise-core", raise_core},
  {"raise-cpu", raise_cpu},
  {"have-capabilities", have_capabilities},
  {"take-capabilities", take_capabilities},
  {"become-root", become_root},
  {"become-dumpable", become_dumpable},
  {"let-all-trace", let_all_trace},
  {"outlive-parent", outlive_parent},
  {"setsid", leave_session},
  {NULL, NULL},
};
