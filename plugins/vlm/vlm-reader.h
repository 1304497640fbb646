/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pages that are being read. For the client's thread, but where it says
 * something else.
 */

#pragma once

#include <recto/recto.h>

#include "vlm-context.h"

G_BEGIN_DECLS

typedef struct _VlmReader VlmReader;

/* Any thread. All that the options point to outlives it, except the profile. */
VlmReader * vlm_reader_new        (const VlmOptions *options);

/* Any thread, once that of the client has ended. */
void        vlm_reader_free       (VlmReader        *self);

/* Before the server takes requests; takes `request`. */
void        vlm_reader_set_model  (VlmReader        *self,
                                   const char       *model,
                                   ChatRequest      *request);

/* Reads the page of `task`, which it answers. */
void        vlm_reader_read       (VlmReader        *self,
                                   RectoPageTask    *task);

/* Others wait for this one: begins the next attempt beside the one that
 * runs. */
void        vlm_reader_hedge      (VlmReader        *self,
                                   RectoPageTask    *task);

/* The run is over: drops all jobs that are not done. */
void        vlm_reader_drop_all   (VlmReader        *self);

/* Any thread. */
void        vlm_reader_get_counts (VlmReader        *self,
                                   VlmCounts        *counts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmReader, vlm_reader_free)

G_END_DECLS
