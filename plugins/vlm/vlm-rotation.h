/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How the image of a page is turned until the model finds the page upright.
 */

#pragma once

#include "answer.h"
#include "vlm-profile-types.h"

G_BEGIN_DECLS

typedef struct
{
  guint angle;                  /* of the image that is sent, in degrees
                                 * counter-clockwise */
  gboolean follows;             /* each answer, since the first one asked for
                                 * it */
} VlmPageRotation;

gboolean vlm_rotation_is_upright  (VlmRotation       mode,
                                   const Answer     *answer);

/* Takes in an answer that says that the page is not upright. `first`: there
 * was no attempt before it. TRUE: the image has to be turned. */
gboolean vlm_page_rotation_follow (VlmPageRotation  *self,
                                   const Answer     *answer,
                                   gboolean          first);

G_END_DECLS
