/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-reader.h"

#include <recto/recto-page-transform-private.h>

#include "vlm-job.h"

PageReader *
page_reader_new (const PageReaderOptions * options)
{
  PageReader *self = g_new0 (PageReader, 1);

  self->options = *options;
  self->profile = g_strdup (options->profile);
  self->readings = g_hash_table_new (NULL, NULL);
  g_mutex_init (&self->lock);
  return self;
}

static void
unwatch (PageReader * self)
{
  g_cancellable_disconnect (self->watched, self->watch);
  self->watch = 0;
  g_clear_object (&self->watched);
}

void
page_reader_free (PageReader * self)
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
page_reader_set_model (PageReader * self, const char *model,
    ChatRequest * request)
{
  self->model = g_strdup (model);
  self->request = request;
}

/* They go from the table as they are dropped. */
static void
drop (PageReader * self, gboolean cancelled_only)
{
  g_autoptr (GList) readings = g_hash_table_get_values (self->readings);

  for (GList * l = readings; l; l = l->next) {
    if (!cancelled_only || page_reading_is_cancelled (l->data))
      page_reading_drop (l->data);
  }
}

void
page_reader_drop_all (PageReader * self)
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
on_cancelled (GCancellable * cancellable, PageReader * self)
{
  vlm_client_invoke (self->options.client, drop_cancelled, self, NULL);
}

/* All that came between two flushes have one. */
static void
watch (PageReader * self, GCancellable * cancellable)
{
  if (self->watched == cancellable)
    return;
  unwatch (self);
  self->watched = g_object_ref (cancellable);
  self->watch = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
      self, NULL);
}

void
page_reader_read (PageReader * self, RectoPageTask * task)
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
    page_reading_begin (self, task);
}

void
page_reader_hurry (PageReader * self, RectoPageTask * task)
{
  PageReading *reading = g_hash_table_lookup (self->readings, task);

  if (reading)
    page_reading_hurry (reading);
}

void
page_reader_count (PageReader * self, guint64 * what, guint64 n)
{
  g_mutex_lock (&self->lock);
  *what += n;
  g_mutex_unlock (&self->lock);
}

void
page_reader_get_stats (PageReader * self, PageReaderStats * stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  g_mutex_unlock (&self->lock);
}
