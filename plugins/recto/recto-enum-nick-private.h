/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. The words that records carry for the values of enums.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* A static string. */
RECTO_API
const char * recto_enum_get_nick (GType  type,
                                  int    value);

G_END_DECLS
