/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. One call of a renderer: a worker is had, asked, not believed
 * and given back.
 */

#pragma once

#include <recto/recto-document-bytes-private.h>

G_BEGIN_DECLS

typedef struct
{
  RectoWorkerPool *pool;
  RectoWorkerLimits limits;
  RectoDocumentBytes *bytes;    /* NULL: no document */
  RectoPage *page;              /* NULL: none in particular */
  GCancellable *cancellable;

  /* Private. */
  RectoWorker *worker;
  RectoWorkerFate fate;
} RectoRenderJob;

/* Errors are of RECTO_DOCUMENT_ERROR, of RECTO_PAGE_ERROR when opening it took
 * too much, or of G_IO_ERROR when it is not the document's fault. */
gboolean recto_render_job_open   (RectoRenderJob            *self,
                                  RectoDocumentInfo         *info,
                                  GError                   **error);

/* Errors are of RECTO_PAGE_ERROR or G_IO_ERROR. Page 0 is a blank one. */
gboolean recto_render_job_render (RectoRenderJob            *self,
                                  guint                      page,
                                  const RectoRenderOptions  *options,
                                  RectoRendering            *rendering,
                                  GError                   **error);

/* The same errors. Returns valid UTF-8; of `rendering`, what it has of the
 * page is set. */
char *   recto_render_job_text   (RectoRenderJob            *self,
                                  guint                      page,
                                  RectoRendering            *rendering,
                                  GError                   **error);

G_END_DECLS
