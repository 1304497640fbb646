/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>

G_DEFINE_QUARK (recto-page-status-quark, recto_page_status)
G_DEFINE_QUARK (recto-document-status-quark, recto_document_status)

static const char *
enum_nick (GType type, int value)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  GEnumValue *found = g_enum_get_value ((GEnumClass *) klass, value);

  /* Nicks are static strings of registered enums. */
  return found ? found->value_nick : "unknown";
}

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
  return enum_nick (RECTO_TYPE_PAGE_STATUS, status);
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
  return enum_nick (RECTO_TYPE_DOCUMENT_STATUS, status);
}
