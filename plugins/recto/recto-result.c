/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-boxed-meta-private.h>

struct _RectoResult
{
  gatomicrefcount ref_count;

  char *model;
  char *language;
  int rotation;
  int is_table;
  int is_diagram;
  gint64 input_tokens;
  gint64 output_tokens;
  guint attempts;
  char *finish_reason;
  char *fallback;
  double confidence;
  double seconds;
  GVariant *extra;
  RectoTextSource source;
  RectoTextReason reason;
  char *profile;
  GPtrArray *regions;           /* of RectoRegion */
};

G_DEFINE_BOXED_TYPE (RectoResult, recto_result, recto_result_ref,
    recto_result_unref)

/**
 * recto_result_new:
 *
 * Creates a result that knows nothing yet.
 *
 * Returns: (transfer full): a new result
 *
 * Since: 1.0
 */
RectoResult *
recto_result_new (void)
{
  RectoResult *self = g_new0 (RectoResult, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->rotation = -1;
  self->is_table = -1;
  self->is_diagram = -1;
  self->input_tokens = -1;
  self->output_tokens = -1;
  self->confidence = -1;
  self->seconds = -1;
  self->extra = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  self->regions =
      g_ptr_array_new_with_free_func ((GDestroyNotify) recto_region_unref);

  return self;
}

/**
 * recto_result_ref:
 * @self: a result
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
RectoResult *
recto_result_ref (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * recto_result_unref:
 * @self: (transfer full): a result
 *
 * Gives a reference back.
 *
 * Since: 1.0
 */
void
recto_result_unref (RectoResult * self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->model);
  g_free (self->language);
  g_free (self->finish_reason);
  g_free (self->fallback);
  g_variant_unref (self->extra);
  g_free (self->profile);
  g_ptr_array_unref (self->regions);
  g_free (self);
}

/**
 * recto_result_get_model:
 * @self: a result
 *
 * Gets which model read the page.
 *
 * Returns: (nullable): a name, or %NULL when not known
 *
 * Since: 1.0
 */
const char *
recto_result_get_model (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->model;
}

/**
 * recto_result_set_model:
 * @self: a result
 * @model: (nullable): a name
 *
 * Sets which model read the page.
 *
 * Since: 1.0
 */
void
recto_result_set_model (RectoResult * self, const char *model)
{
  g_return_if_fail (self != NULL);

  g_free (self->model);
  self->model = g_strdup (model);
}

/**
 * recto_result_get_language:
 * @self: a result
 *
 * Gets the page's main language.
 *
 * Returns: (nullable): a code, as the model gives it, such as `en` or `eng`,
 *   or %NULL when not known
 *
 * Since: 1.0
 */
const char *
recto_result_get_language (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->language;
}

/**
 * recto_result_set_language:
 * @self: a result
 * @language: (nullable): a code
 *
 * Sets the page's main language.
 *
 * Since: 1.0
 */
void
recto_result_set_language (RectoResult * self, const char *language)
{
  g_return_if_fail (self != NULL);

  g_free (self->language);
  self->language = g_strdup (language);
}

/**
 * recto_result_get_rotation:
 * @self: a result
 *
 * Gets by how much the image was turned before it was read.
 *
 * Returns: degrees counter-clockwise: 0, 90, 180 or 270; -1 when not known
 *
 * Since: 1.0
 */
int
recto_result_get_rotation (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->rotation;
}

/**
 * recto_result_set_rotation:
 * @self: a result
 * @rotation: degrees counter-clockwise: 0, 90, 180 or 270
 *
 * Sets by how much the image was turned before it was read.
 *
 * Since: 1.0
 */
void
recto_result_set_rotation (RectoResult * self, int rotation)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (rotation % 90 == 0 && rotation >= 0 && rotation < 360);

  self->rotation = rotation;
}

/**
 * recto_result_get_is_table:
 * @self: a result
 *
 * Gets whether the page is mostly a table.
 *
 * Returns: 1 for yes, 0 for no, -1 when not known
 *
 * Since: 1.0
 */
int
recto_result_get_is_table (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->is_table;
}

/**
 * recto_result_set_is_table:
 * @self: a result
 * @is_table: whether it is
 *
 * Sets whether the page is mostly a table.
 *
 * Since: 1.0
 */
void
recto_result_set_is_table (RectoResult * self, gboolean is_table)
{
  g_return_if_fail (self != NULL);

  self->is_table = is_table ? 1 : 0;
}

/**
 * recto_result_get_is_diagram:
 * @self: a result
 *
 * Gets whether the page is mostly a diagram.
 *
 * Returns: 1 for yes, 0 for no, -1 when not known
 *
 * Since: 1.0
 */
int
recto_result_get_is_diagram (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->is_diagram;
}

/**
 * recto_result_set_is_diagram:
 * @self: a result
 * @is_diagram: whether it is
 *
 * Sets whether the page is mostly a diagram.
 *
 * Since: 1.0
 */
void
recto_result_set_is_diagram (RectoResult * self, gboolean is_diagram)
{
  g_return_if_fail (self != NULL);

  self->is_diagram = is_diagram ? 1 : 0;
}

/**
 * recto_result_get_input_tokens:
 * @self: a result
 *
 * Gets how many tokens the model was sent, over all attempts.
 *
 * Returns: a number of tokens, -1 when not known
 *
 * Since: 1.0
 */
gint64
recto_result_get_input_tokens (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->input_tokens;
}

/**
 * recto_result_set_input_tokens:
 * @self: a result
 * @tokens: a number of tokens
 *
 * Sets how many tokens the model was sent, over all attempts.
 *
 * Since: 1.0
 */
void
recto_result_set_input_tokens (RectoResult * self, gint64 tokens)
{
  g_return_if_fail (self != NULL);

  self->input_tokens = tokens;
}

/**
 * recto_result_get_output_tokens:
 * @self: a result
 *
 * Gets how many tokens the model answered with, over all attempts.
 *
 * Returns: a number of tokens, -1 when not known
 *
 * Since: 1.0
 */
gint64
recto_result_get_output_tokens (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->output_tokens;
}

/**
 * recto_result_set_output_tokens:
 * @self: a result
 * @tokens: a number of tokens
 *
 * Sets how many tokens the model answered with, over all attempts.
 *
 * Since: 1.0
 */
void
recto_result_set_output_tokens (RectoResult * self, gint64 tokens)
{
  g_return_if_fail (self != NULL);

  self->output_tokens = tokens;
}

/**
 * recto_result_get_attempts:
 * @self: a result
 *
 * Gets how often the page was tried.
 *
 * Returns: a number of attempts, 0 when not known
 *
 * Since: 1.0
 */
guint
recto_result_get_attempts (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->attempts;
}

/**
 * recto_result_set_attempts:
 * @self: a result
 * @attempts: a number of attempts
 *
 * Sets how often the page was tried.
 *
 * Since: 1.0
 */
void
recto_result_set_attempts (RectoResult * self, guint attempts)
{
  g_return_if_fail (self != NULL);

  self->attempts = attempts;
}

/**
 * recto_result_get_finish_reason:
 * @self: a result
 *
 * Gets why the model stopped.
 *
 * Returns: (nullable): `stop`, `length` or another word of the server's, or
 *   %NULL when not known
 *
 * Since: 1.0
 */
const char *
recto_result_get_finish_reason (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->finish_reason;
}

/**
 * recto_result_set_finish_reason:
 * @self: a result
 * @finish_reason: (nullable): a word
 *
 * Sets why the model stopped.
 *
 * Since: 1.0
 */
void
recto_result_set_finish_reason (RectoResult * self, const char *finish_reason)
{
  g_return_if_fail (self != NULL);

  g_free (self->finish_reason);
  self->finish_reason = g_strdup (finish_reason);
}

/**
 * recto_result_get_fallback:
 * @self: a result
 *
 * Gets where the text is from when not from the model.
 *
 * Returns: (nullable): a word such as `text-layer`; %NULL when the model
 *   wrote it
 *
 * Since: 1.0
 */
const char *
recto_result_get_fallback (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->fallback;
}

/**
 * recto_result_set_fallback:
 * @self: a result
 * @fallback: (nullable): a word
 *
 * Sets where the text is from when not from the model.
 *
 * Since: 1.0
 */
void
recto_result_set_fallback (RectoResult * self, const char *fallback)
{
  g_return_if_fail (self != NULL);

  g_free (self->fallback);
  self->fallback = g_strdup (fallback);
}

/**
 * recto_result_get_confidence:
 * @self: a result
 *
 * Gets how sure the engine is of the text.
 *
 * Returns: from 0 to 1, -1 when not known
 *
 * Since: 1.0
 */
double
recto_result_get_confidence (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->confidence;
}

/**
 * recto_result_set_confidence:
 * @self: a result
 * @confidence: from 0 to 1
 *
 * Sets how sure the engine is of the text.
 *
 * Since: 1.0
 */
void
recto_result_set_confidence (RectoResult * self, double confidence)
{
  g_return_if_fail (self != NULL);

  self->confidence = confidence;
}

/**
 * recto_result_get_seconds:
 * @self: a result
 *
 * Gets how long reading the page took.
 *
 * Returns: wall-clock seconds, -1 when not known
 *
 * Since: 1.0
 */
double
recto_result_get_seconds (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->seconds;
}

/**
 * recto_result_set_seconds:
 * @self: a result
 * @seconds: wall-clock seconds
 *
 * Sets how long reading the page took.
 *
 * Since: 1.0
 */
void
recto_result_set_seconds (RectoResult * self, double seconds)
{
  g_return_if_fail (self != NULL);

  self->seconds = seconds;
}

/**
 * recto_result_get_extra:
 * @self: a result
 *
 * Gets what else is known, which records keep as it is.
 *
 * Returns: (transfer none): a vardict, empty when nothing else is known
 *
 * Since: 1.0
 */
GVariant *
recto_result_get_extra (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->extra;
}

/**
 * recto_result_set_extra:
 * @self: a result
 * @key: a name in valid UTF-8, best with a prefix of one's own, such as
 *   `acme:boxes`
 * @value: (nullable): a value, sunk if it is floating; %NULL to take @key out
 *
 * Adds something that has no place of its own.
 *
 * Since: 1.0
 */
void
recto_result_set_extra (RectoResult * self, const char *key, GVariant * value)
{
  g_autoptr (GVariantDict) dict = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (key != NULL && g_utf8_validate (key, -1, NULL));

  dict = g_variant_dict_new (self->extra);
  if (value)
    g_variant_dict_insert_value (dict, key, value);
  else
    g_variant_dict_remove (dict, key);

  g_variant_unref (self->extra);
  self->extra = g_variant_ref_sink (g_variant_dict_end (dict));
}

/**
 * recto_result_get_source:
 * @self: a result
 *
 * Gets where the text is from.
 *
 * Returns: a source, %RECTO_TEXT_SOURCE_UNKNOWN when not known
 *
 * Since: 1.0
 */
RectoTextSource
recto_result_get_source (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, RECTO_TEXT_SOURCE_UNKNOWN);

  return self->source;
}

/**
 * recto_result_set_source:
 * @self: a result
 * @source: a source
 *
 * Sets where the text is from.
 *
 * Since: 1.0
 */
void
recto_result_set_source (RectoResult * self, RectoTextSource source)
{
  g_return_if_fail (self != NULL);

  self->source = source;
}

/**
 * recto_result_get_reason:
 * @self: a result
 *
 * Gets why the text is not from what was asked first, or why there is none.
 *
 * Returns: a reason, %RECTO_TEXT_REASON_UNKNOWN when it is from that, or when
 *   it is not known
 *
 * Since: 1.0
 */
RectoTextReason
recto_result_get_reason (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, RECTO_TEXT_REASON_UNKNOWN);

  return self->reason;
}

/**
 * recto_result_set_reason:
 * @self: a result
 * @reason: a reason
 *
 * Sets why the text is not from what was asked first, or why there is none.
 *
 * Since: 1.0
 */
void
recto_result_set_reason (RectoResult * self, RectoTextReason reason)
{
  g_return_if_fail (self != NULL);

  self->reason = reason;
}

/**
 * recto_result_get_profile:
 * @self: a result
 *
 * Gets by which profile the model was asked.
 *
 * Returns: (nullable): a name such as `olmocr-2`, or %NULL when there is none
 *
 * Since: 1.0
 */
const char *
recto_result_get_profile (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->profile;
}

/**
 * recto_result_set_profile:
 * @self: a result
 * @profile: (nullable): a name
 *
 * Sets by which profile the model was asked.
 *
 * Since: 1.0
 */
void
recto_result_set_profile (RectoResult * self, const char *profile)
{
  g_return_if_fail (self != NULL);

  g_free (self->profile);
  self->profile = g_strdup (profile);
}

/**
 * recto_result_get_regions:
 * @self: a result
 *
 * Gets the regions of the page in reading order.
 *
 * Returns: (transfer none) (element-type RectoRegion): regions, not to be
 *   changed; empty when not known
 *
 * Since: 1.0
 */
GPtrArray *
recto_result_get_regions (RectoResult * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->regions;
}

/**
 * recto_result_add_region:
 * @self: a result
 * @region: a region
 *
 * Adds the region that comes next in reading order. Its parent, if it has one,
 * must have been added before.
 *
 * Since: 1.0
 */
void
recto_result_add_region (RectoResult * self, RectoRegion * region)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (region != NULL);
  g_return_if_fail (recto_region_get_parent (region) <
      (int) self->regions->len);

  g_ptr_array_add (self->regions, recto_region_ref (region));
}

static const GstMetaInfo *
recto_result_meta_get_info (void)
{
  static gsize info = 0;

  if (g_once_init_enter (&info))
    g_once_init_leave (&info,
        (gsize) recto_boxed_meta_register ("RectoResultMeta"));
  return (const GstMetaInfo *) info;
}

/**
 * recto_buffer_get_result:
 * @buffer: a buffer
 *
 * Gets what inference told of the page that @buffer is of.
 *
 * Returns: (transfer none) (nullable): a result
 *
 * Since: 1.0
 */
RectoResult *
recto_buffer_get_result (GstBuffer * buffer)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);

  return recto_buffer_get_boxed (buffer, recto_result_meta_get_info ());
}

/**
 * recto_buffer_add_result:
 * @buffer: a writable buffer
 * @result: a result
 *
 * Puts @result on @buffer, instead of any that it had.
 *
 * Since: 1.0
 */
void
recto_buffer_add_result (GstBuffer * buffer, RectoResult * result)
{
  g_return_if_fail (GST_IS_BUFFER (buffer));
  g_return_if_fail (gst_buffer_is_writable (buffer));
  g_return_if_fail (result != NULL);

  recto_buffer_replace_boxed (buffer, recto_result_meta_get_info (),
      RECTO_TYPE_RESULT, result);
}
