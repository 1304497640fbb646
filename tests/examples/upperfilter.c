/* An element of one's own: text in, the same text in capitals out.
 *
 * Order, several pages at a time, flushing and failed pages are the base
 * class's business.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <recto/recto.h>

G_DECLARE_FINAL_TYPE (UpperFilter, upper_filter, UPPER, FILTER,
    RectoPageTransform)

struct _UpperFilter
{
  RectoPageTransform parent;
};

G_DEFINE_FINAL_TYPE (UpperFilter, upper_filter, RECTO_TYPE_PAGE_TRANSFORM)
GST_ELEMENT_REGISTER_DECLARE (upperfilter)
GST_ELEMENT_REGISTER_DEFINE (upperfilter, "upperfilter", GST_RANK_NONE,
    upper_filter_get_type ());

static GstBuffer *
upper_filter_process (RectoPageTransform *transform, RectoPageTask *task,
    GstCaps **caps, GError **error)
{
  g_autofree char *text = NULL;
  gsize size;

  gst_buffer_extract_dup (recto_page_task_get_buffer (task), 0, -1,
      (gpointer *) &text, &size);
  g_autofree char *upper = g_utf8_strup (text, size);

  *caps = gst_caps_ref (recto_page_task_get_caps (task));
  return gst_buffer_new_memdup (upper, strlen (upper));
}

static void
upper_filter_class_init (UpperFilterClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  g_autoptr (GstCaps) text = gst_caps_from_string (RECTO_TEXT_CAPS);

  gst_element_class_set_static_metadata (element_class, "Upper", "Filter/Text",
      "Capital letters", "A reader of Recto's README");
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, text));
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, text));
  RECTO_PAGE_TRANSFORM_CLASS (klass)->process = upper_filter_process;
}

static void
upper_filter_init (UpperFilter *self)
{
}
