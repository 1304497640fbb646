/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include <recto/recto.h>
#include <recto/recto-boxed-meta-private.h>
#include <recto/recto-page-cause-private.h>
#include <recto/recto-page-private.h>

struct _RectoPage
{
  gatomicrefcount ref_count;

  RectoDocument *document;
  guint number;
  gboolean last;

  RectoDocumentBytes *bytes;    /* while it is not rendered */

  char *label;
  double width;                 /* points, 0 when not known */
  double height;
  gboolean tried;               /* by an earlier run */
  gint64 warnings;              /* -1: not counted */

  RectoPageStatus status;
  RectoDocumentStatus document_status;
  GError *error;
};

G_DEFINE_BOXED_TYPE (RectoPage, recto_page, recto_page_ref, recto_page_unref)

/**
 * recto_page_new:
 * @document: the document that the page is of
 * @number: the page's number, from 1
 * @last: whether this is the last page that the source pushes of @document
 *
 * Creates a page.
 *
 * Returns: (transfer full): a new page
 *
 * Since: 1.0
 */
RectoPage *
recto_page_new (RectoDocument * document, guint number, gboolean last)
{
  RectoPage *self;

  g_return_val_if_fail (RECTO_IS_DOCUMENT (document), NULL);

  self = g_new0 (RectoPage, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->document = g_object_ref (document);
  self->number = number;
  self->last = last;
  self->warnings = -1;

  return self;
}

RectoPage *
recto_page_new_lazy (RectoDocument * document, guint number, gboolean last,
    gboolean tried, RectoDocumentBytes * bytes)
{
  RectoPage *self = recto_page_new (document, number, last);

  self->tried = tried;
  self->bytes = recto_document_bytes_ref (bytes);
  return self;
}

/**
 * recto_page_new_failed_document:
 * @document: a document
 * @status: what became of it, not %RECTO_DOCUMENT_OK
 * @error: what went wrong
 *
 * Creates the page 0 that stands for a document as a whole: one that could
 * not be opened, or what was not read of it. It is the document's last.
 *
 * Returns: (transfer full): a new page
 *
 * Since: 1.0
 */
RectoPage *
recto_page_new_failed_document (RectoDocument * document,
    RectoDocumentStatus status, const GError * error)
{
  RectoPage *self;

  g_return_val_if_fail (status != RECTO_DOCUMENT_OK, NULL);
  g_return_val_if_fail (error != NULL, NULL);

  self = recto_page_new (document, 0, TRUE);
  self->document_status = status;
  self->error = g_error_copy (error);

  return self;
}

/**
 * recto_page_ref:
 * @self: a page
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
RectoPage *
recto_page_ref (RectoPage * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * recto_page_unref:
 * @self: (transfer full): a page
 *
 * Gives a reference back.
 *
 * Since: 1.0
 */
void
recto_page_unref (RectoPage * self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->bytes, recto_document_bytes_unref);
  g_object_unref (self->document);
  g_free (self->label);
  g_clear_error (&self->error);
  g_free (self);
}

/* The same page, but for the document's bytes. */
static RectoPage *
copy_page (RectoPage * self)
{
  RectoPage *copy = recto_page_new (self->document, self->number, self->last);

  copy->label = g_strdup (self->label);
  copy->width = self->width;
  copy->height = self->height;
  copy->tried = self->tried;
  copy->warnings = self->warnings;
  copy->status = self->status;
  copy->document_status = self->document_status;
  copy->error = self->error ? g_error_copy (self->error) : NULL;

  return copy;
}

/**
 * recto_page_with_size:
 * @self: a page
 * @label: (nullable): how the document calls the page, such as `iv`
 * @width: width in points, as the page is shown
 * @height: height in points
 *
 * Makes the same page with what is known when it has been rendered.
 *
 * Returns: (transfer full): a new page
 *
 * Since: 1.0
 */
RectoPage *
recto_page_with_size (RectoPage * self, const char *label, double width,
    double height)
{
  RectoPage *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = copy_page (self);
  g_free (copy->label);
  copy->label = g_strdup (label);
  copy->width = width;
  copy->height = height;

  return copy;
}

/**
 * recto_page_with_error:
 * @self: a page
 * @status: what became of it, not %RECTO_PAGE_OK
 * @error: what went wrong
 *
 * Makes the same page, failed. A page 0 keeps its document's status.
 *
 * Returns: (transfer full): a new page
 *
 * Since: 1.0
 */
RectoPage *
recto_page_with_error (RectoPage * self, RectoPageStatus status,
    const GError * error)
{
  RectoPage *copy;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (status != RECTO_PAGE_OK, NULL);
  g_return_val_if_fail (error != NULL, NULL);

  copy = copy_page (self);
  copy->status = status;
  g_clear_error (&copy->error);
  copy->error = g_error_copy (error);

  return copy;
}

/**
 * recto_page_get_document:
 * @self: a page
 *
 * Gets the document that the page is of.
 *
 * Returns: (transfer none): a document
 *
 * Since: 1.0
 */
RectoDocument *
recto_page_get_document (RectoPage * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->document;
}

/**
 * recto_page_get_number:
 * @self: a page
 *
 * Gets the page's number.
 *
 * Returns: a number from 1; 0 when the page stands for its document
 *
 * Since: 1.0
 */
guint
recto_page_get_number (RectoPage * self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->number;
}

/**
 * recto_page_is_last:
 * @self: a page
 *
 * Tells whether no other page of the document follows.
 *
 * Returns: %TRUE for the last page that is pushed of its document
 *
 * Since: 1.0
 */
gboolean
recto_page_is_last (RectoPage * self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->last;
}

/**
 * recto_page_get_label:
 * @self: a page
 *
 * Gets how the document calls the page, such as `iv` or `12`.
 *
 * Returns: (nullable): a label in valid UTF-8; %NULL when there is none or
 *   the page has not been rendered
 *
 * Since: 1.0
 */
const char *
recto_page_get_label (RectoPage * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->label;
}

/**
 * recto_page_get_size:
 * @self: a page
 * @width: (out) (optional): return location for the width in points
 * @height: (out) (optional): return location for the height in points
 *
 * Gets the page's size as it is shown, that is cropped and upright.
 *
 * Returns: %FALSE when the size is not known because the page has not been
 *   rendered
 *
 * Since: 1.0
 */
gboolean
recto_page_get_size (RectoPage * self, double *width, double *height)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (width)
    *width = self->width;
  if (height)
    *height = self->height;

  return self->width > 0 && self->height > 0;
}

/**
 * recto_page_is_failed:
 * @self: a page
 *
 * Tells whether something went wrong with the page or, for page 0, with its
 * document. Its buffer is then a placeholder, except that a truncated answer
 * still is an answer.
 *
 * Returns: %TRUE when there is an error
 *
 * Since: 1.0
 */
gboolean
recto_page_is_failed (RectoPage * self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->error != NULL;
}

/**
 * recto_page_get_status:
 * @self: a page
 *
 * Gets what became of the page so far.
 *
 * Returns: a status
 *
 * Since: 1.0
 */
RectoPageStatus
recto_page_get_status (RectoPage * self)
{
  g_return_val_if_fail (self != NULL, RECTO_PAGE_OK);

  return self->status;
}

/**
 * recto_page_get_document_status:
 * @self: a page
 *
 * Gets what became of the document, if the page stands for it.
 *
 * Returns: a status; %RECTO_DOCUMENT_OK unless the page's number is 0
 *
 * Since: 1.0
 */
RectoDocumentStatus
recto_page_get_document_status (RectoPage * self)
{
  g_return_val_if_fail (self != NULL, RECTO_DOCUMENT_OK);

  return self->document_status;
}

/**
 * recto_page_get_error:
 * @self: a page
 *
 * Gets what went wrong.
 *
 * Returns: (transfer none) (nullable): an error, or %NULL when nothing did
 *
 * Since: 1.0
 */
const GError *
recto_page_get_error (RectoPage * self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->error;
}

RectoPage *
recto_page_with_warnings (RectoPage * self, guint warnings)
{
  RectoPage *copy = copy_page (self);

  copy->warnings = MAX (copy->warnings, 0) + warnings;
  return copy;
}

gint64
recto_page_get_warnings (RectoPage * self)
{
  return self->warnings;
}

gboolean
recto_page_was_tried (RectoPage * self)
{
  return self->tried;
}

RectoDocumentBytes *
recto_page_get_bytes (RectoPage * self)
{
  return self->bytes;
}

char *
recto_page_describe (RectoPage * self)
{
  const char *name = recto_document_get_name (self->document);

  if (name == NULL)
    name = recto_document_get_uri (self->document);
  if (name == NULL)
    name = "";

  if (self->number == 0)
    return g_strdup_printf (_("“%s”"), name);
  return g_strdup_printf (_("Page %u of “%s”"), self->number, name);
}

const char *
recto_page_get_status_nick (RectoPage * self)
{
  if (self->document_status != RECTO_DOCUMENT_OK)
    return recto_document_status_to_string (self->document_status);
  return recto_page_status_to_string (self->status);
}

char *
recto_page_dup_error_code (RectoPage * self)
{
  g_autoptr (GEnumClass) codes = NULL;
  GEnumValue *value;

  /* A page can fail for its document's sake. */
  if (self->error && self->error->domain == RECTO_DOCUMENT_ERROR)
    return g_strdup (recto_document_status_to_string (self->error->code));
  /* Or a document for what its opening took. */
  if (self->number == 0 && self->error &&
      self->error->domain == RECTO_PAGE_ERROR)
    return g_strdup (recto_page_status_to_string (self->error->code));
  if (self->error && self->error->domain == RECTO_PAGE_CAUSE)
    return g_strdup (recto_page_cause_to_string (self->error->code));
  if (self->error == NULL || self->error->domain != G_IO_ERROR)
    return g_strdup (recto_page_get_status_nick (self));

  codes = g_type_class_ref (G_TYPE_IO_ERROR_ENUM);
  value = g_enum_get_value (codes, self->error->code);
  return g_strdup (value ? value->value_nick : "failed");
}

static const GstMetaInfo *
recto_page_meta_get_info (void)
{
  static gsize info = 0;

  if (g_once_init_enter (&info))
    g_once_init_leave (&info,
        (gsize) recto_boxed_meta_register ("RectoPageMeta"));
  return (const GstMetaInfo *) info;
}

/**
 * recto_buffer_get_page:
 * @buffer: a buffer
 *
 * Gets the page that @buffer is of.
 *
 * Returns: (transfer none) (nullable): a page
 *
 * Since: 1.0
 */
RectoPage *
recto_buffer_get_page (GstBuffer * buffer)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);

  return recto_buffer_get_boxed (buffer, recto_page_meta_get_info ());
}

/**
 * recto_buffer_add_page:
 * @buffer: a writable buffer
 * @page: a page
 *
 * Says that @buffer is of @page, instead of any page that it was of.
 *
 * Since: 1.0
 */
void
recto_buffer_add_page (GstBuffer * buffer, RectoPage * page)
{
  g_return_if_fail (GST_IS_BUFFER (buffer));
  g_return_if_fail (gst_buffer_is_writable (buffer));
  g_return_if_fail (page != NULL);

  recto_buffer_replace_boxed (buffer, recto_page_meta_get_info (),
      RECTO_TYPE_PAGE, page);
}
