/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * RectoDocument:
 *
 * What a page belongs to.
 *
 * A document is immutable: whoever opens it makes the object when all is
 * known, and its pages refer to it.
 *
 * Since: 1.0
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <recto/recto.h>
#include <recto/recto-document-private.h>
#include <recto/recto-password-private.h>
#include <recto/recto-work-item-private.h>

struct _RectoDocument
{
  GObject parent;

  char *uri;
  char *name;
  guint n_pages;
  char *title;
  char *sha256;
  RectoRenderer *renderer;

  /* Where the bytes came from, see recto_document_set_origin(). */
  char *path;
  int copy_fd;
  char *password;

  RectoWorkItem *work_item;     /* what it came from */

  GMutex lock;
  guint n_deaths;               /* of pages in a row; stays at its most */
};

G_DEFINE_FINAL_TYPE (RectoDocument, recto_document, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_URI,
  PROP_NAME,
  PROP_N_PAGES,
  PROP_TITLE,
  PROP_SHA256,
  PROP_RENDERER,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
recto_document_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  RectoDocument *self = RECTO_DOCUMENT (object);

  switch (prop_id) {
    case PROP_URI:
      self->uri = g_value_dup_string (value);
      break;
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;
    case PROP_N_PAGES:
      self->n_pages = g_value_get_uint (value);
      break;
    case PROP_TITLE:
      self->title = g_value_dup_string (value);
      break;
    case PROP_SHA256:
      self->sha256 = g_value_dup_string (value);
      break;
    case PROP_RENDERER:
      self->renderer = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
recto_document_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  RectoDocument *self = RECTO_DOCUMENT (object);

  switch (prop_id) {
    case PROP_URI:
      g_value_set_string (value, self->uri);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_N_PAGES:
      g_value_set_uint (value, self->n_pages);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_SHA256:
      g_value_set_string (value, self->sha256);
      break;
    case PROP_RENDERER:
      g_value_set_object (value, self->renderer);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
recto_document_finalize (GObject * object)
{
  RectoDocument *self = RECTO_DOCUMENT (object);

  g_free (self->uri);
  g_free (self->name);
  g_free (self->title);
  g_free (self->sha256);
  g_clear_object (&self->renderer);

  g_free (self->path);
  if (self->copy_fd >= 0)
    g_close (self->copy_fd, NULL);
  recto_password_clear (&self->password);

  g_clear_pointer (&self->work_item, recto_work_item_unref);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (recto_document_parent_class)->finalize (object);
}

static void
recto_document_class_init (RectoDocumentClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
      G_PARAM_STATIC_STRINGS;

  object_class->set_property = recto_document_set_property;
  object_class->get_property = recto_document_get_property;
  object_class->finalize = recto_document_finalize;

  /**
   * RectoDocument:uri:
   *
   * Where the document is: an exact, percent-encoded URI.
   *
   * Since: 1.0
   */
  properties[PROP_URI] = g_param_spec_string ("uri", NULL, NULL, NULL, flags);

  /**
   * RectoDocument:name:
   *
   * What the user called the document; valid UTF-8.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL,
      flags);

  /**
   * RectoDocument:n-pages:
   *
   * How many pages the document has, 0 when that is not known.
   *
   * Since: 1.0
   */
  properties[PROP_N_PAGES] = g_param_spec_uint ("n-pages", NULL, NULL,
      0, G_MAXUINT, 0, flags);

  /**
   * RectoDocument:title:
   *
   * The title that the document says it has.
   *
   * Since: 1.0
   */
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL,
      flags);

  /**
   * RectoDocument:sha256:
   *
   * The SHA-256 of the document's bytes, in 64 lower-case hexadecimal digits.
   *
   * Since: 1.0
   */
  properties[PROP_SHA256] = g_param_spec_string ("sha256", NULL, NULL, NULL,
      flags);

  /**
   * RectoDocument:renderer:
   *
   * What draws the document's pages.
   *
   * Since: 1.0
   */
  properties[PROP_RENDERER] = g_param_spec_object ("renderer", NULL, NULL,
      RECTO_TYPE_RENDERER, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
recto_document_init (RectoDocument * self)
{
  self->copy_fd = -1;
  g_mutex_init (&self->lock);
}

/**
 * recto_document_new:
 * @uri: (nullable): where the document is, percent-encoded
 * @name: (nullable): what the user called it, valid UTF-8
 *
 * Creates a document of which no more is known. Sources that know more make
 * theirs with [ctor@GObject.Object.new] and the construct properties.
 *
 * Returns: (transfer full): a new document
 *
 * Since: 1.0
 */
RectoDocument *
recto_document_new (const char *uri, const char *name)
{
  return g_object_new (RECTO_TYPE_DOCUMENT, "uri", uri, "name", name, NULL);
}

/**
 * recto_document_get_uri:
 * @self: a document
 *
 * Gets where the document is.
 *
 * Returns: (nullable): a percent-encoded URI
 *
 * Since: 1.0
 */
const char *
recto_document_get_uri (RectoDocument * self)
{
  g_return_val_if_fail (RECTO_IS_DOCUMENT (self), NULL);

  return self->uri;
}

/**
 * recto_document_get_name:
 * @self: a document
 *
 * Gets what the user called the document.
 *
 * Returns: (nullable): a name in valid UTF-8
 *
 * Since: 1.0
 */
const char *
recto_document_get_name (RectoDocument * self)
{
  g_return_val_if_fail (RECTO_IS_DOCUMENT (self), NULL);

  return self->name;
}

/**
 * recto_document_get_n_pages:
 * @self: a document
 *
 * Gets how many pages the document has.
 *
 * Returns: a number of pages, 0 when it is not known
 *
 * Since: 1.0
 */
guint
recto_document_get_n_pages (RectoDocument * self)
{
  g_return_val_if_fail (RECTO_IS_DOCUMENT (self), 0);

  return self->n_pages;
}

/**
 * recto_document_get_title:
 * @self: a document
 *
 * Gets the title that the document says it has.
 *
 * Returns: (nullable): a title in valid UTF-8
 *
 * Since: 1.0
 */
const char *
recto_document_get_title (RectoDocument * self)
{
  g_return_val_if_fail (RECTO_IS_DOCUMENT (self), NULL);

  return self->title;
}

/**
 * recto_document_get_sha256:
 * @self: a document
 *
 * Gets the SHA-256 of the document's bytes.
 *
 * Returns: (nullable): 64 lower-case hexadecimal digits
 *
 * Since: 1.0
 */
const char *
recto_document_get_sha256 (RectoDocument * self)
{
  g_return_val_if_fail (RECTO_IS_DOCUMENT (self), NULL);

  return self->sha256;
}

/**
 * recto_document_get_renderer:
 * @self: a document
 *
 * Gets what draws the document's pages.
 *
 * Returns: (transfer none) (nullable): a renderer
 *
 * Since: 1.0
 */
RectoRenderer *
recto_document_get_renderer (RectoDocument * self)
{
  g_return_val_if_fail (RECTO_IS_DOCUMENT (self), NULL);

  return self->renderer;
}

void
recto_document_set_origin (RectoDocument * self, const char *path,
    int copy_fd, const char *password)
{
  g_return_if_fail (RECTO_IS_DOCUMENT (self));

  g_free (self->path);
  self->path = g_strdup (path);

  if (self->copy_fd >= 0)
    g_close (self->copy_fd, NULL);
  self->copy_fd = copy_fd;

  recto_password_clear (&self->password);
  self->password = g_strdup (password);
}

/* Through /proc, so that each reader has a file offset of its own. */
static int
reopen_copy (int copy_fd)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", copy_fd);

  return g_open (path, O_RDONLY | O_CLOEXEC, 0);
}

int
recto_document_reopen (RectoDocument * self, GError ** error)
{
  int fd = -1;

  g_return_val_if_fail (RECTO_IS_DOCUMENT (self), -1);

  if (self->copy_fd >= 0)
    fd = reopen_copy (self->copy_fd);
  else if (self->path)
    fd = g_open (self->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
  else
    errno = ENOENT;

  if (fd < 0) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("Could not read “%s” again: %s."), self->name ? self->name : "",
        g_strerror (code));
  }
  return fd;
}

const char *
recto_document_get_password (RectoDocument * self)
{
  g_return_val_if_fail (RECTO_IS_DOCUMENT (self), NULL);

  return self->password;
}

void
recto_document_set_work_item (RectoDocument * document, RectoWorkItem * item)
{
  g_return_if_fail (RECTO_IS_DOCUMENT (document));

  g_clear_pointer (&document->work_item, recto_work_item_unref);
  document->work_item = item;
}

RectoWorkItem *
recto_document_get_work_item (RectoDocument * document)
{
  g_return_val_if_fail (RECTO_IS_DOCUMENT (document), NULL);

  return document->work_item;
}

/* What succeeds when it is too late was under way already. */
void
recto_document_count_page (RectoDocument * self, gboolean died)
{
  g_mutex_lock (&self->lock);
  if (died)
    self->n_deaths = MIN (self->n_deaths + 1, RECTO_DOCUMENT_MAX_DEATHS);
  else if (self->n_deaths < RECTO_DOCUMENT_MAX_DEATHS)
    self->n_deaths = 0;
  g_mutex_unlock (&self->lock);
}

gboolean
recto_document_is_deadly (RectoDocument * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  return self->n_deaths == RECTO_DOCUMENT_MAX_DEATHS;
}
