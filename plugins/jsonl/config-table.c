/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <recto/recto.h>
#include <recto/recto-page-index-private.h>

#include "config-table.h"

/* Looked at from its end: a journal has one configuration or a few, and the
 * records of each lie together. */
struct _RectoConfigTable
{
  GMutex lock;
  GPtrArray *digests;           /* of char *, "" for none */
  gboolean merged;              /* they have one number */
};

RectoConfigTable *
recto_config_table_new (void)
{
  RectoConfigTable *self = g_new0 (RectoConfigTable, 1);

  g_mutex_init (&self->lock);
  self->digests = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
recto_config_table_free (RectoConfigTable * self)
{
  g_ptr_array_unref (self->digests);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* With the lock. */
static int
find (RectoConfigTable * self, const char *digest, gsize length)
{
  for (int i = (int) self->digests->len - 1; i >= 0; i--) {
    const char *known = g_ptr_array_index (self->digests, i);

    if (strlen (known) == length && memcmp (known, digest, length) == 0)
      return i;
  }
  return -1;
}

void
recto_config_table_merge (RectoConfigTable * self)
{
  g_mutex_lock (&self->lock);
  self->merged = TRUE;
  g_mutex_unlock (&self->lock);
}

int
recto_config_table_intern (RectoConfigTable * self, const char *digest,
    gsize length)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  int number;

  if (digest == NULL)
    digest = "", length = 0;
  number = find (self, digest, length);
  if (number >= 0)
    return self->merged ? 0 : number;
  if (self->digests->len >= RECTO_PAGE_INDEX_MAX_CONFIGS)
    return -1;

  g_ptr_array_add (self->digests, g_strndup (digest, length));
  return self->merged ? 0 : self->digests->len - 1;
}

int
recto_config_table_find (RectoConfigTable * self, const char *digest)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return digest ? find (self, digest, strlen (digest)) : find (self, "", 0);
}

guint
recto_config_table_get_size (RectoConfigTable * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->digests->len;
}

char *
recto_config_table_dup_other (RectoConfigTable * self, const char *digest)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  for (guint i = self->digests->len; i > 0; i--) {
    const char *known = g_ptr_array_index (self->digests, i - 1);

    if (!g_str_equal (known, digest))
      return g_strdup (known);
  }
  return NULL;
}
