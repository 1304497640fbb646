/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "record-line.h"

/* Numbers beyond this were not written by us. */
#define MAX_NUMBER G_GUINT64_CONSTANT (9999999999999999)

/* What is yet to be read of a line. */
typedef struct
{
  const char *p;
  const char *end;
} Cursor;

static gboolean
skip (Cursor * cursor, const char *literal)
{
  gsize length = strlen (literal);

  if ((gsize) (cursor->end - cursor->p) < length
      || memcmp (cursor->p, literal, length) != 0)
    return FALSE;
  cursor->p += length;
  return TRUE;
}

/* The one that ends a string; the end if there is none. Few strings have a
 * backslash. */
static const char *
find_quote (const Cursor * cursor)
{
  const char *p = cursor->p;
  const char *quote = memchr (p, '"', cursor->end - p);

  if (quote && memchr (p, '\\', quote - p) == NULL)
    return quote;

  while (p < cursor->end && *p != '"')
    p += *p == '\\' ? 2 : 1;
  return MIN (p, cursor->end);
}

/* A string, as it is written, or null. */
static gboolean
take_string (Cursor * cursor, const char **string, gsize * length)
{
  *string = NULL;
  *length = 0;
  if (skip (cursor, "null"))
    return TRUE;
  if (!skip (cursor, "\""))
    return FALSE;

  *string = cursor->p;
  cursor->p = find_quote (cursor);
  *length = cursor->p - *string;
  return skip (cursor, "\"");
}

static gboolean
take_digest (Cursor * cursor, gsize n_digits, const char **digest)
{
  gsize length;

  return take_string (cursor, digest, &length)
      && (*digest == NULL || length == n_digits);
}

static gboolean
take_number (Cursor * cursor, guint64 * number)
{
  const char *start = cursor->p;

  *number = 0;
  while (cursor->p < cursor->end && g_ascii_isdigit (*cursor->p)
      && *number <= MAX_NUMBER / 10)
    *number = *number * 10 + (*cursor->p++ - '0');
  return cursor->p > start;
}

/* A number or null. */
static gboolean
take_count (Cursor * cursor, gint64 * count)
{
  guint64 number;

  *count = -1;
  if (skip (cursor, "null"))
    return TRUE;
  if (!take_number (cursor, &number))
    return FALSE;
  *count = number;
  return TRUE;
}

/* Records had none at first. */
static gboolean
take_warnings (Cursor * cursor, gint64 * warnings)
{
  *warnings = -1;
  return !skip (cursor, ",\"warnings\":") || take_count (cursor, warnings);
}

static gboolean
take_members (RectoRecordLine * self, Cursor * cursor)
{
  const char *name;
  gsize length;
  guint64 attempt;

  if (!skip (cursor, RECTO_RECORD_LINE_START "\"uri\":")
      || !take_string (cursor, &self->uri, &self->uri_length)
      || !skip (cursor, ",\"document\":")
      || !take_string (cursor, &name, &length)
      || !skip (cursor, ",\"sha256\":")
      || !take_digest (cursor, RECTO_RECORD_LINE_SHA256_DIGITS, &self->sha256)
      || !skip (cursor, ",\"page\":") || !take_number (cursor, &self->page)
      || !skip (cursor, ",\"pages\":") || !take_count (cursor, &self->pages)
      || !skip (cursor, ",\"status\":")
      || !take_string (cursor, &self->status, &self->status_length)
      || self->status == NULL || !skip (cursor, ",\"attempt\":")
      || !take_number (cursor, &attempt) || !skip (cursor, ",\"config\":")
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
  Cursor tail;

  if (size < RECTO_RECORD_LINE_TAIL)
    return FALSE;
  tail = (Cursor) { data + covered, data + size };
  return skip (&tail, RECTO_RECORD_LINE_CRC)
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
  Cursor cursor = { data, data + size };

  if (!has_crc (data, size) || has_control (data, size))
    return FALSE;

  *self = (RectoRecordLine) {.data = data,.size = size };
  return take_members (self, &cursor);
}

gboolean
recto_record_line_begins_file (int fd)
{
  char start[sizeof RECTO_RECORD_LINE_START - 1];
  gssize n = pread (fd, start, sizeof start, 0);

  return n >= 0 && memcmp (start, RECTO_RECORD_LINE_START, n) == 0;
}

int
recto_record_line_number_config (const RectoRecordLine * self,
    RectoConfigTable * configs)
{
  return recto_config_table_intern (configs, self->config,
      self->config ? RECTO_RECORD_LINE_CONFIG_DIGITS : 0);
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
    .uri = self->uri,.uri_length = self->uri_length,
    .sha256 = self->sha256,.config = config,
  };
}

/* That a document changed makes none of its pages known: it has a number of
 * its own, which no page has. */
guint64
recto_record_line_get_index_page (const RectoRecordLine * self)
{
  if (self->page == 0 && recto_record_line_has_status (self, "changed"))
    return RECTO_PAGE_INDEX_CHANGED;
  return self->page;
}

/* A document of which no page can be read, as far as is known. */
static gboolean
is_whole_failure (const RectoRecordLine * self)
{
  return self->pages <= 0
      || recto_record_line_has_status (self, "quarantined");
}

gboolean
recto_record_line_add (const RectoRecordLine * self, guint config,
    RectoPageIndex * index, GError ** error)
{
  RectoIndexDocument document = recto_record_line_get_document (self, config);
  guint64 page = recto_record_line_get_index_page (self);
  RectoIndexFlags flags = 0;

  if (!recto_record_line_is_ok (self))
    flags |= RECTO_INDEX_FAILED;
  if (recto_record_line_has_status (self, "skipped"))
    flags |= RECTO_INDEX_SKIPPED;
  if (self->page == 0 ? page == 0 && is_whole_failure (self) :
      self->pages > 0 && self->page == (guint64) self->pages)
    flags |= RECTO_INDEX_LAST;

  return recto_page_index_add (index, &document, page, flags, error);
}
