/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. A task as its engine sees it.
 */

#pragma once

#include <recto/recto-page-transform.h>

G_BEGIN_DECLS

struct _RectoPageTask
{
  gatomicrefcount ref_count;

  RectoPageTransform *transform;
  GCancellable *cancellable;
  guint generation;             /* of flushes: an older one is void */
  int answered;                 /* atomic */

  GstBuffer *buffer;            /* what came in, until it is answered */
  GstCaps *caps;
  RectoPage *page;              /* nullable */
  GstClockTime pts;
  GstClockTime duration;

  /* The rest belongs to the engine's lock. */
  GstCaps *out_caps;
  GstBuffer *out;               /* the answer, once it is there */
  gboolean newly_failed;
  gboolean dropped;             /* answered with nothing */
  gboolean told_stall;
};

RectoPageTask * recto_page_task_new         (RectoPageTransform *transform,
                                             GstBuffer          *buffer,
                                             GstCaps            *caps,
                                             GstCaps            *out_caps);

/* Answers with a placeholder for the page, whose error is already known. */
void            recto_page_task_pass_failed (RectoPageTask      *self);

/* In recto-page-transform.c: any thread, once a task. @out is NULL when not
 * even a placeholder could be made; @error, if there is one, then ends the
 * run. */
void            recto_page_transform_finish (RectoPageTransform *self,
                                             RectoPageTask      *task,
                                             GstBuffer          *out,
                                             GstCaps            *caps,
                                             gboolean            newly_failed,
                                             GError             *error);

G_END_DECLS
