/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-enum-nick-private.h>

G_DEFINE_QUARK (recto-page-status-quark, recto_page_status)
G_DEFINE_QUARK (recto-document-status-quark, recto_document_status)

/**
 * recto_page_status_to_string:
 * @status: a status
 *
 * The word that records carry for @status, such as `render-failed`.
 *
 * Returns: the status's nick
 *
 * Since: 1.0
 */
const char *
recto_page_status_to_string (RectoPageStatus status)
{
  return recto_enum_get_nick (RECTO_TYPE_PAGE_STATUS, status);
}

/**
 * recto_document_status_to_string:
 * @status: a status
 *
 * The word that records carry for @status, such as `encrypted`.
 *
 * Returns: the status's nick
 *
 * Since: 1.0
 */
const char *
recto_document_status_to_string (RectoDocumentStatus status)
{
  return recto_enum_get_nick (RECTO_TYPE_DOCUMENT_STATUS, status);
}
