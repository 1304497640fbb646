/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/**
 * RectoResult:
 *
 * What inference tells about a page besides its text.
 *
 * A result is filled by the one who infers and not changed any more once it
 * is on a buffer. Values that were never set are unknown, and records say
 * `null`.
 *
 * Since: 1.0
 */
typedef struct _RectoResult RectoResult;

#define RECTO_TYPE_RESULT (recto_result_get_type ())

RECTO_API
GType          recto_result_get_type          (void);

RECTO_API
RectoResult *  recto_result_new               (void);

RECTO_API
RectoResult *  recto_result_ref               (RectoResult *self);

RECTO_API
void           recto_result_unref             (RectoResult *self);

RECTO_API
const char *   recto_result_get_model         (RectoResult *self);

RECTO_API
void           recto_result_set_model         (RectoResult *self,
                                               const char  *model);

RECTO_API
const char *   recto_result_get_language      (RectoResult *self);

RECTO_API
void           recto_result_set_language      (RectoResult *self,
                                               const char  *language);

RECTO_API
int            recto_result_get_rotation      (RectoResult *self);

RECTO_API
void           recto_result_set_rotation      (RectoResult *self,
                                               int          rotation);

RECTO_API
int            recto_result_get_is_table      (RectoResult *self);

RECTO_API
void           recto_result_set_is_table      (RectoResult *self,
                                               gboolean     is_table);

RECTO_API
int            recto_result_get_is_diagram    (RectoResult *self);

RECTO_API
void           recto_result_set_is_diagram    (RectoResult *self,
                                               gboolean     is_diagram);

RECTO_API
gint64         recto_result_get_input_tokens  (RectoResult *self);

RECTO_API
void           recto_result_set_input_tokens  (RectoResult *self,
                                               gint64       tokens);

RECTO_API
gint64         recto_result_get_output_tokens (RectoResult *self);

RECTO_API
void           recto_result_set_output_tokens (RectoResult *self,
                                               gint64       tokens);

RECTO_API
guint          recto_result_get_attempts      (RectoResult *self);

RECTO_API
void           recto_result_set_attempts      (RectoResult *self,
                                               guint        attempts);

RECTO_API
const char *   recto_result_get_finish_reason (RectoResult *self);

RECTO_API
void           recto_result_set_finish_reason (RectoResult *self,
                                               const char  *finish_reason);

RECTO_API
const char *   recto_result_get_fallback      (RectoResult *self);

RECTO_API
void           recto_result_set_fallback      (RectoResult *self,
                                               const char  *fallback);

RECTO_API
double         recto_result_get_confidence    (RectoResult *self);

RECTO_API
void           recto_result_set_confidence    (RectoResult *self,
                                               double       confidence);

RECTO_API
double         recto_result_get_seconds       (RectoResult *self);

RECTO_API
void           recto_result_set_seconds       (RectoResult *self,
                                               double       seconds);

RECTO_API
GVariant *     recto_result_get_extra         (RectoResult *self);

RECTO_API
void           recto_result_set_extra         (RectoResult *self,
                                               const char  *key,
                                               GVariant    *value);

RECTO_API
RectoResult *  recto_buffer_get_result        (GstBuffer   *buffer);

RECTO_API
void           recto_buffer_add_result        (GstBuffer   *buffer,
                                               RectoResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoResult, recto_result_unref)

G_END_DECLS
