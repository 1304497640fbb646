/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-rotation.h"

gboolean
vlm_rotation_is_upright (VlmRotation mode, const Answer * answer)
{
  return mode == VLM_ROTATION_NONE || answer->is_rotation_valid != 0;
}

/* The first attempt decides whether the page is turned at all. Then each
 * answer is followed, from where the image is by now. */
gboolean
vlm_page_rotation_follow (VlmPageRotation * self, const Answer * answer,
    gboolean first)
{
  if (first)
    self->follows = TRUE;
  if (!self->follows || answer->rotation == 0)
    return FALSE;
  self->angle = (self->angle + answer->rotation) % 360;
  return TRUE;
}
