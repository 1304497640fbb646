/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "run-suspects.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* Only documents that were being read when a process died are suspects. */
#define MAX_SUSPECTS 100000

/* A document that a run has begun and not ended. */
typedef struct
{
  guint64 n_recorded;
  gboolean alone;
  gboolean rebooted;            /* since */
} Begun;

typedef struct
{
  guint64 n_recorded;           /* at its last death */
  guint n_deaths;
} Suspect;

struct _RunSuspects
{
  char *boot;
  GHashTable *begun;            /* URI → Begun, of the run that is read */
  GHashTable *suspects;         /* URI → Suspect */
};

static char *
dup_boot (void)
{
  char *boot = NULL;

  if (!g_file_get_contents (BOOT_ID, &boot, NULL, NULL))
    return g_strdup ("");
  return g_strchomp (boot);
}

RunSuspects *
run_suspects_new (void)
{
  RunSuspects *self = g_new0 (RunSuspects, 1);

  self->boot = dup_boot ();
  self->begun = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->suspects =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

const char *
run_suspects_get_boot (RunSuspects * self)
{
  return self->boot;
}

void
run_suspects_free (RunSuspects * self)
{
  g_hash_table_unref (self->begun);
  g_hash_table_unref (self->suspects);
  g_free (self->boot);
  g_free (self);
}

static gboolean
is_other_boot (RunSuspects * self, const RectoRunLogLine * line)
{
  return line->boot && (line->boot_length != strlen (self->boot)
      || memcmp (line->boot, self->boot, line->boot_length) != 0);
}

static void
note_begin (RunSuspects * self, const RectoRunLogLine * line)
{
  Begun *begun;

  if (g_hash_table_size (self->begun) >= MAX_SUSPECTS)
    return;
  begun = g_new0 (Begun, 1);
  begun->n_recorded = line->n_recorded;
  begun->alone = line->alone;
  begun->rebooted = is_other_boot (self, line);
  g_hash_table_replace (self->begun, g_strndup (line->uri, line->uri_length),
      begun);
}

static void
note_death (RunSuspects * self, const char *uri, const Begun * begun)
{
  Suspect *suspect = g_hash_table_lookup (self->suspects, uri);

  if (suspect == NULL) {
    if (g_hash_table_size (self->suspects) >= MAX_SUSPECTS)
      return;
    suspect = g_new0 (Suspect, 1);
    g_hash_table_insert (self->suspects, g_strdup (uri), suspect);
  }
  if (suspect->n_recorded != begun->n_recorded)
    suspect->n_deaths = 0;
  suspect->n_recorded = begun->n_recorded;
  suspect->n_deaths += begun->alone;
}

void
run_suspects_end_run (RunSuspects * self)
{
  GHashTableIter iter;
  gpointer uri, begun;

  g_hash_table_iter_init (&iter, self->begun);
  while (g_hash_table_iter_next (&iter, &uri, &begun)) {
    if (!((Begun *) begun)->rebooted)
      note_death (self, uri, begun);
  }
  g_hash_table_remove_all (self->begun);
}

void
run_suspects_add_line (RunSuspects * self, const RectoRunLogLine * line)
{
  g_autofree char *uri = NULL;

  switch (line->kind) {
    case RECTO_RUN_LOG_RUN:
      run_suspects_end_run (self);
      break;
    case RECTO_RUN_LOG_NEW:
      run_suspects_forget_all (self);
      break;
    case RECTO_RUN_LOG_BEGIN:
      note_begin (self, line);
      break;
    case RECTO_RUN_LOG_END:
      uri = g_strndup (line->uri, line->uri_length);
      run_suspects_forget (self, uri);
      break;
    case RECTO_RUN_LOG_STOP:
      g_hash_table_remove_all (self->begun);
      break;
    default:
      break;
  }
}

void
run_suspects_forget_all (RunSuspects * self)
{
  g_hash_table_remove_all (self->begun);
  g_hash_table_remove_all (self->suspects);
}

void
run_suspects_forget (RunSuspects * self, const char *uri)
{
  g_hash_table_remove (self->begun, uri);
  g_hash_table_remove (self->suspects, uri);
}

gboolean
run_suspects_are_none (RunSuspects * self)
{
  return g_hash_table_size (self->suspects) == 0;
}

gboolean
run_suspects_have (RunSuspects * self, const char *uri)
{
  return g_hash_table_contains (self->suspects, uri);
}

guint
run_suspects_count_deaths (RunSuspects * self, const char *uri,
    guint64 n_recorded)
{
  Suspect *suspect = g_hash_table_lookup (self->suspects, uri);

  return suspect && suspect->n_recorded == n_recorded ? suspect->n_deaths : 0;
}
