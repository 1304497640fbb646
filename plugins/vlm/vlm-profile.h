/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where profiles of models are found, and how one is loaded.
 */

#pragma once

#include "vlm-profile-types.h"

G_BEGIN_DECLS

#define VLM_PROFILE_DEFAULT "olmocr-2"

/* By its name, or by the path of its file if there is a slash in it. A name is
 * looked for in the folders of RECTO_PROFILE_PATH, in the user's, and where
 * Recto is installed. Errors are G_IO_ERROR; they name the file, the group and
 * the key, or the profiles that there are. */
VlmProfile * vlm_profile_load  (const char   *name,
                                GError      **error);

VlmProfile * vlm_profile_ref   (VlmProfile   *self);

void         vlm_profile_unref (VlmProfile   *self);

/* The names of all that there are, sorted; some may not be readable. */
char **      vlm_profile_list  (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmProfile, vlm_profile_unref)

G_END_DECLS
