/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Runs a command as a container would: without capabilities, where nobody may
 * make a user namespace. As another user first, when one is given.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SKIP 77

static void
die (const char *what)
{
  fprintf (stderr, "confined: %s: %s\n", what, strerror (errno));
  exit (EXIT_FAILURE);
}

static void
write_file (const char *path, const char *content)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd < 0 || write (fd, content, strlen (content)) < 0)
    die (path);
  close (fd);
}

static void
become (unsigned user)
{
  if (setgroups (0, NULL) < 0 || setresgid (user, user, user) < 0
      || setresuid (user, user, user) < 0)
    die ("cannot become another user");
  /* Otherwise /proc/self is not ours to write to. */
  prctl (PR_SET_DUMPABLE, 1, 0, 0, 0);
  /* Nor may be where we are. */
  if (chdir ("/tmp") < 0)
    die ("/tmp");
}

static void
keep_id (const char *path, unsigned id)
{
  char line[64];

  snprintf (line, sizeof (line), "%u %u 1", id, id);
  write_file (path, line);
}

static void
drop_capabilities (void)
{
  struct __user_cap_header_struct header = {
    .version = _LINUX_CAPABILITY_VERSION_3,
  };
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { {0}, };

  for (int i = 0; prctl (PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
    prctl (PR_CAPBSET_DROP, i, 0, 0, 0);
  if (syscall (SYS_capset, &header, none) < 0)
    die ("cannot drop capabilities");
}

/* Where the machine allows none, nothing is left to be denied. */
static void
deny_user_namespaces (void)
{
  unsigned user = geteuid (), group = getegid ();

  if (unshare (CLONE_NEWUSER) < 0)
    return;

  write_file ("/proc/self/setgroups", "deny");
  keep_id ("/proc/self/uid_map", user);
  keep_id ("/proc/self/gid_map", group);
  write_file ("/proc/sys/user/max_user_namespaces", "0");
}

int
main (int argc, char *argv[])
{
  int first = 1;

  if (argc > 2 && strcmp (argv[1], "--user") == 0) {
    if (geteuid () != 0) {
      puts ("only root can become another user");
      return SKIP;
    }
    become (atoi (argv[2]));
    first = 3;
  }
  if (first >= argc) {
    fputs ("usage: confined [--user ID] COMMAND [ARGUMENT…]\n", stderr);
    return EXIT_FAILURE;
  }

  deny_user_namespaces ();
  drop_capabilities ();
  if (unshare (CLONE_NEWUSER) == 0) {
    fputs ("confined: user namespaces are still allowed\n", stderr);
    return EXIT_FAILURE;
  }

  if (access (argv[first], X_OK) < 0) {
    printf ("%s can't be run by this user\n", argv[first]);
    return SKIP;
  }
  execvp (argv[first], argv + first);
  die (argv[first]);
}
