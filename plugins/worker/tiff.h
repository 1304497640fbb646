/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#pragma once

#include "document.h"

Document * tiff_open (const guint8 *data, gsize size, GError **error);
