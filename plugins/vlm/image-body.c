/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "image-body.h"

#include <string.h>

#define N_PARTS 3
#define IMAGE 1

struct _ImageBody
{
  GInputStream parent;

  GBytes *parts[N_PARTS];
  guint part;                   /* that is read */
  gsize offset;                 /* in there */
  char group[4];                /* the characters that didn't fit */
  guint n_group;
};

static void image_body_pollable_init (GPollableInputStreamInterface * iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ImageBody, image_body, G_TYPE_INPUT_STREAM,
    G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
        image_body_pollable_init))

static gsize
copy_text (ImageBody * self, char *out, gsize count)
{
  gsize size;
  const char *data = g_bytes_get_data (self->parts[self->part], &size);
  gsize n = MIN (count, size - self->offset);

  memcpy (out, data + self->offset, n);
  self->offset += n;
  return n;
}

static gsize
copy_group (ImageBody * self, char *out, gsize count)
{
  guint n = MIN (count, self->n_group);

  memcpy (out, self->group + sizeof self->group - self->n_group, n);
  self->n_group -= n;
  return n;
}

/* Up to three bytes, with padding if they are fewer. */
static void
encode_group (ImageBody * self, const guint8 * data, gsize size)
{
  int state = 0, save = 0;
  gsize n = g_base64_encode_step (data, size, FALSE, self->group, &state,
      &save);

  g_base64_encode_close (FALSE, self->group + n, &state, &save);
  self->n_group = sizeof self->group;
}

/* Whole groups go straight to the reader. */
static gsize
encode_image (ImageBody * self, char *out, gsize count)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (self->parts[IMAGE], &size);
  gsize left = size - self->offset;
  gsize n_groups = MIN (count / 4, left / 3);
  int state = 0, save = 0;

  if (self->n_group > 0)
    return copy_group (self, out, count);
  if (n_groups == 0) {
    gsize n = MIN (left, 3);

    encode_group (self, data + self->offset, n);
    self->offset += n;
    return copy_group (self, out, count);
  }

  g_base64_encode_step (data + self->offset, 3 * n_groups, FALSE, out, &state,
      &save);
  self->offset += 3 * n_groups;
  return 4 * n_groups;
}

static gboolean
is_part_read (ImageBody * self)
{
  return self->n_group == 0
      && self->offset == g_bytes_get_size (self->parts[self->part]);
}

static gssize
image_body_read (GInputStream * stream, void *buffer, gsize count,
    GCancellable * cancellable, GError ** error)
{
  ImageBody *self = IMAGE_BODY (stream);
  char *out = buffer;
  gsize done = 0;

  while (done < count && self->part < N_PARTS) {
    if (is_part_read (self)) {
      self->part++;
      self->offset = 0;
    } else if (self->part == IMAGE) {
      done += encode_image (self, out + done, count - done);
    } else {
      done += copy_text (self, out + done, count - done);
    }
  }
  return done;
}

/* There is never anything to wait for; without this, each read would be sent
 * to a thread. */
static gboolean
image_body_is_readable (GPollableInputStream * stream)
{
  return TRUE;
}

static GSource *
image_body_create_source (GPollableInputStream * stream,
    GCancellable * cancellable)
{
  g_autoptr (GSource) at_once = g_timeout_source_new (0);

  return g_pollable_source_new_full (stream, at_once, cancellable);
}

static void
image_body_pollable_init (GPollableInputStreamInterface * iface)
{
  iface->is_readable = image_body_is_readable;
  iface->create_source = image_body_create_source;
}

/* There is nothing to close, and without this a thread would close it. */
static void
image_body_close_async (GInputStream * stream, int priority,
    GCancellable * cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, data);

  g_task_set_priority (task, priority);
  g_task_return_boolean (task, TRUE);
}

static gboolean
image_body_close_finish (GInputStream * stream, GAsyncResult * result,
    GError ** error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
image_body_finalize (GObject * object)
{
  ImageBody *self = IMAGE_BODY (object);

  for (guint i = 0; i < N_PARTS; i++)
    g_bytes_unref (self->parts[i]);
  G_OBJECT_CLASS (image_body_parent_class)->finalize (object);
}

static void
image_body_class_init (ImageBodyClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = image_body_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = image_body_read;
  G_INPUT_STREAM_CLASS (klass)->close_async = image_body_close_async;
  G_INPUT_STREAM_CLASS (klass)->close_finish = image_body_close_finish;
}

static void
image_body_init (ImageBody * self)
{
}

ImageBody *
image_body_new (GBytes * before, GBytes * image, GBytes * after)
{
  ImageBody *self = g_object_new (TYPE_IMAGE_BODY, NULL);

  self->parts[0] = g_bytes_ref (before);
  self->parts[IMAGE] = g_bytes_ref (image);
  self->parts[2] = g_bytes_ref (after);
  return self;
}

ImageBody *
image_body_dup (ImageBody * self)
{
  return image_body_new (self->parts[0], self->parts[IMAGE], self->parts[2]);
}

gint64
image_body_get_size (ImageBody * self)
{
  return g_bytes_get_size (self->parts[0])
      + (g_bytes_get_size (self->parts[IMAGE]) + 2) / 3 * 4
      + g_bytes_get_size (self->parts[2]);
}
