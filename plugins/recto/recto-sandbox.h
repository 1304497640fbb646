/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/**
 * RectoSandbox:
 * @RECTO_SANDBOX_REQUIRED: without Landlock, resource limits and seccomp
 *   nothing is drawn; namespaces are used where they are allowed
 * @RECTO_SANDBOX_BEST_EFFORT: as many walls as this system has, down to none
 * @RECTO_SANDBOX_OFF: none but the limits of memory and time
 *
 * Whether render workers, which read documents that may be hostile, are to be
 * kept from the rest of the system.
 *
 * Since: 1.0
 */
typedef enum
{
  RECTO_SANDBOX_REQUIRED,
  RECTO_SANDBOX_BEST_EFFORT,
  RECTO_SANDBOX_OFF,
} RectoSandbox;

G_END_DECLS
