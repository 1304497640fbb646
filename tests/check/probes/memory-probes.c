/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Attacks with memory, and with the descriptors that a worker has.
 */

#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/stat.h>

#include "probes.h"

#define HUGE_SIZE ((gsize) 3 << 30)
#define PAGE_SIZE ((gsize) 4096)

#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

extern char **environ;

/* In the order in which they came. */
enum { DOCUMENT, BUFFER };

static int
find_memfd (guint which)
{
  return probe_find_fd (S_IFREG, which);
}

static void *
map (gsize size, int protection, int flags, int fd)
{
  return (void *) syscall (SYS_mmap, NULL, size, protection, flags, fd, 0L);
}

static int
try_map (gsize size, int protection, int flags, int fd)
{
  void *memory = map (size, protection, flags, fd);

  if (memory == MAP_FAILED)
    return errno;
  munmap (memory, size);
  return 0;
}

static int
map_writable_code (char **arguments)
{
  return try_map (PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, ANONYMOUS,
      -1);
}

static int
turn_data_into_code (char **arguments)
{
  void *memory = map (PAGE_SIZE, PROT_READ | PROT_WRITE, ANONYMOUS, -1);

  if (memory == MAP_FAILED)
    return errno;
  return PROBE_TRY (SYS_mprotect, memory, PAGE_SIZE, PROT_READ | PROT_EXEC);
}

static int
turn_data_into_code_by_key (char **arguments)
{
  void *memory = map (PAGE_SIZE, PROT_READ | PROT_WRITE, ANONYMOUS, -1);

  if (memory == MAP_FAILED)
    return errno;
  return PROBE_TRY (SYS_pkey_mprotect, memory, PAGE_SIZE,
      PROT_READ | PROT_EXEC, -1);
}

static int
write_code (char **arguments)
{
  guintptr page = (guintptr) write_code & ~(PAGE_SIZE - 1);

  return PROBE_TRY (SYS_mprotect, page, PAGE_SIZE,
      PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int
map_document_as_code (char **arguments)
{
  return try_map (PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE,
      find_memfd (DOCUMENT));
}

static int
map_buffer_as_code (char **arguments)
{
  return try_map (PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED,
      find_memfd (BUFFER));
}

/* All that is readable is executable from then on. */
static int
imply_code (char **arguments)
{
  return PROBE_TRY (SYS_personality, READ_IMPLIES_EXEC);
}

static int
map_much (char **arguments)
{
  return try_map (HUGE_SIZE, PROT_READ | PROT_WRITE,
      ANONYMOUS | MAP_NORESERVE, -1);
}

static int
grow_mapping (char **arguments)
{
  void *memory = map (PAGE_SIZE, PROT_READ | PROT_WRITE,
      ANONYMOUS | MAP_NORESERVE, -1);

  if (memory == MAP_FAILED)
    return errno;
  memory = (void *) syscall (SYS_mremap, memory, PAGE_SIZE, HUGE_SIZE,
      MREMAP_MAYMOVE, NULL);
  if (memory == MAP_FAILED)
    return errno;
  munmap (memory, HUGE_SIZE);
  return 0;
}

/* It tells of its failure by what it leaves as it was. */
static int
grow_heap (char **arguments)
{
  guintptr end = syscall (SYS_brk, 0L);

  if ((guintptr) syscall (SYS_brk, end + HUGE_SIZE) < end + HUGE_SIZE)
    return ENOMEM;
  syscall (SYS_brk, end);
  return 0;
}

static int
lock_memory (char **arguments)
{
  return PROBE_TRY (SYS_mlockall, 2 /* MCL_FUTURE */ );
}

static int
make_memfd (char **arguments)
{
  return PROBE_TRY (SYS_memfd_create, "recto-probe", MFD_CLOEXEC);
}

static int
make_secret_memfd (char **arguments)
{
#ifdef SYS_memfd_secret
  return PROBE_TRY (SYS_memfd_secret, 0);
#else
  return ENOSYS;
#endif
}

static int
write_document (char **arguments)
{
  return PROBE_TRY (SYS_pwrite64, find_memfd (DOCUMENT), "x", 1L, 0L);
}

static int
map_document_to_write (char **arguments)
{
  return try_map (PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
      find_memfd (DOCUMENT));
}

static int
reopen_document_to_write (char **arguments)
{
  g_autofree char *path =
      g_strdup_printf ("/proc/self/fd/%d", find_memfd (DOCUMENT));
  int fd = syscall (SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);

  return fd < 0 ? errno : PROBE_TRY (SYS_pwrite64, fd, "x", 1L, 0L);
}

static int
truncate_buffer (char **arguments)
{
  return PROBE_TRY (SYS_ftruncate, find_memfd (BUFFER), 0L);
}

/* The next one could not write to it any more. */
static int
seal_buffer (char **arguments)
{
  return PROBE_TRY (SYS_fcntl, find_memfd (BUFFER), F_ADD_SEALS,
      F_SEAL_FUTURE_WRITE);
}

static gboolean
is_open_as (int fd, mode_t type)
{
  struct stat status;

  return fstat (fd, &status) == 0 && (status.st_mode & S_IFMT) == type;
}

/* Has more than nothing to read, somewhere to complain to, the socket, the
 * document and the buffer. */
static int
find_descriptors (char **arguments)
{
  static const mode_t types[] = {
    S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    if (probe_find_fd (types[i], 0) >= 0)
      return 0;
  }
  /* An anonymous one, as of epoll or of Landlock, has no type. */
  if (probe_find_fd (S_IFREG, 2) >= 0 || probe_find_fd (S_IFSOCK, 1) >= 0
      || probe_find_fd (0, 0) >= 0)
    return 0;

  return is_open_as (STDIN_FILENO, S_IFCHR)
      && is_open_as (STDOUT_FILENO, S_IFCHR) ? EBADF : 0;
}

static int
find_in_environment (char **arguments)
{
  for (guint i = 0; environ && environ[i]; i++) {
    if (strstr (environ[i], arguments[0]))
      return 0;
  }
  return ENOENT;
}

const Probe memory_probes[] = {
  {"map-writable-code", map_writable_code},
  {"turn-data-into-code", turn_data_into_code},
  {"turn-data-into-code-by-key", turn_data_into_code_by_key},
  {"write-code", write_code},
  {"map-document-as-code", map_document_as_code},
  {"map-buffer-as-code", map_buffer_as_code},
  {"imply-code", imply_code},
  {"map-much", map_much},
  {"grow-mapping", grow_mapping},
  {"grow-heap", grow_heap},
  {"lock-memory", lock_memory},
  {"memfd", make_memfd},
  {"secret-memfd", make_secret_memfd},
  {"write-document", write_document},
  {"map-document-to-write", map_document_to_write},
  {"reopen-document-to-write", reopen_document_to_write},
  {"truncate-buffer", truncate_buffer},
  {"seal-buffer", seal_buffer},
  {"find-descriptors", find_descriptors},
  {"find-in-environment", find_in_environment},
  {NULL, NULL},
};
