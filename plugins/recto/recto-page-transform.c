/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * RectoPageTransform:
 *
 * The engine of page elements: ordered, asynchronous, one buffer in, one
 * buffer out, several at a time, serialized events in line.
 *
 * A subclass starts the work on a page and answers when it is done, from any
 * thread and in any order; everything else is done here. The order of buffers
 * and events is kept. A page that fails becomes a placeholder that carries its
 * error, and a page that has failed upstream passes as one.
 *
 * Three limits bound the memory, whatever the length of the stream:
 * [property@Recto.PageTransform:max-in-flight] buffers are worked on,
 * [property@Recto.PageTransform:max-pending] are admitted and not yet pushed,
 * those included, and [property@Recto.PageTransform:max-pending-bytes] of
 * finished output wait for an older page.
 *
 * Since: 1.0
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-cpus-private.h>
#include <recto/recto-failures-private.h>
#include <recto/recto-page-line-private.h>
#include <recto/recto-page-task-private.h>
#include <recto/recto-page-transform-private.h>
#include <recto/recto-query-private.h>
#include <recto/recto-run-rule-private.h>

GST_DEBUG_CATEGORY_STATIC (recto_page_transform_debug);
#define GST_CAT_DEFAULT recto_page_transform_debug

#define DEFAULT_MAX_IN_FLIGHT 0
#define DEFAULT_MAX_PENDING 0
#define DEFAULT_MAX_PENDING_BYTES (16 * 1024 * 1024)
#define DEFAULT_MAX_ERRORS (-1)

/* With answer times that differ as much as those of short and long pages do,
 * a window of 4 keeps three quarters of the unordered throughput; a larger one
 * holds more finished pages for little. */
#define PENDING_PER_IN_FLIGHT 4

typedef struct
{
  GstPad *sinkpad;
  GstPad *srcpad;

  /* Properties, under the object's lock. */
  guint max_in_flight;
  guint max_pending;
  guint64 max_pending_bytes;
  int max_errors;
  guint automatic_in_flight;    /* 0: the number of processors */
  guint automatic_pending;      /* 0: PENDING_PER_IN_FLIGHT */
  GThreadPool *threads;

  RectoPageLine line;
  RectoFailures failures;
  int error_posted;             /* atomic */
  GError *cause;                /* of the run's end; under the object's lock */

  /* Of the streaming thread. */
  GstCaps *caps;
  GstCaps *out_caps;

  /* Of the source pad's task: what may not be pushed before the first caps. */
  GQueue held;
  gboolean pushed_caps;
} RectoPageTransformPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (RectoPageTransform, recto_page_transform,
    GST_TYPE_ELEMENT)

#define GET_PRIVATE(self) \
  ((RectoPageTransformPrivate *) \
  recto_page_transform_get_instance_private (self))

enum
{
  PROP_0,
  PROP_MAX_IN_FLIGHT,
  PROP_MAX_PENDING,
  PROP_MAX_PENDING_BYTES,
  PROP_MAX_ERRORS,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* The limits in force, with what 0 stands for. */
static RectoPageLimits
get_limits (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  RectoPageLimits limits;

  GST_OBJECT_LOCK (self);
  limits.max_in_flight = priv->max_in_flight ? priv->max_in_flight :
      priv->automatic_in_flight;
  limits.max_pending = priv->max_pending ? priv->max_pending :
      priv->automatic_pending;
  limits.max_pending_bytes = priv->max_pending_bytes;
  GST_OBJECT_UNLOCK (self);

  if (limits.max_in_flight == 0)
    limits.max_in_flight = recto_count_cpus ();
  if (limits.max_pending == 0)
    limits.max_pending = PENDING_PER_IN_FLIGHT * limits.max_in_flight;

  return limits;
}

static void
apply_limits (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  RectoPageLimits limits = get_limits (self);

  recto_page_line_set_limits (&priv->line, &limits);

  GST_OBJECT_LOCK (self);
  if (priv->threads)
    g_thread_pool_set_max_threads (priv->threads, limits.max_in_flight, NULL);
  GST_OBJECT_UNLOCK (self);
}

/* Taking pages in */

static GstFlowReturn
refuse_untyped (RectoPageTransform * self)
{
  if (g_atomic_int_compare_and_exchange (&GET_PRIVATE (self)->error_posted,
          FALSE, TRUE))
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
        (_("Nobody says what the buffers before this element hold. Put a"
                " parser before it, such as pngparse.")), ("no caps"));
  return GST_FLOW_NOT_NEGOTIATED;
}

static GstFlowReturn
recto_page_transform_chain (GstPad * pad, GstObject * parent,
    GstBuffer * buffer)
{
  RectoPageTransform *self = RECTO_PAGE_TRANSFORM (parent);
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  g_autoptr (RectoPageTask) task =
      recto_page_task_new (self, buffer, priv->caps, priv->out_caps);
  GstFlowReturn flow;

  if (priv->caps == NULL)
    return refuse_untyped (self);

  flow = recto_page_line_admit (&priv->line, task);
  if (flow != GST_FLOW_OK)
    return flow;

  if (task->page && recto_page_is_failed (task->page))
    recto_page_task_pass_failed (task);
  else
    RECTO_PAGE_TRANSFORM_GET_CLASS (self)->submit (self, task);

  return GST_FLOW_OK;
}

static void
process_task (gpointer data, gpointer user_data)
{
  g_autoptr (RectoPageTask) task = data;
  RectoPageTransform *self = task->transform;
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GError) error = NULL;
  GstBuffer *out = NULL;

  if (!g_cancellable_set_error_if_cancelled (task->cancellable, &error))
    out = RECTO_PAGE_TRANSFORM_GET_CLASS (self)->process (self, task, &caps,
        &error);

  if (out)
    recto_page_task_return_buffer (task, out, caps);
  else if (error)
    recto_page_task_return_error (task, g_steal_pointer (&error));
  else
    recto_page_task_return_error (task,
        g_error_new_literal (GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
            _("The element failed without saying why.")));
}

static void
recto_page_transform_default_submit (RectoPageTransform * self,
    RectoPageTask * task)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);

  g_thread_pool_push (priv->threads, recto_page_task_ref (task), NULL);
}

static GstBuffer *
recto_page_transform_default_placeholder (RectoPageTransform * self,
    RectoPageTask * task, GstCaps ** caps, GError ** error)
{
  return gst_buffer_new ();
}

/* Ends the run with what is in line: pages that are done are pushed, and then
 * the error is posted. The first cause counts. */
void
recto_page_transform_end_run (RectoPageTransform * self, const GError * cause)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);

  GST_OBJECT_LOCK (self);
  if (priv->cause == NULL)
    priv->cause = g_error_copy (cause);
  GST_OBJECT_UNLOCK (self);
  recto_page_line_end (&priv->line);
}

/* Only marks and wakes: pushing is the source pad's task alone. */
void
recto_page_transform_finish (RectoPageTransform * self, RectoPageTask * task,
    GstBuffer * out, GstCaps * caps, gboolean newly_failed, GError * error)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  g_autoptr (GError) cause = error;

  if (cause && recto_page_line_waits_for (&priv->line, task))
    recto_page_transform_end_run (self, cause);
  recto_page_line_answer (&priv->line, task, out, caps, newly_failed);

  /* Last of all: whoever waits for the running tasks may then go away. */
  recto_page_line_end_task (&priv->line);
}

/* Pushing pages */

static void
push_held_events (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  GstEvent *event;

  while ((event = g_queue_pop_head (&priv->held)))
    gst_pad_push_event (priv->srcpad, event);
}

static void
push_caps (RectoPageTransform * self, GstCaps * caps)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (priv->srcpad);

  if (caps && (current == NULL || !gst_caps_is_equal (current, caps)))
    gst_pad_push_event (priv->srcpad, gst_event_new_caps (caps));
  priv->pushed_caps = TRUE;
}

/* Caps come before the segment, and are known with the first page only. */
static void
push_event (RectoPageTransform * self, GstEvent * event)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  gboolean eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;

  if (eos) {
    recto_failures_flush (&priv->failures);
    push_held_events (self);
  }

  if (!eos && !priv->pushed_caps &&
      GST_EVENT_TYPE (event) != GST_EVENT_STREAM_START)
    g_queue_push_tail (&priv->held, event);
  else
    gst_pad_push_event (priv->srcpad, event);
}

/* The end of a run that lacks pages is no end of stream. */
static void
push_line_event (RectoPageTransform * self, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS &&
      recto_page_line_is_ending (&GET_PRIVATE (self)->line))
    gst_event_unref (event);
  else
    push_event (self, event);
}

/* FALSE when it was one failure too many. */
static gboolean
tell_failure (RectoPageTransform * self, RectoPage * page)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  int max_errors;

  GST_OBJECT_LOCK (self);
  max_errors = priv->max_errors;
  GST_OBJECT_UNLOCK (self);

  return recto_failures_add (&priv->failures, page, max_errors);
}

static void
push_page (RectoPageTransform * self, RectoPageTask * task)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  GstBuffer *out = g_steal_pointer (&task->out);
  gsize size = gst_buffer_get_size (out);
  gboolean give_up = task->newly_failed &&
      !tell_failure (self, recto_buffer_get_page (out));
  GstFlowReturn flow;

  push_caps (self, task->out_caps);
  push_held_events (self);

  /* The page that was one too many is a record, too. */
  flow = gst_pad_push (priv->srcpad, out);
  if (give_up && flow == GST_FLOW_OK) {
    recto_failures_give_up (&priv->failures);
    g_atomic_int_set (&priv->error_posted, TRUE);
    flow = GST_FLOW_ERROR;
  }
  recto_page_line_release (&priv->line, task, size, flow);
}

static gboolean
is_message_domain (GQuark domain)
{
  return domain == GST_CORE_ERROR || domain == GST_LIBRARY_ERROR ||
      domain == GST_RESOURCE_ERROR || domain == GST_STREAM_ERROR;
}

/* While the line is closed to others but not yet sent away: whoever is posts
 * an error that says less. */
static void
post_cause (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  g_autoptr (GError) cause = NULL;

  GST_OBJECT_LOCK (self);
  cause = g_steal_pointer (&priv->cause);
  GST_OBJECT_UNLOCK (self);

  g_atomic_int_set (&priv->error_posted, TRUE);
  if (cause && cause->domain == RECTO_RUN_RULE)
    recto_run_rule_post (GST_ELEMENT (self), cause);
  else if (cause && is_message_domain (cause->domain))
    gst_element_message_full (GST_ELEMENT (self), GST_MESSAGE_ERROR,
        cause->domain, cause->code, g_strdup (cause->message), NULL, __FILE__,
        GST_FUNCTION, __LINE__);
  else if (cause)
    GST_ELEMENT_ERROR (self, STREAM, FAILED, ("%s", cause->message), (NULL));
}

static void
pause_task (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  GstFlowReturn flow = recto_page_line_get_flow (&priv->line);

  if (flow == GST_FLOW_OK) {
    flow = GST_FLOW_ERROR;
    post_cause (self);
    recto_page_line_close (&priv->line, flow);
  }

  GST_DEBUG_OBJECT (self, "pausing: %s", gst_flow_get_name (flow));
  gst_pad_pause_task (priv->srcpad);

  if (flow == GST_FLOW_FLUSHING)
    return;

  /* Upstream's own end of stream finds the line closed. */
  if (flow != GST_FLOW_EOS && !g_atomic_int_get (&priv->error_posted))
    GST_ELEMENT_FLOW_ERROR (self, flow);
  push_event (self, gst_event_new_eos ());
}

static void
recto_page_transform_loop (gpointer user_data)
{
  RectoPageTransform *self = RECTO_PAGE_TRANSFORM (user_data);
  g_autoptr (RectoPageItem) item =
      recto_page_line_take (&GET_PRIVATE (self)->line);

  if (item == NULL)
    pause_task (self);
  else if (item->event)
    push_line_event (self, g_steal_pointer (&item->event));
  else if (item->task->out)
    push_page (self, item->task);
  else
    recto_page_line_release (&GET_PRIVATE (self)->line, item->task, 0,
        GST_FLOW_OK);
}

/* Flushing */

/* Sticky events that were still in line go on the pad, as if they had been
 * pushed before the flush; a segment or an EOS ends with it. */
static void
drop_event (RectoPageTransform * self, GstEvent * event)
{
  if (GST_EVENT_IS_STICKY (event) &&
      GST_EVENT_TYPE (event) != GST_EVENT_SEGMENT &&
      GST_EVENT_TYPE (event) != GST_EVENT_EOS)
    gst_pad_store_sticky_event (GET_PRIVATE (self)->srcpad, event);
  gst_event_unref (event);
}

static void
reset_line (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  GQueue dropped = recto_page_line_reset (&priv->line);
  GstEvent *event;
  RectoPageItem *item;

  GST_OBJECT_LOCK (self);
  g_clear_error (&priv->cause);
  GST_OBJECT_UNLOCK (self);
  g_atomic_int_set (&priv->error_posted, FALSE);
  while ((event = g_queue_pop_head (&priv->held)))
    drop_event (self, event);
  while ((item = g_queue_pop_head (&dropped))) {
    if (item->event)
      drop_event (self, g_steal_pointer (&item->event));
    recto_page_item_free (item);
  }
}

static void
start_task (RectoPageTransform * self)
{
  gst_pad_start_task (GET_PRIVATE (self)->srcpad, recto_page_transform_loop,
      self, NULL);
}

/* Events and queries */

static void
set_caps (RectoPageTransform * self, GstCaps * caps)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  RectoPageTransformClass *klass = RECTO_PAGE_TRANSFORM_GET_CLASS (self);

  gst_caps_replace (&priv->caps, caps);
  gst_clear_caps (&priv->out_caps);
  if (klass->set_caps)
    priv->out_caps = klass->set_caps (self, caps);
}

static gboolean
recto_page_transform_sink_event (GstPad * pad, GstObject * parent,
    GstEvent * event)
{
  RectoPageTransform *self = RECTO_PAGE_TRANSFORM (parent);
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  GstCaps *caps;
  gboolean ret;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      set_caps (self, caps);
      gst_event_unref (event);
      return TRUE;

    case GST_EVENT_FLUSH_START:
      ret = gst_pad_push_event (priv->srcpad, event);
      recto_page_line_flush (&priv->line);
      gst_pad_pause_task (priv->srcpad);
      return ret;

    case GST_EVENT_FLUSH_STOP:
      ret = gst_pad_push_event (priv->srcpad, event);
      reset_line (self);
      start_task (self);
      return ret;

    default:
      if (GST_EVENT_IS_SERIALIZED (event))
        return recto_page_line_add_event (&priv->line, event);
      return gst_pad_event_default (pad, parent, event);
  }
}

static void
describe_run (RectoPageTransform * self, GstQuery * query)
{
  RectoPageTransformClass *klass = RECTO_PAGE_TRANSFORM_GET_CLASS (self);
  GstElementFactory *factory = gst_element_get_factory (GST_ELEMENT (self));
  const char *name = factory ? GST_OBJECT_NAME (factory) :
      G_OBJECT_TYPE_NAME (self);
  g_auto (GVariantDict) config = G_VARIANT_DICT_INIT (NULL);
  g_auto (GVariantDict) hints = G_VARIANT_DICT_INIT (NULL);

  if (klass->describe_config) {
    klass->describe_config (self, &config);
    recto_query_add_run_config (query, name, klass->config_revision,
        g_variant_dict_end (&config), klass->config_defaults);
  }
  if (klass->describe_hints) {
    klass->describe_hints (self, &hints);
    recto_query_add_run_hints (query, name, g_variant_dict_end (&hints));
  }
}

/* Below PAUSED, or on the way there: what the element waited for to describe
 * itself may not have come. */
static gboolean
is_stopping (RectoPageTransform * self)
{
  GstState state;

  GST_OBJECT_LOCK (self);
  state = GST_STATE_NEXT (self) != GST_STATE_VOID_PENDING ?
      GST_STATE_NEXT (self) : GST_STATE (self);
  GST_OBJECT_UNLOCK (self);
  return state < GST_STATE_PAUSED;
}

static gboolean
recto_page_transform_sink_query (GstPad * pad, GstObject * parent,
    GstQuery * query)
{
  RectoPageTransform *self = RECTO_PAGE_TRANSFORM (parent);
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_ALLOCATION:
      /* Downstream's memory can't help: tasks bring their own. */
      return FALSE;

    case GST_QUERY_DRAIN:
      return recto_page_line_drain (&priv->line) &&
          gst_pad_peer_query (priv->srcpad, query);

    case GST_QUERY_CUSTOM:
      if (recto_query_is_run (query)) {
        describe_run (self, query);
        /* A run that was over before it began has no records. */
        if (recto_page_line_is_ending (&priv->line) || is_stopping (self))
          return FALSE;
      }
      return gst_pad_query_default (pad, parent, query);

    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* States */

static gboolean
start (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  RectoPageTransformClass *klass = RECTO_PAGE_TRANSFORM_GET_CLASS (self);
  g_autoptr (GError) error = NULL;

  if (klass->start && !klass->start (self, &error)) {
    GST_ELEMENT_ERROR (self, LIBRARY, INIT, ("%s",
            error ? error->message : _("The element could not start.")),
        (NULL));
    return FALSE;
  }

  priv->line.on_stall = klass->stalled;
  if (klass->process)
    priv->threads = g_thread_pool_new (process_task, self, 1, FALSE, NULL);
  apply_limits (self);
  recto_failures_reset (&priv->failures);

  return TRUE;
}

/* When the pads are inactive: nothing is pushed or admitted any more, but
 * tasks that were cancelled may still be on their way. */
static void
stop (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  RectoPageTransformClass *klass = RECTO_PAGE_TRANSFORM_GET_CLASS (self);
  GThreadPool *threads;

  recto_page_line_join (&priv->line);

  GST_OBJECT_LOCK (self);
  threads = g_steal_pointer (&priv->threads);
  GST_OBJECT_UNLOCK (self);
  if (threads)
    g_thread_pool_free (threads, FALSE, TRUE);
  if (klass->stop)
    klass->stop (self);

  reset_line (self);
  gst_clear_caps (&priv->caps);
  gst_clear_caps (&priv->out_caps);
}

static gboolean
recto_page_transform_activate_src (GstPad * pad, GstObject * parent,
    GstPadMode mode, gboolean active)
{
  RectoPageTransform *self = RECTO_PAGE_TRANSFORM (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;

  if (active) {
    reset_line (self);
    GET_PRIVATE (self)->pushed_caps = FALSE;
    start_task (self);
    return TRUE;
  }

  recto_page_line_flush (&GET_PRIVATE (self)->line);
  return gst_pad_stop_task (pad);
}

static GstStateChangeReturn
recto_page_transform_change_state (GstElement * element,
    GstStateChange transition)
{
  RectoPageTransform *self = RECTO_PAGE_TRANSFORM (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;

  /* Deactivating a pad waits for its chain function, which may wait for a
   * task: first of all everybody stops waiting. */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    recto_page_line_flush (&GET_PRIVATE (self)->line);

  ret = GST_ELEMENT_CLASS (recto_page_transform_parent_class)->change_state
      (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
          ret == GST_STATE_CHANGE_FAILURE))
    stop (self);

  return ret;
}

/* The object */

/**
 * recto_page_transform_class_set_failure_status:
 * @klass: a class
 * @status: a status, not %RECTO_PAGE_OK
 *
 * Sets the status of a page whose task returns an error that is not of
 * `RECTO_PAGE_ERROR`, for use in `class_init`. It is
 * %RECTO_PAGE_INFER_FAILED otherwise.
 *
 * Since: 1.0
 */
void
recto_page_transform_class_set_failure_status (RectoPageTransformClass *
    klass, RectoPageStatus status)
{
  g_return_if_fail (RECTO_IS_PAGE_TRANSFORM_CLASS (klass));
  g_return_if_fail (status != RECTO_PAGE_OK);

  klass->failure_status = status;
}

/**
 * recto_page_transform_class_set_config_defaults:
 * @klass: a class
 * @revision: the revision of what the element does, from 1
 * @defaults: (nullable): a vardict with the defaults that settings have in
 *   this revision, sunk if it is floating; the class keeps it
 *
 * Declares what is left out of the digest of a run's configuration: a setting
 * of [vfunc@Recto.PageTransform.describe_config] that is at its default. For
 * use in `class_init`. Without this call, the revision is that of the parent
 * class, 1 where none has set it, and so are the defaults.
 *
 * Raise @revision when the element makes different text of equal settings, and
 * also when a default changes. A new setting whose default changes nothing is
 * added to @defaults and leaves @revision as it is.
 *
 * Since: 1.0
 */
void
recto_page_transform_class_set_config_defaults (RectoPageTransformClass *
    klass, guint revision, GVariant * defaults)
{
  g_return_if_fail (RECTO_IS_PAGE_TRANSFORM_CLASS (klass));
  g_return_if_fail (revision > 0);
  g_return_if_fail (defaults == NULL
      || g_variant_is_of_type (defaults, G_VARIANT_TYPE_VARDICT));

  /* What was there is the parent class's. */
  klass->config_revision = revision;
  klass->config_defaults = defaults ? g_variant_ref_sink (defaults) : NULL;
}

void
recto_page_transform_set_automatic (RectoPageTransform * self,
    guint max_in_flight, guint max_pending)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);

  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = priv->automatic_in_flight != max_in_flight ||
      priv->automatic_pending != max_pending;
  priv->automatic_in_flight = max_in_flight;
  priv->automatic_pending = max_pending;
  GST_OBJECT_UNLOCK (self);

  if (changed)
    apply_limits (self);
}

static void
recto_page_transform_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  RectoPageTransform *self = RECTO_PAGE_TRANSFORM (object);
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_MAX_IN_FLIGHT:
      priv->max_in_flight = g_value_get_uint (value);
      break;
    case PROP_MAX_PENDING:
      priv->max_pending = g_value_get_uint (value);
      break;
    case PROP_MAX_PENDING_BYTES:
      priv->max_pending_bytes = g_value_get_uint64 (value);
      break;
    case PROP_MAX_ERRORS:
      priv->max_errors = g_value_get_int (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);

  apply_limits (self);
}

static GstStructure *
make_stats (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);
  RectoPageTransformClass *klass = RECTO_PAGE_TRANSFORM_GET_CLASS (self);
  GstStructure *stats = recto_page_line_get_stats (&priv->line,
      recto_failures_count (&priv->failures));

  if (klass->add_stats)
    klass->add_stats (self, stats);
  return stats;
}

static void
recto_page_transform_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  RectoPageTransform *self = RECTO_PAGE_TRANSFORM (object);
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);

  if (prop_id == PROP_STATS) {
    g_value_take_boxed (value, make_stats (self));
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_MAX_IN_FLIGHT:
      g_value_set_uint (value, priv->max_in_flight);
      break;
    case PROP_MAX_PENDING:
      g_value_set_uint (value, priv->max_pending);
      break;
    case PROP_MAX_PENDING_BYTES:
      g_value_set_uint64 (value, priv->max_pending_bytes);
      break;
    case PROP_MAX_ERRORS:
      g_value_set_int (value, priv->max_errors);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static GstPad *
add_pad (RectoPageTransform * self, const char *name)
{
  GstPadTemplate *template =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self), name);
  GstPad *pad;

  if (template == NULL) {
    g_critical ("%s has no pad template “%s”", G_OBJECT_TYPE_NAME (self), name);
    return NULL;
  }

  pad = gst_pad_new_from_template (template, name);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

/* Not in init(), which is too early for the pad templates of a subclass. */
static void
recto_page_transform_constructed (GObject * object)
{
  RectoPageTransform *self = RECTO_PAGE_TRANSFORM (object);
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);

  G_OBJECT_CLASS (recto_page_transform_parent_class)->constructed (object);

  priv->sinkpad = add_pad (self, "sink");
  priv->srcpad = add_pad (self, "src");
  if (priv->sinkpad == NULL || priv->srcpad == NULL)
    return;

  gst_pad_set_chain_function (priv->sinkpad,
      GST_DEBUG_FUNCPTR (recto_page_transform_chain));
  gst_pad_set_event_function (priv->sinkpad,
      GST_DEBUG_FUNCPTR (recto_page_transform_sink_event));
  gst_pad_set_query_function (priv->sinkpad,
      GST_DEBUG_FUNCPTR (recto_page_transform_sink_query));
  gst_pad_set_activatemode_function (priv->srcpad,
      GST_DEBUG_FUNCPTR (recto_page_transform_activate_src));
  gst_pad_use_fixed_caps (priv->srcpad);
}

static void
recto_page_transform_finalize (GObject * object)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (RECTO_PAGE_TRANSFORM (object));

  g_clear_error (&priv->cause);
  recto_failures_clear (&priv->failures);
  recto_page_line_clear (&priv->line);

  G_OBJECT_CLASS (recto_page_transform_parent_class)->finalize (object);
}

static void
recto_page_transform_class_init (RectoPageTransformClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_PLAYING;

  GST_DEBUG_CATEGORY_INIT (recto_page_transform_debug, "rectopagetransform",
      0, "ordered asynchronous page elements");

  object_class->constructed = recto_page_transform_constructed;
  object_class->finalize = recto_page_transform_finalize;
  object_class->set_property = recto_page_transform_set_property;
  object_class->get_property = recto_page_transform_get_property;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (recto_page_transform_change_state);

  klass->failure_status = RECTO_PAGE_INFER_FAILED;
  klass->config_revision = 1;
  klass->submit = recto_page_transform_default_submit;
  klass->make_placeholder = recto_page_transform_default_placeholder;

  /**
   * RectoPageTransform:max-in-flight:
   *
   * How many pages are worked on at a time.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_IN_FLIGHT] = g_param_spec_uint ("max-in-flight",
      "Max in flight", "Pages worked on at a time (0: as many as there are "
      "processors to use)", 0, G_MAXINT, DEFAULT_MAX_IN_FLIGHT, flags);

  /**
   * RectoPageTransform:max-pending:
   *
   * How many pages are taken in and not yet pushed, those that are worked on
   * included. The others are finished and wait for an older one.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_PENDING] = g_param_spec_uint ("max-pending",
      "Max pending", "Pages taken in and not yet pushed, those in flight "
      "included (0: 4 × max-in-flight)", 0, G_MAXINT, DEFAULT_MAX_PENDING,
      flags);

  /**
   * RectoPageTransform:max-pending-bytes:
   *
   * How many bytes of finished pages may wait for an older one. No page is
   * taken in while it is reached; those in flight may exceed it.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_PENDING_BYTES] =
      g_param_spec_uint64 ("max-pending-bytes", "Max pending bytes",
      "Bytes of finished pages that wait for an older one before no more "
      "pages are taken in (0: no limit)", 0, G_MAXUINT64,
      DEFAULT_MAX_PENDING_BYTES, flags);

  /**
   * RectoPageTransform:max-errors:
   *
   * How many pages may fail before the run ends with an error.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_ERRORS] = g_param_spec_int ("max-errors", "Max errors",
      "Failed pages before the run ends with an error (-1: it never does)",
      -1, G_MAXINT, DEFAULT_MAX_ERRORS, flags);

  /**
   * RectoPageTransform:stats:
   *
   * A structure `recto-page-transform-stats` with `in-flight`, `pending`,
   * `peak-in-flight` and `peak-pending` (pages, `guint`), `pending-bytes` and
   * `peak-pending-bytes` (bytes, `guint64`), `done` and `failed` (pages since
   * the start, `guint64`). Elements may add what they know besides.
   *
   * Since: 1.0
   */
  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "What the element is doing and has done", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
recto_page_transform_init (RectoPageTransform * self)
{
  RectoPageTransformPrivate *priv = GET_PRIVATE (self);

  priv->max_in_flight = DEFAULT_MAX_IN_FLIGHT;
  priv->max_pending = DEFAULT_MAX_PENDING;
  priv->max_pending_bytes = DEFAULT_MAX_PENDING_BYTES;
  priv->max_errors = DEFAULT_MAX_ERRORS;

  recto_failures_init (&priv->failures, GST_ELEMENT (self));
  recto_page_line_init (&priv->line);
  g_queue_init (&priv->held);
}
