/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* Wipes a password before it is freed, and sets it to NULL, which it may be. */
RECTO_API
void recto_password_clear (char **password);

G_END_DECLS
