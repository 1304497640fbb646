/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-document.h>
#include <recto/recto-sandbox.h>

G_BEGIN_DECLS

#define RECTO_TYPE_RENDERER (recto_renderer_get_type ())
RECTO_API
G_DECLARE_FINAL_TYPE (RectoRenderer, recto_renderer, RECTO, RENDERER, GObject)

RECTO_API
RectoRenderer * recto_renderer_new           (void);

RECTO_API
guint           recto_renderer_get_n_workers (RectoRenderer *self);

RECTO_API
void            recto_renderer_set_n_workers (RectoRenderer *self,
                                              guint          n_workers);

RECTO_API
GstStructure *  recto_renderer_get_stats     (RectoRenderer *self);

G_END_DECLS
