/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <zlib.h>

#include "line-cursor.h"
#include "record-line.h"

static gboolean
take_digest (LineCursor * cursor, gsize n_digits, const char **digest)
{
  gsize length;

  return line_cursor_take_string (cursor, digest, &length)
      && (*digest == NULL || length == n_digits);
}

/* A number or null. */
static gboolean
take_count (LineCursor * cursor, gint64 * count)
{
  guint64 number;

  *count = -1;
  if (line_cursor_skip (cursor, "null"))
    return TRUE;
  if (!line_cursor_take_number (cursor, &number))
    return FALSE;
  *count = number;
  return TRUE;
}

/* Records had none at first. */
static gboolean
take_warnings (LineCursor * cursor, gint64 * warnings)
{
  *warnings = -1;
  return !line_cursor_skip (cursor, ",\"warnings\":")
      || take_count (cursor, warnings);
}

static gboolean
take_members (RectoRecordLine * self, LineCursor * cursor)
{
  const char *name;
  gsize length;
  guint64 attempt;

  if (!line_cursor_skip (cursor, RECTO_RECORD_LINE_START "\"uri\":")
      || !line_cursor_take_string (cursor, &self->uri, &self->uri_length)
      || !line_cursor_skip (cursor, ",\"document\":")
      || !line_cursor_take_string (cursor, &name, &length)
      || !line_cursor_skip (cursor, ",\"sha256\":")
      || !take_digest (cursor, RECTO_RECORD_LINE_SHA256_DIGITS, &self->sha256)
      || !line_cursor_skip (cursor, ",\"page\":")
      || !line_cursor_take_number (cursor, &self->page)
      || !line_cursor_skip (cursor, ",\"pages\":")
      || !take_count (cursor, &self->pages)
      || !line_cursor_skip (cursor, ",\"status\":")
      || !line_cursor_take_string (cursor, &self->status, &self->status_length)
      || self->status == NULL || !line_cursor_skip (cursor, ",\"attempt\":")
      || !line_cursor_take_number (cursor, &attempt)
      || !line_cursor_skip (cursor, ",\"config\":")
      || !take_digest (cursor, RECTO_RECORD_LINE_CONFIG_DIGITS, &self->config)
      || !take_warnings (cursor, &self->warnings))
    return FALSE;

  self->attempt = MIN (attempt, G_MAXUINT);
  return TRUE;
}

static gboolean
is_crc (const char *digits, gulong crc)
{
  for (guint i = 0; i < RECTO_RECORD_LINE_CRC_DIGITS; i++) {
    if (digits[i] != "0123456789abcdef"[crc >> (28 - 4 * i) & 0xf])
      return FALSE;
  }
  return TRUE;
}

static gboolean
has_crc (const char *data, gsize size)
{
  gsize covered = size - RECTO_RECORD_LINE_TAIL;
  LineCursor tail;

  if (size < RECTO_RECORD_LINE_TAIL)
    return FALSE;
  tail = (LineCursor) {
  data + covered, data + size};
  return line_cursor_skip (&tail, RECTO_RECORD_LINE_CRC)
      && is_crc (tail.p, crc32_z (0, (const Bytef *) data, covered))
      && memcmp (tail.p + RECTO_RECORD_LINE_CRC_DIGITS, "\"}",
      strlen ("\"}")) == 0;
}

/* A byte of eight is below 0x20 if taking that from it borrows, and it had no
 * high bit to begin with. */
static gboolean
has_low_byte (guint64 bytes)
{
  const guint64 ones = G_MAXUINT64 / 0xff;

  return ((bytes - ones * 0x20) & ~bytes & ones * 0x80) != 0;
}

/* A control character ends a line for some readers, and our writer escapes
 * them all. */
static gboolean
has_control (const char *data, gsize size)
{
  guint64 bytes;

  for (; size >= sizeof bytes; data += sizeof bytes, size -= sizeof bytes) {
    memcpy (&bytes, data, sizeof bytes);
    if (has_low_byte (bytes))
      return TRUE;
  }
  for (; size > 0; data++, size--) {
    if ((guchar) *data < 0x20)
      return TRUE;
  }
  return FALSE;
}

gboolean
recto_record_line_parse (RectoRecordLine * self, const char *data, gsize size)
{
  LineCursor cursor = { data, data + size };

  if (!has_crc (data, size) || has_control (data, size))
    return FALSE;

  *self = (RectoRecordLine) {
  .data = data,.size = size};
  return take_members (self, &cursor);
}

gboolean
recto_record_line_begins_file (int fd, gboolean with_zeros)
{
  char start[sizeof RECTO_RECORD_LINE_START - 1];
  gssize n = pread (fd, start, sizeof start, 0);

  for (gssize i = 0; i < n; i++) {
    if (start[i] != RECTO_RECORD_LINE_START[i]
        && !(with_zeros && start[i] == '\0'))
      return FALSE;
  }
  return n >= 0;
}

gboolean
recto_record_line_number_config (const RectoRecordLine * self,
    RectoConfigTable * configs, guint * config, GError ** error)
{
  int number = recto_config_table_intern (configs, self->config,
      self->config ? RECTO_RECORD_LINE_CONFIG_DIGITS : 0);

  if (number < 0) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _("There are records of too many configurations in it."));
    return FALSE;
  }
  *config = number;
  return TRUE;
}

gboolean
recto_record_line_has_status (const RectoRecordLine * self, const char *status)
{
  return self->status_length == strlen (status)
      && memcmp (self->status, status, self->status_length) == 0;
}

gboolean
recto_record_line_is_ok (const RectoRecordLine * self)
{
  return recto_record_line_has_status (self, "ok");
}

RectoIndexDocument
recto_record_line_get_document (const RectoRecordLine * self, guint config)
{
  return (RectoIndexDocument) {
  .uri = self->uri,.uri_length = self->uri_length,.sha256 =
        self->sha256,.config = config,};
}

gboolean
recto_record_line_is_confirmation (const RectoRecordLine * self)
{
  return self->page == 0 && (recto_record_line_is_ok (self)
      || recto_record_line_has_status (self, "partial"));
}

/* That a document changed, or is there again, makes none of its pages known:
 * these have numbers of their own, which no page has. */
guint64
recto_record_line_get_index_page (const RectoRecordLine * self)
{
  if (self->page == 0 && recto_record_line_has_status (self, "changed"))
    return RECTO_PAGE_INDEX_CHANGED;
  if (recto_record_line_is_confirmation (self))
    return RECTO_PAGE_INDEX_CONFIRMED;
  return self->page;
}

static gboolean
is_last_page (const RectoRecordLine * self)
{
  return self->page > 0 && self->pages > 0
      && self->page == (guint64) self->pages;
}

static gboolean
is_settled_document (const RectoRecordLine * self)
{
  return recto_record_line_has_status (self, "unsupported")
      || recto_record_line_has_status (self, "skipped");
}

/* Whether the document failed as a whole: no page of it can be read, as far as
 * is known. */
static gboolean
is_whole_failure (const RectoRecordLine * self)
{
  return recto_record_line_get_index_page (self) == 0 && (self->pages <= 0
      || is_settled_document (self)
      || recto_record_line_has_status (self, "quarantined"));
}

/* It is kept as it is: what a page has is text, and a document that no element
 * reads, or none is to read, will be the same when it is tried again. */
static gboolean
is_settled (const RectoRecordLine * self)
{
  return self->page == 0 ? is_settled_document (self) :
      recto_record_line_has_status (self, "incomplete");
}

/* A word that is not known is a failure. A quarantined document is not tried,
 * however many of its pages are recorded. */
static RectoIndexFlags
get_outcome (const RectoRecordLine * self)
{
  if (recto_record_line_is_ok (self))
    return 0;
  if (is_settled (self))
    return RECTO_INDEX_SETTLED;
  if (recto_record_line_has_status (self, "skipped")
      || recto_record_line_has_status (self, "quarantined"))
    return RECTO_INDEX_FAILED | RECTO_INDEX_SKIPPED;
  return RECTO_INDEX_FAILED;
}

gboolean
recto_record_line_add (const RectoRecordLine * self, guint config,
    RectoPageIndex * index, GError ** error)
{
  RectoIndexDocument document = recto_record_line_get_document (self, config);
  RectoIndexFlags flags = get_outcome (self);

  if (is_whole_failure (self) || is_last_page (self))
    flags |= RECTO_INDEX_LAST;
  return recto_page_index_add (index, &document,
      recto_record_line_get_index_page (self), flags, error);
}
