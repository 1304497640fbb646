/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-vlminference
 * @title: vlminference
 * @short_description: reads pages with a vision-language model
 *
 * Reads images with a model behind an OpenAI-compatible server: vLLM, SGLang,
 * the server of llama.cpp, or a hosted one. How a model is asked and how it
 * answers is said by a profile; each is a preset, too.
 *
 * An attempt that fails is followed by others, with other sampling, and with
 * the image turned where the model says that it is not upright. If the server is
 * busy, unreachable or failing, the element waits; no page fails because of it.
 * It posts a warning message with the field `server-waiting` in its details,
 * which is true, and when the server answers again, an info message in which
 * that field is false. A key that is not accepted, or a model that is not there,
 * ends the run. Where the same run again would only cost more, the details of the
 * error message have the field `ended-by`: `payment` or `quota`.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q pdfsrc location=data/samples/prose.pdf ! pagerasterizer ! vlminference server-url=http://localhost:8000/v1 ! jsonlsink location=-
 * ]|
 *
 * ## With another profile
 *
 * |[
 * gst-launch-1.0 -q pdfsrc location=data/samples/prose.pdf ! pagerasterizer ! vlminference @preset=generic server-url=http://localhost:8000/v1 max-in-flight=8 ! jsonlsink location=-
 * ]|
 *
 * Since: 1.0
 */

#include "config.h"

#include <sys/resource.h>

#include <glib/gi18n-lib.h>

#include <recto/recto-page-transform-private.h>
#include <recto/recto-password-private.h>

#include "api-key.h"
#include "gstvlminference.h"
#include "header-file.h"
#include "vlm-reader.h"
#include "url-secrets.h"
#include "vlm-enums.h"
#include "vlm-presets.h"
#include "vlm-settings.h"

GST_DEBUG_CATEGORY (gst_recto_vlm_inference_debug);
#define GST_CAT_DEFAULT gst_recto_vlm_inference_debug

#define DEFAULT_SERVER_URL "http://localhost:8000/v1"
#define DEFAULT_MAX_IN_FLIGHT 64
#define DEFAULT_TIMEOUT 600
#define DEFAULT_PAGE_TIMEOUT 0
#define DEFAULT_RETRIES 7
#define DEFAULT_READY_TIMEOUT 30
#define DEFAULT_MAX_OUTAGE 3600
#define DEFAULT_MAX_RESPONSE_BYTES (1024 * 1024)

/* A page gets so many times what one attempt may take. */
#define TIMEOUTS_PER_PAGE 2

/* Descriptors for all else that a pipeline has open: documents, workers,
 * outputs, and calls beside those in flight. */
#define RESERVED_FDS 256

struct _GstRectoVlmInference
{
  RectoInference parent_instance;

  /* Properties, under the object's lock. */
  char *server_url;
  char *model;
  char *api_key_file;
  char *ca_file;
  GstStructure *extra_headers;
  char *extra_headers_file;
  char *proxy;
  VlmRequestedSettings requested;
  VlmFallback fallback;
  guint timeout, page_timeout;
  guint retries;
  guint ready_timeout, max_outage;
  guint64 max_response_bytes;

  /* Between start and stop. */
  VlmClient *client;
  VlmServer *server;
  VlmRender *render;
  VlmReader *reader;
  VlmCounts last_counts;        /* of the reader before, once it has stopped */
  VlmSettings *settings;

  /* What the digest of a configuration waits for. */
  GMutex lock;
  GCond cond;
  char *ready_model;            /* NULL: not ready */
  gboolean is_unavailable;
  gboolean is_flushing;
};

enum
{
  PROP_0,
  PROP_SERVER_URL,
  PROP_MODEL,
  PROP_API_KEY_FILE,
  PROP_CA_FILE,
  PROP_EXTRA_HEADERS,
  PROP_EXTRA_HEADERS_FILE,
  PROP_PROXY,
  PROP_PROFILE,
  PROP_PROMPT,
  PROP_SYSTEM_PROMPT,
  PROP_MAX_TOKENS,
  PROP_MAX_CONTEXT,
  PROP_SAMPLING,
  PROP_EXTRA_BODY,
  PROP_GUIDED_DECODING,
  PROP_ROTATION,
  PROP_FALLBACK,
  PROP_TIMEOUT,
  PROP_PAGE_TIMEOUT,
  PROP_RETRIES,
  PROP_READY_TIMEOUT,
  PROP_MAX_OUTAGE,
  PROP_MAX_RESPONSE_BYTES,
  PROP_REQUEST,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE_WITH_CODE (GstRectoVlmInference, gst_recto_vlm_inference,
    RECTO_TYPE_INFERENCE,
    G_IMPLEMENT_INTERFACE (GST_TYPE_PRESET, vlm_presets_init)
    GST_DEBUG_CATEGORY_INIT (gst_recto_vlm_inference_debug, "vlminference", 0,
        "vision-language models"))

GST_ELEMENT_REGISTER_DEFINE (vlminference, "vlminference", GST_RANK_NONE,
    GST_TYPE_RECTO_VLM_INFERENCE)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("image/png; image/jpeg; image/webp"));

/* Settings */

/* Those in use, whatever has become of the profile's file since, or what they
 * would be. */
static VlmSettings *
dup_settings (GstRectoVlmInference * self, GError ** error)
{
  VlmSettings *settings;

  GST_OBJECT_LOCK (self);
  settings = self->settings ? vlm_settings_ref (self->settings) :
      vlm_settings_new (&self->requested, error);
  GST_OBJECT_UNLOCK (self);
  return settings;
}

static char *
dup_model (GstRectoVlmInference * self)
{
  char *model;

  GST_OBJECT_LOCK (self);
  model = self->model && *self->model ? g_strdup (self->model) : NULL;
  GST_OBJECT_UNLOCK (self);
  return model;
}

static char *
describe_request (GstRectoVlmInference * self)
{
  g_autoptr (VlmSettings) settings = dup_settings (self, NULL);
  g_autofree char *model = dup_model (self);
  g_autoptr (ChatRequest) request = NULL;

  if (settings)
    request = vlm_settings_new_request (settings, model ? model : "", NULL);
  return request ? chat_request_to_string (request,
      settings->profile->image.format) : NULL;
}

/* What the server tells, in the client's thread */

static void
set_ready (GstRectoVlmInference * self, const char *model)
{
  g_mutex_lock (&self->lock);
  self->ready_model = g_strdup (model);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* Whether it is of any use to wait for the server. */
static void
set_waiting (GstRectoVlmInference * self, gboolean waiting)
{
  g_mutex_lock (&self->lock);
  self->is_unavailable = !waiting;
  self->is_flushing = FALSE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* A seek would wait for the server, too. */
static GstPadProbeReturn
on_flush (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstRectoVlmInference *self = data;
  GstEventType type = GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info));

  g_mutex_lock (&self->lock);
  self->is_flushing = type == GST_EVENT_FLUSH_START;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static void
on_ready (const char *model, gpointer data)
{
  GstRectoVlmInference *self = data;

  GST_INFO_OBJECT (self, "the model is “%s”", model);
  /* The settings were tried when the element started. */
  vlm_reader_set_model (self->reader, model,
      vlm_settings_new_request (self->settings, model, NULL));
  set_ready (self, model);
}

static gboolean
drop_all (gpointer reader)
{
  vlm_reader_drop_all (reader);
  return G_SOURCE_REMOVE;
}

/* Not from in here, where a page may be at work. */
static void
on_fatal (const GError * error, gpointer data)
{
  GstRectoVlmInference *self = data;

  recto_page_transform_end_run (RECTO_PAGE_TRANSFORM (self), error);
  vlm_client_invoke (self->client, drop_all, self->reader, NULL);
  set_waiting (self, FALSE);
}

static void
on_warning (const char *message, gpointer data)
{
  GstElement *self = data;

  GST_ELEMENT_WARNING (self, RESOURCE, READ, ("%s", message), (NULL));
}

static void
post_waiting (GstElement * self, GstMessageType type, const char *message,
    gboolean is_waiting)
{
  gst_element_message_full_with_details (self, type, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ, g_strdup (message), NULL, __FILE__,
      GST_FUNCTION, __LINE__, gst_structure_new ("details",
          "server-waiting", G_TYPE_BOOLEAN, is_waiting, NULL));
}

static void
on_waiting (const char *message, gpointer data)
{
  post_waiting (data, GST_MESSAGE_WARNING, message, TRUE);
}

static void
on_back (const char *message, gpointer data)
{
  post_waiting (data, GST_MESSAGE_INFO, message, FALSE);
}

/* Starting and stopping */

static gboolean
check_fds (GstRectoVlmInference * self, GError ** error)
{
  struct rlimit limit;
  guint max_in_flight;

  g_object_get (self, "max-in-flight", &max_in_flight, NULL);
  if (getrlimit (RLIMIT_NOFILE, &limit) < 0
      || limit.rlim_cur == RLIM_INFINITY
      || limit.rlim_cur >= (guint64) max_in_flight + RESERVED_FDS)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES,
      _("“max-in-flight” is %u, but this process may have %u files open, and"
          " %u are needed for other things: raise the limit (ulimit -n %u), or"
          " set “max-in-flight” to at most %u."), max_in_flight,
      (guint) limit.rlim_cur, RESERVED_FDS, max_in_flight + RESERVED_FDS,
      (guint) (limit.rlim_cur > RESERVED_FDS ? limit.rlim_cur - RESERVED_FDS :
          1));
  return FALSE;
}

/* NULL on error. */
static GstStructure *
collect_headers (GstRectoVlmInference * self, GError ** error)
{
  g_autoptr (GstStructure) headers = NULL;
  g_autofree char *file = NULL;

  GST_OBJECT_LOCK (self);
  headers = self->extra_headers ? gst_structure_copy (self->extra_headers) :
      gst_structure_new_empty ("headers");
  file = g_strdup (self->extra_headers_file);
  GST_OBJECT_UNLOCK (self);

  if (file && !header_file_read (file, headers, error))
    return NULL;
  return g_steal_pointer (&headers);
}

static gboolean
start_client (GstRectoVlmInference * self, const char *key, GError ** error)
{
  g_autoptr (GstStructure) headers = collect_headers (self, error);
  g_autofree char *ca_file = NULL;

  if (headers == NULL)
    return FALSE;

  /* GIO takes only absolute ones. */
  GST_OBJECT_LOCK (self);
  if (self->ca_file && *self->ca_file)
    ca_file = g_canonicalize_filename (self->ca_file, NULL);
  self->client = vlm_client_new (&(VlmClientOptions) {
        .url = self->server_url,
        .api_key = key,
        .ca_file = ca_file,
        .extra_headers = headers,
        .proxy = self->proxy,
        .max_response_bytes = self->max_response_bytes,
      }, error);
  GST_OBJECT_UNLOCK (self);
  return self->client != NULL;
}

static void
start_reader (GstRectoVlmInference * self)
{
  const VlmProfile *profile = self->settings->profile;

  GST_OBJECT_LOCK (self);
  self->server = vlm_server_new (self->client, &(VlmServerOptions) {
        .url = self->server_url,
        .model = self->model && *self->model ? self->model : NULL,
        .timeout = self->timeout * G_USEC_PER_SEC,
        .ready_timeout = self->ready_timeout * G_USEC_PER_SEC,
        .max_outage = self->max_outage * G_USEC_PER_SEC,
        .on_ready = on_ready,
        .on_fatal = on_fatal,
        .on_warning = on_warning,
        .on_waiting = on_waiting,
        .on_back = on_back,
        .data = self,
      });
  self->render = vlm_render_new ();
  self->reader = vlm_reader_new (&(VlmOptions) {
        .element = RECTO_INFERENCE (self),
        .client = self->client,
        .server = self->server,
        .render = self->render,
        .profile = profile->name,
        .n_attempts = self->retries + 1,
        .timeout = self->timeout * G_USEC_PER_SEC,
        .page_timeout = (self->page_timeout ? (gint64) self->page_timeout :
            (gint64) self->timeout * TIMEOUTS_PER_PAGE) * G_USEC_PER_SEC,
        .max_tokens = self->settings->max_tokens,
        .max_context = self->settings->max_context,
        .answer = profile->answer,
        .rotation = self->settings->rotation,
        .image = profile->image,
        .text_layer = self->fallback == VLM_FALLBACK_TEXT_LAYER,
      });
  GST_OBJECT_UNLOCK (self);
}

static gboolean
begin_server (gpointer server)
{
  vlm_server_begin (server);
  return G_SOURCE_REMOVE;
}

static gboolean
gst_recto_vlm_inference_start (RectoPageTransform * transform, GError ** error)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (transform);
  g_autoptr (VlmSettings) settings = NULL;
  g_autoptr (ChatRequest) request = NULL;
  g_autofree char *key_file = NULL;
  g_autofree char *key = NULL;
  gboolean started;

  settings = dup_settings (self, error);
  if (settings)
    request = vlm_settings_new_request (settings, "", error);
  if (request == NULL || !check_fds (self, error))
    return FALSE;

  g_object_get (self, "api-key-file", &key_file, NULL);
  if (!api_key_read (key_file, &key, error))
    return FALSE;
  started = start_client (self, key, error);
  recto_password_clear (&key);
  if (!started)
    return FALSE;

  GST_OBJECT_LOCK (self);
  self->settings = g_steal_pointer (&settings);
  GST_OBJECT_UNLOCK (self);
  start_reader (self);
  set_waiting (self, TRUE);
  vlm_client_invoke (self->client, begin_server, self->server, NULL);
  return TRUE;
}

static void
gst_recto_vlm_inference_stop (RectoPageTransform * transform)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (transform);
  g_autoptr (VlmReader) reader = NULL;
  g_autoptr (VlmSettings) settings = NULL;

  set_waiting (self, FALSE);

  /* Its thread uses all of them to its end. */
  if (self->client)
    vlm_client_free (self->client);
  self->client = NULL;

  GST_OBJECT_LOCK (self);
  reader = g_steal_pointer (&self->reader);
  settings = g_steal_pointer (&self->settings);
  if (reader)
    vlm_reader_get_counts (reader, &self->last_counts);
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&reader, vlm_reader_free);
  g_clear_pointer (&self->render, vlm_render_free);
  g_clear_pointer (&self->server, vlm_server_free);
  g_clear_pointer (&self->ready_model, g_free);
}

static GstStateChangeReturn
gst_recto_vlm_inference_change_state (GstElement * element,
    GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    set_waiting (GST_RECTO_VLM_INFERENCE (element), FALSE);

  return GST_ELEMENT_CLASS (gst_recto_vlm_inference_parent_class)->change_state
      (element, transition);
}

/* Pages */

typedef struct
{
  VlmReader *reader;
  RectoPageTask *task;
} TaskCall;

static TaskCall *
task_call_new (GstRectoVlmInference * self, RectoPageTask * task)
{
  TaskCall *call = g_new (TaskCall, 1);

  call->reader = self->reader;
  call->task = recto_page_task_ref (task);
  return call;
}

static void
task_call_free (gpointer data)
{
  TaskCall *self = data;

  recto_page_task_unref (self->task);
  g_free (self);
}

static gboolean
read_page (gpointer data)
{
  TaskCall *self = data;

  vlm_reader_read (self->reader, self->task);
  return G_SOURCE_REMOVE;
}

static gboolean
hedge_page (gpointer data)
{
  TaskCall *self = data;

  vlm_reader_hedge (self->reader, self->task);
  return G_SOURCE_REMOVE;
}

static void
gst_recto_vlm_inference_submit (RectoPageTransform * transform,
    RectoPageTask * task)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (transform);

  vlm_client_invoke (self->client, read_page, task_call_new (self, task),
      task_call_free);
}

static void
gst_recto_vlm_inference_stalled (RectoPageTransform * transform,
    RectoPageTask * task)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (transform);

  vlm_client_invoke (self->client, hedge_page, task_call_new (self, task),
      task_call_free);
}

static void
gst_recto_vlm_inference_describe_image (RectoInference * inference,
    RectoImageRequest * request)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (inference);
  g_autoptr (VlmSettings) settings = dup_settings (self, NULL);

  if (settings)
    *request = settings->profile->image;
}

/* The only model that a server has must be known by its name, or the output
 * of one would be taken for that of another. */
static char *
wait_for_model (GstRectoVlmInference * self)
{
  char *model = dup_model (self);

  if (model)
    return model;

  g_mutex_lock (&self->lock);
  while (self->ready_model == NULL && !self->is_unavailable
      && !self->is_flushing)
    g_cond_wait (&self->cond, &self->lock);
  model = g_strdup (self->ready_model);
  g_mutex_unlock (&self->lock);
  return model;
}

/* The settings of the profile are in the profile's hands and have no defaults.
 * Time limits, attempts and pages in flight are effort, and are hints. */
static void
gst_recto_vlm_inference_describe_config (RectoPageTransform * transform,
    GVariantDict * config)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (transform);
  g_autoptr (VlmSettings) settings = dup_settings (self, NULL);
  g_autofree char *model = wait_for_model (self);
  int fallback;

  g_object_get (self, "fallback", &fallback, NULL);
  if (settings)
    vlm_settings_describe (settings, config);
  g_variant_dict_insert (config, "model", "s", model ? model : "");
  g_variant_dict_insert (config, "fallback", "s",
      vlm_enum_get_nick (TYPE_VLM_FALLBACK, fallback));
}

static void
hint_string (GVariantDict * hints, const char *name, const char *value)
{
  /* A name that isn't UTF-8 can't be told. */
  if (value && g_utf8_validate (value, -1, NULL))
    g_variant_dict_insert (hints, name, "s", value);
}

/* Whoever repeats the run may be in another folder. */
static void
hint_file (GVariantDict * hints, const char *name, const char *file)
{
  g_autofree char *path = file ? g_canonicalize_filename (file, NULL) : NULL;

  hint_string (hints, name, path);
}

/* How long the server may take; where it is and a profile that was named by
 * its path are told for people, who have to name them again. Nothing that could
 * be a key or lead to one is told. */
static void
gst_recto_vlm_inference_describe_hints (RectoPageTransform * transform,
    GVariantDict * hints)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (transform);
  g_autofree char *url = NULL;
  guint max_in_flight;

  /* As the property shows it. */
  g_object_get (self, "max-in-flight", &max_in_flight, "server-url", &url,
      NULL);
  g_variant_dict_insert (hints, "max-in-flight", "u", max_in_flight);
  GST_OBJECT_LOCK (self);
  hint_string (hints, "server-url", url);
  if (strchr (self->requested.profile, '/'))
    hint_file (hints, "profile", self->requested.profile);
  g_variant_dict_insert (hints, "timeout", "u", self->timeout);
  g_variant_dict_insert (hints, "page-timeout", "u", self->page_timeout);
  g_variant_dict_insert (hints, "max-outage", "u", self->max_outage);
  g_variant_dict_insert (hints, "retries", "u", self->retries);
  g_variant_dict_insert (hints, "max-response-bytes", "t",
      self->max_response_bytes);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_vlm_inference_add_stats (RectoPageTransform * transform,
    GstStructure * structure)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (transform);
  VlmCounts counts;

  GST_OBJECT_LOCK (self);
  counts = self->last_counts;
  if (self->reader)
    vlm_reader_get_counts (self->reader, &counts);
  GST_OBJECT_UNLOCK (self);
  gst_structure_set (structure,
      "requests", G_TYPE_UINT64, counts.requests,
      "attempts-failed", G_TYPE_UINT64, counts.attempts_failed,
      "waits", G_TYPE_UINT64, counts.waits,
      "hedged", G_TYPE_UINT64, counts.hedged,
      "rotations", G_TYPE_UINT64, counts.rotations,
      "fallbacks", G_TYPE_UINT64, counts.fallbacks,
      "input-tokens", G_TYPE_UINT64, counts.input_tokens,
      "output-tokens", G_TYPE_UINT64, counts.output_tokens, NULL);
}

/* The object */

static void
take_string (char **field, const GValue * value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

static void
gst_recto_vlm_inference_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (object);

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_SERVER_URL:
      g_free (self->server_url);
      self->server_url = g_strdup (g_value_get_string (value) ?
          g_value_get_string (value) : DEFAULT_SERVER_URL);
      break;
    case PROP_MODEL:
      take_string (&self->model, value);
      break;
    case PROP_API_KEY_FILE:
      take_string (&self->api_key_file, value);
      break;
    case PROP_CA_FILE:
      take_string (&self->ca_file, value);
      break;
    case PROP_EXTRA_HEADERS:
      g_clear_pointer (&self->extra_headers, gst_structure_free);
      self->extra_headers = g_value_dup_boxed (value);
      break;
    case PROP_EXTRA_HEADERS_FILE:
      take_string (&self->extra_headers_file, value);
      break;
    case PROP_PROXY:
      take_string (&self->proxy, value);
      break;
    case PROP_PROFILE:
      g_free (self->requested.profile);
      self->requested.profile = g_strdup (g_value_get_string (value) ?
          g_value_get_string (value) : VLM_PROFILE_DEFAULT);
      break;
    case PROP_PROMPT:
      take_string (&self->requested.prompt, value);
      break;
    case PROP_SYSTEM_PROMPT:
      take_string (&self->requested.system_prompt, value);
      break;
    case PROP_MAX_TOKENS:
      self->requested.max_tokens = g_value_get_uint (value);
      break;
    case PROP_MAX_CONTEXT:
      self->requested.max_context = g_value_get_uint (value);
      break;
    case PROP_SAMPLING:
      take_string (&self->requested.sampling, value);
      break;
    case PROP_EXTRA_BODY:
      take_string (&self->requested.extra_body, value);
      break;
    case PROP_GUIDED_DECODING:
      self->requested.guide = g_value_get_enum (value);
      break;
    case PROP_ROTATION:
      self->requested.rotation = g_value_get_enum (value);
      break;
    case PROP_FALLBACK:
      self->fallback = g_value_get_enum (value);
      break;
    case PROP_TIMEOUT:
      self->timeout = g_value_get_uint (value);
      break;
    case PROP_PAGE_TIMEOUT:
      self->page_timeout = g_value_get_uint (value);
      break;
    case PROP_RETRIES:
      self->retries = g_value_get_uint (value);
      break;
    case PROP_READY_TIMEOUT:
      self->ready_timeout = g_value_get_uint (value);
      break;
    case PROP_MAX_OUTAGE:
      self->max_outage = g_value_get_uint (value);
      break;
    case PROP_MAX_RESPONSE_BYTES:
      self->max_response_bytes = g_value_get_uint64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_vlm_inference_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (object);

  if (prop_id == PROP_REQUEST) {
    g_value_take_string (value, describe_request (self));
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_SERVER_URL:
      /* Graphs and logs show properties. */
      g_value_take_string (value, url_redact (self->server_url));
      break;
    case PROP_MODEL:
      g_value_set_string (value, self->model);
      break;
    case PROP_API_KEY_FILE:
      g_value_set_string (value, self->api_key_file);
      break;
    case PROP_CA_FILE:
      g_value_set_string (value, self->ca_file);
      break;
    case PROP_EXTRA_HEADERS_FILE:
      g_value_set_string (value, self->extra_headers_file);
      break;
    case PROP_PROXY:
      g_value_set_string (value, self->proxy);
      break;
    case PROP_PROFILE:
      g_value_set_string (value, self->requested.profile);
      break;
    case PROP_PROMPT:
      g_value_set_string (value, self->requested.prompt);
      break;
    case PROP_SYSTEM_PROMPT:
      g_value_set_string (value, self->requested.system_prompt);
      break;
    case PROP_MAX_TOKENS:
      g_value_set_uint (value, self->requested.max_tokens);
      break;
    case PROP_MAX_CONTEXT:
      g_value_set_uint (value, self->requested.max_context);
      break;
    case PROP_SAMPLING:
      g_value_set_string (value, self->requested.sampling);
      break;
    case PROP_EXTRA_BODY:
      g_value_set_string (value, self->requested.extra_body);
      break;
    case PROP_GUIDED_DECODING:
      g_value_set_enum (value, self->requested.guide);
      break;
    case PROP_ROTATION:
      g_value_set_enum (value, self->requested.rotation);
      break;
    case PROP_FALLBACK:
      g_value_set_enum (value, self->fallback);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    case PROP_PAGE_TIMEOUT:
      g_value_set_uint (value, self->page_timeout);
      break;
    case PROP_RETRIES:
      g_value_set_uint (value, self->retries);
      break;
    case PROP_READY_TIMEOUT:
      g_value_set_uint (value, self->ready_timeout);
      break;
    case PROP_MAX_OUTAGE:
      g_value_set_uint (value, self->max_outage);
      break;
    case PROP_MAX_RESPONSE_BYTES:
      g_value_set_uint64 (value, self->max_response_bytes);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_recto_vlm_inference_constructed (GObject * object)
{
  g_autoptr (GstPad) sinkpad = NULL;

  G_OBJECT_CLASS (gst_recto_vlm_inference_parent_class)->constructed (object);
  sinkpad = gst_element_get_static_pad (GST_ELEMENT (object), "sink");
  gst_pad_add_probe (sinkpad, GST_PAD_PROBE_TYPE_EVENT_FLUSH, on_flush, object,
      NULL);
}

static void
gst_recto_vlm_inference_finalize (GObject * object)
{
  GstRectoVlmInference *self = GST_RECTO_VLM_INFERENCE (object);

  g_free (self->server_url);
  g_free (self->model);
  g_free (self->api_key_file);
  g_free (self->ca_file);
  g_clear_pointer (&self->extra_headers, gst_structure_free);
  g_free (self->extra_headers_file);
  g_free (self->proxy);
  vlm_requested_settings_clear (&self->requested);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);

  G_OBJECT_CLASS (gst_recto_vlm_inference_parent_class)->finalize (object);
}

#define FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | \
  GST_PARAM_MUTABLE_READY)

static void
install_server_properties (void)
{
  /**
   * GstRectoVlmInference:server-url:
   *
   * The base of the server's OpenAI-compatible API: what comes before
   * `/chat/completions`. A query is kept. There is no password in it; the key
   * has [property@GstRectoVlmInference:api-key-file].
   *
   * Since: 1.0
   */
  properties[PROP_SERVER_URL] = g_param_spec_string ("server-url",
      "Server URL", "Base of the server's API, such as "
      "http://localhost:8000/v1", DEFAULT_SERVER_URL, FLAGS);

  /**
   * GstRectoVlmInference:model:
   *
   * The model, as the server lists it, without a `models/` before or a
   * `:latest` behind it if need be. A model that the list lacks is asked for
   * with a warning.
   *
   * Since: 1.0
   */
  properties[PROP_MODEL] = g_param_spec_string ("model", "Model",
      "Model, as the server lists it (unset: the only one that it lists)",
      NULL, FLAGS);

  /**
   * GstRectoVlmInference:api-key-file:
   *
   * A file with the server's key and nothing else. Where there is none, the
   * environment variable `RECTO_API_KEY` has it. It is read when the element
   * starts, and told to nobody but the server.
   *
   * Since: 1.0
   */
  properties[PROP_API_KEY_FILE] = g_param_spec_string ("api-key-file",
      "API key file", "File with the server's key (unset: the environment "
      "variable RECTO_API_KEY, if there is one)", NULL, FLAGS);

  /**
   * GstRectoVlmInference:ca-file:
   *
   * A PEM file with certificates of authorities that are trusted besides the
   * system's. There is no way to trust everybody.
   *
   * Since: 1.0
   */
  properties[PROP_CA_FILE] = g_param_spec_string ("ca-file", "CA file",
      "PEM file of authorities that are trusted besides the system's", NULL,
      FLAGS);

  /**
   * GstRectoVlmInference:extra-headers:
   *
   * Headers of each request besides the usual ones. It can't be read, since
   * there may be secrets in it. On a launch line they would be in GStreamer's
   * log and in lists of processes: for such headers there is
   * [property@GstRectoVlmInference:extra-headers-file].
   *
   * Since: 1.0
   */
  properties[PROP_EXTRA_HEADERS] = g_param_spec_boxed ("extra-headers",
      "Extra headers", "Headers of each request besides the usual ones, such "
      "as “headers,X-Team=scans”", GST_TYPE_STRUCTURE,
      G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);

  /**
   * GstRectoVlmInference:extra-headers-file:
   *
   * A file with headers of each request, a `Name: value` a line, for those that
   * are secret. They win over [property@GstRectoVlmInference:extra-headers].
   * The file is read when the element starts.
   *
   * Since: 1.0
   */
  properties[PROP_EXTRA_HEADERS_FILE] =
      g_param_spec_string ("extra-headers-file", "Extra headers file",
      "File with secret headers of each request, a “Name: value” a line "
      "(unset: none)", NULL, FLAGS);

  /**
   * GstRectoVlmInference:proxy:
   *
   * The URL of the HTTP proxy through which the server is asked, without a name
   * and password. Unset, it is the proxy of the system, except for a server on
   * this machine, which is asked directly.
   *
   * Since: 1.0
   */
  properties[PROP_PROXY] = g_param_spec_string ("proxy", "Proxy",
      "URL of the HTTP proxy before the server (unset: the system's, and none "
      "for this machine)", NULL, FLAGS);
}

static void
install_request_properties (void)
{
  /**
   * GstRectoVlmInference:profile:
   *
   * What the model was trained with: the name of a profile, as `recto
   * profiles` lists them, or the path of its file. Each is a preset, too.
   *
   * Since: 1.0
   */
  properties[PROP_PROFILE] = g_param_spec_string ("profile", "Profile",
      "Name of a profile, or path of its file: what the model was trained with",
      VLM_PROFILE_DEFAULT, FLAGS);

  /**
   * GstRectoVlmInference:prompt:
   *
   * What the model is told along with the image.
   *
   * Since: 1.0
   */
  properties[PROP_PROMPT] = g_param_spec_string ("prompt", "Prompt",
      "What the model is told along with the image (unset: as the profile "
      "says)", NULL, FLAGS);

  /**
   * GstRectoVlmInference:system-prompt:
   *
   * What the model is told before that.
   *
   * Since: 1.0
   */
  properties[PROP_SYSTEM_PROMPT] = g_param_spec_string ("system-prompt",
      "System prompt", "What the model is told before the prompt (unset: as "
      "the profile says)", NULL, FLAGS);

  /**
   * GstRectoVlmInference:max-tokens:
   *
   * How many tokens an answer may have.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_TOKENS] = g_param_spec_uint ("max-tokens", "Max tokens",
      "Tokens that an answer may have (0: as the profile says)", 0, G_MAXINT,
      0, FLAGS);

  /**
   * GstRectoVlmInference:max-context:
   *
   * How many tokens image, prompt and answer may have together for the answer
   * to be valid.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_CONTEXT] = g_param_spec_uint ("max-context",
      "Max context", "Tokens beyond which an answer isn't valid, all in all "
      "(0: as the profile says)", 0, G_MAXINT, 0, FLAGS);

  /**
   * GstRectoVlmInference:sampling:
   *
   * A JSON array with an object for each attempt, such as
   * `[{"temperature":0.1},{"temperature":0.5}]`. The last one holds for all
   * that follow.
   *
   * Since: 1.0
   */
  properties[PROP_SAMPLING] = g_param_spec_string ("sampling", "Sampling",
      "JSON array of sampling parameters, an object an attempt (unset: as the "
      "profile says)", NULL, FLAGS);

  /**
   * GstRectoVlmInference:extra-body:
   *
   * A JSON object whose members are added to the body of each request, and
   * win over all others but `messages`.
   *
   * Since: 1.0
   */
  properties[PROP_EXTRA_BODY] = g_param_spec_string ("extra-body",
      "Extra body", "JSON object with what is to be added to each request",
      NULL, FLAGS);

  /**
   * GstRectoVlmInference:guided-decoding:
   *
   * Whether and how the server is told to keep answers to the form that the
   * profile's regular expression gives.
   *
   * Since: 1.0
   */
  properties[PROP_GUIDED_DECODING] = g_param_spec_enum ("guided-decoding",
      "Guided decoding", "How the server is told the form of an answer",
      TYPE_VLM_GUIDED_DECODING, CHAT_GUIDE_NONE, FLAGS);

  /**
   * GstRectoVlmInference:rotation:
   *
   * What is done when the model says that a page is not upright.
   *
   * Since: 1.0
   */
  properties[PROP_ROTATION] = g_param_spec_enum ("rotation", "Rotation",
      "What is done when the model says that a page is not upright",
      TYPE_VLM_ROTATION, VLM_ROTATION_PROFILE, FLAGS);

  /**
   * GstRectoVlmInference:fallback:
   *
   * Where the text of a page comes from when no answer was valid. Its result
   * says so.
   *
   * Since: 1.0
   */
  properties[PROP_FALLBACK] = g_param_spec_enum ("fallback", "Fallback",
      "Where text comes from when the model has failed", TYPE_VLM_FALLBACK,
      VLM_FALLBACK_TEXT_LAYER, FLAGS);

  /**
   * GstRectoVlmInference:request:
   *
   * The body of a page's first request, with “…” for the image.
   *
   * Since: 1.0
   */
  properties[PROP_REQUEST] = g_param_spec_string ("request", "Request",
      "Body of a page's first request, without the image", NULL,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
install_limit_properties (void)
{
  /**
   * GstRectoVlmInference:timeout:
   *
   * How long an attempt may take, from the connection to the last byte of the
   * answer.
   *
   * Since: 1.0
   */
  properties[PROP_TIMEOUT] = g_param_spec_uint ("timeout", "Timeout",
      "Seconds that an attempt may take", 1, G_MAXINT / 2, DEFAULT_TIMEOUT,
      FLAGS);

  /**
   * GstRectoVlmInference:page-timeout:
   *
   * How long all attempts at a page may take. Waiting for a server that is
   * busy or gone is not part of it.
   *
   * Since: 1.0
   */
  properties[PROP_PAGE_TIMEOUT] = g_param_spec_uint ("page-timeout",
      "Page timeout", "Seconds that all attempts at a page may take (0: twice "
      "the timeout)", 0, G_MAXINT, DEFAULT_PAGE_TIMEOUT, FLAGS);

  /**
   * GstRectoVlmInference:retries:
   *
   * How many attempts may follow the first one.
   *
   * Since: 1.0
   */
  properties[PROP_RETRIES] = g_param_spec_uint ("retries", "Retries",
      "Attempts that may follow the first one", 0, 1000, DEFAULT_RETRIES,
      FLAGS);

  /**
   * GstRectoVlmInference:ready-timeout:
   *
   * How long to wait at the start for a server that can't be reached yet.
   *
   * Since: 1.0
   */
  properties[PROP_READY_TIMEOUT] = g_param_spec_uint ("ready-timeout",
      "Ready timeout", "Seconds to wait for the server at the start (0: no "
      "limit)", 0, G_MAXINT, DEFAULT_READY_TIMEOUT, FLAGS);

  /**
   * GstRectoVlmInference:max-outage:
   *
   * How long to wait for a server that is gone or takes no requests, before
   * the run ends. No page fails of it.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_OUTAGE] = g_param_spec_uint ("max-outage", "Max outage",
      "Seconds to wait for a server that is gone before the run ends (0: no "
      "limit)", 0, G_MAXINT, DEFAULT_MAX_OUTAGE, FLAGS);

  /**
   * GstRectoVlmInference:max-response-bytes:
   *
   * How many bytes an answer may have; longer ones are cut off and fail.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_RESPONSE_BYTES] =
      g_param_spec_uint64 ("max-response-bytes", "Max response bytes",
      "Bytes that an answer may have", 1024, G_MAXINT32,
      DEFAULT_MAX_RESPONSE_BYTES, FLAGS);
}

static void
gst_recto_vlm_inference_class_init (GstRectoVlmInferenceClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  RectoPageTransformClass *transform_class =
      RECTO_PAGE_TRANSFORM_CLASS (klass);

  object_class->set_property = gst_recto_vlm_inference_set_property;
  object_class->get_property = gst_recto_vlm_inference_get_property;
  object_class->constructed = gst_recto_vlm_inference_constructed;
  object_class->finalize = gst_recto_vlm_inference_finalize;

  gst_element_class_set_static_metadata (element_class,
      "Vision-language model", "Converter/Image/Text",
      "Reads pages with a model behind an OpenAI-compatible server",
      "The Recto developers");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_recto_vlm_inference_change_state);

  transform_class->start = gst_recto_vlm_inference_start;
  transform_class->stop = gst_recto_vlm_inference_stop;
  transform_class->process = NULL;
  transform_class->submit = gst_recto_vlm_inference_submit;
  transform_class->stalled = gst_recto_vlm_inference_stalled;
  transform_class->add_stats = gst_recto_vlm_inference_add_stats;
  transform_class->describe_config = gst_recto_vlm_inference_describe_config;
  recto_page_transform_class_set_config_defaults (transform_class, 1,
      g_variant_new_parsed ("{'extra-body': <'{}'>, "
          "'guided-decoding': <'none'>, 'fallback': <'text-layer'>}"));
  transform_class->describe_hints = gst_recto_vlm_inference_describe_hints;
  RECTO_INFERENCE_CLASS (klass)->describe_image =
      gst_recto_vlm_inference_describe_image;

  install_server_properties ();
  install_request_properties ();
  install_limit_properties ();
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gst_type_mark_as_plugin_api (TYPE_VLM_FALLBACK, 0);
  gst_type_mark_as_plugin_api (TYPE_VLM_GUIDED_DECODING, 0);
  gst_type_mark_as_plugin_api (TYPE_VLM_ROTATION, 0);
}

static void
gst_recto_vlm_inference_init (GstRectoVlmInference * self)
{
  self->server_url = g_strdup (DEFAULT_SERVER_URL);
  self->requested.profile = g_strdup (VLM_PROFILE_DEFAULT);
  self->requested.rotation = VLM_ROTATION_PROFILE;
  self->fallback = VLM_FALLBACK_TEXT_LAYER;
  self->timeout = DEFAULT_TIMEOUT;
  self->page_timeout = DEFAULT_PAGE_TIMEOUT;
  self->retries = DEFAULT_RETRIES;
  self->ready_timeout = DEFAULT_READY_TIMEOUT;
  self->max_outage = DEFAULT_MAX_OUTAGE;
  self->max_response_bytes = DEFAULT_MAX_RESPONSE_BYTES;
  self->is_unavailable = TRUE;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);

  g_object_set (self, "max-in-flight", DEFAULT_MAX_IN_FLIGHT, NULL);
}
