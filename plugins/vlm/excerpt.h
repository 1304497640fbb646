/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "secrets.h"

G_BEGIN_DECLS

/* The start of what another program wrote, to be quoted in a message: without
 * the secrets, which are looked for before anything is cut, on one line, without
 * control characters, and with “…” where it was cut behind `max_length`
 * characters. `text` is valid UTF-8; `secrets` may be NULL. */
char * excerpt_new (const char     *text,
                    guint           max_length,
                    const Secrets  *secrets);

G_END_DECLS
