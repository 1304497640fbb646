/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "failed-documents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include <jsonl/line-reader.h>
#include <page/document-walk.h>
#include <recto/recto-temporary-file-private.h>

#include "record-head.h"

typedef struct
{
  FailedDocuments *failed;
  const char *config;
  gboolean incomplete;          /* is taken as failed */
  JsonParser *parser;
  FILE *all;                    /* URIs of all failures, some several times */
  RectoPageIndex *index;        /* of them */
} Collection;

static void
collection_clear (Collection * self)
{
  g_clear_object (&self->parser);
  g_clear_pointer (&self->all, fclose);
  g_clear_pointer (&self->index, recto_page_index_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Collection, collection_clear)

static gboolean
fail_write (GError ** error, int code)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
      _("A temporary list could not be written: %s. Name another folder for"
          " such by TMPDIR."), g_strerror (code));
  return FALSE;
}

static FILE *
open_nameless (GError ** error)
{
  int fd = recto_temporary_file_open (error);
  FILE *file = fd >= 0 ? fdopen (fd, "w+") : NULL;

  if (fd >= 0 && file == NULL) {
    fail_write (error, errno);
    close (fd);
  }
  return file;
}

static gboolean
write_uri (FILE * file, const char *uri, gsize length, GError ** error)
{
  if (fwrite (uri, 1, length, file) == length && fputc ('\n', file) != EOF)
    return TRUE;
  return fail_write (error, errno);
}

static gboolean
flush (FILE * file, GError ** error)
{
  return fflush (file) == 0 || fail_write (error, errno);
}

/* All versions and pages of a document are one here. */
static RectoIndexDocument
as_name (const char *uri, gsize length)
{
  return (RectoIndexDocument) {.uri = uri,.uri_length = length };
}

static gboolean
has_config (const RectoRecordLine * line, const char *config)
{
  return config == NULL || (line->config != NULL
      && strncmp (line->config, config, strlen (config)) == 0);
}

/* A page that was read once is done, even if other settings failed later. */
static gboolean
is_ok (const NewestRecord * record)
{
  return recto_record_line_is_ok (record->line)
      || recto_page_index_find_page (record->index, &record->document,
      recto_record_line_get_index_page (record->line)).ok;
}

/* A page of which there is text is incomplete, even if a later attempt at it
 * failed. */
static gboolean
is_settled (const NewestRecord * record)
{
  return recto_page_index_find_page (record->index, &record->document,
      recto_record_line_get_index_page (record->line)).settled;
}

/* A stream, such as standard input, is a file descriptor's URI, or none. */
static gboolean
take_failure (const NewestRecord * record, gpointer data, GError ** error)
{
  Collection *self = data;
  const RectoRecordLine *line = record->line;
  g_autoptr (JsonNode) head = NULL;
  RectoIndexDocument name;
  const char *uri;
  gboolean settled = is_settled (record);

  if (is_ok (record) || (line->page == 0 && settled))
    return TRUE;
  if (!has_config (line, self->config)) {
    self->failed->n_others++;
    return TRUE;
  }
  if (settled && !self->incomplete) {
    self->failed->n_incomplete++;
    return TRUE;
  }
  head = record_head_parse (self->parser, line);
  uri = head != NULL ? record_head_get_string (head, "uri") : NULL;
  if (uri == NULL || !g_str_has_prefix (uri, "file:")
      || strchr (uri, '\n') != NULL) {
    self->failed->n_nameless++;
    return TRUE;
  }
  name = as_name (uri, strlen (uri));

  return write_uri (self->all, uri, strlen (uri), error)
      && recto_page_index_add (self->index, &name, 1, 0, error);
}

static gboolean
is_missing (const char *uri, gsize length)
{
  g_autofree char *location = g_strndup (uri, length);
  g_autoptr (GError) error = NULL;

  return !document_walk_check (location, &error)
      && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Each URI where it comes last. */
static gboolean
write_list (Collection * self, FILE * list, GError ** error)
{
  g_autoptr (RectoLineReader) uris = recto_line_reader_new (fileno (self->all),
      0, RECTO_RECORD_MAX_LINE);
  const char *uri;
  gsize length;

  for (;;) {
    RectoIndexDocument name;

    if (!recto_line_reader_next (uris, &uri, &length, error))
      return FALSE;
    if (uri == NULL)
      return TRUE;
    name = as_name (uri, length);
    if (!recto_page_index_visit (self->index, &name, 1))
      continue;
    if (is_missing (uri, length)) {
      self->failed->n_missing++;
      continue;
    }
    self->failed->n_documents++;
    if (!write_uri (list, uri, length, error))
      return FALSE;
  }
}

static gboolean
collect (Collection * self, NewestRecords * records, FILE * list,
    GError ** error)
{
  self->parser = json_parser_new ();
  self->index = recto_page_index_new (error);
  if (self->index == NULL)
    return FALSE;
  self->all = open_nameless (error);

  return self->all != NULL
      && newest_records_each (records, take_failure, self, error)
      && flush (self->all, error)
      && recto_page_index_seal (self->index, error)
      && write_list (self, list, error) && flush (list, error);
}

gboolean
failed_documents_collect (FailedDocuments * self, NewestRecords * records,
    const char *config, gboolean incomplete, GError ** error)
{
  g_auto (Collection) collection = {.failed = self,.config = config,
    .incomplete = incomplete
  };
  FILE *list = open_nameless (error);
  gboolean done;

  self->fd = -1;
  if (list == NULL)
    return FALSE;
  done = collect (&collection, records, list, error);
  if (done)
    self->fd = fcntl (fileno (list), F_DUPFD_CLOEXEC, 3);
  fclose (list);

  return done && (self->fd >= 0 || fail_write (error, errno));
}

void
failed_documents_clear (FailedDocuments * self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}
