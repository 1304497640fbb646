/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The documents of a journal in which something failed, each once, as a list
 * in a file that has no name.
 */

#pragma once

#include "newest-records.h"

G_BEGIN_DECLS

typedef struct
{
  int fd;                       /* of the list, one URI a line; -1: none */
  guint64 n_documents;
  guint64 n_missing;            /* documents that are not there now */
  guint64 n_nameless;           /* failures of what is no file */
  guint64 n_others;             /* failures in other configurations */
  guint64 n_incomplete;         /* pages that are left as they are */
} FailedDocuments;

/* In the configuration `config`, or NULL for all, which `records` merges then.
 * `incomplete`: what was read in part is taken as failed. */
gboolean failed_documents_collect (FailedDocuments  *self,
                                   NewestRecords    *records,
                                   const char       *config,
                                   gboolean          incomplete,
                                   GError          **error);

void     failed_documents_clear   (FailedDocuments  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FailedDocuments, failed_documents_clear)

G_END_DECLS
