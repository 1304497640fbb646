/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The keys of a profile and what each of them takes.
 */

#pragma once

#include "vlm-profile-types.h"
#include "vlm-sampling.h"

G_BEGIN_DECLS

/* What they fill in. */
typedef struct
{
  VlmProfile *profile;
  VlmSampling *sampling;
} VlmProfileDraft;

typedef struct _VlmProfileKey VlmProfileKey;

struct _VlmProfileKey
{
  const char *group;
  const char *name;

  /* Errors say what is wrong with the value. */
  gboolean (*read) (const VlmProfileKey * self, const char *value,
      const VlmProfileDraft * draft, GError ** error);
  gsize offset;                 /* of the profile's field */
  double min, max;
  gboolean has_fractions;
  const char *choices[3];
};

/* NULL when there are no more. */
const VlmProfileKey * vlm_profile_key_nth  (guint        n);

/* The group's first one if `name` is NULL; NULL if there is none. */
const VlmProfileKey * vlm_profile_key_find (const char  *group,
                                            const char  *name);

/* The names of a group's keys, or of the groups if it is NULL, with commas. */
char *                vlm_profile_key_list (const char  *group);

G_END_DECLS
