/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Where text goes: a new file, or a stream, which is anything that already is
 * there to be written to: standard output, a named pipe, a character device.
 *
 * What was put is written by the next flush. A file has whole puts only: when
 * a flush fails it is cut back to where it was before. A stream has of a put
 * either nothing, or all as soon as flushes succeed.
 *
 * Errors are of the domain GST_RESOURCE_ERROR, except for G_IO_ERROR_CANCELLED,
 * and fit to be shown. */
typedef struct _RectoOutput RectoOutput;

/* `location`: a file name, or `-` for standard output. */
RectoOutput * recto_output_open          (const char   *location,
                                          GError      **error);

gboolean      recto_output_close         (RectoOutput  *self,
                                          GError      **error);

/* Closes, and removes a file that was made in vain: one of ours that nothing
 * was written to. */
void          recto_output_abandon       (RectoOutput  *self);

void          recto_output_put           (RectoOutput  *self,
                                          const char   *data,
                                          gsize         size);

/* Blocks while a stream takes nothing. After G_IO_ERROR_CANCELLED the next
 * flush goes on where this one stopped. */
gboolean      recto_output_flush         (RectoOutput  *self,
                                          GError      **error);

/* From any thread: while `cancelled`, a flush does not block. */
void          recto_output_set_cancelled (RectoOutput  *self,
                                          gboolean      cancelled);

G_END_DECLS
