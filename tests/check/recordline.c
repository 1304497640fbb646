/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is told of a record's line without a JSON parser, and how lines are
 * read from a file.
 */

#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include <jsonl/line-reader.h>
#include <jsonl/page-record.h>
#include <jsonl/record-line.h>
#include <recto/recto-page-private.h>

#include "record-lines.h"
#include "sink-fixture.h"

#define SHA256 \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CONFIG "fedcba9876543210"

/* A line's members as far as they are looked at. */
#define HEAD(uri, sha256, page, pages, status, attempt, config) \
    "{\"schema\":\"recto-page/1\",\"uri\":" uri ",\"document\":\"d\"," \
    "\"sha256\":" sha256 ",\"page\":" page ",\"pages\":" pages "," \
    "\"status\":" status ",\"attempt\":" attempt ",\"config\":" config

#define PLAIN_HEAD HEAD ("\"file:///a\"", "\"" SHA256 "\"", "1", "2", \
    "\"ok\"", "1", "\"" CONFIG "\"")

/* Lines */

static RectoDocument *
make_document (const char *uri, const char *name, const char *sha256)
{
  return g_object_new (RECTO_TYPE_DOCUMENT, "uri", uri, "name", name,
      "sha256", sha256, "n-pages", 12, NULL);
}

/* As jsonlsink writes it, without the newline. */
static GString *
make_line (RectoPage * page, const char *config, const char *text)
{
  RectoPageRecord record = {
    .page = page,.number = 7,.attempt = 3,.config = config,
    .text = text,.size = strlen (text)
  };
  GString *line = g_string_new (NULL);

  recto_page_record_append_line (&record, line);
  fail_unless_equals_int (line->str[line->len - 1], '\n');
  return g_string_truncate (line, line->len - 1);
}

static GString *
make_plain_line (void)
{
  g_autoptr (RectoDocument) document = make_document ("file:///a%20b.pdf",
      "a b.pdf", SHA256);
  g_autoptr (RectoPage) page = recto_page_new (document, 3, FALSE);

  return make_line (page, CONFIG, "Hällo\n");
}

/* Some members and the right checksum. */
static char *
seal (const char *members)
{
  return g_strdup_printf ("%s,\"crc32\":\"%08x\"}", members,
      compute_crc32 (members, strlen (members)));
}

static gboolean
parses (const char *line, gsize size)
{
  /* A copy of its own, so that a sanitizer sees what is beyond it. */
  g_autofree char *copy = g_memdup2 (line, size);
  RectoRecordLine parsed;

  return recto_record_line_parse (&parsed, copy, size);
}

static void
assert_sealed (const char *members, gboolean expected)
{
  g_autofree char *line = seal (members);

  fail_unless_equals_int (parses (line, strlen (line)), expected);
}

static void
assert_piece (const char *piece, gsize length, const char *expected)
{
  g_autofree char *copy = piece ? g_strndup (piece, length) : NULL;

  fail_unless_equals_string (copy, expected);
}

GST_START_TEST (test_members)
{
  g_autoptr (GString) line = make_plain_line ();
  RectoRecordLine parsed;

  fail_unless (recto_record_line_parse (&parsed, line->str, line->len));
  fail_unless (parsed.data == line->str);
  fail_unless_equals_uint64 (parsed.size, line->len);
  assert_piece (parsed.uri, parsed.uri_length, "file:///a%20b.pdf");
  assert_piece (parsed.sha256, strlen (SHA256), SHA256);
  fail_unless_equals_uint64 (parsed.page, 3);
  fail_unless_equals_int64 (parsed.pages, 12);
  assert_piece (parsed.status, parsed.status_length, "ok");
  fail_unless (recto_record_line_is_ok (&parsed));
  fail_if (recto_record_line_has_status (&parsed, "okay"));
  fail_if (recto_record_line_has_status (&parsed, "o"));
  fail_unless_equals_int (parsed.attempt, 3);
  assert_piece (parsed.config, strlen (CONFIG), CONFIG);
}

GST_END_TEST;

GST_START_TEST (test_warnings)
{
  g_autoptr (RectoDocument) document = make_document ("file:///a", "a", SHA256);
  g_autoptr (RectoPage) page = recto_page_new (document, 1, FALSE);

  for (gint64 count = -1; count <= 3; count++) {
    g_autoptr (RectoPage) counted = count < 0 ? recto_page_ref (page) :
        recto_page_with_warnings (page, count);
    g_autoptr (GString) line = make_line (counted, CONFIG, "");
    RectoRecordLine parsed;

    fail_unless (recto_record_line_parse (&parsed, line->str, line->len));
    fail_unless_equals_int64 (parsed.warnings, count);
  }
}

GST_END_TEST;

/* From before there was such a member. */
GST_START_TEST (test_no_warnings)
{
  g_autofree char *line = seal (PLAIN_HEAD ",\"model\":null,"
      "\"extra\":{\"warnings\":7}");
  RectoRecordLine parsed;

  fail_unless (recto_record_line_parse (&parsed, line, strlen (line)));
  fail_unless_equals_int64 (parsed.warnings, -1);
}

GST_END_TEST;

GST_START_TEST (test_failed_page)
{
  g_autoptr (RectoDocument) document = make_document ("file:///a", "a", SHA256);
  g_autoptr (RectoPage) page = make_failed_page (document, 12,
      RECTO_PAGE_TIMEOUT, "slow");
  g_autoptr (GString) line = make_line (page, CONFIG, "");
  RectoRecordLine parsed;

  fail_unless (recto_record_line_parse (&parsed, line->str, line->len));
  fail_unless (recto_record_line_has_status (&parsed, "timeout"));
  fail_if (recto_record_line_is_ok (&parsed));
  fail_unless_equals_uint64 (recto_record_line_get_index_page (&parsed), 12);
}

GST_END_TEST;

/* What is known of a document without pages. */
GST_START_TEST (test_failed_document)
{
  g_autoptr (RectoDocument) document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", "file:///a", "name", "a", NULL);
  g_autoptr (RectoPage) page = make_failed_document (document,
      RECTO_DOCUMENT_DAMAGED, "bad");
  g_autoptr (GString) line = make_line (page, NULL, "");
  RectoRecordLine parsed;

  fail_unless (recto_record_line_parse (&parsed, line->str, line->len));
  fail_unless_equals_uint64 (parsed.page, 0);
  fail_unless (parsed.sha256 == NULL);
  fail_unless (parsed.config == NULL);
  fail_unless_equals_uint64 (recto_record_line_get_index_page (&parsed), 0);
}

GST_END_TEST;

/* That a document changed says nothing of its pages. */
GST_START_TEST (test_changed_document)
{
  g_autoptr (RectoDocument) document = make_document ("file:///a", "a", SHA256);
  g_autoptr (RectoPage) page = make_failed_document (document,
      RECTO_DOCUMENT_CHANGED, "other bytes");
  g_autoptr (GString) line = make_line (page, CONFIG, "");
  RectoRecordLine parsed;

  fail_unless (recto_record_line_parse (&parsed, line->str, line->len));
  fail_unless_equals_uint64 (parsed.page, 0);
  fail_unless (recto_record_line_get_index_page (&parsed) != 0);
}

GST_END_TEST;

GST_START_TEST (test_without_page)
{
  g_autoptr (GString) line = make_line (NULL, NULL, "x");
  RectoRecordLine parsed;

  fail_unless (recto_record_line_parse (&parsed, line->str, line->len));
  fail_unless (parsed.uri == NULL);
  fail_unless_equals_uint64 (parsed.uri_length, 0);
  fail_unless (parsed.sha256 == NULL);
  fail_unless (parsed.config == NULL);
  fail_unless_equals_int64 (parsed.pages, -1);
  fail_unless_equals_uint64 (parsed.page, 7);
}

GST_END_TEST;

/* Quotes and backslashes in strings end none of them. */
GST_START_TEST (test_escapes)
{
  static const char *const odd[] = {
    "\"", "\\", "\\\"", "\"\\", "a\\", "a\"", "\",\"sha256\":\"x", "\n\t\1",
    "../../x", "报告", "\\u0022", "\\\\\\\"", "\",\"crc32\":\"00000000\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
    g_autoptr (RectoDocument) document = make_document (odd[i], odd[i],
        SHA256);
    g_autoptr (RectoPage) page = recto_page_new (document, 5, FALSE);
    g_autoptr (GString) line = make_line (page, CONFIG, odd[i]);
    g_autoptr (JsonObject) record = parse_line (line->str);
    RectoRecordLine parsed;

    fail_unless (recto_record_line_parse (&parsed, line->str, line->len),
        "%s", line->str);
    fail_unless_equals_uint64 (parsed.page, 5);
    assert_piece (parsed.config, strlen (CONFIG), CONFIG);

    fail_unless (parsed.uri[-1] == '"'
        && parsed.uri[parsed.uri_length] == '"');
    fail_unless_equals_string (get_string (record, "uri"), odd[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_every_cut)
{
  g_autoptr (GString) line = make_plain_line ();

  for (gsize size = 0; size < line->len; size++)
    fail_if (parses (line->str, size), "%" G_GSIZE_FORMAT " bytes", size);
  for (gsize start = 1; start < line->len; start++)
    fail_if (parses (line->str + start, line->len - start),
        "from %" G_GSIZE_FORMAT, start);
  fail_unless (parses (line->str, line->len));
}

GST_END_TEST;

GST_START_TEST (test_every_flipped_bit)
{
  g_autoptr (GString) line = make_plain_line ();

  for (gsize i = 0; i < line->len; i++) {
    for (guint bit = 0; bit < 8; bit++) {
      line->str[i] ^= 1 << bit;
      fail_if (parses (line->str, line->len), "bit %u of byte %"
          G_GSIZE_FORMAT, bit, i);
      line->str[i] ^= 1 << bit;
    }
  }
  fail_unless (parses (line->str, line->len));
}

GST_END_TEST;

/* A sector that was never written. */
GST_START_TEST (test_every_hole)
{
  g_autoptr (GString) line = make_plain_line ();

  for (gsize i = 0; i < line->len; i++) {
    g_autofree char *copy = g_memdup2 (line->str, line->len);

    memset (copy + i, 0, line->len - i);
    fail_if (parses (copy, line->len), "zeros from %" G_GSIZE_FORMAT, i);
    memcpy (copy, line->str, line->len);
    memset (copy, 0, i + 1);
    fail_if (parses (copy, line->len), "zeros to %" G_GSIZE_FORMAT, i);
  }
}

GST_END_TEST;

/* Two lines that lost the newline between them. */
GST_START_TEST (test_joined_lines)
{
  g_autoptr (GString) line = make_plain_line ();
  g_autofree char *joined = g_strconcat (line->str, line->str, NULL);

  fail_if (parses (joined, strlen (joined)));
}

GST_END_TEST;

GST_START_TEST (test_control_characters)
{
  assert_sealed (PLAIN_HEAD, TRUE);
  for (char c = 1; c < 0x20; c++) {
    g_autofree char *members = g_strdup_printf ("%s,\"text\":\"a%cb\"",
        PLAIN_HEAD, c);

    assert_sealed (members, FALSE);
  }
  assert_sealed (PLAIN_HEAD ",\"text\":\"\x7f\xc2\x80\"", TRUE);
}

GST_END_TEST;

GST_START_TEST (test_right_checksum_of_something_else)
{
  static const char *const others[] = {
    "", "{", "{}", "[1]", "{\"schema\":\"recto-page/2\"",
    "{\"schema\":\"recto-page/1\"",
    /* members that are missing, and in another order */
    "{\"schema\":\"recto-page/1\",\"uri\":null,\"sha256\":null",
    "{\"schema\":\"recto-page/1\",\"document\":null,\"uri\":null",
    " " PLAIN_HEAD,
    HEAD ("file", "null", "1", "2", "\"ok\"", "1", "null"),
    HEAD ("\"a", "null", "1", "2", "ok", "1", "null"),
    HEAD ("null", "\"0123\"", "1", "2", "\"ok\"", "1", "null"),
    HEAD ("null", "\"" SHA256 "0\"", "1", "2", "\"ok\"", "1", "null"),
    HEAD ("null", "null", "null", "2", "\"ok\"", "1", "null"),
    HEAD ("null", "null", "-1", "2", "\"ok\"", "1", "null"),
    HEAD ("null", "null", "1.5", "2", "\"ok\"", "1", "null"),
    HEAD ("null", "null", "", "2", "\"ok\"", "1", "null"),
    HEAD ("null", "null", "1", "x", "\"ok\"", "1", "null"),
    HEAD ("null", "null", "1", "2", "null", "1", "null"),
    HEAD ("null", "null", "1", "2", "\"ok\"", "null", "null"),
    HEAD ("null", "null", "1", "2", "\"ok\"", "1", "\"abc\""),
    HEAD ("null", "null", "1", "2", "\"ok\"", "1", "\"" CONFIG "0\""),
    PLAIN_HEAD ",\"warnings\":\"1\"", PLAIN_HEAD ",\"warnings\":-1",
    /* a string that never ends, also by its last byte */
    "{\"schema\":\"recto-page/1\",\"uri\":\"\\",
    "{\"schema\":\"recto-page/1\",\"uri\":\"\\\\\\",
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    assert_sealed (others[i], FALSE);
}

GST_END_TEST;

GST_START_TEST (test_nulls)
{
  assert_sealed (HEAD ("null", "null", "1", "null", "\"ok\"", "1", "null"),
      TRUE);
  assert_sealed (HEAD ("\"\"", "null", "0", "0", "\"\"", "0", "null"), TRUE);
}

GST_END_TEST;

GST_START_TEST (test_huge_numbers)
{
  static const char *const refused[] = {
    "18446744073709551615", "18446744073709551616", "99999999999999999",
    "99999999999999999999999999999999999999999999999999999999",
  };
  g_autofree char *line = seal (HEAD ("null", "null", "4294967296",
          "9007199254740993", "\"ok\"", "99999999999", "null"));
  RectoRecordLine parsed;

  fail_unless (recto_record_line_parse (&parsed, line, strlen (line)));
  fail_unless_equals_uint64 (parsed.page, G_GUINT64_CONSTANT (4294967296));
  fail_unless_equals_int64 (parsed.pages,
      G_GINT64_CONSTANT (9007199254740993));
  fail_unless_equals_int (parsed.attempt, (int) G_MAXUINT);

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autofree char *members = g_strdup_printf (HEAD ("null", "null", "%s",
            "1", "\"ok\"", "1", "null"), refused[i]);

    assert_sealed (members, FALSE);
  }
}

GST_END_TEST;

/* The index's numbers are smaller than a record's. */
GST_START_TEST (test_index_refuses_no_line)
{
  static const char *const pages[] = {
    "0", "1", "8388606", "8388607", "8388608", "4294967297",
    "9999999999999999",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoPageIndex) index = recto_page_index_new (&error);

  fail_unless (index != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++) {
    g_autofree char *members = g_strdup_printf (HEAD ("\"file:///a\"", "null",
            "%s", "%s", "\"ok\"", "1", "null"), pages[i], pages[i]);
    g_autofree char *line = seal (members);
    RectoRecordLine parsed;

    fail_unless (recto_record_line_parse (&parsed, line, strlen (line)));
    fail_unless (recto_record_line_add (&parsed, 0, index, &error), "%s: %s",
        pages[i], error ? error->message : "");
  }
  fail_unless (recto_page_index_seal (index, &error));
  fail_unless_equals_uint64 (recto_page_index_get_size (index),
      G_N_ELEMENTS (pages));
}

GST_END_TEST;

/* What an index of one line of the page with the status has of it. */
static RectoPageIndex *
index_status (const char *page, const char *status,
    RectoIndexDocument * document, char **line)
{
  g_autofree char *members = g_strdup_printf (HEAD ("\"file:///a\"",
          "\"" SHA256 "\"", "%s", "2", "\"%s\"", "1", "null"), page, status);
  g_autoptr (GError) error = NULL;
  RectoPageIndex *index = recto_page_index_new (&error);
  RectoRecordLine parsed;

  *line = seal (members);
  fail_unless (index != NULL);
  fail_unless (recto_record_line_parse (&parsed, *line, strlen (*line)));
  fail_unless (recto_record_line_add (&parsed, 0, index, &error));
  fail_unless (recto_page_index_seal (index, &error));
  *document = recto_record_line_get_document (&parsed, 0);
  return index;
}

/* What is not known failed. */
GST_START_TEST (test_outcomes)
{
  static const struct
  {
    const char *page;
    const char *status;
    gboolean ok, settled, tried, whole;
  } outcomes[] = {
    {"1", "ok", TRUE, FALSE, TRUE, FALSE},
    {"1", "incomplete", FALSE, TRUE, TRUE, FALSE},
    {"1", "timeout", FALSE, FALSE, TRUE, FALSE},
    {"1", "skipped", FALSE, FALSE, FALSE, FALSE},
    {"1", "unsupported", FALSE, FALSE, TRUE, FALSE},
    {"1", "of-a-later-version", FALSE, FALSE, TRUE, FALSE},
    {"0", "too-many-pages", FALSE, FALSE, TRUE, FALSE},
    {"0", "quarantined", FALSE, FALSE, FALSE, TRUE},
    {"0", "unsupported", FALSE, TRUE, TRUE, TRUE},
    {"0", "skipped", FALSE, TRUE, TRUE, TRUE},
    {"0", "of-a-later-version", FALSE, FALSE, TRUE, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++) {
    g_autofree char *line = NULL;
    RectoIndexDocument document;
    g_autoptr (RectoPageIndex) index = index_status (outcomes[i].page,
        outcomes[i].status, &document, &line);
    RectoIndexPage found = recto_page_index_find_page (index, &document,
        g_ascii_strtoull (outcomes[i].page, NULL, 10));
    RectoIndexSummary summary = recto_page_index_find_document (index,
        &document);

    fail_unless (found.ok == outcomes[i].ok
        && found.settled == outcomes[i].settled
        && found.tried == outcomes[i].tried
        && summary.failed == outcomes[i].whole, "%s", outcomes[i].status);
  }
}

GST_END_TEST;

/* Files of lines */

static int
make_file (const char *contents, gsize size)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("recto-check-XXXXXX", &path, NULL);

  fail_unless (fd >= 0);
  fail_unless_equals_int (g_unlink (path), 0);
  fail_unless_equals_int64 (write (fd, contents, size), size);
  return fd;
}

static void
assert_next_line (RectoLineReader * reader, const char *expected, gsize size)
{
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize length;

  fail_unless (recto_line_reader_next (reader, &line, &length, &error));
  fail_unless_equals_int (line == NULL, expected == NULL);
  fail_unless_equals_uint64 (length, expected ? size : 0);
  if (expected)
    fail_unless (memcmp (line, expected, size) == 0);
}

GST_START_TEST (test_reader_small_files)
{
  static const char *const files[] = {
    "", "a", "a\n", "\n", "\n\n", "a\nb", "a\nb\n", "\na\n\nb\n\n"
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    gsize size = strlen (files[i]);
    int fd = make_file (files[i], size);
    g_autoptr (RectoLineReader) reader = recto_line_reader_new (fd, 0,
        RECTO_RECORD_MAX_LINE);
    const char *p = files[i], *end;

    for (; (end = strchr (p, '\n')); p = end + 1) {
      fail_unless_equals_int64 (recto_line_reader_get_offset (reader),
          p - files[i]);
      assert_next_line (reader, p, end - p);
    }
    /* Also when it is asked again. */
    assert_next_line (reader, NULL, 0);
    assert_next_line (reader, NULL, 0);
    fail_unless_equals_int64 (recto_line_reader_get_offset (reader),
        p - files[i]);
    g_close (fd, NULL);
  }
}

GST_END_TEST;

GST_START_TEST (test_reader_zero_bytes)
{
  static const char contents[] = "a\0b\n\0\n\0";
  int fd = make_file (contents, sizeof contents - 1);
  g_autoptr (RectoLineReader) reader = recto_line_reader_new (fd, 0,
        RECTO_RECORD_MAX_LINE);

  assert_next_line (reader, "a\0b", 3);
  assert_next_line (reader, "\0", 1);
  assert_next_line (reader, NULL, 0);
  fail_unless_equals_int64 (recto_line_reader_get_offset (reader), 6);
  g_close (fd, NULL);
}

GST_END_TEST;

/* Lines of sizes around what the buffer has at first, and around twice that,
 * in an order that makes it move what it has. */
static GPtrArray *
make_long_lines (GRand * random, GString * contents)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func ((GDestroyNotify)
      g_bytes_unref);

  for (guint i = 0; i < 30; i++) {
    guint size = i % 3 == 0 ? g_rand_int (random) % (1u << 20) :
        i % 3 == 1 ? (128u << 10 << i / 3 % 4) + i / 6 - 2 :
        g_rand_int (random) % 300;
    g_autofree char *line = g_strnfill (size, 'a' + i % 26);

    if (i < 27)
      g_string_append_len (contents, line, size);
    g_string_append_c (contents, '\n');
    g_ptr_array_add (lines, g_bytes_new (line, i < 27 ? size : 0));
  }
  return lines;
}

GST_START_TEST (test_reader_long_lines)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (GString) contents = g_string_new (NULL);
  g_autoptr (GPtrArray) lines = make_long_lines (random, contents);
  goffset offset = 0;
  int fd;

  g_string_append (contents, "no newline");
  fd = make_file (contents->str, contents->len);

  /* From each line to the end: the reader's buffer is aligned otherwise. */
  for (guint start = 0; start < lines->len; start++) {
    g_autoptr (RectoLineReader) reader = recto_line_reader_new (fd, offset,
        RECTO_RECORD_MAX_LINE);
    goffset expected = offset;

    for (guint i = start; i < lines->len; i++) {
      gsize size;
      const char *line = g_bytes_get_data (lines->pdata[i], &size);

      fail_unless_equals_int64 (recto_line_reader_get_offset (reader),
          expected);
      assert_next_line (reader, line ? line : "", size);
      expected += size + 1;
    }
    assert_next_line (reader, NULL, 0);
    fail_unless_equals_int64 (recto_line_reader_get_offset (reader), expected);
    offset += g_bytes_get_size (lines->pdata[start]) + 1;
  }
  g_close (fd, NULL);
}

GST_END_TEST;

/* The file is somebody else's to position. */
GST_START_TEST (test_reader_leaves_position)
{
  int fd = make_file ("a\nb\n", 4);
  g_autoptr (RectoLineReader) reader = recto_line_reader_new (fd, 2,
        RECTO_RECORD_MAX_LINE);

  fail_unless_equals_int64 (lseek (fd, 1, SEEK_SET), 1);
  assert_next_line (reader, "b", 1);
  fail_unless_equals_int64 (lseek (fd, 0, SEEK_CUR), 1);
  g_close (fd, NULL);
}

GST_END_TEST;

GST_START_TEST (test_reader_error)
{
  int fd = g_open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  g_autoptr (RectoLineReader) reader = recto_line_reader_new (fd, 0,
        RECTO_RECORD_MAX_LINE);
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize size;

  fail_if (recto_line_reader_next (reader, &line, &size, &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY));
  g_close (fd, NULL);
}

GST_END_TEST;

static Suite *
recordline_suite (void)
{
  Suite *suite = suite_create ("recordline");
  TCase *line = tcase_create ("line");
  TCase *reader = tcase_create ("reader");

  suite_add_tcase (suite, line);
  tcase_add_test (line, test_members);
  tcase_add_test (line, test_warnings);
  tcase_add_test (line, test_no_warnings);
  tcase_add_test (line, test_failed_page);
  tcase_add_test (line, test_failed_document);
  tcase_add_test (line, test_changed_document);
  tcase_add_test (line, test_without_page);
  tcase_add_test (line, test_escapes);
  tcase_add_test (line, test_every_cut);
  tcase_add_test (line, test_every_flipped_bit);
  tcase_add_test (line, test_every_hole);
  tcase_add_test (line, test_joined_lines);
  tcase_add_test (line, test_control_characters);
  tcase_add_test (line, test_right_checksum_of_something_else);
  tcase_add_test (line, test_nulls);
  tcase_add_test (line, test_huge_numbers);
  tcase_add_test (line, test_index_refuses_no_line);
  tcase_add_test (line, test_outcomes);

  suite_add_tcase (suite, reader);
  tcase_add_test (reader, test_reader_small_files);
  tcase_add_test (reader, test_reader_zero_bytes);
  tcase_add_test (reader, test_reader_long_lines);
  tcase_add_test (reader, test_reader_leaves_position);
  tcase_add_test (reader, test_reader_error);

  return suite;
}

GST_CHECK_MAIN (recordline);
