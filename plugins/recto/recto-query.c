/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto.h>
#include <recto/recto-query-private.h>

#define IMAGE_REQUEST "recto-image-request"
#define RUN "recto-run"
#define CONFIG "config"
#define CHANGES "changes"
#define HINTS "hints"
#define RUN_CONFIG_TYPE "a(sa{sv})"
#define REVISION "revision"

/* Hexadecimal digits of a digest: 64 bits tell the configurations of one
 * output apart many times over, and every record carries them. */
#define DIGEST_LENGTH 16

static RectoImageRequest *
recto_image_request_copy (const RectoImageRequest * self)
{
  return g_memdup2 (self, sizeof (*self));
}

G_DEFINE_BOXED_TYPE (RectoImageRequest, recto_image_request,
    recto_image_request_copy, g_free)

static GstQuery *
new_query (const char *name)
{
  return gst_query_new_custom (GST_QUERY_CUSTOM, gst_structure_new_empty (name));
}

static gboolean
is_query (GstQuery * query, const char *name)
{
  const GstStructure *structure;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CUSTOM)
    return FALSE;

  structure = gst_query_get_structure (query);
  return structure != NULL && gst_structure_has_name (structure, name);
}

/**
 * recto_query_new_image_request:
 *
 * Creates the query `recto-image-request`, by which an element that makes
 * images asks downstream what images are wanted. A [class@Recto.Inference]
 * answers it.
 *
 * Returns: (transfer full): a new query
 *
 * Since: 1.0
 */
GstQuery *
recto_query_new_image_request (void)
{
  return new_query (IMAGE_REQUEST);
}

/**
 * recto_query_is_image_request:
 * @query: a query
 *
 * Tells whether @query is a `recto-image-request`.
 *
 * Returns: %TRUE if it is
 *
 * Since: 1.0
 */
gboolean
recto_query_is_image_request (GstQuery * query)
{
  g_return_val_if_fail (GST_IS_QUERY (query), FALSE);

  return is_query (query, IMAGE_REQUEST);
}

/**
 * recto_query_set_image_request:
 * @query: a `recto-image-request`
 * @request: the answer
 *
 * Answers @query.
 *
 * Since: 1.0
 */
void
recto_query_set_image_request (GstQuery * query,
    const RectoImageRequest * request)
{
  g_return_if_fail (recto_query_is_image_request (query));
  g_return_if_fail (request != NULL);

  gst_structure_set (gst_query_writable_structure (query),
      "longest", G_TYPE_UINT, request->longest,
      "shortest", G_TYPE_UINT, request->shortest,
      "exact", G_TYPE_UINT, request->exact,
      "multiple", G_TYPE_UINT, request->multiple,
      "max-pixels", G_TYPE_UINT, request->max_pixels,
      "format", G_TYPE_STRING, request->format,
      "quality", G_TYPE_UINT, request->quality, NULL);
}

/**
 * recto_query_get_image_request:
 * @query: a `recto-image-request` that was answered
 * @request: (out caller-allocates): return location for the answer
 *
 * Gets the answer. What was not answered is no wish.
 *
 * Since: 1.0
 */
void
recto_query_get_image_request (GstQuery * query, RectoImageRequest * request)
{
  const GstStructure *structure;

  g_return_if_fail (recto_query_is_image_request (query));
  g_return_if_fail (request != NULL);

  *request = (RectoImageRequest) { 0 };
  structure = gst_query_get_structure (query);
  gst_structure_get_uint (structure, "longest", &request->longest);
  gst_structure_get_uint (structure, "shortest", &request->shortest);
  gst_structure_get_uint (structure, "exact", &request->exact);
  gst_structure_get_uint (structure, "multiple", &request->multiple);
  gst_structure_get_uint (structure, "max-pixels", &request->max_pixels);
  gst_structure_get_uint (structure, "quality", &request->quality);

  /* Media types are few, and interned ones need no owner. */
  request->format =
      g_intern_string (gst_structure_get_string (structure, "format"));
}

/**
 * recto_query_new_run:
 *
 * Creates the query `recto-run`, which a source sends downstream before its
 * first page. Each element that shapes the output adds its configuration, in
 * the order of the stream; the sink answers it.
 *
 * Returns: (transfer full): a new query
 *
 * Since: 1.0
 */
GstQuery *
recto_query_new_run (void)
{
  return new_query (RUN);
}

/**
 * recto_query_is_run:
 * @query: a query
 *
 * Tells whether @query is a `recto-run`.
 *
 * Returns: %TRUE if it is
 *
 * Since: 1.0
 */
gboolean
recto_query_is_run (GstQuery * query)
{
  g_return_val_if_fail (GST_IS_QUERY (query), FALSE);

  return is_query (query, RUN);
}

/* What elements have added under the name `field`. */
static GVariant *
get_list (GstQuery * query, const char *field)
{
  const GValue *value =
      gst_structure_get_value (gst_query_get_structure (query), field);

  if (value == NULL)
    return g_variant_ref_sink (g_variant_new (RUN_CONFIG_TYPE, NULL));
  return g_value_dup_variant (value);
}

/**
 * recto_query_get_run_config:
 * @query: a `recto-run`
 *
 * Gets the configurations that were added so far.
 *
 * Returns: (transfer full): a variant of type `a(sa{sv})`: names of elements
 *   and all settings that shape their output, with `revision` (`u`) among them
 *
 * Since: 1.0
 */
GVariant *
recto_query_get_run_config (GstQuery * query)
{
  g_return_val_if_fail (recto_query_is_run (query), NULL);

  return get_list (query, CONFIG);
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

/* The same entries in the order of their keys, so that equal configurations
 * have equal digests. */
static GVariant *
sort_config (GVariant * config)
{
  GVariantBuilder sorted;
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  GVariantIter iter;
  const char *key;

  g_variant_iter_init (&iter, config);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL))
    g_ptr_array_add (keys, (gpointer) key);
  g_ptr_array_sort (keys, compare_keys);

  g_variant_builder_init (&sorted, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < keys->len; i++) {
    const char *name = g_ptr_array_index (keys, i);
    g_autoptr (GVariant) value = g_variant_lookup_value (config, name, NULL);

    g_variant_builder_add (&sorted, "{sv}", name, value);
  }
  return g_variant_builder_end (&sorted);
}

static void
add_to_list (GstQuery * query, const char *field, const char *name,
    GVariant * settings)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (settings);
  g_autoptr (GVariant) before = get_list (query, field);
  GVariantBuilder after;
  GVariantIter iter;
  GVariant *entry;

  g_variant_builder_init (&after, G_VARIANT_TYPE (RUN_CONFIG_TYPE));
  g_variant_iter_init (&iter, before);
  while ((entry = g_variant_iter_next_value (&iter))) {
    g_variant_builder_add_value (&after, entry);
    g_variant_unref (entry);
  }
  g_variant_builder_add (&after, "(s@a{sv})", name, sort_config (sunk));

  gst_structure_set (gst_query_writable_structure (query),
      field, G_TYPE_VARIANT, g_variant_builder_end (&after), NULL);
}

/* Whether the default of a setting is known, and is this. */
static gboolean
is_default (GVariant * defaults, const char *name, GVariant * value)
{
  g_autoptr (GVariant) found = defaults == NULL ? NULL :
      g_variant_lookup_value (defaults, name, NULL);

  return found != NULL && g_variant_equal (found, value);
}

/* The settings without those that are at their defaults, or all of them, and
 * the revision. */
static GVariant *
choose_settings (GVariant * settings, guint revision, GVariant * defaults)
{
  GVariantDict chosen;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_dict_init (&chosen, NULL);
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value)) {
    if (!is_default (defaults, name, value))
      g_variant_dict_insert_value (&chosen, name, value);
  }
  g_variant_dict_insert (&chosen, REVISION, "u", revision);

  return g_variant_dict_end (&chosen);
}

/**
 * recto_query_add_run_config:
 * @query: a `recto-run`
 * @name: the element's factory name, such as `pagerasterizer`
 * @revision: the revision of what the element does, from 1
 * @settings: a vardict of all settings that shape the element's output, sunk
 *   if it is floating
 * @defaults: (nullable): a vardict with the defaults that settings have in
 *   this revision, sunk if it is floating
 *
 * Adds an element's configuration to those of the elements before it.
 *
 * The @revision and the settings that differ from their @defaults are part of
 * the digest; the other settings are only logged. Thus a new setting whose
 * default changes nothing does not change the digest. An element raises
 * @revision only when it makes different text of equal settings.
 *
 * Settings are those that shape the text. Effort, such as a timeout, a number
 * of attempts or of threads, is not among them, and neither is a secret. What
 * is found out during the run, such as the language of each page, enters as
 * the setting that asks for it. No setting is named `revision`.
 *
 * Since: 1.0
 */
void
recto_query_add_run_config (GstQuery * query, const char *name,
    guint revision, GVariant * settings, GVariant * defaults)
{
  g_autoptr (GVariant) all = NULL, neutral = NULL;

  g_return_if_fail (recto_query_is_run (query));
  g_return_if_fail (name != NULL);
  g_return_if_fail (revision > 0);
  g_return_if_fail (g_variant_is_of_type (settings, G_VARIANT_TYPE_VARDICT));
  g_return_if_fail (defaults == NULL
      || g_variant_is_of_type (defaults, G_VARIANT_TYPE_VARDICT));

  all = g_variant_ref_sink (settings);
  neutral = defaults ? g_variant_ref_sink (defaults) : NULL;
  add_to_list (query, CONFIG, name, choose_settings (all, revision, NULL));
  add_to_list (query, CHANGES, name, choose_settings (all, revision, neutral));
}

GVariant *
recto_query_get_run_changes (GstQuery * query)
{
  g_return_val_if_fail (recto_query_is_run (query), NULL);

  return get_list (query, CHANGES);
}

char *
recto_run_config_make_digest (GVariant * config)
{
  g_autofree char *text = g_variant_print (config, TRUE);
  char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  digest[DIGEST_LENGTH] = '\0';
  return digest;
}

/**
 * recto_query_get_run_digest:
 * @query: a `recto-run`
 *
 * Gets the digest of the configurations that were added so far: the start of
 * the SHA-256 of the text form of each element's name, its revision and those
 * of its settings that are not at their defaults. The order in which an element
 * names its settings does not matter.
 *
 * Returns: (transfer full): 16 lower-case hexadecimal digits
 *
 * Since: 1.0
 */
char *
recto_query_get_run_digest (GstQuery * query)
{
  g_autoptr (GVariant) changes = NULL;

  g_return_val_if_fail (recto_query_is_run (query), NULL);

  changes = recto_query_get_run_changes (query);
  return recto_run_config_make_digest (changes);
}

void
recto_query_add_run_hints (GstQuery * query, const char *name,
    GVariant * hints)
{
  g_return_if_fail (recto_query_is_run (query));
  g_return_if_fail (name != NULL);
  g_return_if_fail (g_variant_is_of_type (hints, G_VARIANT_TYPE_VARDICT));

  add_to_list (query, HINTS, name, hints);
}

GVariant *
recto_query_get_run_hints (GstQuery * query)
{
  g_return_val_if_fail (recto_query_is_run (query), NULL);

  return get_list (query, HINTS);
}
