/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How tokens are drawn, attempt by attempt: each parameter has a list of
 * values, the last of which holds for all later attempts.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VlmSampling VlmSampling;

VlmSampling * vlm_sampling_new     (void);

void          vlm_sampling_free    (VlmSampling       *self);

/* `values` has one at least. */
void          vlm_sampling_add     (VlmSampling       *self,
                                    const char        *parameter,
                                    const double      *values,
                                    guint              n_values);

/* A JSON array with an object for each attempt, "[{}]" if none differs from
 * what the server does by itself. */
char *        vlm_sampling_to_json (const VlmSampling *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmSampling, vlm_sampling_free)

G_END_DECLS
