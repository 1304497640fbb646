/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whether a run may add to a journal whose records were made with settings
 * that may be others.
 */

#pragma once

#include "journal.h"
#include "settings-policy.h"

G_BEGIN_DECLS

/* The digest of a run's configuration. One name for it is enough in one
 * journal, and a journal may be older than the name of today. `journal` may be
 * NULL. */
char * recto_journal_settings_choose_digest
                                     (RectoJournal            *journal,
                                      GstQuery                *query);

/* The number of the run's configuration in the journal's index, or -1 with an
 * error of GST_RESOURCE_ERROR that is fit to be shown. `name` is the journal's,
 * for messages. */
int    recto_journal_settings_accept (RectoJournal            *journal,
                                      const char              *name,
                                      GstQuery                *query,
                                      const char              *digest,
                                      GstRectoSettingsPolicy   policy,
                                      gboolean                 retry,
                                      GError                 **error);

G_END_DECLS
