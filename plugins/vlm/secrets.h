/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The keys that requests carry. A server may quote them in its words, so those
 * words pass through here before they are shortened, logged or recorded.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Immutable once all secrets were added; then for any thread. */
typedef struct _Secrets Secrets;

Secrets * secrets_new    (void);

void      secrets_free   (Secrets        *self);

/* `secret` may be NULL. */
void      secrets_add    (Secrets        *self,
                          const char     *secret);

/* `text` with “***” for each secret, also for one that is escaped as in JSON,
 * URLs or markup. `self` may be NULL. */
char *    secrets_redact (const Secrets  *self,
                          const char     *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Secrets, secrets_free)

G_END_DECLS
