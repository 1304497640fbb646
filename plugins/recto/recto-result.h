/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-region.h>

G_BEGIN_DECLS

/**
 * RectoTextSource:
 * @RECTO_TEXT_SOURCE_UNKNOWN: it is not known
 * @RECTO_TEXT_SOURCE_MODEL: a vision-language model read the page
 * @RECTO_TEXT_SOURCE_OCR: an engine of optical character recognition did
 * @RECTO_TEXT_SOURCE_TEXT_LAYER: the document carries the text itself
 * @RECTO_TEXT_SOURCE_NONE: there is no text
 *
 * Where the text of a page is from. The nicks are the words that records
 * carry.
 *
 * Since: 1.0
 */
typedef enum
{
  RECTO_TEXT_SOURCE_UNKNOWN,
  RECTO_TEXT_SOURCE_MODEL,
  RECTO_TEXT_SOURCE_OCR,
  RECTO_TEXT_SOURCE_TEXT_LAYER,
  RECTO_TEXT_SOURCE_NONE,
} RectoTextSource;

/**
 * RectoTextReason:
 * @RECTO_TEXT_REASON_UNKNOWN: it is what was asked first, or it is not known
 * @RECTO_TEXT_REASON_ROUTED: a rule chose another source for the page
 * @RECTO_TEXT_REASON_BLANK: there is nothing on the page
 * @RECTO_TEXT_REASON_INVALID_ANSWER: the model's answers were not valid
 * @RECTO_TEXT_REASON_REPETITION: the model repeated itself without an end
 * @RECTO_TEXT_REASON_TRUNCATED: the model stopped before the end
 * @RECTO_TEXT_REASON_REFUSED: the server or the model did not take the page
 * @RECTO_TEXT_REASON_TOO_SLOW: the page took more time than it may
 * @RECTO_TEXT_REASON_SERVER_ERROR: the server failed, or was gone
 * @RECTO_TEXT_REASON_LOST_IN_DRAWING: part of the page was lost as it was drawn
 *
 * Why the text of a page is not from what was asked first, or why there is
 * none. The nicks are the words that records carry.
 *
 * Since: 1.0
 */
typedef enum
{
  RECTO_TEXT_REASON_UNKNOWN,
  RECTO_TEXT_REASON_ROUTED,
  RECTO_TEXT_REASON_BLANK,
  RECTO_TEXT_REASON_INVALID_ANSWER,
  RECTO_TEXT_REASON_REPETITION,
  RECTO_TEXT_REASON_TRUNCATED,
  RECTO_TEXT_REASON_REFUSED,
  RECTO_TEXT_REASON_TOO_SLOW,
  RECTO_TEXT_REASON_SERVER_ERROR,
  RECTO_TEXT_REASON_LOST_IN_DRAWING,
} RectoTextReason;

/**
 * RectoResult:
 *
 * What inference tells about a page besides its text.
 *
 * A result is filled by the one who infers and not changed any more once it
 * is on a buffer. Values that were never set are unknown, and records have
 * `null` or no member for them.
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
RectoTextSource
               recto_result_get_source        (RectoResult *self);

RECTO_API
void           recto_result_set_source        (RectoResult     *self,
                                               RectoTextSource  source);

RECTO_API
RectoTextReason
               recto_result_get_reason        (RectoResult *self);

RECTO_API
void           recto_result_set_reason        (RectoResult     *self,
                                               RectoTextReason  reason);

RECTO_API
const char *   recto_result_get_profile       (RectoResult *self);

RECTO_API
void           recto_result_set_profile       (RectoResult *self,
                                               const char  *profile);

RECTO_API
GPtrArray *    recto_result_get_regions       (RectoResult *self);

RECTO_API
void           recto_result_add_region        (RectoResult *self,
                                               RectoRegion *region);

RECTO_API
RectoResult *  recto_buffer_get_result        (GstBuffer   *buffer);

RECTO_API
void           recto_buffer_add_result        (GstBuffer   *buffer,
                                               RectoResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoResult, recto_result_unref)

G_END_DECLS
