/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#pragma once

#include <glib.h>

#include <recto/recto-worker-protocol.h>

#include "layout.h"
#include "raster.h"

/* Errors are RectoWorkerStatus; their messages go to the parent. */
#define DOCUMENT_ERROR (document_error_quark ())

/* The most bytes that one decoded image may take. */
#define DOCUMENT_MAX_IMAGE_BYTES ((guint64) 1 << 30)

typedef struct _Document Document;

typedef struct
{
  double width, height;         /* points, upright */
  char *label;                  /* nullable */
} PageInfo;

/* A kind of document. Pages count from 1; text is optional. */
typedef struct
{
  gboolean (*describe) (Document *document, guint page, PageInfo *info,
                        GError **error);
  gboolean (*draw)     (Document *document, guint page, Raster *raster,
                        const Placement *placement, GError **error);
  char *   (*get_text) (Document *document, guint page, GError **error);
  void     (*free)     (Document *document);
} DocumentKind;

struct _Document
{
  const DocumentKind *kind;
  guint n_pages;
  char *title;                  /* nullable */
  gboolean encrypted;           /* it took the password to open it */
};

GQuark     document_error_quark (void);

Document * document_open        (const guint8 *data, gsize size,
                                 const char *password, GError **error);

gboolean   document_describe    (Document *document, guint page,
                                 PageInfo *info, GError **error);

gboolean   document_draw        (Document *document, guint page,
                                 Raster *raster, const Placement *placement,
                                 GError **error);

char *     document_get_text    (Document *document, guint page,
                                 GError **error);

void       document_free        (Document *document);
