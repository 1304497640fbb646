/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The record of a page, made from that of the same page of another document
 * with the same bytes.
 */

#pragma once

#include "record-line.h"

G_BEGIN_DECLS

/* Whether the record is of a page of the same content that was read. */
gboolean recto_copied_record_fits   (const RectoRecordLine *origin,
                                     RectoPage             *page);

/* Whether the record is of the same document, by its name. */
gboolean recto_copied_record_is_own (const RectoRecordLine *origin,
                                     RectoPage             *page);

/* Appends the page's line. It names where the text came from, and counts no
 * effort: there was none. FALSE if the origin is not a JSON object. */
gboolean recto_copied_record_append (const RectoRecordLine *origin,
                                     RectoPage             *page,
                                     guint                  attempt,
                                     GString               *out);

G_END_DECLS
