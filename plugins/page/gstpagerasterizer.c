/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-pagerasterizer
 * @title: pagerasterizer
 *
 * Lazy pages to images. Each page is drawn, and encoded where downstream
 * takes PNG or JPEG, in a worker process; this element sees the image only.
 *
 * PNG is lossless; a page without colour becomes a grey one. Where downstream
 * takes several formats, its order decides. A fixed size downstream fits the
 * page in and centres it on white.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 pdfsrc location=data/samples/prose.pdf pages=1 ! pagerasterizer longest-side=800 ! image/png ! filesink location=/dev/null
 * ]|
 *
 * Since: 1.0
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <gst/video/video.h>

#include <recto/recto.h>
#include <recto/recto-page-private.h>
#include <recto/recto-page-transform-private.h>

#include "gstpagerasterizer.h"
#include "render-trouble.h"

GST_DEBUG_CATEGORY_STATIC (gst_recto_page_rasterizer_debug);
#define GST_CAT_DEFAULT gst_recto_page_rasterizer_debug

/* What olmOCR's models were trained with. */
#define DEFAULT_PAGE_SIDE 1288

#define DEFAULT_LONGEST_SIDE 0
#define DEFAULT_DPI 0
#define DEFAULT_MAX_SIDE 4096
#define DEFAULT_JPEG_QUALITY 90
#define DEFAULT_N_WORKERS 0

/* Of revision 1 of what the element does. */
#define CONFIG_DEFAULTS \
  "{'format': <'image/png'>, 'quality': <uint32 90>, 'exact': <uint32 0>, " \
  "'longest': <uint32 1288>, 'shortest': <uint32 0>, 'dpi': <0.0>, " \
  "'multiple': <uint32 0>, 'max-pixels': <uint32 0>, " \
  "'width': <(uint32 1, uint32 4096)>, 'height': <(uint32 1, uint32 4096)>}"

/* The placeholder of a failed page: some encoders refuse anything smaller. */
#define PLACEHOLDER_SIDE 16

/* A placeholder is made where something has just failed, perhaps for want of
 * memory, and without one the run ends: its worker gets more than one chance.
 */
#define PLACEHOLDER_ATTEMPTS 5

/* Finished pages that may wait for an older one: images are small, rasters
 * are not. */
#define MAX_PENDING_IMAGES 32
#define MAX_PENDING_RASTERS_PER_WORKER 2

struct _GstRectoPageRasterizer
{
  RectoPageTransform parent;

  GstPad *srcpad;               /* not owned */

  /* Under the object's lock. */
  guint longest_side;
  double dpi;
  guint max_side;
  guint jpeg_quality;
  guint n_workers;
  RectoRenderOptions options;
  GstCaps *caps;                /* without the size; NULL: not negotiated */
  RectoRendering placeholder;   /* once there was need of one */
  RectoRenderer *renderer;      /* of pages that bring none */
  gpointer told_renderer;       /* of n-workers; not owned, only compared */
};

G_DEFINE_FINAL_TYPE (GstRectoPageRasterizer, gst_recto_page_rasterizer,
    RECTO_TYPE_PAGE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (pagerasterizer, "pagerasterizer", GST_RANK_NONE,
    GST_TYPE_RECTO_PAGE_RASTERIZER);

enum
{
  PROP_0,
  PROP_LONGEST_SIDE,
  PROP_DPI,
  PROP_MAX_SIDE,
  PROP_JPEG_QUALITY,
  PROP_N_WORKERS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (RECTO_PAGE_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("image/png; image/jpeg; "
        GST_VIDEO_CAPS_MAKE ("{ BGRx, RGB, GRAY8 }")));

static const struct
{
  const char *name;
  RectoWorkerFormat format;
} formats[] = {
  {"image/png", RECTO_WORKER_PNG},
  {"image/jpeg", RECTO_WORKER_JPEG},
  {"BGRx", RECTO_WORKER_BGRX},
  {"RGB", RECTO_WORKER_RGB},
  {"GRAY8", RECTO_WORKER_GRAY8},
};

static gboolean
is_raster (RectoWorkerFormat format)
{
  return format != RECTO_WORKER_PNG && format != RECTO_WORKER_JPEG;
}

/* Negotiation */

/* What downstream takes of what we make, in downstream's order. */
static GstCaps *
get_allowed_caps (GstRectoPageRasterizer * self, const char *wish)
{
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (self->srcpad, NULL);
  g_autoptr (GstCaps) ours = gst_pad_get_pad_template_caps (self->srcpad);
  g_autoptr (GstCaps) allowed =
      gst_caps_intersect_full (peer, ours, GST_CAPS_INTERSECT_FIRST);
  g_autoptr (GstCaps) wished = wish ? gst_caps_new_empty_simple (wish) : NULL;

  if (wished == NULL || !gst_caps_can_intersect (allowed, wished))
    return g_steal_pointer (&allowed);
  return gst_caps_intersect_full (allowed, wished, GST_CAPS_INTERSECT_FIRST);
}

static void
get_range (const GstStructure * structure, const char *field, guint limit,
    guint32 * min, guint32 * max)
{
  const GValue *value = gst_structure_get_value (structure, field);

  *min = 1;
  *max = limit;
  if (value == NULL)
    return;

  if (GST_VALUE_HOLDS_LIST (value))
    value = gst_value_list_get_value (value, 0);
  if (GST_VALUE_HOLDS_INT_RANGE (value)) {
    *min = gst_value_get_int_range_min (value);
    *max = MIN (limit, (guint) gst_value_get_int_range_max (value));
  } else if (G_VALUE_HOLDS_INT (value)) {
    *min = *max = g_value_get_int (value);
  }
}

/* The user decides, then the size downstream takes, then the size it asks
 * for. */
static void
choose_layout (GstRectoPageRasterizer * self, const GstStructure * structure,
    const RectoImageRequest * request, RectoWorkerLayout * layout)
{
  *layout = (RectoWorkerLayout) {
    .multiple = request->multiple,
    .max_pixels = request->max_pixels,
  };
  get_range (structure, "width", self->max_side, &layout->min_width,
      &layout->max_width);
  get_range (structure, "height", self->max_side, &layout->min_height,
      &layout->max_height);

  if (self->longest_side > 0)
    layout->longest = self->longest_side;
  else if (self->dpi > 0)
    layout->dpi = self->dpi;
  else if (layout->min_width == layout->max_width &&
      layout->min_height == layout->max_height)
    layout->longest = MAX (layout->max_width, layout->max_height);
  else if (request->exact > 0)
    layout->exact = request->exact;
  else if (request->longest > 0)
    layout->longest = request->longest;
  else if (request->shortest > 0)
    layout->shortest = request->shortest;
  else
    layout->longest = DEFAULT_PAGE_SIDE;
}

static RectoWorkerFormat
choose_format (GstStructure * structure)
{
  const char *name = gst_structure_get_name (structure);

  if (g_str_equal (name, "video/x-raw")) {
    gst_structure_fixate_field (structure, "format");
    name = gst_structure_get_string (structure, "format");
  }
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (g_strcmp0 (formats[i].name, name) == 0)
      return formats[i].format;
  }
  g_return_val_if_reached (RECTO_WORKER_PNG);
}

static void
fixate_fraction (GstStructure * structure, const char *field)
{
  if (gst_structure_has_field (structure, field))
    gst_structure_fixate_field_nearest_fraction (structure, field, 1, 1);
  else
    gst_structure_set (structure, field, GST_TYPE_FRACTION, 1, 1, NULL);
}

/* The caps of the images, but for their size. */
static GstCaps *
fixate (GstStructure * structure)
{
  gst_structure_remove_fields (structure, "width", "height", NULL);
  fixate_fraction (structure, "framerate");
  fixate_fraction (structure, "pixel-aspect-ratio");
  gst_structure_fixate (structure);

  return gst_caps_new_full (gst_structure_copy (structure), NULL);
}

static void
ask_downstream (GstRectoPageRasterizer * self, RectoImageRequest * request)
{
  g_autoptr (GstQuery) query = recto_query_new_image_request ();

  if (!gst_pad_peer_query (self->srcpad, query))
    GST_DEBUG_OBJECT (self, "downstream has no wish");
  recto_query_get_image_request (query, request);
}

static void
negotiate (GstRectoPageRasterizer * self)
{
  RectoImageRequest request;
  g_autoptr (GstCaps) allowed = NULL;
  GstStructure *structure;

  ask_downstream (self, &request);
  allowed = gst_caps_make_writable (get_allowed_caps (self, request.format));
  GST_DEBUG_OBJECT (self, "downstream takes %" GST_PTR_FORMAT, allowed);

  GST_OBJECT_LOCK (self);
  gst_clear_caps (&self->caps);
  recto_rendering_clear (&self->placeholder);
  if (!gst_caps_is_empty (allowed)) {
    structure = gst_caps_get_structure (allowed, 0);
    choose_layout (self, structure, &request, &self->options.layout);
    self->options.format = choose_format (structure);
    self->options.quality = request.quality ? request.quality :
        self->jpeg_quality;
    self->caps = fixate (structure);
  }
  GST_OBJECT_UNLOCK (self);
}

static GstCaps *
gst_recto_page_rasterizer_set_caps (RectoPageTransform * transform,
    GstCaps * caps)
{
  negotiate (GST_RECTO_PAGE_RASTERIZER (transform));
  return NULL;                  /* each page has a size of its own */
}

/* What images are to be made now; @caps are theirs but for their size. */
static gboolean
get_options (GstRectoPageRasterizer * self, RectoRenderOptions * options,
    GstCaps ** caps, GError ** error)
{
  GST_OBJECT_LOCK (self);
  *options = self->options;
  *caps = self->caps ? gst_caps_ref (self->caps) : NULL;
  GST_OBJECT_UNLOCK (self);

  if (*caps == NULL)
    g_set_error_literal (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
        _("The element after pagerasterizer takes neither image/png nor "
            "image/jpeg nor video/x-raw in BGRx, RGB or GRAY8."));
  return *caps != NULL;
}

/* Rendering */

static RectoRenderer *
get_renderer (GstRectoPageRasterizer * self, RectoPageTask * task)
{
  RectoPage *page = recto_page_task_get_page (task);
  RectoRenderer *renderer = NULL;

  if (page)
    renderer = recto_document_get_renderer (recto_page_get_document (page));
  if (renderer)
    return g_object_ref (renderer);

  GST_OBJECT_LOCK (self);
  if (self->renderer == NULL)
    self->renderer = recto_renderer_new ();
  renderer = g_object_ref (self->renderer);
  GST_OBJECT_UNLOCK (self);

  return renderer;
}

static GstBuffer *
wrap (RectoRendering * rendering, GstCaps * caps, GstCaps ** sized_caps)
{
  *sized_caps = gst_caps_copy (caps);
  gst_caps_set_simple (*sized_caps, "width", G_TYPE_INT, rendering->width,
      "height", G_TYPE_INT, rendering->height, NULL);

  return gst_buffer_new_wrapped_bytes (rendering->data);
}

static GstBuffer *
gst_recto_page_rasterizer_process (RectoPageTransform * transform,
    RectoPageTask * task, GstCaps ** caps, GError ** error)
{
  GstRectoPageRasterizer *self = GST_RECTO_PAGE_RASTERIZER (transform);
  g_autoptr (RectoRenderer) renderer = get_renderer (self, task);
  g_auto (RectoRendering) rendering = { NULL };
  RectoRenderOptions options;
  g_autoptr (GstCaps) unsized = NULL;
  g_autoptr (RectoPage) page = NULL;
  GstBuffer *buffer;

  if (recto_page_task_get_page (task) == NULL) {
    g_set_error_literal (error, RECTO_PAGE_ERROR, RECTO_PAGE_RENDER_FAILED,
        _("The buffer names no page; put pdfsrc before this element."));
    return NULL;
  }
  if (!get_options (self, &options, &unsized, error))
    return NULL;
  if (!recto_renderer_render (renderer, recto_page_task_get_page (task),
          &options, &rendering, recto_page_task_get_cancellable (task),
          error)) {
    render_trouble_end_run (transform, task, *error);
    return NULL;
  }

  page = recto_rendering_describe_page (&rendering,
      recto_page_task_get_page (task));
  buffer = wrap (&rendering, unsized, caps);
  recto_buffer_add_page (buffer, page);

  return buffer;
}

static gboolean
render_placeholder (GstRectoPageRasterizer * self, RectoPageTask * task,
    RectoRenderOptions options, RectoRendering * rendering, GError ** error)
{
  g_autoptr (RectoRenderer) renderer = get_renderer (self, task);
  GCancellable *cancellable = recto_page_task_get_cancellable (task);
  gboolean done = FALSE;

  options.layout.exact = 0;
  options.layout.min_width = MAX (options.layout.min_width, PLACEHOLDER_SIDE);
  options.layout.min_height = MAX (options.layout.min_height,
      PLACEHOLDER_SIDE);

  for (guint i = 0; i < PLACEHOLDER_ATTEMPTS && !done; i++) {
    g_clear_error (error);
    done = recto_renderer_render_blank (renderer, &options, rendering,
        cancellable, error);
    if (g_cancellable_is_cancelled (cancellable))
      break;
  }
  return done;
}

/* All failed pages share one placeholder: there may be very many. */
static GstBuffer *
gst_recto_page_rasterizer_make_placeholder (RectoPageTransform * transform,
    RectoPageTask * task, GstCaps ** caps, GError ** error)
{
  GstRectoPageRasterizer *self = GST_RECTO_PAGE_RASTERIZER (transform);
  RectoRenderOptions options;
  g_autoptr (GstCaps) unsized = NULL;
  g_auto (RectoRendering) rendering = { NULL };
  GstBuffer *buffer = NULL;

  if (!get_options (self, &options, &unsized, error))
    return NULL;

  GST_OBJECT_LOCK (self);
  if (self->caps == unsized && self->placeholder.data)
    buffer = wrap (&self->placeholder, unsized, caps);
  GST_OBJECT_UNLOCK (self);

  if (buffer == NULL) {
    if (!render_placeholder (self, task, options, &rendering, error))
      return NULL;
    buffer = wrap (&rendering, unsized, caps);

    GST_OBJECT_LOCK (self);
    if (self->caps == unsized && self->placeholder.data == NULL) {
      self->placeholder = rendering;
      rendering = (RectoRendering) { NULL };
    }
    GST_OBJECT_UNLOCK (self);
  }

  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  return buffer;
}

/* As many pages at a time as the renderer has workers for, and the other way
 * round when the user said how many: once, since others may say so, too. */
static void
match_workers (GstRectoPageRasterizer * self, RectoPageTask * task)
{
  g_autoptr (RectoRenderer) renderer = get_renderer (self, task);
  guint n_workers;
  gboolean raster, told;

  GST_OBJECT_LOCK (self);
  n_workers = self->n_workers;
  raster = is_raster (self->options.format);
  told = self->told_renderer == renderer;
  self->told_renderer = renderer;
  GST_OBJECT_UNLOCK (self);

  if (n_workers > 0 && !told)
    recto_renderer_set_n_workers (renderer, n_workers);
  if (n_workers == 0)
    n_workers = recto_renderer_get_n_workers (renderer);

  recto_page_transform_set_automatic (RECTO_PAGE_TRANSFORM (self), n_workers,
      raster ? MAX_PENDING_RASTERS_PER_WORKER * n_workers :
      MAX_PENDING_IMAGES);
}

static void
gst_recto_page_rasterizer_submit (RectoPageTransform * transform,
    RectoPageTask * task)
{
  GstRectoPageRasterizer *self = GST_RECTO_PAGE_RASTERIZER (transform);

  if (gst_pad_check_reconfigure (self->srcpad))
    negotiate (self);
  match_workers (self, task);

  RECTO_PAGE_TRANSFORM_CLASS (gst_recto_page_rasterizer_parent_class)->submit
      (transform, task);
}

/* Where the automatic size follows downstream, the sizes of the images enter
 * that were asked for: they are the settings of a profile and of caps, and
 * nothing that the run finds out. Number of workers and limits of a page are
 * effort. */
static void
gst_recto_page_rasterizer_describe_config (RectoPageTransform * transform,
    GVariantDict * config)
{
  GstRectoPageRasterizer *self = GST_RECTO_PAGE_RASTERIZER (transform);
  RectoRenderOptions options;
  g_autoptr (GstCaps) caps = NULL;

  /* The query may come before the caps. */
  negotiate (self);
  if (!get_options (self, &options, &caps, NULL))
    return;

  g_variant_dict_insert (config, "format", "s",
      formats[options.format].name);
  if (options.format == RECTO_WORKER_JPEG)
    g_variant_dict_insert (config, "quality", "u", options.quality);
  g_variant_dict_insert (config, "exact", "u", options.layout.exact);
  g_variant_dict_insert (config, "longest", "u", options.layout.longest);
  g_variant_dict_insert (config, "shortest", "u", options.layout.shortest);
  g_variant_dict_insert (config, "dpi", "d", options.layout.dpi);
  g_variant_dict_insert (config, "multiple", "u", options.layout.multiple);
  g_variant_dict_insert (config, "max-pixels", "u",
      options.layout.max_pixels);
  g_variant_dict_insert (config, "width", "(uu)", options.layout.min_width,
      options.layout.max_width);
  g_variant_dict_insert (config, "height", "(uu)", options.layout.min_height,
      options.layout.max_height);
}

static void
gst_recto_page_rasterizer_stop (RectoPageTransform * transform)
{
  GstRectoPageRasterizer *self = GST_RECTO_PAGE_RASTERIZER (transform);
  g_autoptr (RectoRenderer) renderer = NULL;

  GST_OBJECT_LOCK (self);
  gst_clear_caps (&self->caps);
  recto_rendering_clear (&self->placeholder);
  renderer = g_steal_pointer (&self->renderer);
  self->told_renderer = NULL;
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_page_rasterizer_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  GstRectoPageRasterizer *self = GST_RECTO_PAGE_RASTERIZER (object);

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_LONGEST_SIDE:
      self->longest_side = g_value_get_uint (value);
      break;
    case PROP_DPI:
      self->dpi = g_value_get_double (value);
      break;
    case PROP_MAX_SIDE:
      self->max_side = g_value_get_uint (value);
      break;
    case PROP_JPEG_QUALITY:
      self->jpeg_quality = g_value_get_uint (value);
      break;
    case PROP_N_WORKERS:
      self->n_workers = g_value_get_uint (value);
      self->told_renderer = NULL;
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);

  /* Takes effect with the next page. */
  if (self->srcpad)
    gst_pad_mark_reconfigure (self->srcpad);
}

static void
gst_recto_page_rasterizer_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  GstRectoPageRasterizer *self = GST_RECTO_PAGE_RASTERIZER (object);

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_LONGEST_SIDE:
      g_value_set_uint (value, self->longest_side);
      break;
    case PROP_DPI:
      g_value_set_double (value, self->dpi);
      break;
    case PROP_MAX_SIDE:
      g_value_set_uint (value, self->max_side);
      break;
    case PROP_JPEG_QUALITY:
      g_value_set_uint (value, self->jpeg_quality);
      break;
    case PROP_N_WORKERS:
      g_value_set_uint (value, self->n_workers);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_page_rasterizer_constructed (GObject * object)
{
  GstRectoPageRasterizer *self = GST_RECTO_PAGE_RASTERIZER (object);
  g_autoptr (GstPad) srcpad = NULL;

  G_OBJECT_CLASS (gst_recto_page_rasterizer_parent_class)->constructed
      (object);

  srcpad = gst_element_get_static_pad (GST_ELEMENT (self), "src");
  self->srcpad = srcpad;
}

static void
gst_recto_page_rasterizer_finalize (GObject * object)
{
  GstRectoPageRasterizer *self = GST_RECTO_PAGE_RASTERIZER (object);

  gst_clear_caps (&self->caps);
  recto_rendering_clear (&self->placeholder);
  g_clear_object (&self->renderer);

  G_OBJECT_CLASS (gst_recto_page_rasterizer_parent_class)->finalize (object);
}

static void
gst_recto_page_rasterizer_class_init (GstRectoPageRasterizerClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  RectoPageTransformClass *transform_class =
      RECTO_PAGE_TRANSFORM_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_PLAYING;

  GST_DEBUG_CATEGORY_INIT (gst_recto_page_rasterizer_debug, "pagerasterizer",
      0, "lazy pages to images");

  object_class->constructed = gst_recto_page_rasterizer_constructed;
  object_class->finalize = gst_recto_page_rasterizer_finalize;
  object_class->set_property = gst_recto_page_rasterizer_set_property;
  object_class->get_property = gst_recto_page_rasterizer_get_property;

  gst_element_class_set_static_metadata (element_class,
      "Page rasterizer", "Codec/Decoder/Image",
      "Draws pages of documents in worker processes",
      "The Recto developers");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);

  recto_page_transform_class_set_failure_status (transform_class,
      RECTO_PAGE_RENDER_FAILED);
  transform_class->stop = gst_recto_page_rasterizer_stop;
  transform_class->set_caps = gst_recto_page_rasterizer_set_caps;
  transform_class->process = gst_recto_page_rasterizer_process;
  transform_class->submit = gst_recto_page_rasterizer_submit;
  transform_class->make_placeholder =
      gst_recto_page_rasterizer_make_placeholder;
  transform_class->describe_config =
      gst_recto_page_rasterizer_describe_config;
  recto_page_transform_class_set_config_defaults (transform_class, 1,
      g_variant_new_parsed (CONFIG_DEFAULTS));

  /**
   * GstRectoPageRasterizer:longest-side:
   *
   * The longer side of the images.
   *
   * Since: 1.0
   */
  properties[PROP_LONGEST_SIDE] = g_param_spec_uint ("longest-side",
      "Longest side", "Pixels of the longer side (0: what downstream asks "
      "for, else 1288)", 0, G_MAXINT, DEFAULT_LONGEST_SIDE, flags);

  /**
   * GstRectoPageRasterizer:dpi:
   *
   * The resolution of the images, where `longest-side` is 0.
   *
   * Since: 1.0
   */
  properties[PROP_DPI] = g_param_spec_double ("dpi", "DPI",
      "Pixels an inch of the page, where longest-side is 0; max-side still "
      "holds (0: off)", 0, 10000, DEFAULT_DPI, flags);

  /**
   * GstRectoPageRasterizer:max-side:
   *
   * The most pixels that a side of an image may have, whatever was asked for.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_SIDE] = g_param_spec_uint ("max-side", "Max side",
      "Pixels that no side of an image exceeds", 16, 16384, DEFAULT_MAX_SIDE,
      flags);

  /**
   * GstRectoPageRasterizer:jpeg-quality:
   *
   * The quality of JPEG images, unless downstream asks for one.
   *
   * Since: 1.0
   */
  properties[PROP_JPEG_QUALITY] = g_param_spec_uint ("jpeg-quality",
      "JPEG quality", "Quality of JPEG images", 1, 100, DEFAULT_JPEG_QUALITY,
      flags);

  /**
   * GstRectoPageRasterizer:n-workers:
   *
   * How many pages are drawn at a time, each in a process of its own. It is
   * set on the renderer that the pages bring.
   *
   * Since: 1.0
   */
  properties[PROP_N_WORKERS] = g_param_spec_uint ("n-workers", "Workers",
      "Pages drawn at a time (0: as the renderer says, which by default is "
      "as many as there are processors to use)", 0, 1024, DEFAULT_N_WORKERS,
      flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_recto_page_rasterizer_init (GstRectoPageRasterizer * self)
{
  self->longest_side = DEFAULT_LONGEST_SIDE;
  self->dpi = DEFAULT_DPI;
  self->max_side = DEFAULT_MAX_SIDE;
  self->jpeg_quality = DEFAULT_JPEG_QUALITY;
  self->n_workers = DEFAULT_N_WORKERS;
}
