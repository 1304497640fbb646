/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-reader.h"

#include <recto/recto-page-transform-private.h>

#include "vlm-job.h"

struct _VlmReader
{
  VlmContext context;

  GHashTable *jobs;             /* by their task, until they are done */
  GCancellable *watched;        /* of the tasks that come now */
  gulong watch;
};

VlmReader *
vlm_reader_new (const VlmOptions * options)
{
  VlmReader *self = g_new0 (VlmReader, 1);

  self->context.options = *options;
  self->context.profile = g_strdup (options->profile);
  self->jobs = g_hash_table_new (NULL, NULL);
  vlm_stats_init (&self->context.stats);
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
  g_assert (g_hash_table_size (self->jobs) == 0);

  unwatch (self);
  g_hash_table_unref (self->jobs);
  g_clear_pointer (&self->context.request, chat_request_free);
  g_free (self->context.model);
  g_free (self->context.profile);
  vlm_stats_clear (&self->context.stats);
  g_free (self);
}

void
vlm_reader_set_model (VlmReader * self, const char *model,
    ChatRequest * request)
{
  self->context.model = g_strdup (model);
  self->context.request = request;
}

/* They go from the table as they are dropped. */
static void
drop (VlmReader * self, gboolean cancelled_only)
{
  g_autoptr (GList) jobs = g_hash_table_get_values (self->jobs);

  for (GList * l = jobs; l; l = l->next) {
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
  vlm_client_invoke (self->context.options.client, drop_cancelled, self, NULL);
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

static void
on_done (VlmJob * job, gpointer data)
{
  VlmReader *self = data;

  g_hash_table_remove (self->jobs, vlm_job_get_task (job));
}

static void
begin_job (VlmReader * self, RectoPageTask * task)
{
  VlmJob *job = vlm_job_new (&self->context, task, on_done, self);

  g_hash_table_insert (self->jobs, task, job);
  vlm_job_start (job);
}

void
vlm_reader_read (VlmReader * self, RectoPageTask * task)
{
  const VlmOptions *options = &self->context.options;
  GCancellable *cancellable = recto_page_task_get_cancellable (task);
  const GError *error = vlm_server_get_error (options->server);

  watch (self, cancellable);
  /* A flush has the element begin again, but the run is still over. */
  if (error)
    recto_page_transform_end_run (RECTO_PAGE_TRANSFORM (options->element),
        error);
  if (error || g_cancellable_is_cancelled (cancellable))
    recto_page_task_drop (task);
  else
    begin_job (self, task);
}

void
vlm_reader_hedge (VlmReader * self, RectoPageTask * task)
{
  VlmJob *job = g_hash_table_lookup (self->jobs, task);

  if (job)
    vlm_job_hedge (job);
}

void
vlm_reader_get_counts (VlmReader * self, VlmCounts * counts)
{
  vlm_stats_get (&self->context.stats, counts);
}
