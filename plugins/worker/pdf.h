/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#pragma once

#include "document.h"

Document * pdf_open (const guint8 *data, gsize size, const char *password,
                     GError **error);
