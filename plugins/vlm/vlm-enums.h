/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The choices that properties of vlminference are.
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  VLM_FALLBACK_TEXT_LAYER,
  VLM_FALLBACK_NONE,
} VlmFallback;

#define VLM_ROTATION_PROFILE (-1)

#define TYPE_VLM_FALLBACK (vlm_fallback_get_type ())
#define TYPE_VLM_GUIDED_DECODING (vlm_guided_decoding_get_type ())
#define TYPE_VLM_ROTATION (vlm_rotation_get_type ())

GType        vlm_fallback_get_type        (void);
GType        vlm_guided_decoding_get_type (void);
GType        vlm_rotation_get_type        (void);

const char * vlm_enum_get_nick            (GType  type,
                                           int    value);

G_END_DECLS
