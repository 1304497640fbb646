/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a child gives up before it reads the first byte of a document. The
 * order of the layers is: no new privileges and not dumpable, namespaces,
 * Landlock, resource limits, seccomp.
 */

#include "config.h"

#include <sys/resource.h>

#include "sandbox.h"

void
sandbox_enter (void)
{
  const struct rlimit none = { 0, 0 };

  /* A core would leave a document's bytes on the disk. */
  setrlimit (RLIMIT_CORE, &none);
}
