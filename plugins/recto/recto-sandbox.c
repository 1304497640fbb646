/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-file-write-private.h>
#include <recto/recto-sandbox-private.h>

static const struct
{
  const char *name;
  gboolean required;
} walls[RECTO_WORKER_N_WALLS] = {
  /* Containers commonly forbid these. */
  [RECTO_WORKER_NAMESPACES] = {"namespaces", FALSE},
  [RECTO_WORKER_PRIVILEGES] = {"privileges", TRUE},
  [RECTO_WORKER_FILES] = {"landlock", TRUE},
  [RECTO_WORKER_RESOURCES] = {"rlimits", TRUE},
  [RECTO_WORKER_SYSCALLS] = {"seccomp", TRUE},
};

const char *
recto_sandbox_get_nick (RectoSandbox self)
{
  g_autoptr (GEnumClass) modes = g_type_class_ref (RECTO_TYPE_SANDBOX);

  return g_enum_get_value (modes, self)->value_nick;
}

const char *
recto_wall_get_name (RectoWorkerWall wall)
{
  g_return_val_if_fail (wall < RECTO_WORKER_N_WALLS, NULL);

  return walls[wall].name;
}

/* What the errno means of that wall alone; NULL: no more than it says. */
static const char *
explain (RectoWorkerWall wall, int error)
{
  if (wall == RECTO_WORKER_FILES && error == ENOSYS)
    return _("the kernel has no Landlock: it takes Linux 5.13, built with it");
  if (wall == RECTO_WORKER_FILES && error == EOPNOTSUPP)
    return _("Landlock was not enabled when the kernel started: it has to be "
        "in “lsm=” of its command line");
  if (wall == RECTO_WORKER_FILES && error == EPERM)
    return _("the seccomp profile of this container forbids Landlock: that of "
        "a newer container engine allows it");
  if (wall == RECTO_WORKER_SYSCALLS && (error == EINVAL || error == ENOSYS))
    return _("the kernel was built without seccomp filters");
  if (wall == RECTO_WORKER_NAMESPACES)
    return _("user namespaces are not allowed here, as is common in "
        "containers; the other walls do without them");
  return NULL;
}

char *
recto_posture_dup_reason (const RectoPosture * self, RectoWorkerWall wall)
{
  const char *meaning;
  int error;

  g_return_val_if_fail (wall < RECTO_WORKER_N_WALLS, NULL);

  error = self->errors[wall];
  if (error == 0)
    return NULL;
  if (error < 0)
    return g_strdup (_("not asked for"));

  meaning = explain (wall, error);
  if (meaning == NULL)
    return g_strdup (recto_file_strerror (error));
  /* Translators: what is wrong, and how the system calls it */
  return g_strdup_printf (_("%s (%s)"), meaning, g_strerror (error));
}

gboolean
recto_posture_check (const RectoPosture * self, RectoSandbox sandbox,
    GError ** error)
{
  if (sandbox != RECTO_SANDBOX_REQUIRED)
    return TRUE;

  for (guint i = 0; i < RECTO_WORKER_N_WALLS; i++) {
    g_autofree char *reason = recto_posture_dup_reason (self, i);

    if (reason == NULL || !walls[i].required)
      continue;
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
        _("Documents can't be kept from the rest of this system, so none is "
            "opened: %s: %s. “recto sandbox” tells more; “sandbox” can be set "
            "to “best-effort” where all documents are trusted."),
        walls[i].name, reason);
    return FALSE;
  }
  return TRUE;
}
