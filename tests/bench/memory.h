/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* What /proc/self/status has by that name, in kB; -1 if it has not. */
long get_memory (const char *name);
