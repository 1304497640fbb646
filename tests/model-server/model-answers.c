/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "image-size.h"
#include "model-answers.h"
#include "model-request.h"

#define SHA256_SHOWN 16

/* Of a vision model's patches */
#define PATCH 28

static const char *const default_models[] = { "stand-in", NULL };

void
model_answers_init (ModelAnswers * self)
{
  g_mutex_init (&self->lock);
  self->models = g_strdupv ((char **) default_models);
  self->body_limit = MODEL_BODY_MAX;
  self->script = g_array_new (FALSE, FALSE, sizeof (ModelFault));
  self->mix = g_array_new (FALSE, FALSE, sizeof (ModelFault));
}

void
model_answers_clear (ModelAnswers * self)
{
  g_mutex_clear (&self->lock);
  g_strfreev (self->models);
  g_free (self->api_key);
  g_array_unref (self->script);
  g_array_unref (self->mix);
}

/* With the lock */

/* By the number of the request and nothing that was before. */
static ModelFault
choose_of_mix (ModelAnswers * self, guint64 serial)
{
  guint32 seeds[] = { self->mix_seed, serial, serial >> 32 };
  GRand *rand = g_rand_new_with_seed_array (seeds, G_N_ELEMENTS (seeds));
  ModelFault fault = { MODEL_FAULT_NONE };

  if (self->mix->len > 0 &&
      (guint) g_rand_int_range (rand, 0, 100) < self->mix_percent)
    fault = g_array_index (self->mix, ModelFault,
        g_rand_int_range (rand, 0, self->mix->len));
  g_rand_free (rand);
  return fault;
}

static ModelFault
choose_fault (ModelAnswers * self, guint64 serial)
{
  guint64 at = serial - self->script_start;

  if (self->is_cycle && self->script->len > 0)
    at %= self->script->len;
  if (serial >= self->script_start && at < self->script->len)
    return g_array_index (self->script, ModelFault, at);
  return choose_of_mix (self, serial);
}

static void
read_size (ModelRequest * request, guint * width, guint * height)
{
  GBytes *image = model_request_get_image (request);
  const guint8 *data;
  gsize size;

  *width = *height = 0;
  if (!image)
    return;
  data = g_bytes_get_data (image, &size);
  image_size_read (data, size, width, height);
}

static char *
dup_text (ModelAnswers * self, ModelRequest * request)
{
  GBytes *image = model_request_get_image (request);
  g_autofree char *sha256 = NULL;
  guint width, height;

  if (self->cheap)
    return g_strdup_printf ("%" G_GUINT64_FORMAT,
        model_request_get_serial (request));
  if (!image)
    return g_strdup ("no image");

  sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, image);
  read_size (request, &width, &height);
  return g_strdup_printf ("%s %ux%u sha256:%.*s",
      model_request_get_media_type (request), width, height, SHA256_SHOWN,
      sha256);
}

static void
count_tokens (ModelAnswers * self, ModelRequest * request, ModelReply * reply)
{
  const char *prompt = model_request_get_prompt (request);
  guint width, height;

  if (self->cheap)
    return;
  read_size (request, &width, &height);
  reply->n_prompt_tokens = width / PATCH * (height / PATCH) +
      (prompt ? strlen (prompt) : 0) / 4 + 20;
}

static gint64
choose_delay (ModelAnswers * self)
{
  double jitter = self->jitter > 0 ? g_random_double () * self->jitter : 0;

  return (self->delay + jitter) * G_USEC_PER_SEC;
}

static void
complete (ModelAnswers * self, ModelRequest * request, ModelReply * reply)
{
  const char *model = model_request_get_model (request);

  if (!self->cheap && !model_request_get_json (request)) {
    model_reply_set_error (reply, 400, "The body is no JSON object.");
    return;
  }
  if (self->is_strict && !self->cheap &&
      !(model && g_strv_contains ((const char *const *) self->models, model))) {
    model_reply_set_error (reply, 404, "There is no such model.");
    return;
  }

  if (model) {
    g_free (reply->model);
    reply->model = g_strdup (model);
  }
  count_tokens (self, request, reply);
  reply->delay = choose_delay (self);
  reply->fault = choose_fault (self, model_request_get_serial (request));
}

static void
list_models (ModelAnswers * self, ModelReply * reply)
{
  model_reply_set_models (reply, (const char *const *) self->models);
  reply->fault = self->models_fault;
}

static gboolean
is_get (ModelRequest * request, const char *path)
{
  return g_str_equal (model_request_get_method (request), "GET") &&
      g_str_equal (model_request_get_path (request), path);
}

static void
fill_reply (ModelAnswers * self, ModelRequest * request, ModelReply * reply)
{
  gint64 size = model_request_get_body_size (request);

  if (size < 0)
    model_reply_set_error (reply, 411, "How long is it?");
  else if (size > MODEL_BODY_MAX || (gsize) size > self->body_limit)
    model_reply_set_error (reply, 413, "The body is too large.");
  else if (is_get (request, "/health"))
    model_reply_set_json (reply, 200, "");
  else if (self->api_key && !model_request_has_key (request, self->api_key))
    model_reply_set_error (reply, 401, "Wrong API key.");
  else if (is_get (request, "/v1/models"))
    list_models (self, reply);
  else if (model_request_is_completion (request))
    complete (self, request, reply);
  else
    model_reply_set_error (reply, 404, "Not found.");
}

static ModelReply *
make_reply (ModelAnswers * self, ModelRequest * request)
{
  ModelReply *reply = model_reply_new (self->format,
      model_request_get_serial (request),
      self->models[0] ? self->models[0] : "", dup_text (self, request));

  fill_reply (self, request, reply);
  return reply;
}

/* Without the lock */

static void
set_faults (GArray * array, const ModelFault * faults, gsize n_faults)
{
  g_array_set_size (array, 0);
  for (gsize i = 0; i < n_faults; i++) {
    ModelFault fault = model_fault_intern (&faults[i]);

    g_array_append_val (array, fault);
  }
}

void
model_answers_set_script (ModelAnswers * self, const ModelFault * faults,
    gsize n_faults, gboolean is_cycle)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  set_faults (self->script, faults, n_faults);
  self->script_start = self->n_completions;
  self->is_cycle = is_cycle;
}

void
model_answers_set_mix (ModelAnswers * self, guint percent, guint32 seed,
    const ModelFault * faults, gsize n_faults)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  if (!faults)
    faults = model_faults_get_default (&n_faults);
  set_faults (self->mix, faults, n_faults);
  self->mix_percent = percent;
  self->mix_seed = seed;
}

guint64
model_answers_take_serial (ModelAnswers * self, gboolean is_completion)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return is_completion ? self->n_completions++ : self->n_others++;
}

gboolean
model_answers_want_body (ModelAnswers * self, ModelRequest * request)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  gint64 size = model_request_get_body_size (request);

  return !self->cheap && size > 0 && (gsize) size <= self->body_limit;
}

ModelReply *
model_answers_make_reply (ModelAnswers * self, ModelRequest * request)
{
  ModelHandler handler;
  gpointer data;
  ModelReply *reply;

  g_mutex_lock (&self->lock);
  reply = make_reply (self, request);
  handler = self->handler;
  data = self->handler_data;
  g_mutex_unlock (&self->lock);

  if (handler)
    handler (request, reply, data);
  return reply;
}
