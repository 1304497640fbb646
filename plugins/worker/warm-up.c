/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What costs time once and is the same for every document happens before the
 * first fork, and before any document's bytes are there. What is read from files
 * for the first time later would find them closed.
 */

#include "config.h"

#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>

#include "document.h"
#include "warm-up.h"

/* A page in a font that is not embedded, as the oldest documents have it.
 * There is no cross-reference table: the parser makes one. */
static const char page[] =
    "%PDF-1.4\n"
    "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
    "2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n"
    "3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 5 0 R"
    "/Resources<</Font<</F 4 0 R>>>>>> endobj\n"
    "4 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n"
    "5 0 obj <</Length 30>> stream\n"
    "BT /F 9 Tf 9 9 Td (Recto) Tj ET\n"
    "endstream endobj\n"
    "trailer <</Root 1 0 R>>\n";

static void
warm_up_fonts (void)
{
  FcPattern *pattern = FcPatternCreate ();
  FcPattern *match;
  FcResult result;

  FcInit ();
  /* Fonts that are installed meanwhile wait for the next run: a child could not
   * read their configuration, and pages of one run look alike. */
  FcConfigSetRescanInterval (NULL, 0);
  FcConfigSubstitute (NULL, pattern, FcMatchPattern);
  FcDefaultSubstitute (pattern);
  match = FcFontMatch (NULL, pattern, &result);

  g_clear_pointer (&match, FcPatternDestroy);
  FcPatternDestroy (pattern);
}

/* Poppler forgets its tables when the last document is closed, and each child
 * would read them anew: so this one stays open. */
static void
warm_up_drawing (void)
{
  static Document *document;
  const RectoWorkerLayout layout = { .exact = 99 };
  Raster raster = { NULL, };
  Placement placement;

  document = document_open ((const guint8 *) page, strlen (page), NULL, NULL);
  if (!document)
    return;

  layout_place (&layout, 99, 99, &placement);
  raster_alloc (&raster, 99, 99);
  document_draw (document, 1, &raster, &placement, NULL);

  raster_clear (&raster);
}

/* Titles and labels of PDFs are in UTF-16, and what is said in a PNG is in
 * ISO 8859-1. The C library converts each with a module of its own, which stays
 * loaded while a converter is open, so these are. */
static void
warm_up_text (void)
{
  static const char *const charsets[] = { "UTF-16BE", "ISO-8859-1" };
  static GIConv converters[G_N_ELEMENTS (charsets)];

  for (guint i = 0; i < G_N_ELEMENTS (charsets); i++) {
    converters[i] = g_iconv_open ("UTF-8", charsets[i]);
    if (converters[i] == (GIConv) -1)
      g_debug ("there is no %s", charsets[i]);
  }
}

static void
warm_up_images (void)
{
  static const char *const types[] = { "png", "jpeg" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    GdkPixbufLoader *loader =
        gdk_pixbuf_loader_new_with_type (types[i], NULL);

    if (loader)
      gdk_pixbuf_loader_close (loader, NULL);
    g_clear_object (&loader);
  }
}

void
warm_up (void)
{
  warm_up_fonts ();
  warm_up_drawing ();
  warm_up_text ();
  warm_up_images ();
}
