/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. How many documents, and bytes of them, are held. Thread-safe.
 */

#pragma once

#include <gio/gio.h>

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* The most documents that are held at a time, each with a descriptor. */
#define RECTO_DOCUMENT_BUDGET_MAX_HELD 64

typedef enum
{
  RECTO_DOCUMENT_AHEAD,         /* of its pages; waits while much is held */
  RECTO_DOCUMENT_AGAIN,         /* one at a time: those ahead may be waiting
                                 * for us, so we can't wait for them */
  RECTO_DOCUMENT_IMAGE,         /* held for one call, never waits */
} RectoDocumentPurpose;

typedef struct
{
  guint n_held, peak_n_held;
  guint64 held, peak_held;      /* bytes */
} RectoDocumentUsage;

typedef struct
{
  GMutex lock;
  GCond changed;

  guint64 max_memory;           /* bytes, 0: no limit */
  guint64 max_size;             /* bytes of one document, 0: no limit */

  RectoDocumentUsage usage;
  gboolean again;               /* one is held that is read again */

  gpointer kept;                /* that one, while it is not in use */
  GDestroyNotify free_kept;     /* gives its room back */
} RectoDocumentBudget;

void     recto_document_budget_init       (RectoDocumentBudget  *self);

void     recto_document_budget_clear      (RectoDocumentBudget  *self);

/* Takes the place of a limit that was set before; see the struct's fields. */
void     recto_document_budget_set_limits (RectoDocumentBudget  *self,
                                           guint64               max_memory,
                                           guint64               max_size);

/* Takes the place of what was kept: see recto_document_budget_keep(). */
gboolean recto_document_budget_take       (RectoDocumentBudget  *self,
                                           RectoDocumentPurpose  purpose,
                                           guint64               size,
                                           gboolean              wait,
                                           GCancellable         *cancellable,
                                           GError              **error);

/* What was taken turns out to be of another size. */
void     recto_document_budget_adjust     (RectoDocumentBudget  *self,
                                           guint64               old_size,
                                           guint64               new_size);

void     recto_document_budget_give_back  (RectoDocumentBudget  *self,
                                           RectoDocumentPurpose  purpose,
                                           guint64               size);

/* Keeps the document that was read again, with its room, until another one
 * needs the room. @free_kept frees it at once if it is too large to be kept. */
void     recto_document_budget_keep       (RectoDocumentBudget  *self,
                                           gpointer              document,
                                           GDestroyNotify        free_kept);

/* What is kept, once no document is in use that was read again; NULL: nothing.
 * The caller owns it. */
gpointer recto_document_budget_take_kept  (RectoDocumentBudget  *self,
                                           GCancellable         *cancellable);

void     recto_document_budget_drop_kept  (RectoDocumentBudget  *self);

/* FALSE: a document of that many bytes is more than is read of one. */
gboolean recto_document_budget_allows     (RectoDocumentBudget  *self,
                                           guint64               size,
                                           GError              **error);

void     recto_document_budget_get_usage  (RectoDocumentBudget  *self,
                                           RectoDocumentUsage   *usage);

G_END_DECLS
