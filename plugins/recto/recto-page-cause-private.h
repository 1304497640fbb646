/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 *
 * Errors of failed pages whose code says more than the page's status.
 */

#pragma once

#include <glib.h>
#include <recto/recto-prelude.h>

G_BEGIN_DECLS

typedef enum
{
  RECTO_PAGE_CAUSE_SERVER_DIED, /* each time when it was asked for the page */
} RectoPageCause;

#define RECTO_PAGE_CAUSE (recto_page_cause_quark ())
RECTO_API
GQuark       recto_page_cause_quark     (void);

/* As records have it. */
const char * recto_page_cause_to_string (RectoPageCause cause);

G_END_DECLS
