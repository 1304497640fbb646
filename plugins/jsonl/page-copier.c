/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <glib/gstdio.h>
#include <gst/gst.h>

#include <recto/recto-page-private.h>

#include "copied-record.h"
#include "line-reader.h"
#include "page-copier.h"

GST_DEBUG_CATEGORY_STATIC (recto_page_copier_debug);
#define GST_CAT_DEFAULT recto_page_copier_debug

/* The index holds hashes. More than a few wrong places for one page are no
 * chance collisions. */
#define MAX_PLACES 8

struct _RectoPageCopier
{
  gatomicrefcount ref_count;

  GMutex lock;
  RectoJournal *journal;        /* NULL once it is closed */
  RectoJournalWriter *writer;

  /* The file that was read last. */
  int fd;
  guint file;
  RectoLineReader *lines;       /* NULL: none */
};

RectoPageCopier *
recto_page_copier_new (RectoJournal * journal, RectoJournalWriter * writer)
{
  RectoPageCopier *self = g_new0 (RectoPageCopier, 1);

  GST_DEBUG_CATEGORY_INIT (recto_page_copier_debug, "recto-page-copier", 0,
      "Copies of records");

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->journal = journal;
  self->writer = writer;
  self->fd = -1;
  return self;
}

RectoPageCopier *
recto_page_copier_ref (RectoPageCopier * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
close_file (RectoPageCopier * self)
{
  g_clear_pointer (&self->lines, recto_line_reader_free);
  if (self->fd >= 0)
    g_close (g_steal_fd (&self->fd), NULL);
}

void
recto_page_copier_unref (RectoPageCopier * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  close_file (self);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
recto_page_copier_close (RectoPageCopier * self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  close_file (self);
  self->journal = NULL;
  self->writer = NULL;
}

/* What follows is called with the lock. */

static gboolean
open_file (RectoPageCopier * self, guint file)
{
  g_autofree char *path = NULL;

  if (self->lines && self->file == file)
    return TRUE;

  close_file (self);
  path = recto_journal_dup_path (self->journal, file);
  self->fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  if (self->fd < 0) {
    GST_WARNING ("could not open “%s”: %s", path, g_strerror (errno));
    return FALSE;
  }
  self->file = file;
  self->lines = recto_line_reader_new (self->fd, 0, RECTO_RECORD_MAX_LINE);
  return TRUE;
}

static gboolean
read_line (RectoPageCopier * self, const RectoPlace * place,
    RectoRecordLine * line)
{
  const char *data;
  gsize size;

  if (!open_file (self, place->file))
    return FALSE;
  recto_line_reader_seek (self->lines, place->offset);
  return recto_line_reader_next (self->lines, &data, &size, NULL)
      && data && recto_record_line_parse (line, data, size);
}

static gboolean
is_of_config (RectoPageCopier * self, const RectoRecordLine * line,
    guint config)
{
  g_autofree char *digest = line->config ?
      g_strndup (line->config, RECTO_RECORD_LINE_CONFIG_DIGITS) : NULL;

  return recto_config_table_find (recto_journal_get_configs (self->journal),
      digest) == (int) config;
}

static guint
find_places (RectoPageCopier * self, guint config, RectoPage * page,
    RectoPlace * places)
{
  const RectoContent content = {
    .sha256 = recto_document_get_sha256 (recto_page_get_document (page)),
    .config = config,
    .page = recto_page_get_number (page),
  };

  return recto_content_index_find (recto_journal_get_contents (self->journal),
      &content, places, MAX_PLACES);
}

/* Fills `line`, which is valid until the next one is read. One of the document
 * itself, which this run has read, comes first. */
static gboolean
find_origin (RectoPageCopier * self, guint config, RectoPage * page,
    RectoRecordLine * line)
{
  RectoPlace places[MAX_PLACES];
  guint n = find_places (self, config, page, places);
  int found = -1;

  for (guint i = 0; i < n; i++) {
    if (!read_line (self, &places[i], line)
        || !recto_copied_record_fits (line, page)
        || !is_of_config (self, line, config))
      continue;
    if (recto_copied_record_is_own (line, page))
      return TRUE;
    if (found < 0)
      found = i;
  }
  return found >= 0 && read_line (self, &places[found], line);
}

static gboolean
put (RectoPageCopier * self, const RectoRecordLine * origin, RectoPage * page,
    guint attempt)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (RectoPage) complete = origin->warnings > 0 ?
      recto_page_with_warnings (page, origin->warnings) : recto_page_ref (page);
  const RectoPageRecord record = {.page = complete,.copied = TRUE };

  return recto_copied_record_append (origin, page, attempt, line)
      && line->len <= RECTO_RECORD_MAX_LINE
      && recto_journal_writer_put (self->writer, line, &record);
}

/* From here on without the lock. */

gboolean
recto_page_copier_copy (RectoPageCopier * self, guint config, RectoPage * page,
    guint attempt)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);
  const char *sha256 = recto_document_get_sha256 (recto_page_get_document
      (page));
  RectoRecordLine origin;

  if (self->journal == NULL || sha256 == NULL
      || strlen (sha256) != RECTO_RECORD_LINE_SHA256_DIGITS
      || !find_origin (self, config, page, &origin))
    return FALSE;

  /* A document that is named twice needs no second record. */
  if (!recto_copied_record_is_own (&origin, page)
      && !put (self, &origin, page, attempt))
    return FALSE;

  GST_DEBUG ("copied page %u of %s", recto_page_get_number (page),
      recto_document_get_uri (recto_page_get_document (page)));
  return TRUE;
}
