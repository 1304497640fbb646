/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "recto-page-cause-private.h"

G_DEFINE_QUARK (recto-page-cause-quark, recto_page_cause)

const char *
recto_page_cause_to_string (RectoPageCause cause)
{
  switch (cause) {
    case RECTO_PAGE_CAUSE_SERVER_DIED:
      return "server-died";
  }
  g_return_val_if_reached ("failed");
}
