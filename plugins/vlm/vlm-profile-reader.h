/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The text of a profile: a key file of which every group, key and value has
 * to be known.
 */

#pragma once

#include "vlm-profile-types.h"

G_BEGIN_DECLS

/* Fills in all that the text of the file `self->path` says. A zero byte is to
 * follow on it. */
gboolean vlm_profile_reader_read (VlmProfile  *self,
                                  const char  *text,
                                  gsize        length,
                                  GError     **error);

G_END_DECLS
