/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Attacks through what the kernel offers to few. Many are made to fail with
 * an error that only those see who were let in.
 */

#include "config.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "probes.h"

#define X32_SYSCALL_BIT 0x40000000
#define I386_SOCKET 359

static int
setup_io_uring (char **arguments)
{
  struct io_uring_params parameters = { 0, };

  return PROBE_TRY (SYS_io_uring_setup, 1, &parameters);
}

static int
make_bpf_map (char **arguments)
{
  union bpf_attr attributes = {
    .map_type = BPF_MAP_TYPE_ARRAY,
    .key_size = 4,
    .value_size = 4,
    .max_entries = 1,
  };

  return PROBE_TRY (SYS_bpf, BPF_MAP_CREATE, &attributes,
      sizeof (attributes));
}

static int
count_events (char **arguments)
{
  struct perf_event_attr attributes = {
    .type = PERF_TYPE_SOFTWARE,
    .size = sizeof (attributes),
    .config = PERF_COUNT_SW_TASK_CLOCK,
    .exclude_kernel = 1,
  };

  return PROBE_TRY (SYS_perf_event_open, &attributes, 0, -1, -1, 0L);
}

static int
handle_faults (char **arguments)
{
  return PROBE_TRY (SYS_userfaultfd, O_CLOEXEC);
}

static int
add_key (char **arguments)
{
  return PROBE_TRY (SYS_add_key, "user", "recto-probe", "x", 1L,
      KEY_SPEC_PROCESS_KEYRING);
}

static int
find_key (char **arguments)
{
  return PROBE_TRY (SYS_keyctl, KEYCTL_GET_KEYRING_ID,
      KEY_SPEC_PROCESS_KEYRING, 1L, 0L, 0L);
}

static int
unshare_user (char **arguments)
{
  return PROBE_TRY (SYS_unshare, CLONE_NEWUSER);
}

static int
unshare_mounts (char **arguments)
{
  return PROBE_TRY (SYS_unshare, CLONE_NEWNS);
}

static int
clone_user (char **arguments)
{
  pid_t pid = syscall (SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL,
      NULL);

  if (pid < 0)
    return errno;
  if (pid == 0)
    syscall (SYS_exit_group, 0);
  syscall (SYS_wait4, pid, NULL, 0, NULL);
  return 0;
}

static int
join_namespace (char **arguments)
{
  return PROBE_REACH (EBADF, SYS_setns, -1, 0);
}

static int
mount_old (char **arguments)
{
  return PROBE_REACH (ENODEV, SYS_mount, "none", arguments[0], "no-such-type",
      0L, NULL);
}

static int
unmount (char **arguments)
{
  return PROBE_REACH (EINVAL, SYS_umount2, arguments[0], 0);
}

static int
open_file_system (char **arguments)
{
  return PROBE_TRY (SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */ );
}

static int
open_tree_of_files (char **arguments)
{
  return PROBE_TRY (SYS_open_tree, AT_FDCWD, arguments[0], O_CLOEXEC);
}

/* To a folder that nothing is mounted on. */
static int
pivot_root_to (char **arguments)
{
  int error = PROBE_TRY (SYS_pivot_root, arguments[0], arguments[0]);

  return error == EINVAL || error == EBUSY ? 0 : error;
}

static int
change_root (char **arguments)
{
  return PROBE_TRY (SYS_chroot, arguments[0]);
}

static int
set_host_name (char **arguments)
{
  struct utsname names;

  uname (&names);
  return PROBE_TRY (SYS_sethostname, names.nodename,
      strlen (names.nodename));
}

static int
load_module (char **arguments)
{
  return PROBE_REACH (EBADF, SYS_finit_module, -1, "", 0);
}

/* Without the numbers that make it do it. */
static int
reboot_machine (char **arguments)
{
  return PROBE_REACH (EINVAL, SYS_reboot, 0, 0, 0, NULL);
}

static int
read_kernel_log (char **arguments)
{
  return PROBE_TRY (SYS_syslog, 10 /* the size of it */ , NULL, 0);
}

static int
reach_ports (char **arguments)
{
#ifdef SYS_iopl
  return PROBE_TRY (SYS_iopl, 3);
#else
  return ENOSYS;
#endif
}

static int
make_shared_memory (char **arguments)
{
  int id = syscall (SYS_shmget, IPC_PRIVATE, 4096L, 0600);

  return id < 0 ? errno : PROBE_TRY (SYS_shmctl, id, IPC_RMID, NULL);
}

static int
make_semaphore (char **arguments)
{
  int id = syscall (SYS_semget, IPC_PRIVATE, 1, 0600);

  return id < 0 ? errno : PROBE_TRY (SYS_semctl, id, 0, IPC_RMID, NULL);
}

static int
make_message_queue (char **arguments)
{
  int id = syscall (SYS_msgget, IPC_PRIVATE, 0600);

  return id < 0 ? errno : PROBE_TRY (SYS_msgctl, id, IPC_RMID, NULL);
}

static int
make_posix_queue (char **arguments)
{
  int fd = syscall (SYS_mq_open, "recto-probe", O_CREAT | O_RDWR, 0600, NULL);

  return fd < 0 ? errno : PROBE_TRY (SYS_mq_unlink, "recto-probe");
}

/* Of the socket, where it is harmless; of a terminal it is to type. */
static int
control_device (char **arguments)
{
  int size;

  return PROBE_TRY (SYS_ioctl, probe_find_fd (S_IFSOCK, 0), FIONREAD, &size);
}

/* The same numbers mean other calls there. */
static int
call_as_i386 (char **arguments)
{
#ifdef __x86_64__
  long result;

  __asm__ volatile ("int $0x80":"=a" (result)
      :"a" (I386_SOCKET), "b" (1L), "c" (1L), "d" (0L)
      :"memory", "r8", "r9", "r10", "r11");
  return (int) result < 0 ? -(int) result : 0;
#else
  return ENOSYS;
#endif
}

static int
call_as_x32 (char **arguments)
{
#ifdef __x86_64__
  return PROBE_TRY (X32_SYSCALL_BIT | SYS_socket, 1, 1, 0);
#else
  return ENOSYS;
#endif
}

const Probe kernel_probes[] = {
  {"io-uring", setup_io_uring},
  {"bpf", make_bpf_map},
  {"perf-event", count_events},
  {"userfaultfd", handle_faults},
  {"add-key", add_key},
  {"find-key", find_key},
  {"unshare-user", unshare_user},
  {"unshare-mounts", unshare_mounts},
  {"clone-user", clone_user},
  {"setns", join_namespace},
  {"mount", mount_old},
  {"umount", unmount},
  {"fsopen", open_file_system},
  {"open-tree", open_tree_of_files},
  {"pivot-root", pivot_root_to},
  {"chroot", change_root},
  {"sethostname", set_host_name},
  {"load-module", load_module},
  {"reboot", reboot_machine},
  {"kernel-log", read_kernel_log},
  {"iopl", reach_ports},
  {"shmget", make_shared_memory},
  {"semget", make_semaphore},
  {"msgget", make_message_queue},
  {"mq-open", make_posix_queue},
  {"ioctl", control_device},
  {"call-as-i386", call_as_i386},
  {"call-as-x32", call_as_x32},
  {NULL, NULL},
};
