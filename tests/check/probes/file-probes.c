/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Attacks on files.
 */

#include "config.h"

#include <fcntl.h>
#include <fontconfig/fontconfig.h>
#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "probes.h"

/* No program of ours has so many files open. */
#define MANY_FILES 900

static int
open_file (const char *path, int flags)
{
  return syscall (SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

static int
close_opened (int fd)
{
  if (fd < 0)
    return errno;
  close (fd);
  return 0;
}

static int
read_and_close (int fd)
{
  char bytes[4096];
  int error;

  if (fd < 0)
    return errno;
  error = PROBE_TRY (SYS_read, fd, bytes, sizeof (bytes));
  close (fd);
  return error;
}

static int
read_file (char **arguments)
{
  return read_and_close (open_file (arguments[0], O_RDONLY));
}

/* Its flags lie where no filter of system calls can see them. */
static int
read_file_2 (char **arguments)
{
  struct open_how how = {.flags = O_RDONLY | O_CLOEXEC };

  return read_and_close (syscall (SYS_openat2, AT_FDCWD, arguments[0], &how,
          sizeof (how)));
}

/* As programs did before openat(). */
static int
read_file_old (char **arguments)
{
#ifdef SYS_open
  return read_and_close (syscall (SYS_open, arguments[0], O_RDONLY, 0));
#else
  return ENOSYS;
#endif
}

static int
read_by_handle (char **arguments)
{
  struct
  {
    struct file_handle handle;
    unsigned char bytes[MAX_HANDLE_SZ];
  } file = {.handle.handle_bytes = MAX_HANDLE_SZ };
  int mount_id;
  int error = PROBE_TRY (SYS_name_to_handle_at, AT_FDCWD, arguments[0], &file,
      &mount_id, 0);

  if (error)
    return error;
  return read_and_close (syscall (SYS_open_by_handle_at, AT_FDCWD, &file,
          O_RDONLY));
}

static int
read_zygote (char **arguments)
{
  g_autofree char *path =
      g_strdup_printf ("/proc/%d/%s", probe_get_zygote (), arguments[0]);

  return read_and_close (open_file (path, O_RDONLY));
}

static int
write_zygote (char **arguments)
{
  g_autofree char *path =
      g_strdup_printf ("/proc/%d/%s", probe_get_zygote (), arguments[0]);

  return close_opened (open_file (path, O_RDWR));
}

static int
look_at_file (char **arguments)
{
  struct stat status;

  return PROBE_TRY (SYS_newfstatat, AT_FDCWD, arguments[0], &status, 0);
}

static int
list_folder (char **arguments)
{
  char entries[4096];
  int fd = open_file (arguments[0], O_RDONLY | O_DIRECTORY);
  int error;

  if (fd < 0)
    return errno;
  error = PROBE_TRY (SYS_getdents64, fd, entries, sizeof (entries));
  close (fd);
  return error;
}

static int
write_file (char **arguments)
{
  return close_opened (open_file (arguments[0], O_WRONLY));
}

static int
write_file_old (char **arguments)
{
#ifdef SYS_open
  return close_opened (syscall (SYS_open, arguments[0], O_WRONLY, 0));
#else
  return ENOSYS;
#endif
}

static int
read_write_file (char **arguments)
{
  return close_opened (open_file (arguments[0], O_RDWR));
}

static int
append_file (char **arguments)
{
  return close_opened (open_file (arguments[0], O_WRONLY | O_APPEND));
}

/* Opened for reading, and emptied all the same. */
static int
empty_file (char **arguments)
{
  return close_opened (open_file (arguments[0], O_RDONLY | O_TRUNC));
}

static int
truncate_file (char **arguments)
{
  return PROBE_TRY (SYS_truncate, arguments[0], 1L);
}

static int
create_file (char **arguments)
{
  return close_opened (open_file (arguments[0], O_WRONLY | O_CREAT | O_EXCL));
}

/* Opened for reading, and made all the same. */
static int
create_to_read (char **arguments)
{
  return close_opened (open_file (arguments[0], O_RDONLY | O_CREAT));
}

static int
create_nameless (char **arguments)
{
  return close_opened (open_file (arguments[0], O_TMPFILE | O_RDWR));
}

static int
make_folder (char **arguments)
{
  return PROBE_TRY (SYS_mkdirat, AT_FDCWD, arguments[0], 0700);
}

static int
remove_folder (char **arguments)
{
  return PROBE_TRY (SYS_unlinkat, AT_FDCWD, arguments[0], AT_REMOVEDIR);
}

static int
unlink_file (char **arguments)
{
  return PROBE_TRY (SYS_unlinkat, AT_FDCWD, arguments[0], 0);
}

static int
rename_file (char **arguments)
{
  return PROBE_TRY (SYS_renameat2, AT_FDCWD, arguments[0], AT_FDCWD,
      arguments[1], 0);
}

static int
link_file (char **arguments)
{
  return PROBE_TRY (SYS_linkat, AT_FDCWD, arguments[0], AT_FDCWD,
      arguments[1], 0);
}

static int
symlink_file (char **arguments)
{
  return PROBE_TRY (SYS_symlinkat, arguments[0], AT_FDCWD, arguments[1]);
}

static int
read_symlink (char **arguments)
{
  char target[4096];

  return PROBE_TRY (SYS_readlinkat, AT_FDCWD, arguments[0], target,
      sizeof (target));
}

static int
make_fifo (char **arguments)
{
  return PROBE_TRY (SYS_mknodat, AT_FDCWD, arguments[0], S_IFIFO | 0600, 0);
}

/* /dev/null, under another name. */
static int
make_device (char **arguments)
{
  return PROBE_TRY (SYS_mknodat, AT_FDCWD, arguments[0], S_IFCHR | 0600,
      makedev (1, 3));
}

static int
chmod_file (char **arguments)
{
  return PROBE_TRY (SYS_fchmodat, AT_FDCWD, arguments[0], 0777);
}

static int
chown_file (char **arguments)
{
  return PROBE_TRY (SYS_fchownat, AT_FDCWD, arguments[0], getuid (),
      getgid (), 0);
}

static int
touch_file (char **arguments)
{
  return PROBE_TRY (SYS_utimensat, AT_FDCWD, arguments[0], NULL, 0);
}

static int
set_attribute (char **arguments)
{
  return PROBE_TRY (SYS_setxattr, arguments[0], "user.recto", "", 0L, 0);
}

static int
change_folder (char **arguments)
{
  return PROBE_TRY (SYS_chdir, arguments[0]);
}

static int
watch_files (char **arguments)
{
  int fd = syscall (SYS_inotify_init1, IN_CLOEXEC);

  if (fd < 0)
    return errno;
  return PROBE_TRY (SYS_inotify_add_watch, fd, arguments[0], IN_ALL_EVENTS);
}

static int
watch_all_files (char **arguments)
{
  return close_opened (syscall (SYS_fanotify_init, 0, O_RDONLY));
}

/* A document's text is drawn in what fontconfig finds. */
static char *
find_font (void)
{
  FcPattern *pattern = FcPatternCreate ();
  FcPattern *match;
  FcResult result;
  FcChar8 *path = NULL;
  char *copy;

  FcConfigSubstitute (NULL, pattern, FcMatchPattern);
  FcDefaultSubstitute (pattern);
  match = FcFontMatch (NULL, pattern, &result);
  if (match)
    FcPatternGetString (match, FC_FILE, 0, &path);
  copy = g_strdup ((const char *) path);

  g_clear_pointer (&match, FcPatternDestroy);
  FcPatternDestroy (pattern);
  return copy;
}

static int
read_font (char **arguments)
{
  g_autofree char *path = find_font ();

  return path ? read_and_close (open_file (path, O_RDONLY)) : ENOENT;
}

static int
write_font (char **arguments)
{
  g_autofree char *path = find_font ();

  return path ? close_opened (open_file (path, O_WRONLY)) : ENOENT;
}

/* Whatever may be opened must not be opened without end. */
static int
open_many (char **arguments)
{
  g_autofree char *path = find_font ();

  for (guint i = 0; i < MANY_FILES; i++) {
    if (!path || open_file (path, O_RDONLY) < 0)
      return path ? errno : ENOENT;
  }
  return 0;
}

const Probe file_probes[] = {
  {"read", read_file},
  {"read-2", read_file_2},
  {"read-old", read_file_old},
  {"read-by-handle", read_by_handle},
  {"read-zygote", read_zygote},
  {"write-zygote", write_zygote},
  {"stat", look_at_file},
  {"list", list_folder},
  {"write", write_file},
  {"write-old", write_file_old},
  {"read-write", read_write_file},
  {"append", append_file},
  {"empty", empty_file},
  {"truncate", truncate_file},
  {"create", create_file},
  {"create-to-read", create_to_read},
  {"create-nameless", create_nameless},
  {"mkdir", make_folder},
  {"rmdir", remove_folder},
  {"unlink", unlink_file},
  {"rename", rename_file},
  {"link", link_file},
  {"symlink", symlink_file},
  {"readlink", read_symlink},
  {"mkfifo", make_fifo},
  {"mknod", make_device},
  {"chmod", chmod_file},
  {"chown", chown_file},
  {"touch", touch_file},
  {"setxattr", set_attribute},
  {"chdir", change_folder},
  {"inotify", watch_files},
  {"fanotify", watch_all_files},
  {"read-font", read_font},
  {"write-font", write_font},
  {"open-many", open_many},
  {NULL, NULL},
};
