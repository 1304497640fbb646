/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "live-pages.h"

struct _LivePages
{
  gatomicrefcount ref_count;

  GMutex lock;
  GCond cond;
  guint n;
  guint peak;
  gint64 released_at;
  gboolean cancelled;
};

/* One page, whatever it has become and however often it was copied. */
typedef struct
{
  gatomicrefcount ref_count;
  LivePages *pages;
} Token;

typedef struct
{
  GstMeta meta;
  Token *token;
} TokenMeta;

LivePages *
live_pages_new (void)
{
  LivePages *self = g_new0 (LivePages, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);

  return self;
}

LivePages *
live_pages_ref (LivePages * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
live_pages_unref (LivePages * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

/* Tokens */

static Token *
token_new (LivePages * pages)
{
  Token *self = g_new (Token, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->pages = live_pages_ref (pages);

  g_mutex_lock (&pages->lock);
  pages->n++;
  pages->peak = MAX (pages->peak, pages->n);
  g_mutex_unlock (&pages->lock);

  return self;
}

static Token *
token_ref (Token * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
token_unref (Token * self)
{
  LivePages *pages = self->pages;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_mutex_lock (&pages->lock);
  pages->n--;
  pages->released_at = g_get_monotonic_time ();
  g_cond_broadcast (&pages->cond);
  g_mutex_unlock (&pages->lock);

  live_pages_unref (pages);
  g_free (self);
}

/* The meta */

static gboolean
token_meta_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  ((TokenMeta *) meta)->token = params;
  return TRUE;
}

static void
token_meta_free (GstMeta * meta, GstBuffer * buffer)
{
  token_unref (((TokenMeta *) meta)->token);
}

/* A buffer made of several pages has all their tokens, and more valves than
 * one may have marked a page. */
static gboolean
has_token (GstBuffer * buffer, Token * token, GType api)
{
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta_filtered (buffer, &state, api))) {
    if (((TokenMeta *) meta)->token == token)
      return TRUE;
  }
  return FALSE;
}

static gboolean
token_meta_transform (GstBuffer * dest, GstMeta * meta, GstBuffer * buffer,
    GQuark type, gpointer data)
{
  Token *token = ((TokenMeta *) meta)->token;

  if (!has_token (dest, token, meta->info->api))
    gst_buffer_add_meta (dest, meta->info, token_ref (token));
  return TRUE;
}

static const GstMetaInfo *
token_meta_register (void)
{
  static const char *no_tags[] = { NULL };

  return gst_meta_register (gst_meta_api_type_register ("RectoLivePageMetaAPI",
          no_tags), "RectoLivePageMeta", sizeof (TokenMeta), token_meta_init,
      token_meta_free, token_meta_transform);
}

static const GstMetaInfo *
token_meta_get_info (void)
{
  static gsize info = 0;

  if (g_once_init_enter (&info))
    g_once_init_leave (&info, (gsize) token_meta_register ());
  return (const GstMetaInfo *) info;
}

/* The count */

void
live_pages_mark (LivePages * self, GstBuffer * buffer)
{
  gst_buffer_add_meta (buffer, token_meta_get_info (), token_new (self));
}

LivePagesResult
live_pages_wait (LivePages * self, guint max, gint64 end)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  while (!self->cancelled && self->n >= max) {
    if (!g_cond_wait_until (&self->cond, &self->lock, end))
      break;
  }

  if (self->cancelled)
    return LIVE_PAGES_CANCELLED;
  return self->n < max ? LIVE_PAGES_ROOM : LIVE_PAGES_FULL;
}

static void
set_cancelled (LivePages * self, gboolean cancelled)
{
  g_mutex_lock (&self->lock);
  self->cancelled = cancelled;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
live_pages_cancel (LivePages * self)
{
  set_cancelled (self, TRUE);
}

void
live_pages_uncancel (LivePages * self)
{
  set_cancelled (self, FALSE);
}

guint
live_pages_count (LivePages * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->n;
}

guint
live_pages_get_peak (LivePages * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->peak;
}

void
live_pages_reset_peak (LivePages * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  self->peak = self->n;
}

gint64
live_pages_get_released_at (LivePages * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->released_at;
}
