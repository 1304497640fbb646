/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-tesseractinference
 * @title: tesseractinference
 * @short_description: reads pages with Tesseract
 *
 * Reads images with the OCR engine Tesseract, in this process and without a
 * server. Several pages are read at a time, each with an engine of its own.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q pdfsrc location=data/samples/prose.pdf ! pagerasterizer ! tesseractinference ! jsonlsink location=-
 * ]|
 *
 * Since: 1.0
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <tesseract/capi.h>
#include <gst/video/video.h>

#include "gsttesseractinference.h"
#include "tesseract-engine.h"

GST_DEBUG_CATEGORY_STATIC (gst_recto_tesseract_inference_debug);
#define GST_CAT_DEFAULT gst_recto_tesseract_inference_debug

#define DEFAULT_LANGUAGE "eng"
#define DEFAULT_PAGE_SEGMENTATION_MODE PSM_AUTO
#define DEFAULT_N_THREADS 0

/* Pixels. Measured on 28 pages of 24 documents with a text of their own, in
 * the mode “auto”, as the part of words read right and CPU seconds a page:
 *
 *   longest side   1288  1800  2200  2480  3000  3508
 *   words right    0.83  0.87  0.89  0.90  0.91  0.90
 *   CPU seconds    0.94  1.24  1.40  1.47  1.61  1.73
 *
 * Beyond 2480 the gain is no more than chance would make, while the images go
 * on growing with the square. */
#define LONGEST_SIDE 2480

struct _GstRectoTesseractInference
{
  RectoInference parent_instance;

  /* Properties, under the object's lock. */
  char *language;
  int mode;

  /* Engines that nobody reads with. There are never more of them than there
   * were pages in flight. */
  GMutex lock;
  GQueue idle;
};

enum
{
  PROP_0,
  PROP_LANGUAGE,
  PROP_PAGE_SEGMENTATION_MODE,
  PROP_N_THREADS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE_WITH_CODE (GstRectoTesseractInference,
    gst_recto_tesseract_inference, RECTO_TYPE_INFERENCE,
    GST_DEBUG_CATEGORY_INIT (gst_recto_tesseract_inference_debug,
        "tesseractinference", 0, "OCR with Tesseract"))

GST_ELEMENT_REGISTER_DEFINE (tesseractinference, "tesseractinference",
    GST_RANK_NONE, GST_TYPE_RECTO_TESSERACT_INFERENCE)

/* In the order of preference. Grey is enough for most pages and a quarter of
 * the bytes. */
static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE ("{ GRAY8, RGB, BGRx }")));

/* Tesseract's modes, but for those that give no text. */
#define TYPE_MODE (gst_recto_tesseract_mode_get_type ())
static GType
gst_recto_tesseract_mode_get_type (void)
{
  static const GEnumValue values[] = {
    {PSM_AUTO_OSD, "Automatic, with orientation and script", "auto-osd"},
    {PSM_AUTO, "Automatic", "auto"},
    {PSM_SINGLE_COLUMN, "A column of text of variable sizes", "single-column"},
    {PSM_SINGLE_BLOCK_VERT_TEXT, "A block of vertical text",
        "single-block-vert-text"},
    {PSM_SINGLE_BLOCK, "A block of text", "single-block"},
    {PSM_SINGLE_LINE, "A line of text", "single-line"},
    {PSM_SINGLE_WORD, "A word", "single-word"},
    {PSM_CIRCLE_WORD, "A word in a circle", "circle-word"},
    {PSM_SINGLE_CHAR, "A character", "single-char"},
    {PSM_SPARSE_TEXT, "As much text as possible in no particular order",
        "sparse-text"},
    {PSM_SPARSE_TEXT_OSD, "Sparse text, with orientation and script",
        "sparse-text-osd"},
    {PSM_RAW_LINE, "A line of text, as it is", "raw-line"},
    {0, NULL, NULL}
  };
  static GType type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static
        ("GstRectoTesseractPageSegmentationMode", values));
  return type;
}

static char *
dup_settings (GstRectoTesseractInference * self, int *mode)
{
  char *language;

  GST_OBJECT_LOCK (self);
  language = g_strdup (self->language);
  *mode = self->mode;
  GST_OBJECT_UNLOCK (self);

  return language;
}

/* Engines */

static TesseractEngine *
borrow_engine (GstRectoTesseractInference * self, GError ** error)
{
  g_autofree char *language = NULL;
  TesseractEngine *engine;
  int mode;

  g_mutex_lock (&self->lock);
  engine = g_queue_pop_head (&self->idle);
  g_mutex_unlock (&self->lock);
  if (engine)
    return engine;

  language = dup_settings (self, &mode);
  GST_DEBUG_OBJECT (self, "loading “%s”", language);
  return tesseract_engine_new (language, mode, error);
}

static void
return_engine (GstRectoTesseractInference * self, TesseractEngine * engine)
{
  g_mutex_lock (&self->lock);
  g_queue_push_head (&self->idle, engine);
  g_mutex_unlock (&self->lock);
}

static void
free_engines (GstRectoTesseractInference * self)
{
  g_queue_clear_full (&self->idle, (GDestroyNotify) tesseract_engine_free);
}

static gboolean
gst_recto_tesseract_inference_start (RectoPageTransform * transform,
    GError ** error)
{
  GstRectoTesseractInference *self =
      GST_RECTO_TESSERACT_INFERENCE (transform);
  TesseractEngine *engine = borrow_engine (self, error);

  if (engine == NULL)
    return FALSE;

  return_engine (self, engine);
  return TRUE;
}

static void
gst_recto_tesseract_inference_stop (RectoPageTransform * transform)
{
  free_engines (GST_RECTO_TESSERACT_INFERENCE (transform));
}

/* Reading */

/* Pixels an inch, 0 when the page doesn't say how large it is. */
static guint
get_resolution (GstBuffer * buffer, const GstVideoInfo * info)
{
  RectoPage *page = recto_buffer_get_page (buffer);
  double width, height, ppi;

  if (page == NULL || !recto_page_get_size (page, &width, &height) ||
      MAX (width, height) <= 0)
    return 0;

  ppi = MAX (info->width, info->height) * 72 / MAX (width, height);
  return CLAMP (ppi + 0.5, 0, 10000);
}

static char *
read_frame (GstRectoTesseractInference * self, GstVideoFrame * frame,
    RectoResult * result, GCancellable * cancellable, GError ** error)
{
  guint ppi = get_resolution (frame->buffer, &frame->info);
  TesseractEngine *engine = borrow_engine (self, error);
  double confidence = -1;
  char *text;

  if (engine == NULL)
    return NULL;

  GST_DEBUG_OBJECT (self, "reading %d × %d pixels, %u an inch",
      frame->info.width, frame->info.height, ppi);
  text = tesseract_engine_read (engine, frame, ppi, &confidence, cancellable,
      error);
  return_engine (self, engine);
  if (text && confidence >= 0)
    recto_result_set_confidence (result, confidence);

  return text;
}

static void
describe_result (GstRectoTesseractInference * self, RectoResult * result)
{
  g_autofree char *model = g_strdup_printf ("tesseract %s", TessVersion ());
  int mode;
  g_autofree char *language = dup_settings (self, &mode);

  recto_result_set_model (result, model);
  recto_result_set_source (result, RECTO_TEXT_SOURCE_OCR);
  recto_result_set_language (result, language);
}

static char *
gst_recto_tesseract_inference_infer (RectoInference * inference,
    GstSample * image, RectoResult * result, GCancellable * cancellable,
    GError ** error)
{
  GstRectoTesseractInference *self =
      GST_RECTO_TESSERACT_INFERENCE (inference);
  GstCaps *caps = gst_sample_get_caps (image);
  GstVideoInfo info;
  GstVideoFrame frame;
  char *text;

  if (caps == NULL || !gst_video_info_from_caps (&info, caps) ||
      !gst_video_frame_map (&frame, &info, gst_sample_get_buffer (image),
          GST_MAP_READ)) {
    g_set_error_literal (error, RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("The buffer does not hold the image that its caps promise."));
    return NULL;
  }

  describe_result (self, result);
  text = read_frame (self, &frame, result, cancellable, error);
  gst_video_frame_unmap (&frame);

  return text;
}

static void
gst_recto_tesseract_inference_describe_image (RectoInference * inference,
    RectoImageRequest * request)
{
  request->longest = LONGEST_SIDE;
}

/* Another version of the library reads other text with the same settings. The
 * threads are effort. */
static void
gst_recto_tesseract_inference_describe_config (RectoPageTransform * transform,
    GVariantDict * config)
{
  GstRectoTesseractInference *self =
      GST_RECTO_TESSERACT_INFERENCE (transform);
  int mode;
  g_autofree char *language = dup_settings (self, &mode);

  g_variant_dict_insert (config, "language", "s", language);
  g_variant_dict_insert (config, "page-segmentation-mode", "i", mode);
  g_variant_dict_insert (config, "version", "s", TessVersion ());
}

/* The object */

static void
set_language (GstRectoTesseractInference * self, const char *language)
{
  g_free (self->language);
  self->language = g_strdup (language ? language : DEFAULT_LANGUAGE);
}

static void
gst_recto_tesseract_inference_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  GstRectoTesseractInference *self = GST_RECTO_TESSERACT_INFERENCE (object);

  if (prop_id == PROP_N_THREADS) {
    g_object_set_property (object, "max-in-flight", value);
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_LANGUAGE:
      set_language (self, g_value_get_string (value));
      break;
    case PROP_PAGE_SEGMENTATION_MODE:
      self->mode = g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_tesseract_inference_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  GstRectoTesseractInference *self = GST_RECTO_TESSERACT_INFERENCE (object);

  if (prop_id == PROP_N_THREADS) {
    g_object_get_property (object, "max-in-flight", value);
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_LANGUAGE:
      g_value_set_string (value, self->language);
      break;
    case PROP_PAGE_SEGMENTATION_MODE:
      g_value_set_enum (value, self->mode);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_tesseract_inference_finalize (GObject * object)
{
  GstRectoTesseractInference *self = GST_RECTO_TESSERACT_INFERENCE (object);

  free_engines (self);
  g_mutex_clear (&self->lock);
  g_free (self->language);

  G_OBJECT_CLASS (gst_recto_tesseract_inference_parent_class)->finalize
      (object);
}

static void
gst_recto_tesseract_inference_class_init (GstRectoTesseractInferenceClass *
    klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  RectoPageTransformClass *transform_class =
      RECTO_PAGE_TRANSFORM_CLASS (klass);
  RectoInferenceClass *inference_class = RECTO_INFERENCE_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  object_class->set_property = gst_recto_tesseract_inference_set_property;
  object_class->get_property = gst_recto_tesseract_inference_get_property;
  object_class->finalize = gst_recto_tesseract_inference_finalize;

  gst_element_class_set_static_metadata (element_class, "Tesseract OCR",
      "Converter/Image/Text", "Reads pages with Tesseract, in this process",
      "Recto");
  gst_element_class_add_static_pad_template (element_class, &sink_template);

  transform_class->start = gst_recto_tesseract_inference_start;
  transform_class->stop = gst_recto_tesseract_inference_stop;
  transform_class->describe_config =
      gst_recto_tesseract_inference_describe_config;
  recto_page_transform_class_set_config_defaults (transform_class, 1,
      g_variant_new_parsed ("{'language': <%s>, "
          "'page-segmentation-mode': <%i>}", DEFAULT_LANGUAGE,
          DEFAULT_PAGE_SEGMENTATION_MODE));
  inference_class->infer = gst_recto_tesseract_inference_infer;
  inference_class->describe_image =
      gst_recto_tesseract_inference_describe_image;

  /**
   * GstRectoTesseractInference:language:
   *
   * The languages of the pages, by the names of Tesseract's data: `eng`,
   * `eng+deu`, `chi_sim`. The data of all of them must be installed.
   *
   * Since: 1.0
   */
  properties[PROP_LANGUAGE] = g_param_spec_string ("language", "Language",
      "Languages of the pages, by the names of Tesseract's data, with “+” "
      "between them", DEFAULT_LANGUAGE, flags);

  /**
   * GstRectoTesseractInference:page-segmentation-mode:
   *
   * What Tesseract takes a page for. The modes with orientation and script
   * need the data `osd`.
   *
   * Since: 1.0
   */
  properties[PROP_PAGE_SEGMENTATION_MODE] =
      g_param_spec_enum ("page-segmentation-mode", "Page segmentation mode",
      "What Tesseract takes a page for", TYPE_MODE,
      DEFAULT_PAGE_SEGMENTATION_MODE, flags);

  /**
   * GstRectoTesseractInference:n-threads:
   *
   * How many pages are read at a time, each by one thread with an engine of
   * its own. It is [property@Recto.PageTransform:max-in-flight] by the name
   * that fits here.
   *
   * Since: 1.0
   */
  properties[PROP_N_THREADS] = g_param_spec_uint ("n-threads", "Threads",
      "Threads that read a page each (0: as many as there are processors to "
      "use)", 0, G_MAXINT, DEFAULT_N_THREADS, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
  gst_type_mark_as_plugin_api (TYPE_MODE, 0);
}

static void
gst_recto_tesseract_inference_init (GstRectoTesseractInference * self)
{
  self->language = g_strdup (DEFAULT_LANGUAGE);
  self->mode = DEFAULT_PAGE_SEGMENTATION_MODE;
  g_mutex_init (&self->lock);
  g_queue_init (&self->idle);
}
