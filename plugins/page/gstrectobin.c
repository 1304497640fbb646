/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-rectobin
 * @title: rectobin
 *
 * The whole chain from documents to text as one element, within a number of
 * bytes:
 *
 * |[
 * pdfsrc ! queue ! memoryvalve ! pagerasterizer ! queue ! INFERENCE ! queue ! SINK
 * ]|
 *
 * `inference` and `sink` are any elements; by default pages are read by
 * `tesseractinference` and written to standard output by `jsonlsink`. An
 * inference element that takes pages themselves, such as `textlayerinference`,
 * gets them, and nothing is drawn.
 *
 * From `memory` follows how many pages are drawn, read and alive at a time and
 * how much each queue and window holds; `plan` tells what was chosen. It is
 * set from READY to PAUSED, and wins over what its children had been set to:
 * `n-workers`, `max-document-memory`, `max-pending-bytes`, `max-in-flight`, the
 * valve's `max-pages` and `memory-limit` and the limits of the queues. Where
 * that is less than was asked for, an info message says so; a number with which
 * no page can be read is an error that says what would do.
 *
 * One page is one second of stream time: an `appsink` as the sink needs
 * `sync=false` not to wait for each.
 *
 * The children that are always there are `source`, `page-queue`, `valve`,
 * `rasterizer`, `image-queue` and `text-queue`; their properties can be set as
 * `source::pages`, for example. The messages of all of them come to the bus.
 *
 * ## Example launch lines
 *
 * |[
 * gst-launch-1.0 -q rectobin location=data/samples/prose.pdf memory=400000000
 * gst-launch-1.0 -q rectobin location=data/samples/prose.pdf source::pages=1 inference="vlminference server-url=http://localhost:8000/v1" sink="jsonlsink location=-"
 * ]|
 *
 * Since: 1.0
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-cpus-private.h>

#include "gstrectobin.h"
#include "memory-plan.h"

GST_DEBUG_CATEGORY_STATIC (gst_recto_bin_debug);
#define GST_CAT_DEFAULT gst_recto_bin_debug

#define DEFAULT_INFERENCE "tesseractinference"
#define DEFAULT_SINK "jsonlsink"
#define DEFAULT_MEMORY 0
#define DEFAULT_N_WORKERS 0

/* What the user chooses. */
typedef struct
{
  GstElement *element;          /* NULL: the default, once it starts */
  gboolean refused;
} Part;

struct _GstRectoBin
{
  GstBin parent;

  /* Owned, since anybody may take them out of the bin; NULL where GStreamer's
   * own plugins are missing. */
  GstElement *source;
  GstElement *page_queue;
  GstElement *valve;
  GstElement *rasterizer;
  GstElement *image_queue;
  GstElement *text_queue;

  /* Who starts and stops the element has these for itself. */
  guint max_in_flight;          /* what `inference` was set to */
  guint planned_in_flight;      /* what it was set to by us; 0: it was not */

  /* Under the object's lock. */
  Part inference;
  Part sink;
  guint64 memory;
  guint n_workers;
  GstStructure *plan;
};

G_DEFINE_FINAL_TYPE (GstRectoBin, gst_recto_bin, GST_TYPE_BIN);
GST_ELEMENT_REGISTER_DEFINE (rectobin, "rectobin", GST_RANK_NONE,
    GST_TYPE_RECTO_BIN);

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_LOCATIONS,
  PROP_INFERENCE,
  PROP_SINK,
  PROP_MEMORY,
  PROP_N_WORKERS,
  PROP_PLAN,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* The parts */

static gboolean
is_reader (GstElement * element)
{
  return g_object_class_find_property (G_OBJECT_GET_CLASS (element),
      "max-in-flight") != NULL;
}

static MemoryReader
get_kind (GstElement * element)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  return factory ? memory_reader_of (GST_OBJECT_NAME (factory)) :
      MEMORY_READER_OTHER;
}

static gboolean
choose_reader (const GValue * item, GValue * chosen, gpointer unused)
{
  GstElement *element = g_value_get_object (item);
  GstElement *other = g_value_get_object (chosen);

  if (is_reader (element) && (!other || get_kind (element) > get_kind (other)))
    g_value_set_object (chosen, element);
  return TRUE;
}

/* Who reads, by itself or in a bin, of several what takes the most memory for
 * it; NULL if nobody has such a limit. */
static GstElement *
find_reader (GstElement * element)
{
  g_autoptr (GstIterator) iterator = NULL;
  g_auto (GValue) chosen = G_VALUE_INIT;

  if (is_reader (element))
    return gst_object_ref (element);
  if (!GST_IS_BIN (element))
    return NULL;

  g_value_init (&chosen, GST_TYPE_ELEMENT);
  iterator = gst_bin_iterate_recurse (GST_BIN (element));
  while (gst_iterator_fold (iterator, choose_reader, &chosen, NULL) ==
      GST_ITERATOR_RESYNC)
    gst_iterator_resync (iterator);
  return g_value_dup_object (&chosen);
}

/* `element` or NULL takes the place of what was there, which is forgotten as it
 * is removed. */
static void
replace (GstRectoBin * self, GstElement ** place, GstElement * element)
{
  GstElement *old = *place;

  if (element == old)
    return;
  if (old) {
    gst_element_set_state (old, GST_STATE_NULL);
    gst_bin_remove (GST_BIN (self), old);
  }
  if (element && gst_bin_add (GST_BIN (self), element)) {
    GST_OBJECT_LOCK (self);
    *place = element;
    GST_OBJECT_UNLOCK (self);
  }
}

/* What is in another bin, or has the name of another part, can't be taken: then
 * there is none, which must not become the default in silence. */
static void
set_part (GstRectoBin * self, Part * part, GstElement * element)
{
  replace (self, &part->element, element);
  part->refused = element != part->element;
}

/* Who takes a part out of the bin has set it to NULL. */
static gboolean
gst_recto_bin_remove_element (GstBin * bin, GstElement * element)
{
  GstRectoBin *self = GST_RECTO_BIN (bin);

  GST_OBJECT_LOCK (self);
  if (element == self->inference.element) {
    self->inference.element = NULL;
    self->max_in_flight = self->planned_in_flight = 0;
  } else if (element == self->sink.element) {
    self->sink.element = NULL;
  }
  GST_OBJECT_UNLOCK (self);

  return GST_BIN_CLASS (gst_recto_bin_parent_class)->remove_element (bin,
      element);
}

static gboolean
make_part (GstRectoBin * self, Part * part, const char *factory)
{
  GstElement *element;

  if (part->element)
    return TRUE;
  if (part->refused) {
    GST_ELEMENT_ERROR (self, CORE, FAILED,
        (_("What “inference” or “sink” was set to is part of another bin, or"
                " has the name of another part of this one.")), (NULL));
    return FALSE;
  }

  element = gst_element_factory_make (factory, NULL);
  if (element == NULL) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        (_("The element “%s” is not installed."), factory), (NULL));
    return FALSE;
  }
  replace (self, &part->element, element);
  return TRUE;
}

static gboolean
make_missing (GstRectoBin * self)
{
  gboolean has_sink = self->sink.element != NULL;

  if (!make_part (self, &self->inference, DEFAULT_INFERENCE)
      || !make_part (self, &self->sink, DEFAULT_SINK))
    return FALSE;
  if (!has_sink)
    g_object_set (self->sink.element, "location", "-", NULL);
  return TRUE;
}

/* The plan */

static GstStructure *
describe (const MemoryPlan * plan)
{
  return gst_structure_new ("recto-memory-plan",
      "memory", G_TYPE_UINT64, plan->memory,
      "n-workers", G_TYPE_UINT, plan->n_workers,
      "max-in-flight", G_TYPE_UINT, plan->max_in_flight,
      "max-pages", G_TYPE_UINT, plan->max_pages,
      "document-bytes", G_TYPE_UINT64, plan->document_bytes,
      "window-bytes", G_TYPE_UINT64, plan->window_bytes, NULL);
}

static guint64
get_number (GstElement * element, const char *property)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT64);
  g_object_get_property (G_OBJECT (element), property, &value);
  return g_value_get_uint64 (&value);
}

static void
set_number (GstElement * element, const char *property, guint64 number)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT64);
  g_value_set_uint64 (&value, number);
  g_object_set_property (G_OBJECT (element), property, &value);
}

static void
apply (const MemoryPlan * plan, MemoryRole role, GstElement * element)
{
  MemorySetting settings[MEMORY_PLAN_MAX_SETTINGS];
  guint n_settings = memory_plan_get_settings (plan, role, settings);

  for (guint i = 0; i < n_settings; i++)
    set_number (element, settings[i].property, settings[i].value);
}

static void
apply_all (GstRectoBin * self, const MemoryPlan * plan, GstElement * reader)
{
  apply (plan, MEMORY_ROLE_SOURCE, self->source);
  apply (plan, MEMORY_ROLE_PAGE_QUEUE, self->page_queue);
  apply (plan, MEMORY_ROLE_VALVE, self->valve);
  apply (plan, MEMORY_ROLE_RASTERIZER, self->rasterizer);
  apply (plan, MEMORY_ROLE_IMAGE_QUEUE, self->image_queue);
  if (reader)
    apply (plan, MEMORY_ROLE_READER, reader);
  apply (plan, MEMORY_ROLE_TEXT_QUEUE, self->text_queue);
}

/* What we have set it to is nobody's wish. */
static void
learn_max_in_flight (GstRectoBin * self, GstElement * reader)
{
  guint max_in_flight = reader ? get_number (reader, "max-in-flight") : 0;

  if (max_in_flight == self->planned_in_flight)
    return;
  self->planned_in_flight = 0;
  self->max_in_flight = max_in_flight;
}

static void
get_wishes (GstRectoBin * self, GstElement * reader, MemoryWishes * wishes)
{
  learn_max_in_flight (self, reader);
  *wishes = (MemoryWishes) {
    .total = memory_plan_count_total (),
    .reader = reader ? get_kind (reader) : MEMORY_READER_LOCAL,
    .max_in_flight = self->max_in_flight,
  };

  GST_OBJECT_LOCK (self);
  wishes->memory = self->memory;
  wishes->n_jobs = self->n_workers;
  GST_OBJECT_UNLOCK (self);

  if (wishes->n_jobs == 0)
    wishes->n_jobs = recto_count_cpus ();
}

/* Where memory is why the work is slower than it could be. gst-launch-1.0 shows
 * what is there for debugging only. */
static void
tell_lacks (GstRectoBin * self, const MemoryPlan * plan)
{
  g_auto (GStrv) lacks = memory_plan_tell_lacks (plan);

  for (guint i = 0; lacks[i]; i++)
    GST_ELEMENT_INFO (self, RESOURCE, SETTINGS, ("%s", lacks[i]),
        ("%s", lacks[i]));
}

static gboolean
make_plan (GstRectoBin * self)
{
  g_autoptr (GstElement) reader = find_reader (self->inference.element);
  g_autoptr (GError) error = NULL;
  MemoryWishes wishes;
  MemoryPlan plan;

  get_wishes (self, reader, &wishes);
  if (!memory_plan_make (&plan, &wishes, &error)) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        (_("%s The property “memory” says how much there is."),
            error->message), (NULL));
    return FALSE;
  }
  apply_all (self, &plan, reader);
  tell_lacks (self, &plan);
  self->planned_in_flight = plan.max_in_flight;

  GST_OBJECT_LOCK (self);
  gst_clear_structure (&self->plan);
  self->plan = describe (&plan);
  GST_OBJECT_UNLOCK (self);
  GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT, self->plan);
  return TRUE;
}

/* The chain */

static gboolean
takes_pages (GstElement * inference)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (inference, "sink");
  g_autoptr (GstCaps) pages = gst_caps_from_string (RECTO_PAGE_CAPS);

  return pad && gst_pad_query_accept_caps (pad, pages);
}

/* Without the elements that draw, which stay where they are, if nothing is
 * drawn. */
static gboolean
link_chain (GstRectoBin * self)
{
  gboolean draws = !takes_pages (self->inference.element);

  gst_element_set_locked_state (self->rasterizer, !draws);
  gst_element_set_locked_state (self->image_queue, !draws);

  if (!gst_element_link_many (self->source, self->page_queue, self->valve,
          NULL))
    return FALSE;
  if (draws && !gst_element_link_many (self->valve, self->rasterizer,
          self->image_queue, self->inference.element, NULL))
    return FALSE;
  if (!draws && !gst_element_link (self->valve, self->inference.element))
    return FALSE;
  return gst_element_link_many (self->inference.element, self->text_queue,
      self->sink.element, NULL);
}

static void
unlink_chain (GstRectoBin * self)
{
  GstElement *const parts[] = { self->source, self->page_queue, self->valve,
    self->rasterizer, self->image_queue, self->inference.element,
    self->text_queue
  };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autoptr (GstPad) pad = parts[i] ?
        gst_element_get_static_pad (parts[i], "src") : NULL;
    g_autoptr (GstPad) peer = pad ? gst_pad_get_peer (pad) : NULL;

    if (peer)
      gst_pad_unlink (pad, peer);
  }
  if (self->image_queue) {
    gst_element_set_locked_state (self->rasterizer, FALSE);
    gst_element_set_locked_state (self->image_queue, FALSE);
  }
}

static gboolean
has_children (GstRectoBin * self)
{
  GstElement *const children[] = { self->source, self->page_queue,
    self->valve, self->rasterizer, self->image_queue, self->text_queue
  };

  for (guint i = 0; i < G_N_ELEMENTS (children); i++) {
    if (!children[i]
        || GST_OBJECT_PARENT (children[i]) != GST_OBJECT_CAST (self))
      return FALSE;
  }
  return TRUE;
}

static gboolean
build (GstRectoBin * self)
{
  if (!has_children (self)) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        (_("The element “queue” is not installed, or one was taken out of the"
                " bin.")), (NULL));
    return FALSE;
  }
  if (!make_missing (self) || !make_plan (self))
    return FALSE;
  if (link_chain (self))
    return TRUE;

  GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
      (_("“%s” takes neither pages nor images of them, or “%s” does not take "
              "what it makes."), GST_OBJECT_NAME (self->inference.element),
          GST_OBJECT_NAME (self->sink.element)), (NULL));
  return FALSE;
}

static GstStateChangeReturn
gst_recto_bin_change_state (GstElement * element, GstStateChange transition)
{
  GstRectoBin *self = GST_RECTO_BIN (element);
  GstStateChangeReturn ret = GST_STATE_CHANGE_FAILURE;

  if (transition != GST_STATE_CHANGE_READY_TO_PAUSED || build (self))
    ret = GST_ELEMENT_CLASS (gst_recto_bin_parent_class)->change_state
        (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
          ret == GST_STATE_CHANGE_FAILURE))
    unlink_chain (self);
  return ret;
}

/* The object */

static void
gst_recto_bin_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  GstRectoBin *self = GST_RECTO_BIN (object);

  switch (prop_id) {
    case PROP_LOCATION:
    case PROP_LOCATIONS:
      g_object_set_property (G_OBJECT (self->source), pspec->name, value);
      break;
    case PROP_INFERENCE:
      set_part (self, &self->inference, g_value_get_object (value));
      break;
    case PROP_SINK:
      set_part (self, &self->sink, g_value_get_object (value));
      break;
    case PROP_MEMORY:
      GST_OBJECT_LOCK (self);
      self->memory = g_value_get_uint64 (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_N_WORKERS:
      GST_OBJECT_LOCK (self);
      self->n_workers = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
gst_recto_bin_get_property (GObject * object, guint prop_id, GValue * value,
    GParamSpec * pspec)
{
  GstRectoBin *self = GST_RECTO_BIN (object);

  if (prop_id == PROP_LOCATION || prop_id == PROP_LOCATIONS) {
    g_object_get_property (G_OBJECT (self->source), pspec->name, value);
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_INFERENCE:
      g_value_set_object (value, self->inference.element);
      break;
    case PROP_SINK:
      g_value_set_object (value, self->sink.element);
      break;
    case PROP_MEMORY:
      g_value_set_uint64 (value, self->memory);
      break;
    case PROP_N_WORKERS:
      g_value_set_uint (value, self->n_workers);
      break;
    case PROP_PLAN:
      gst_value_set_structure (value, self->plan);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_bin_dispose (GObject * object)
{
  GstRectoBin *self = GST_RECTO_BIN (object);

  gst_clear_object (&self->source);
  gst_clear_object (&self->page_queue);
  gst_clear_object (&self->valve);
  gst_clear_object (&self->rasterizer);
  gst_clear_object (&self->image_queue);
  gst_clear_object (&self->text_queue);

  G_OBJECT_CLASS (gst_recto_bin_parent_class)->dispose (object);
}

static void
gst_recto_bin_finalize (GObject * object)
{
  GstRectoBin *self = GST_RECTO_BIN (object);

  gst_clear_structure (&self->plan);

  G_OBJECT_CLASS (gst_recto_bin_parent_class)->finalize (object);
}

static void
make_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstRectoBin:location:
   *
   * The documents: [property@GstRectoPdfSrc:location] of the child `source`.
   *
   * Since: 1.0
   */
  properties[PROP_LOCATION] = g_param_spec_string ("location", "Location",
      "A document, a folder, a pattern, @LIST or - for standard input", NULL,
      flags);

  /**
   * GstRectoBin:locations:
   *
   * Several of them: [property@GstRectoPdfSrc:locations] of the child
   * `source`.
   *
   * Since: 1.0
   */
  properties[PROP_LOCATIONS] = gst_param_spec_array ("locations", "Locations",
      "Several locations, one after the other",
      g_param_spec_string ("location", "Location", "A location", NULL,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS), flags);

  /**
   * GstRectoBin:inference:
   *
   * What reads pages: an element, or a bin of several, that makes text of
   * images or of pages that are not drawn. %NULL, the default, becomes
   * `tesseractinference` when the element starts, also after what was there
   * was removed from the bin. Of its `max-in-flight`, the pages that a server is
   * asked for at a time, `memory` may allow less.
   *
   * Since: 1.0
   */
  properties[PROP_INFERENCE] = g_param_spec_object ("inference", "Inference",
      "What makes text of images (NULL: tesseractinference)",
      GST_TYPE_ELEMENT, flags);

  /**
   * GstRectoBin:sink:
   *
   * Where text goes. %NULL, the default, becomes a `jsonlsink` that writes to
   * standard output, when the element starts.
   *
   * Since: 1.0
   */
  properties[PROP_SINK] = g_param_spec_object ("sink", "Sink",
      "Where text goes (NULL: jsonlsink location=-)", GST_TYPE_ELEMENT, flags);

  /**
   * GstRectoBin:memory:
   *
   * How many bytes of memory the process and its workers may use: anonymous
   * memory and memfds, never page cache. What an application has itself counts,
   * so that is to be added to what Recto shall have; more than there is counts
   * as what there is. A document that is larger than its share, a quarter, is
   * held all the same, and what is hostile may take more for a moment:
   * `max-document-bytes` and `page-memory-limit` of `source` bound both.
   *
   * By default a quarter of the memory that the machine or the cgroup has, 2
   * GiB at most, but enough to read a page with.
   *
   * Since: 1.0
   */
  properties[PROP_MEMORY] = g_param_spec_uint64 ("memory", "Memory",
      "Bytes of memory that the process and its workers may use (0: a quarter "
      "of what there is, 2 GiB at most)", 0, G_MAXUINT64, DEFAULT_MEMORY,
      flags);

  /**
   * GstRectoBin:n-workers:
   *
   * How many pages may be drawn at a time, and read, where that isn't done by
   * a server. `memory` may allow fewer.
   *
   * Since: 1.0
   */
  properties[PROP_N_WORKERS] = g_param_spec_uint ("n-workers", "Workers",
      "Pages that are worked on at a time (0: as many as there are "
      "processors)", 0, 1024, DEFAULT_N_WORKERS, flags);

  /**
   * GstRectoBin:plan:
   *
   * A structure `recto-memory-plan` of what follows from `memory`, from the
   * state PAUSED on: `memory` itself (bytes, `guint64`), `n-workers`,
   * `max-in-flight` and `max-pages` (how many pages are drawn, read and alive
   * at a time, `guint`), `document-bytes` (of all documents that are
   * held because pages of them are not drawn yet, unless it is but one;
   * `guint64`) and `window-bytes` (of drawn pages that wait in each of the
   * places where they do; `guint64`).
   *
   * Since: 1.0
   */
  properties[PROP_PLAN] = g_param_spec_boxed ("plan", "Plan",
      "What was chosen for the memory that there is", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
gst_recto_bin_class_init (GstRectoBinClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBinClass *bin_class = GST_BIN_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_recto_bin_debug, "rectobin", 0,
      "documents to text as one element");

  object_class->set_property = gst_recto_bin_set_property;
  object_class->get_property = gst_recto_bin_get_property;
  object_class->dispose = gst_recto_bin_dispose;
  object_class->finalize = gst_recto_bin_finalize;
  element_class->change_state = GST_DEBUG_FUNCPTR (gst_recto_bin_change_state);
  bin_class->remove_element = GST_DEBUG_FUNCPTR (gst_recto_bin_remove_element);

  make_properties ();
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gst_element_class_set_static_metadata (element_class, "Document reader",
      "Generic/Bin/Document",
      "Reads documents within a number of bytes, from files to records",
      "The Recto developers");
}

static GstElement *
add_child (GstRectoBin * self, const char *factory, const char *name)
{
  GstElement *child = gst_element_factory_make (factory, name);

  if (child)
    gst_bin_add (GST_BIN (self), gst_object_ref (child));
  return child;
}

static void
gst_recto_bin_init (GstRectoBin * self)
{
  self->memory = DEFAULT_MEMORY;
  self->n_workers = DEFAULT_N_WORKERS;

  self->source = add_child (self, "pdfsrc", "source");
  self->page_queue = add_child (self, "queue", "page-queue");
  self->valve = add_child (self, "memoryvalve", "valve");
  self->rasterizer = add_child (self, "pagerasterizer", "rasterizer");
  self->image_queue = add_child (self, "queue", "image-queue");
  self->text_queue = add_child (self, "queue", "text-queue");
}
