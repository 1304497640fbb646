/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. The functions block, in any thread; a cancellable ends them.
 */

#pragma once

#include <recto/recto-page.h>
#include <recto/recto-renderer.h>
#include <recto/recto-sandbox-private.h>
#include <recto/recto-worker-protocol.h>

G_BEGIN_DECLS

/* The bytes of a document in a sealed memfd. Pages that are not rendered yet
 * hold them; their renderer counts them and keeps their number and size
 * within bounds. */
typedef struct _RectoDocumentBytes RectoDocumentBytes;

/* What a document says of itself when it is opened. */
typedef struct
{
  guint n_pages;
  char *title;                  /* nullable */
  gboolean encrypted;           /* it cannot be opened without a password */
} RectoDocumentInfo;

/* A page's image, in ordinary memory. */
typedef struct
{
  GBytes *data;
  guint width, height;          /* pixels */
  guint stride;                 /* bytes a row, 0 when encoded */
  char *label;                  /* nullable */
  double page_width;            /* points, upright */
  double page_height;
  guint warnings;               /* parts of it may be missing */
} RectoRendering;

typedef struct
{
  RectoWorkerFormat format;
  guint quality;
  RectoWorkerLayout layout;
} RectoRenderOptions;

/* The domain of what is wrong with this system, and no document's fault, when
 * documents are opened and pages drawn: the run had better end. The codes are
 * those of G_IO_ERROR. */
#define RECTO_RENDERER_ERROR (recto_renderer_error_quark ())

RECTO_API
GQuark               recto_renderer_error_quark  (void);

/* Says that pages will come, and makes sure that they can be drawn. */
RECTO_API
gboolean             recto_renderer_start        (RectoRenderer             *self,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);

/* What workers are confined to, as their last start tells. FALSE: there was
 * none yet. */
RECTO_API
gboolean             recto_renderer_get_posture  (RectoRenderer             *self,
                                                  RectoPosture              *posture);

/* Says that no more come: the last one to say so ends the processes. */
RECTO_API
void                 recto_renderer_stop         (RectoRenderer             *self);

RECTO_API
RectoDocumentBytes * recto_renderer_reserve      (RectoRenderer             *self,
                                                  guint64                    size,
                                                  gboolean                   wait,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);

RECTO_API
RectoDocumentBytes * recto_document_bytes_ref    (RectoDocumentBytes        *self);

RECTO_API
void                 recto_document_bytes_unref  (RectoDocumentBytes        *self);

RECTO_API
gboolean             recto_document_bytes_read   (RectoDocumentBytes        *self,
                                                  int                        fd,
                                                  int                        copy_fd,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);

RECTO_API
const char *         recto_document_bytes_get_sha256
                                                 (RectoDocumentBytes        *self);

RECTO_API
void                 recto_document_bytes_set_password
                                                 (RectoDocumentBytes        *self,
                                                  const char                *password);

RECTO_API
gboolean             recto_renderer_open         (RectoRenderer             *self,
                                                  RectoDocumentBytes        *bytes,
                                                  RectoDocumentInfo         *info,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);

RECTO_API
gboolean             recto_renderer_render       (RectoRenderer             *self,
                                                  RectoPage                 *page,
                                                  const RectoRenderOptions  *options,
                                                  RectoRendering            *rendering,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);

RECTO_API
gboolean             recto_renderer_render_blank (RectoRenderer             *self,
                                                  const RectoRenderOptions  *options,
                                                  RectoRendering            *rendering,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);

RECTO_API
gboolean             recto_renderer_render_image (RectoRenderer             *self,
                                                  GBytes                    *image,
                                                  const RectoRenderOptions  *options,
                                                  RectoRendering            *rendering,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);

/* `described` is as recto_rendering_describe_page() makes it, and may be
 * NULL. */
RECTO_API
char *               recto_renderer_get_text     (RectoRenderer             *self,
                                                  RectoPage                 *page,
                                                  RectoPage                **described,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);

/* The same page with what is known once a worker has looked at it: its label,
 * its size and its warnings. It does not hold its document's bytes. */
RECTO_API
RectoPage *          recto_rendering_describe_page
                                                 (const RectoRendering      *rendering,
                                                  RectoPage                 *page);

RECTO_API
void                 recto_document_info_clear   (RectoDocumentInfo         *info);

RECTO_API
void                 recto_rendering_clear       (RectoRendering            *rendering);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoDocumentBytes, recto_document_bytes_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RectoDocumentInfo, recto_document_info_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RectoRendering, recto_rendering_clear)

G_END_DECLS
