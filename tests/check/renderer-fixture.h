/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A renderer, and how one draws a page with it in a test.
 */

#pragma once

#include <gst/check/gstcheck.h>

#include <recto/recto.h>
#include <recto/recto-document-private.h>
#include <recto/recto-page-private.h>

/* Whatever has been sent through it, the renderer must leave nothing. */
typedef struct
{
  RectoRenderer *renderer;
  guint n_fds;                  /* before there was one */
} RendererFixture;

extern const RectoRenderOptions png_options;
extern const RectoRenderOptions bgrx_options;

void                 renderer_fixture_init  (RendererFixture   *self);

/* Asserts that no process and no descriptor is left. */
void                 renderer_fixture_clear (RendererFixture   *self);

/* Takes `data`, which is read from a file. */
RectoDocumentBytes * read_document          (RectoRenderer     *renderer,
                                             GBytes            *data,
                                             GError           **error);

/* The same, opened. Asserts that it can be. */
RectoDocumentBytes * open_document          (RectoRenderer     *renderer,
                                             GBytes            *data);

/* Takes `data`, and asserts that it can't be opened. */
void                 assert_unopenable      (RectoRenderer     *renderer,
                                             GBytes            *data,
                                             const char        *password,
                                             RectoDocumentStatus status);

RectoPage *          lazy_page              (RectoDocumentBytes *bytes,
                                             guint              number);

gboolean             draw_page              (RectoRenderer     *renderer,
                                             RectoDocumentBytes *bytes,
                                             guint              number,
                                             GCancellable      *cancellable,
                                             GError           **error);

/* Opens a document of one page and draws it: the renderer works. */
void                 assert_works           (RectoRenderer     *renderer);

guint64              get_stat               (RectoRenderer     *renderer,
                                             const char        *name);
