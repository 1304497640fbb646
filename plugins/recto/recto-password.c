/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <recto/recto.h>
#include <recto/recto-password-private.h>

void
recto_password_clear (char **password)
{
  if (*password)
    explicit_bzero (*password, strlen (*password));
  g_clear_pointer (password, g_free);
}
