/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The records of a document that has changed are of several versions, of which
 * the one that was seen last counts. Versions are told apart by indexes in
 * files, not in memory.
 */

#pragma once

#include "journal-reader.h"

G_BEGIN_DECLS

typedef struct _DocumentVersions DocumentVersions;

DocumentVersions * document_versions_new         (GError                   **error);

void               document_versions_free        (DocumentVersions          *self);

/* To be called for all records in their order; `version` is what the line is
 * of. */
gboolean           document_versions_add         (DocumentVersions          *self,
                                                  const RectoRecordLine     *line,
                                                  const RectoIndexDocument  *version,
                                                  GError                   **error);

/* Reads the records once more, unless `cancelled` (atomic, nullable) is set.
 * From now on it may be asked. */
gboolean           document_versions_seal        (DocumentVersions          *self,
                                                  JournalReader             *journal,
                                                  RectoConfigTable          *configs,
                                                  int                       *cancelled,
                                                  GError                   **error);

/* Whether a later version takes the place of the one that the record is of. */
gboolean           document_versions_is_replaced (DocumentVersions          *self,
                                                  const RectoRecordLine     *line,
                                                  const RectoIndexDocument  *version);

/* Whether the last record of the document is of this version. */
gboolean           document_versions_is_latest   (DocumentVersions          *self,
                                                  const RectoIndexDocument  *version);

guint64            document_versions_get_n_replaced
                                                 (DocumentVersions          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DocumentVersions, document_versions_free)

G_END_DECLS
