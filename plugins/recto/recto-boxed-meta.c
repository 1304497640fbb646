/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto-boxed-meta-private.h>

typedef struct
{
  GstMeta meta;
  GType type;
  gpointer boxed;
} RectoBoxedMeta;

static gboolean
recto_boxed_meta_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  ((RectoBoxedMeta *) meta)->boxed = NULL;
  return TRUE;
}

static void
recto_boxed_meta_free (GstMeta * meta, GstBuffer * buffer)
{
  RectoBoxedMeta *self = (RectoBoxedMeta *) meta;

  if (self->boxed)
    g_boxed_free (self->type, self->boxed);
}

static gboolean
recto_boxed_meta_transform (GstBuffer * dest, GstMeta * meta,
    GstBuffer * buffer, GQuark type, gpointer data)
{
  RectoBoxedMeta *self = (RectoBoxedMeta *) meta;

  /* An element that knows better has already said so. */
  if (gst_buffer_get_meta (dest, meta->info->api) == NULL)
    recto_buffer_replace_boxed (dest, meta->info, self->type, self->boxed);
  return TRUE;
}

const GstMetaInfo *
recto_boxed_meta_register (const char *name)
{
  static const char *no_tags[] = { NULL };
  g_autofree char *api = g_strconcat (name, "API", NULL);

  return gst_meta_register (gst_meta_api_type_register (api, no_tags), name,
      sizeof (RectoBoxedMeta), recto_boxed_meta_init, recto_boxed_meta_free,
      recto_boxed_meta_transform);
}

gpointer
recto_buffer_get_boxed (GstBuffer * buffer, const GstMetaInfo * info)
{
  GstMeta *meta = gst_buffer_get_meta (buffer, info->api);

  return meta ? ((RectoBoxedMeta *) meta)->boxed : NULL;
}

void
recto_buffer_replace_boxed (GstBuffer * buffer, const GstMetaInfo * info,
    GType type, gconstpointer boxed)
{
  gpointer copy = g_boxed_copy (type, boxed);
  GstMeta *meta = gst_buffer_get_meta (buffer, info->api);
  RectoBoxedMeta *self;

  if (meta == NULL)
    meta = gst_buffer_add_meta (buffer, info, NULL);
  self = (RectoBoxedMeta *) meta;

  recto_boxed_meta_free (meta, buffer);
  self->type = type;
  self->boxed = copy;
}
