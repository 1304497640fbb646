/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <gst/gst.h>

#include "document-versions.h"
#include "journal-run.h"

GST_DEBUG_CATEGORY_STATIC (journal_run_debug);
#define GST_CAT_DEFAULT journal_run_debug

struct _JournalRun
{
  gatomicrefcount ref_count;
  RectoPageIndex *index;
  RectoRunLog *log;
  char *location;
  char *config;
  guint number;
  RectoPageCopier *copier;      /* nullable */
  guint own_number;             /* for the copier, which takes no others */

  int closed;                   /* atomic */

  GMutex lock;
  RectoJournal *journal;        /* NULL once it is closed */
  RectoJournalWriter *writer;
  DocumentVersions *versions;   /* NULL until they are asked for */
  gboolean unreadable;          /* they can't be had */
};

JournalRun *
journal_run_new (RectoJournal * journal, RectoJournalWriter * writer,
    RectoPageCopier * copier, const char *location, const char *config,
    guint number)
{
  JournalRun *self = g_new0 (JournalRun, 1);

  GST_DEBUG_CATEGORY_INIT (journal_run_debug, "recto-journal-run", 0,
      "Journals and the sources that ask for them");

  g_atomic_ref_count_init (&self->ref_count);
  self->index = recto_page_index_ref (recto_journal_get_index (journal));
  self->log = recto_run_log_ref (recto_journal_get_log (journal));
  self->location = g_strdup (location);
  self->config = g_strdup (config);
  self->number = number;
  self->own_number = recto_config_table_find (recto_journal_get_configs
      (journal), config);
  if (copier) {
    self->copier = recto_page_copier_ref (copier);
    recto_journal_set_config (journal, self->own_number);
  }
  g_mutex_init (&self->lock);
  self->journal = journal;
  self->writer = writer;

  return self;
}

static JournalRun *
journal_run_ref (JournalRun * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
journal_run_unref (JournalRun * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->versions, document_versions_free);
  g_clear_pointer (&self->copier, recto_page_copier_unref);
  recto_page_index_unref (self->index);
  recto_run_log_unref (self->log);
  g_mutex_clear (&self->lock);
  g_free (self->location);
  g_free (self->config);
  g_free (self);
}

gboolean
journal_run_has_config (JournalRun * self, const char *config)
{
  return g_str_equal (self->config, config);
}

void
journal_run_close (JournalRun * self)
{
  /* A reading of the journal, which has the lock, ends by it. */
  g_atomic_int_set (&self->closed, TRUE);
  g_mutex_lock (&self->lock);
  self->journal = NULL;
  self->writer = NULL;
  g_mutex_unlock (&self->lock);

  journal_run_unref (self);
}

/* Documents that may have ended a process */

static RectoRunPast
look_back (const char *uri, guint n_recorded, gpointer data)
{
  JournalRun *self = data;

  return (RectoRunPast) {
  .is_suspect = recto_run_log_is_suspect (self->log, uri),.n_deaths =
        recto_run_log_count_deaths (self->log, uri, n_recorded),};
}

static void
begin (const char *uri, guint n_recorded, gboolean alone, gpointer data)
{
  JournalRun *self = data;

  recto_run_log_begin (self->log, uri, n_recorded, alone);
}

/* Versions of documents */

typedef struct
{
  DocumentVersions *versions;
  RectoConfigTable *configs;
  int *cancelled;               /* atomic */
} Reading;

static gboolean
add_record (const RectoRecordLine * line, gpointer data, GError ** error)
{
  Reading *reading = data;
  RectoIndexDocument version;
  guint config;

  if (g_atomic_int_get (reading->cancelled)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "closed");
    return FALSE;
  }
  if (!recto_record_line_number_config (line, reading->configs, &config, error))
    return FALSE;
  version = recto_record_line_get_document (line, config);
  return document_versions_add (reading->versions, line, &version, error);
}

/* Few documents change, so the journal is read for it when one has. */
static DocumentVersions *
read_versions (JournalRun * self, GError ** error)
{
  RectoConfigTable *configs = recto_journal_get_configs (self->journal);
  g_autoptr (JournalReader) reader = journal_reader_open (self->location,
      error);
  g_autoptr (DocumentVersions) versions = reader ?
      document_versions_new (error) : NULL;
  Reading reading = { versions, configs, &self->closed };

  if (versions == NULL
      || !journal_reader_each (reader, add_record, &reading, error)
      || !document_versions_seal (versions, reader, configs, &self->closed,
          error))
    return NULL;
  return g_steal_pointer (&versions);
}

/* In doubt it is. */
static gboolean
is_latest (const char *uri, const char *sha256, gpointer data)
{
  JournalRun *self = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autoptr (GError) error = NULL;
  RectoIndexDocument version = {
    .uri = uri,.uri_length = strlen (uri),
    .sha256 = sha256,.config = self->number
  };

  if (self->journal && self->versions == NULL && !self->unreadable)
    self->versions = read_versions (self, &error);
  self->unreadable = self->unreadable || error;
  if (error)
    GST_WARNING ("could not read “%s” again: %s", self->location,
        error->message);
  return self->versions == NULL
      || document_versions_is_latest (self->versions, &version);
}

static RectoPage *
make_page (RectoDocument * document, gboolean ok)
{
  g_autoptr (GError) error = NULL;

  if (ok)
    return recto_page_new (document, 0, TRUE);
  error = g_error_new_literal (RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_PARTIAL,
      _("Some of its pages failed."));
  return recto_page_new_failed_document (document, error->code, error);
}

static void
confirm (RectoDocument * document, gboolean ok, gpointer data)
{
  JournalRun *self = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  g_autoptr (RectoPage) page = make_page (document, ok);
  g_autoptr (GString) line = g_string_new (NULL);
  RectoPageRecord record = {
    .page = page,.attempt = 1,.config = self->config,
    .time = g_get_real_time () / G_USEC_PER_SEC
  };

  if (self->writer == NULL)
    return;
  GST_DEBUG ("“%s” is again as it was recorded",
      recto_document_get_uri (document));
  recto_page_record_append_line (&record, line);
  recto_journal_writer_put_notice (self->writer, line);
}

/* The same content elsewhere */

static gboolean
copy_page (RectoPage * page, guint attempt, gpointer data)
{
  JournalRun *self = data;

  return recto_page_copier_copy (self->copier, self->own_number, page, attempt);
}

static const RectoRunFuncs run_funcs = {
  .look_back = look_back,
  .begin = begin,
  .is_latest = is_latest,
  .confirm = confirm,
};

static const RectoRunFuncs copying_funcs = {
  .look_back = look_back,
  .begin = begin,
  .is_latest = is_latest,
  .confirm = confirm,
  .copy = copy_page,
};

RectoRun *
journal_run_make (JournalRun * self, RectoRunScope scope)
{
  return recto_run_new (self->index, self->number, scope, self->copier ?
      &copying_funcs : &run_funcs, journal_run_ref (self),
      (GDestroyNotify) journal_run_unref);
}
