/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One Tesseract, for one thread at a time.
 */

#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

typedef struct _TesseractEngine TesseractEngine;

/* Loads the data of `languages` (`eng+deu`). Fails when that of one of them
 * is missing, and says what to install. `mode` is a TessPageSegMode. */
TesseractEngine * tesseract_engine_new  (const char       *languages,
                                         int               mode,
                                         GError          **error);

void              tesseract_engine_free (TesseractEngine  *self);

/* Reads a GRAY8, RGB or BGRx image of `ppi` pixels an inch (0: not known).
 * `confidence`, 0 to 1, is left alone where there is no text. */
char *            tesseract_engine_read (TesseractEngine  *self,
                                         GstVideoFrame    *image,
                                         guint             ppi,
                                         double           *confidence,
                                         GCancellable     *cancellable,
                                         GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TesseractEngine, tesseract_engine_free)

G_END_DECLS
