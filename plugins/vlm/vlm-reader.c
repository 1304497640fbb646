/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-reader.h"

#include <recto/recto-page-transform-private.h>

#include "vlm-job.h"

VlmReader *
vlm_reader_new (const VlmReaderOptions * options)
{
  VlmReader *self = g_new0 (VlmReader, 1);

  self->options = *options;
  self->profile = g_strdup (options->profile);
  self->readings = g_hash_table_new (NULL, NULL);
  g_mutex_init (&self->lock);
  return self;
}

static void
unwatch (VlmReader * self)
{
  g_cancellable_disconnect (self->watched, self->watch);
  self->watch = 0;
  g_clear_object (&self->watched);
}

void
vlm_reader_free (VlmReader * self)
{
  g_assert (g_hash_table_size (self->readings) == 0);

  unwatch (self);
  g_hash_table_unref (self->readings);
  g_clear_pointer (&self->request, chat_request_free);
  g_free (self->model);
  g_free (self->profile);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
vlm_reader_set_model (VlmReader * self, const char *model,
    ChatRequest * request)
{
  self->model = g_strdup (model);
  self->request = request;
}

/* They go from the table as they are dropped. */
static void
drop (VlmReader * self, gboolean cancelled_only)
{
  g_autoptr (GList) readings = g_hash_table_get_values (self->readings);

  for (GList * l = readings; l; l = l->next) {
    if (!cancelled_only || vlm_job_is_cancelled (l->data))
      vlm_job_drop (l->data);
  }
}

void
vlm_reader_drop_all (VlmReader * self)
{
  drop (self, FALSE);
}

static gboolean
drop_cancelled (gpointer data)
{
  drop (data, TRUE);
  return G_SOURCE_REMOVE;
}

/* Any thread. */
static void
on_cancelled (GCancellable * cancellable, VlmReader * self)
{
  vlm_client_invoke (self->options.client, drop_cancelled, self, NULL);
}

/* All that came between two flushes have one. */
static void
watch (VlmReader * self, GCancellable * cancellable)
{
  if (self->watched == cancellable)
    return;
  unwatch (self);
  self->watched = g_object_ref (cancellable);
  self->watch = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
      self, NULL);
}

void
vlm_reader_read (VlmReader * self, RectoPageTask * task)
{
  GCancellable *cancellable = recto_page_task_get_cancellable (task);

  const GError *error = vlm_server_get_error (self->options.server);

  watch (self, cancellable);
  /* A flush has the element begin again, but the run is still over. */
  if (error)
    recto_page_transform_end_run (RECTO_PAGE_TRANSFORM (self->options.element),
        error);
  if (error || g_cancellable_is_cancelled (cancellable))
    recto_page_task_drop (task);
  else
    vlm_job_begin (self, task);
}

void
vlm_reader_hedge (VlmReader * self, RectoPageTask * task)
{
  VlmJob *reading = g_hash_table_lookup (self->readings, task);

  if (reading)
    vlm_job_hedge (reading);
}

void
vlm_reader_count (VlmReader * self, guint64 * what, guint64 n)
{
  g_mutex_lock (&self->lock);
  *what += n;
  g_mutex_unlock (&self->lock);
}

void
vlm_reader_get_stats (VlmReader * self, VlmReaderStats * stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  g_mutex_unlock (&self->lock);
}
