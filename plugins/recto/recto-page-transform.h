/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-page-task.h>

G_BEGIN_DECLS

#define RECTO_TYPE_PAGE_TRANSFORM (recto_page_transform_get_type ())
RECTO_API
G_DECLARE_DERIVABLE_TYPE (RectoPageTransform, recto_page_transform, RECTO,
    PAGE_TRANSFORM, GstElement)

/**
 * RectoPageTransformClass:
 * @parent_class: the parent class
 * @start: gets ready to work; called on the way to PAUSED
 * @stop: undoes @start; no task runs any more
 * @set_caps: told the caps of the pages that come next; returns the caps of
 *   what the element makes of them, or %NULL when each task says them
 * @process: does one page's work, in one of `max-in-flight` threads; returns
 *   the new buffer or %NULL with an error set. Long work watches the task's
 *   cancellable
 * @submit: starts one page's work and returns at once; whoever finishes it
 *   answers through the task. The default calls @process in a thread
 * @make_placeholder: makes the buffer that stands for a failed page, or
 *   returns %NULL with an error set, which ends the run; the default makes an
 *   empty buffer
 * @describe_config: adds all settings that shape the element's output to the
 *   run's configuration, whose digest is part of each record's key; see
 *   [func@Recto.Query.add_run_config] for what does, and
 *   [method@Recto.PageTransformClass.set_config_defaults] for what is left out
 *   of the digest
 *
 * A subclass brings a `sink` and a `src` pad template and either @process or
 * @submit. Everything else has a default.
 *
 * Since: 1.0
 */
struct _RectoPageTransformClass
{
  GstElementClass parent_class;

  gboolean    (*start)            (RectoPageTransform  *self,
                                   GError             **error);
  void        (*stop)             (RectoPageTransform  *self);
  GstCaps *   (*set_caps)         (RectoPageTransform  *self,
                                   GstCaps             *caps);
  GstBuffer * (*process)          (RectoPageTransform  *self,
                                   RectoPageTask       *task,
                                   GstCaps            **caps,
                                   GError             **error);
  void        (*submit)           (RectoPageTransform  *self,
                                   RectoPageTask       *task);
  GstBuffer * (*make_placeholder) (RectoPageTransform  *self,
                                   RectoPageTask       *task,
                                   GstCaps            **caps,
                                   GError             **error);
  void        (*describe_config)  (RectoPageTransform  *self,
                                   GVariantDict        *config);

  /*< private >*/
  RectoPageStatus failure_status;
  void        (*stalled)          (RectoPageTransform  *self,
                                   RectoPageTask       *task);
  void        (*add_stats)        (RectoPageTransform  *self,
                                   GstStructure        *stats);
  void        (*describe_hints)   (RectoPageTransform  *self,
                                   GVariantDict        *hints);
  guint config_revision;
  GVariant *config_defaults;
  gpointer padding[16];
};

RECTO_API
void recto_page_transform_class_set_failure_status
                                      (RectoPageTransformClass *klass,
                                       RectoPageStatus          status);

RECTO_API
void recto_page_transform_class_set_config_defaults
                                      (RectoPageTransformClass *klass,
                                       guint                    revision,
                                       GVariant                *defaults);

G_END_DECLS
