/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which files a worker may open once it is warm: fonts and poppler's tables of
 * characters, to be read. Nothing else, and nothing to be written.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <fontconfig/fontconfig.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib.h>

#include "sandbox.h"

/* The header may be older than the kernel. */
#define ACCESS_FS_TRUNCATE (1ULL << 14) /* since version 3 */
#define ACCESS_FS_IOCTL_DEV (1ULL << 15)        /* 5 */
#define ACCESS_NET_TCP 3ULL     /* bind and connect, 4 */
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)  /* 6 */
#define SCOPE_SIGNAL (1ULL << 1)        /* 6 */

/* struct landlock_ruleset_attr, as of version 6; an older kernel takes it if
 * what it does not know is 0. */
typedef struct
{
  guint64 handled_access_fs;
  guint64 handled_access_net;
  guint64 scoped;
} Ruleset;

#define READ_DIR \
  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static void
handle_all (Ruleset * ruleset, int version)
{
  /* All that the first version knows. */
  ruleset->handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2)
    ruleset->handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3)
    ruleset->handled_access_fs |= ACCESS_FS_TRUNCATE;
  if (version >= 4)
    ruleset->handled_access_net = ACCESS_NET_TCP;
  if (version >= 5)
    ruleset->handled_access_fs |= ACCESS_FS_IOCTL_DEV;
  if (version >= 6)
    ruleset->scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
}

/* -1 with errno where there is no Landlock. */
static int
create_ruleset (void)
{
  Ruleset ruleset = { 0 };
  int version = syscall (SYS_landlock_create_ruleset, NULL, 0,
      LANDLOCK_CREATE_RULESET_VERSION);

  if (version < 0)
    return -1;
  handle_all (&ruleset, version);
  return syscall (SYS_landlock_create_ruleset, &ruleset, sizeof (ruleset), 0);
}

/* What can't be opened needs no rule. */
static void
allow (int ruleset, const char *path, guint64 access)
{
  struct landlock_path_beneath_attr rule = {.allowed_access = access };

  rule.parent_fd = open (path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0)
    return;
  if (syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
          &rule, 0) < 0)
    g_debug ("no rule for %s: %s", path, g_strerror (errno));
  close (rule.parent_fd);
}

static void
allow_font_folders (int ruleset)
{
  FcStrList *folders = FcConfigGetFontDirs (NULL);
  const FcChar8 *folder;

  while ((folder = FcStrListNext (folders)))
    allow (ruleset, (const char *) folder, READ_DIR);
  FcStrListDone (folders);
}

/* A font may be a link to where the walls would be. */
static void
allow_linked_fonts (int ruleset)
{
  const FcFontSet *fonts = FcConfigGetFonts (NULL, FcSetSystem);

  for (int i = 0; fonts && i < fonts->nfont; i++) {
    FcChar8 *path;
    struct stat status;

    if (FcPatternGetString (fonts->fonts[i], FC_FILE, 0, &path)
        == FcResultMatch && lstat ((const char *) path, &status) == 0
        && S_ISLNK (status.st_mode))
      allow (ruleset, (const char *) path, LANDLOCK_ACCESS_FS_READ_FILE);
  }
}

int
sandbox_restrict_files (void)
{
  int ruleset = create_ruleset ();
  int error = 0;

  if (ruleset < 0)
    return errno;

  allow_font_folders (ruleset);
  allow_linked_fonts (ruleset);
  allow (ruleset, POPPLER_DATA_DIR, READ_DIR);
  if (syscall (SYS_landlock_restrict_self, ruleset, 0) < 0)
    error = errno;
  close (ruleset);
  return error;
}
