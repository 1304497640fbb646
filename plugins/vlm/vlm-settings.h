/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How pages are asked for: what the user set, and what the profile says where
 * nothing was set.
 */

#pragma once

#include "chat-request.h"
#include "vlm-profile.h"

G_BEGIN_DECLS

/* What a user may set; NULL and 0 leave it to the profile. */
typedef struct
{
  char *profile;
  char *prompt;
  char *system_prompt;
  guint max_tokens;
  guint max_context;
  char *sampling;
  char *extra_body;
  ChatGuide guide;
  int rotation;                 /* VlmRotation, -1: the profile's */
} VlmRequestedSettings;

/* Immutable. */
typedef struct
{
  VlmProfile *profile;
  char *prompt;                 /* nullable, as what follows */
  char *system_prompt;
  char *sampling;               /* JSON without white space, as extra_body */
  char *extra_body;
  guint max_tokens;
  guint max_context;
  ChatGuide guide;
  VlmRotation rotation;
} VlmSettings;

void          vlm_requested_settings_clear
                                       (VlmRequestedSettings *self);

/* Errors name the setting, or the profile and what is wrong in it. */
VlmSettings * vlm_settings_new         (const VlmRequestedSettings *requested,
                                        GError            **error);

VlmSettings * vlm_settings_ref         (VlmSettings        *self);

void          vlm_settings_unref       (VlmSettings        *self);

/* `model` may be ""; then the request is only to be looked at. */
ChatRequest * vlm_settings_new_request (const VlmSettings  *self,
                                        const char         *model,
                                        GError            **error);

/* All of it that shapes answers, under the names of properties. */
void          vlm_settings_describe    (const VlmSettings  *self,
                                        GVariantDict       *config);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmSettings, vlm_settings_unref)

G_END_DECLS
