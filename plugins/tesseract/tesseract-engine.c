/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <omp.h>
#include <tesseract/capi.h>

#include <recto/recto.h>

#include "tesseract-engine.h"

/* Tesseract's coordinates are of 16 bits. */
#define MAX_SIDE G_MAXINT16

struct _TesseractEngine
{
  TessBaseAPI *api;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ETEXT_DESC, TessMonitorDelete)

/* Tesseract chats on the standard error, several lines a page. Where to is a
 * variable of the process, which must not change while an engine runs: so it
 * is set with the first. */
static void
silence (TessBaseAPI * api)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    TessBaseAPISetVariable (api, "debug_file", "/dev/null");
    g_once_init_leave (&done, 1);
  }
}

/* The languages to load, and the detector of scripts where `mode` needs it.
 * “~” marks a language that is not to be loaded. */
static GPtrArray *
list_data (const char *languages, int mode)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (languages, "+", -1);

  for (char **part = parts; *part; part++)
    if (**part != '\0' && **part != '~')
      g_ptr_array_add (names, g_strdup (*part));
  if (names->len > 0 && (mode == PSM_AUTO_OSD || mode == PSM_SPARSE_TEXT_OSD))
    g_ptr_array_add (names, g_strdup ("osd"));

  return names;
}

static char *
get_debian_package (const char *name)
{
  g_autofree char *suffix = g_ascii_strdown (name, -1);

  /* Data of scripts lie in packages with other names. */
  if (strchr (name, '/'))
    return g_strdup ("tesseract-ocr-all");

  return g_strconcat ("tesseract-ocr-", g_strdelimit (suffix, "_", '-'), NULL);
}

/* Tesseract itself goes on with whatever languages it finds. */
static gboolean
check_data (TessBaseAPI * api, GPtrArray * names, GError ** error)
{
  const char *folder = TessBaseAPIGetDatapath (api);
  g_autoptr (GString) missing = g_string_new (NULL);
  g_autoptr (GString) packages = g_string_new (NULL);
  guint n_missing = 0;

  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    g_autofree char *file = g_strconcat (name, ".traineddata", NULL);
    g_autofree char *path = g_build_filename (folder, file, NULL);
    g_autofree char *package = get_debian_package (name);

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    g_string_append_printf (missing, n_missing ? ", “%s”" : "“%s”", name);
    g_string_append_printf (packages, n_missing ? " %s" : "%s", package);
    n_missing++;
  }

  if (n_missing == 0)
    return TRUE;

  g_set_error (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT,
      g_dngettext (GETTEXT_PACKAGE,
          "Tesseract has no data for %s in “%s”. Install the Debian "
          "package “%s”, or set TESSDATA_PREFIX to the folder that has them.",
          "Tesseract has no data for %s in “%s”. Install the Debian "
          "packages “%s”, or set TESSDATA_PREFIX to the folder that has them.",
          n_missing), missing->str, folder, packages->str);
  return FALSE;
}

TesseractEngine *
tesseract_engine_new (const char *languages, int mode, GError ** error)
{
  g_autoptr (TesseractEngine) self = g_new0 (TesseractEngine, 1);
  g_autoptr (GPtrArray) names = list_data (languages, mode);
  int failed;

  if (names->len == 0) {
    g_set_error_literal (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS,
        _("No language is set. Set “language”, for example to “eng”."));
    return NULL;
  }

  self->api = TessBaseAPICreate ();
  silence (self->api);
  failed = TessBaseAPIInit3 (self->api, NULL, languages);
  /* Only now it knows where its data are. */
  if (!check_data (self->api, names, error))
    return NULL;
  if (failed) {
    g_set_error (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT,
        _("Tesseract could not load “%s” from “%s”."), languages,
        TessBaseAPIGetDatapath (self->api));
    return NULL;
  }
  TessBaseAPISetPageSegMode (self->api, mode);

  return g_steal_pointer (&self);
}

void
tesseract_engine_free (TesseractEngine * self)
{
  if (self->api)
    TessBaseAPIDelete (self->api);
  g_free (self);
}

static guint8 *
copy_bgrx_as_rgb (GstVideoFrame * image)
{
  int width = GST_VIDEO_FRAME_WIDTH (image);
  int height = GST_VIDEO_FRAME_HEIGHT (image);
  int stride = GST_VIDEO_FRAME_PLANE_STRIDE (image, 0);
  const guint8 *row = GST_VIDEO_FRAME_PLANE_DATA (image, 0);
  guint8 *copy = g_malloc_n ((gsize) width * height, 3);
  guint8 *to = copy;

  for (int y = 0; y < height; y++, row += stride) {
    for (int x = 0; x < width; x++, to += 3) {
      to[0] = row[4 * x + 2];
      to[1] = row[4 * x + 1];
      to[2] = row[4 * x];
    }
  }

  return copy;
}

/* The engine copies the image. Colours are left to it: it separates the
 * writing from its ground by the colour that differs most. */
static void
set_image (TesseractEngine * self, GstVideoFrame * image)
{
  int width = GST_VIDEO_FRAME_WIDTH (image);
  int height = GST_VIDEO_FRAME_HEIGHT (image);

  if (GST_VIDEO_FRAME_FORMAT (image) == GST_VIDEO_FORMAT_BGRx) {
    g_autofree guint8 *rgb = copy_bgrx_as_rgb (image);

    TessBaseAPISetImage (self->api, rgb, width, height, 3, 3 * width);
  } else {
    TessBaseAPISetImage (self->api, GST_VIDEO_FRAME_PLANE_DATA (image, 0),
        width, height, GST_VIDEO_FRAME_COMP_PSTRIDE (image, 0),
        GST_VIDEO_FRAME_PLANE_STRIDE (image, 0));
  }
}

static gboolean
check_size (GstVideoFrame * image, GError ** error)
{
  int width = GST_VIDEO_FRAME_WIDTH (image);
  int height = GST_VIDEO_FRAME_HEIGHT (image);

  if (width <= MAX_SIDE && height <= MAX_SIDE)
    return TRUE;

  g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
      _("The image has %d × %d pixels, and Tesseract reads at most %d × %d."),
      width, height, MAX_SIDE, MAX_SIDE);
  return FALSE;
}

static bool
is_cancelled (void *cancellable, int n_words)
{
  return g_cancellable_is_cancelled (cancellable);
}

static gboolean
recognize (TesseractEngine * self, GCancellable * cancellable, GError ** error)
{
  g_autoptr (ETEXT_DESC) monitor = TessMonitorCreate ();
  int failed;

  TessMonitorSetCancelFunc (monitor, is_cancelled);
  TessMonitorSetCancelThis (monitor, cancellable);

  /* Tesseract's own threads make a page slower on the whole, and there is a
   * page for each processor already. The setting is of the calling thread. */
  omp_set_max_active_levels (0);
  failed = TessBaseAPIRecognize (self->api, monitor);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (failed)
    g_set_error_literal (error, RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("Tesseract could not read the image."));
  return !failed;
}

static char *
get_text (TesseractEngine * self, double *confidence)
{
  char *utf8 = TessBaseAPIGetUTF8Text (self->api);
  char *text = g_strchomp (g_strdup (utf8 ? utf8 : ""));

  if (*text != '\0')
    *confidence = TessBaseAPIMeanTextConf (self->api) / 100.0;
  TessDeleteText (utf8);

  return text;
}

char *
tesseract_engine_read (TesseractEngine * self, GstVideoFrame * image,
    guint ppi, double *confidence, GCancellable * cancellable, GError ** error)
{
  char *text = NULL;

  if (!check_size (image, error))
    return NULL;

  set_image (self, image);
  if (ppi > 0)
    TessBaseAPISetSourceResolution (self->api, ppi);
  if (recognize (self, cancellable, error))
    text = get_text (self, confidence);
  /* What it learnt of this page must not change the next. */
  TessBaseAPIClearAdaptiveClassifier (self->api);
  TessBaseAPIClear (self->api);

  return text;
}
