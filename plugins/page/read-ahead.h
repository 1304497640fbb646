/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Opens documents before they are needed, a few at a time, and gives them out
 * in their order.
 */

#pragma once

#include "document-opener.h"

G_BEGIN_DECLS

typedef struct _ReadAhead ReadAhead;

ReadAhead *      read_ahead_new       (void);

void             read_ahead_free      (ReadAhead      *self);

/* Starts with the first of the locations. The choice is borrowed and may change
 * till read_ahead_next() is called. Opens at most as many documents
 * ahead as the renderer has workers. */
void             read_ahead_start     (ReadAhead          *self,
                                       const char *const  *locations,
                                       RectoRenderer      *renderer,
                                       const char         *password,
                                       const DocumentChoice
                                                          *choice);

/* Ends what it does and drops what it has. */
void             read_ahead_stop      (ReadAhead      *self);

/* Waits for the next document and sets `opener` to it, or to NULL after the
 * last one. FALSE when it was cancelled. */
gboolean         read_ahead_next      (ReadAhead        *self,
                                       DocumentOpener  **opener);

/* Between the two all work rests, and read_ahead_next() returns at once. */
void             read_ahead_cancel    (ReadAhead      *self);
void             read_ahead_uncancel  (ReadAhead      *self);

/* Puts the document off: it is opened again after all others. FALSE if it was
 * put off before or its name cannot be stored. */
gboolean         read_ahead_put_off   (ReadAhead             *self,
                                       const DocumentOpener  *opener);

/* How many documents there are, -1 as long as it is not known. */
gint64           read_ahead_get_total (ReadAhead      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReadAhead, read_ahead_free)

G_END_DECLS
