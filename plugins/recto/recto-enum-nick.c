/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto-enum-nick-private.h>

const char *
recto_enum_get_nick (GType type, int value)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  GEnumValue *found = g_enum_get_value ((GEnumClass *) klass, value);

  /* Nicks are static strings of registered enums. */
  return found ? found->value_nick : "unknown";
}
