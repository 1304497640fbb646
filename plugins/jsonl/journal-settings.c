/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <gst/gst.h>
#include <recto/recto.h>
#include <recto/recto-query-private.h>

#include "journal-settings.h"
#include "settings-difference.h"

#define SETTINGS_ERROR GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS

char *
recto_journal_settings_choose_digest (RectoJournal * journal, GstQuery * query)
{
  g_autofree char *digest = recto_query_get_run_digest (query);
  g_autofree char *former = recto_query_dup_former_digest (query);
  RectoConfigTable *configs = journal ?
      recto_journal_get_configs (journal) : NULL;

  if (configs && former && recto_config_table_find (configs, digest) < 0
      && recto_config_table_find (configs, former) >= 0)
    return g_steal_pointer (&former);
  return g_steal_pointer (&digest);
}

/* The digest of other settings with which pages are recorded, if that is a
 * reason to refuse the run, or NULL. A page that is recorded with any settings
 * would be read again here, except by a retry. */
static char *
find_obstacle (RectoConfigTable * configs, const char *digest,
    GstRectoSettingsPolicy policy, gboolean retry)
{
  if (policy != GST_RECTO_SETTINGS_REFUSE
      || (retry && recto_config_table_find (configs, digest) >= 0))
    return NULL;
  return recto_config_table_dup_other (configs, digest);
}

static int
refuse (RectoJournal * journal, const char *name, GstQuery * query,
    const char *other, GError ** error)
{
  g_autoptr (GVariant) settings = recto_query_get_run_config (query);
  g_autoptr (GVariant) changes = recto_query_get_run_changes (query);
  g_autofree char *before =
      recto_run_log_dup_elements (recto_journal_get_log (journal), other);
  g_autofree char *difference = recto_settings_difference_describe (before,
      settings, changes);

  g_set_error (error, SETTINGS_ERROR,
      _("Pages in “%s” were read with other "
          "settings: %s. Use those settings, choose another name for the "
          "output, or set “settings-changed” (--settings-changed): “keep” "
          "counts these pages as read, “again” reads them again."), name,
      difference ? difference : _("its log does not have them"));
  return -1;
}

int
recto_journal_settings_accept (RectoJournal * journal, const char *name,
    GstQuery * query, const char *digest, GstRectoSettingsPolicy policy,
    gboolean retry, GError ** error)
{
  RectoConfigTable *configs = recto_journal_get_configs (journal);
  g_autofree char *other = find_obstacle (configs, digest, policy, retry);
  int number;

  if (other)
    return refuse (journal, name, query, other, error);

  number = recto_config_table_intern (configs, digest, strlen (digest));
  if (number < 0)
    g_set_error (error, SETTINGS_ERROR,
        _("Pages in “%s” were read with too "
            "many different settings. Choose another name for the output."),
        name);
  if (number < 0 || !(policy == GST_RECTO_SETTINGS_KEEP || (retry
              && policy == GST_RECTO_SETTINGS_AGAIN)))
    return number;

  recto_page_index_merge_configs (recto_journal_get_index (journal));
  recto_config_table_merge (configs);
  return 0;
}
