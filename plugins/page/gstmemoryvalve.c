/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-memoryvalve
 * @title: memoryvalve
 *
 * Lets pages pass while fewer than a number of those that it let pass are
 * alive anywhere downstream: in queues, in re-order windows, behind a tee, as
 * images or as text. A page is alive until the last buffer that was made of it
 * is gone. Its place is right before what draws lazy pages: those that passed
 * and wait in a queue to be drawn are memory that is still to come.
 *
 * The number is `max-pages` where memory is plenty. It starts with `min-pages`
 * and grows while the memory that is used is well below the nearest limit: the
 * `memory-limit`, or `memory.max` and `memory.high` of the cgroup and those
 * above it. At nine tenths of it, and when the system says that memory is
 * short, half of the pages have to go before others come in. Memory that is
 * used is what can't be had back: anonymous and shared memory and the kernel's
 * own for us, never page cache. Freed memory that the C library still has is
 * given back every 5 seconds, and whenever memory is short.
 *
 * Some elements keep pages for as long as nothing else comes, such as a sink
 * with a last sample, a `filesink` that collects small ones or an encoder that
 * looks ahead. Where nothing has gone for the `stall-timeout`, one more page
 * passes, so that the valve never is why a pipeline stands still. That goes on
 * while a pipeline waits for something else, such as a server that is down: it
 * takes queues with limits behind the valve for that to end.
 *
 * ## Messages
 *
 * When memory gets short or is plenty again, and when a page passes because
 * nothing moves, there is an element message `recto-memory`. Of levels that
 * last less than 50 looks at the memory not all are told, lest a bus that
 * nobody reads grows. It has
 *
 * * `level` (`gchararray`): `low`; `high`, from three quarters of the limit;
 *   `over`, from nine tenths of it or under pressure; or `stalled`, when a page
 *   passes that should not
 * * `usage` and `limit` (`guint64`): bytes, of the nearest limit; 0: there is
 *   none
 * * `pressure` (`gdouble`): per cent of the time that somebody waited for
 *   memory
 * * `pages-alive` and `max-pages` (`guint`): how many there are and may be
 *   now; 0: no limit
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -m pdfsrc location=data/samples/prose.pdf ! memoryvalve max-pages=64 memory-limit=512000000 ! pagerasterizer ! image/png ! multifilesink location=page-%03d.png
 * ]|
 *
 * Since: 1.0
 */

#include "config.h"

#include <malloc.h>

#include "gstmemoryvalve.h"
#include "live-pages.h"
#include "memory-policy.h"

GST_DEBUG_CATEGORY_STATIC (gst_recto_memory_valve_debug);
#define GST_CAT_DEFAULT gst_recto_memory_valve_debug

#define DEFAULT_MAX_PAGES 256
#define DEFAULT_MIN_PAGES 4
#define DEFAULT_MEMORY_LIMIT 0
#define DEFAULT_MAX_PRESSURE 10
#define DEFAULT_STALL_TIMEOUT 30
#define DEFAULT_INTERVAL 100
#define DEFAULT_SYSTEM_ROOT "/"

/* How many times as long as the last look took it is to the next one: with
 * very many threads or connections that may take milliseconds. */
#define REST 50

/* It takes a millisecond or less. */
#define TRIM_INTERVAL (5 * G_TIME_SPAN_SECOND)

/* In samples: an unread bus must not grow, however memory goes up and down. */
#define MESSAGE_INTERVAL 50

struct _GstRectoMemoryValve
{
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;

  LivePages *pages;

  /* Under the object's lock. */
  guint max_pages;
  guint min_pages;
  guint64 memory_limit;
  double max_pressure;
  guint stall_timeout;
  guint interval;
  char *system_root;
  MemoryPolicy policy;
  MemoryReading reading;
  guint64 peak_usage;
  guint64 n_passed;
  guint64 n_stalls;

  /* Of the streaming thread, between start and stop. */
  MemoryGauge *gauge;
  gint64 sample_at;             /* the next one; on the monotonic clock */
  gint64 trim_at;
  MemoryLevel told;
  guint untold;                 /* samples since */
};

G_DEFINE_FINAL_TYPE (GstRectoMemoryValve, gst_recto_memory_valve,
    GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE (memoryvalve, "memoryvalve", GST_RANK_NONE,
    GST_TYPE_RECTO_MEMORY_VALVE);

enum
{
  PROP_0,
  PROP_MAX_PAGES,
  PROP_MIN_PAGES,
  PROP_MEMORY_LIMIT,
  PROP_MAX_PRESSURE,
  PROP_STALL_TIMEOUT,
  PROP_INTERVAL,
  PROP_SYSTEM_ROOT,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

/* Messages */

/* With the object's lock. */
static guint
get_allowed (GstRectoMemoryValve * self)
{
  return self->policy.allowed == G_MAXUINT ? 0 : self->policy.allowed;
}

static void
post (GstRectoMemoryValve * self, const char *level)
{
  guint n_alive = live_pages_count (self->pages);
  GstStructure *structure;

  GST_OBJECT_LOCK (self);
  structure = gst_structure_new ("recto-memory",
      "level", G_TYPE_STRING, level,
      "usage", G_TYPE_UINT64, self->reading.usage,
      "limit", G_TYPE_UINT64, self->reading.limit,
      "pressure", G_TYPE_DOUBLE, self->reading.pressure,
      "pages-alive", G_TYPE_UINT, n_alive,
      "max-pages", G_TYPE_UINT, get_allowed (self), NULL);
  GST_OBJECT_UNLOCK (self);

  GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT, structure);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}

static void
tell_level (GstRectoMemoryValve * self, MemoryLevel level)
{
  if (self->untold < MESSAGE_INTERVAL)
    self->untold++;
  if (level == self->told || self->untold < MESSAGE_INTERVAL)
    return;

  self->told = level;
  self->untold = 0;
  post (self, memory_level_to_string (level));
}

/* Looking at the memory */

/* With the object's lock. */
static void
set_limits (GstRectoMemoryValve * self)
{
  self->policy.min_pages = self->min_pages;
  self->policy.max_pages = self->max_pages ? self->max_pages : G_MAXUINT;
  self->policy.max_pressure = self->max_pressure;
  memory_policy_limit (&self->policy);
}

/* The C library keeps memory that was freed, often for good where what came
 * later lies above it, and that counts as used. */
static void
give_back_memory (GstRectoMemoryValve * self, MemoryLevel level)
{
  gint64 now = g_get_monotonic_time ();

  if (level != MEMORY_LEVEL_OVER && now < self->trim_at)
    return;
  self->trim_at = now + TRIM_INTERVAL;
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}

static void
sample (GstRectoMemoryValve * self)
{
  const gint64 start = g_get_monotonic_time ();
  guint n_alive = live_pages_count (self->pages);
  MemoryReading reading;
  MemoryLevel level;
  guint64 memory_limit;
  gint64 interval, end;

  GST_OBJECT_LOCK (self);
  memory_limit = self->memory_limit;
  GST_OBJECT_UNLOCK (self);

  memory_gauge_read (self->gauge, memory_limit, &reading);

  GST_OBJECT_LOCK (self);
  self->reading = reading;
  self->peak_usage = MAX (self->peak_usage, reading.usage);
  set_limits (self);
  memory_policy_step (&self->policy, &reading, n_alive);
  level = self->policy.level;
  interval = self->interval * G_TIME_SPAN_MILLISECOND;
  GST_OBJECT_UNLOCK (self);

  give_back_memory (self, level);
  end = g_get_monotonic_time ();
  self->sample_at = end + MAX (interval, REST * (end - start));
  tell_level (self, level);
}

/* Passing pages */

/* How many may be alive; what was set anew holds at once. */
static guint
get_max_alive (GstRectoMemoryValve * self)
{
  guint max;

  GST_OBJECT_LOCK (self);
  set_limits (self);
  max = self->policy.allowed;
  GST_OBJECT_UNLOCK (self);

  return max;
}

/* When a page that waits since `since` has waited long enough, unless one goes
 * before. */
static gint64
get_stall_time (GstRectoMemoryValve * self, gint64 since)
{
  guint timeout;

  GST_OBJECT_LOCK (self);
  timeout = self->stall_timeout;
  GST_OBJECT_UNLOCK (self);

  if (timeout == 0)
    return G_MAXINT64;
  return MAX (since, live_pages_get_released_at (self->pages)) +
      timeout * G_TIME_SPAN_SECOND;
}

static void
tell_stall (GstRectoMemoryValve * self)
{
  GST_OBJECT_LOCK (self);
  self->n_stalls++;
  GST_OBJECT_UNLOCK (self);

  post (self, "stalled");
}

/* FALSE when nobody wants the page any more. */
static gboolean
wait_for_room (GstRectoMemoryValve * self)
{
  const gint64 since = g_get_monotonic_time ();

  for (;;) {
    gint64 now = g_get_monotonic_time ();
    gint64 stall_at;

    if (now >= self->sample_at)
      sample (self);

    stall_at = get_stall_time (self, since);
    switch (live_pages_wait (self->pages, get_max_alive (self),
            MIN (self->sample_at, stall_at))) {
      case LIVE_PAGES_ROOM:
        return TRUE;
      case LIVE_PAGES_CANCELLED:
        return FALSE;
      case LIVE_PAGES_FULL:
        break;
    }

    if (g_get_monotonic_time () >= get_stall_time (self, since)) {
      tell_stall (self);
      return TRUE;
    }
  }
}

static GstFlowReturn
gst_recto_memory_valve_chain (GstPad * pad, GstObject * parent,
    GstBuffer * buffer)
{
  GstRectoMemoryValve *self = GST_RECTO_MEMORY_VALVE (parent);

  if (!wait_for_room (self)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_FLUSHING;
  }

  buffer = gst_buffer_make_writable (buffer);
  live_pages_mark (self->pages, buffer);

  GST_OBJECT_LOCK (self);
  self->n_passed++;
  GST_OBJECT_UNLOCK (self);

  return gst_pad_push (self->srcpad, buffer);
}

static gboolean
gst_recto_memory_valve_sink_event (GstPad * pad, GstObject * parent,
    GstEvent * event)
{
  GstRectoMemoryValve *self = GST_RECTO_MEMORY_VALVE (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_START:
      live_pages_cancel (self->pages);
      break;
    case GST_EVENT_FLUSH_STOP:
      live_pages_uncancel (self->pages);
      break;
    default:
      break;
  }
  return gst_pad_event_default (pad, parent, event);
}

/* Before the base class waits for a page that waits here. */
static gboolean
gst_recto_memory_valve_activate_sink (GstPad * pad, GstObject * parent,
    GstPadMode mode, gboolean active)
{
  GstRectoMemoryValve *self = GST_RECTO_MEMORY_VALVE (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;

  if (active)
    live_pages_uncancel (self->pages);
  else
    live_pages_cancel (self->pages);
  return TRUE;
}

/* States */

static void
start (GstRectoMemoryValve * self)
{
  g_autofree char *root = NULL;

  GST_OBJECT_LOCK (self);
  root = g_strdup (self->system_root);
  self->policy = (MemoryPolicy) { 0 };
  self->reading = (MemoryReading) { 0 };
  self->peak_usage = 0;
  self->n_passed = 0;
  self->n_stalls = 0;
  GST_OBJECT_UNLOCK (self);

  live_pages_reset_peak (self->pages);
  self->gauge = memory_gauge_new (root);
  self->sample_at = 0;
  self->trim_at = 0;
  self->told = MEMORY_LEVEL_LOW;
  self->untold = MESSAGE_INTERVAL;
}

static GstStateChangeReturn
gst_recto_memory_valve_change_state (GstElement * element,
    GstStateChange transition)
{
  GstRectoMemoryValve *self = GST_RECTO_MEMORY_VALVE (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    start (self);

  ret = GST_ELEMENT_CLASS (gst_recto_memory_valve_parent_class)->change_state
      (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
          ret == GST_STATE_CHANGE_FAILURE))
    g_clear_pointer (&self->gauge, memory_gauge_free);

  return ret;
}

/* The object */

static GstStructure *
get_stats (GstRectoMemoryValve * self)
{
  guint n_alive = live_pages_count (self->pages);
  guint peak = live_pages_get_peak (self->pages);
  GstStructure *stats;

  GST_OBJECT_LOCK (self);
  stats = gst_structure_new ("recto-memory-valve-stats",
      "pages-alive", G_TYPE_UINT, n_alive,
      "peak-pages-alive", G_TYPE_UINT, peak,
      "max-pages", G_TYPE_UINT, get_allowed (self),
      "passed", G_TYPE_UINT64, self->n_passed,
      "stalls", G_TYPE_UINT64, self->n_stalls,
      "cuts", G_TYPE_UINT64, self->policy.n_cuts,
      "level", G_TYPE_STRING, memory_level_to_string (self->policy.level),
      "usage", G_TYPE_UINT64, self->reading.usage,
      "peak-usage", G_TYPE_UINT64, self->peak_usage,
      "limit", G_TYPE_UINT64, self->reading.limit,
      "pressure", G_TYPE_DOUBLE, self->reading.pressure, NULL);
  GST_OBJECT_UNLOCK (self);

  return stats;
}

static void
gst_recto_memory_valve_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  GstRectoMemoryValve *self = GST_RECTO_MEMORY_VALVE (object);

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_MAX_PAGES:
      self->max_pages = g_value_get_uint (value);
      break;
    case PROP_MIN_PAGES:
      self->min_pages = g_value_get_uint (value);
      break;
    case PROP_MEMORY_LIMIT:
      self->memory_limit = g_value_get_uint64 (value);
      break;
    case PROP_MAX_PRESSURE:
      self->max_pressure = g_value_get_double (value);
      break;
    case PROP_STALL_TIMEOUT:
      self->stall_timeout = g_value_get_uint (value);
      break;
    case PROP_INTERVAL:
      self->interval = g_value_get_uint (value);
      break;
    case PROP_SYSTEM_ROOT:
      g_free (self->system_root);
      self->system_root = g_value_dup_string (value);
      if (self->system_root == NULL)
        self->system_root = g_strdup (DEFAULT_SYSTEM_ROOT);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_memory_valve_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  GstRectoMemoryValve *self = GST_RECTO_MEMORY_VALVE (object);

  if (prop_id == PROP_STATS) {
    g_value_take_boxed (value, get_stats (self));
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_MAX_PAGES:
      g_value_set_uint (value, self->max_pages);
      break;
    case PROP_MIN_PAGES:
      g_value_set_uint (value, self->min_pages);
      break;
    case PROP_MEMORY_LIMIT:
      g_value_set_uint64 (value, self->memory_limit);
      break;
    case PROP_MAX_PRESSURE:
      g_value_set_double (value, self->max_pressure);
      break;
    case PROP_STALL_TIMEOUT:
      g_value_set_uint (value, self->stall_timeout);
      break;
    case PROP_INTERVAL:
      g_value_set_uint (value, self->interval);
      break;
    case PROP_SYSTEM_ROOT:
      g_value_set_string (value, self->system_root);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_memory_valve_finalize (GObject * object)
{
  GstRectoMemoryValve *self = GST_RECTO_MEMORY_VALVE (object);

  live_pages_unref (self->pages);
  g_free (self->system_root);

  G_OBJECT_CLASS (gst_recto_memory_valve_parent_class)->finalize (object);
}

static void
make_properties (void)
{
  const GParamFlags ready = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;
  const GParamFlags playing = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_PLAYING;

  /**
   * GstRectoMemoryValve:max-pages:
   *
   * How many of the pages that passed may be alive downstream. It is exact,
   * but for pages that pass after a `stall-timeout`, one each time. For the
   * speed of a model server there should be more of them than it works on at a
   * time.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_PAGES] = g_param_spec_uint ("max-pages", "Max pages",
      "Pages that may be alive downstream (0: no limit but memory)", 0,
      G_MAXUINT, DEFAULT_MAX_PAGES, playing);

  /**
   * GstRectoMemoryValve:min-pages:
   *
   * How many may be alive however short memory is, so that the run goes on.
   *
   * Since: 1.0
   */
  properties[PROP_MIN_PAGES] = g_param_spec_uint ("min-pages", "Min pages",
      "Pages that may be alive downstream however short memory is; max-pages "
      "still holds", 1, G_MAXUINT, DEFAULT_MIN_PAGES, playing);

  /**
   * GstRectoMemoryValve:memory-limit:
   *
   * How much memory the process, an application with all that it has itself,
   * and those that it started may use. It is kept by letting fewer pages pass:
   * what `min-pages` need is used in any case. Limits of the cgroup hold
   * besides.
   *
   * Since: 1.0
   */
  properties[PROP_MEMORY_LIMIT] = g_param_spec_uint64 ("memory-limit",
      "Memory limit", "Bytes that the process and those that it started may "
      "use (0: as many as the cgroup)", 0, G_MAXUINT64, DEFAULT_MEMORY_LIMIT,
      playing);

  /**
   * GstRectoMemoryValve:max-pressure:
   *
   * How much of the time processes of the cgroup, or else of the system, may
   * wait for memory before fewer pages pass: `some avg10` of Linux's pressure
   * stall information.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_PRESSURE] = g_param_spec_double ("max-pressure",
      "Max pressure", "Per cent of the time that somebody may wait for memory "
      "before fewer pages pass (0: it does not matter)", 0, 100,
      DEFAULT_MAX_PRESSURE, playing);

  /**
   * GstRectoMemoryValve:stall-timeout:
   *
   * How long a page waits while none of those that passed goes. Then it
   * passes, one too many, and a message says so.
   *
   * Since: 1.0
   */
  properties[PROP_STALL_TIMEOUT] = g_param_spec_uint ("stall-timeout",
      "Stall timeout", "Seconds without any page going before one more passes "
      "(0: none ever does)", 0, G_MAXINT, DEFAULT_STALL_TIMEOUT, playing);

  /**
   * GstRectoMemoryValve:interval:
   *
   * How often memory is looked at, at most; not at all while no page comes,
   * and less often where looking takes long.
   *
   * Since: 1.0
   */
  properties[PROP_INTERVAL] = g_param_spec_uint ("interval", "Interval",
      "Milliseconds from one look at the memory to the next", 1, G_MAXINT,
      DEFAULT_INTERVAL, playing);

  /**
   * GstRectoMemoryValve:system-root:
   *
   * The folder with `proc` and `sys/fs/cgroup` in it, for those who see their
   * system elsewhere, and for tests.
   *
   * Since: 1.0
   */
  properties[PROP_SYSTEM_ROOT] = g_param_spec_string ("system-root",
      "System root", "Folder with proc and sys/fs/cgroup in it",
      DEFAULT_SYSTEM_ROOT, ready);

  /**
   * GstRectoMemoryValve:stats:
   *
   * A structure `recto-memory-valve-stats` with `pages-alive`,
   * `peak-pages-alive` and `max-pages` (how many may be now; 0: no limit;
   * `guint`), `passed`, `stalls` (pages that passed because nothing moved) and
   * `cuts` (how often fewer had to do; `guint64`), `level` (`low`, `high` or
   * `over`), `usage`, `peak-usage` and `limit` (bytes, `guint64`) and
   * `pressure` (`gdouble`), as in the messages.
   *
   * Since: 1.0
   */
  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "What the element is doing and has done", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
gst_recto_memory_valve_class_init (GstRectoMemoryValveClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_recto_memory_valve_debug, "memoryvalve", 0,
      "pages that may be alive");

  object_class->finalize = gst_recto_memory_valve_finalize;
  object_class->set_property = gst_recto_memory_valve_set_property;
  object_class->get_property = gst_recto_memory_valve_get_property;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_recto_memory_valve_change_state);

  gst_element_class_set_static_metadata (element_class,
      "Memory valve", "Generic",
      "Bounds how many pages are alive downstream, by what memory there is",
      "The Recto developers");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);

  make_properties ();
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_recto_memory_valve_init (GstRectoMemoryValve * self)
{
  self->pages = live_pages_new ();
  self->max_pages = DEFAULT_MAX_PAGES;
  self->min_pages = DEFAULT_MIN_PAGES;
  self->memory_limit = DEFAULT_MEMORY_LIMIT;
  self->max_pressure = DEFAULT_MAX_PRESSURE;
  self->stall_timeout = DEFAULT_STALL_TIMEOUT;
  self->interval = DEFAULT_INTERVAL;
  self->system_root = g_strdup (DEFAULT_SYSTEM_ROOT);

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_recto_memory_valve_chain));
  gst_pad_set_event_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_recto_memory_valve_sink_event));
  gst_pad_set_activatemode_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_recto_memory_valve_activate_sink));
  GST_PAD_SET_PROXY_CAPS (self->sinkpad);
  GST_PAD_SET_PROXY_ALLOCATION (self->sinkpad);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  GST_PAD_SET_PROXY_CAPS (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}
