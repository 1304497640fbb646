/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the faults make of a reply.
 */

#include "config.h"

#include <string.h>
#include <zlib.h>

#include "model-reply.h"

#define N_BRACKETS 100000
#define PIECE_SIZE 65536
#define MIB 1048576

#define NOWHERE "http://127.0.0.1:9/v1/chat/completions"

/* Bodies */

static void
set_text (ModelReply * reply, const char *content_type, char *text)
{
  g_autoptr (GBytes) body = g_bytes_new_take (text, strlen (text));

  model_reply_set_body (reply, content_type, body);
}

static void
truncate_body (ModelReply * reply)
{
  g_autoptr (GBytes) body = model_reply_dup_body (reply);
  g_autoptr (GBytes) half = g_bytes_new_from_bytes (body, 0,
      g_bytes_get_size (body) / 2);

  model_reply_set_body (reply, reply->content_type, half);
}

static void
set_wrong_types (ModelReply * reply, guint64 way)
{
  static const char *const ways[] = {
    ("{\"choices\":[{\"message\":{\"content\":7},\"finish_reason\":[]}],"
        "\"usage\":[],\"model\":{}}"),
    "{\"choices\":{\"0\":{\"message\":{\"content\":\"text\"}}}}",
    "{\"choices\":[\"text\"],\"usage\":\"many\",\"model\":null}",
    "{\"choices\":[{\"message\":[{\"content\":\"text\"}]}]}",
    "[{\"choices\":[]}]",
    "null",
  };

  model_reply_set_json (reply, 200, ways[way % G_N_ELEMENTS (ways)]);
}

static void
nest (ModelReply * reply)
{
  GString *json = g_string_new ("{\"choices\":");

  for (guint i = 0; i < N_BRACKETS; i++)
    g_string_append_c (json, '[');
  for (guint i = 0; i < N_BRACKETS; i++)
    g_string_append_c (json, ']');
  g_string_append_c (json, '}');
  set_text (reply, "application/json", g_string_free (json, FALSE));
}

/* As it comes to stand in the JSON, behind the good content. */
static void
add_raw_content (ModelReply * reply, const char *more)
{
  g_autofree char *content = model_reply_dup_raw_content (reply);

  g_free (reply->raw_content);
  reply->raw_content = g_strconcat (content, more, NULL);
}

/* Of the model's words */

static void
cut_text (ModelReply * reply)
{
  *g_utf8_offset_to_pointer (reply->text, g_utf8_strlen (reply->text, -1) / 2)
      = '\0';
  model_reply_set_finish_reason (reply, "length");
}

static void
redirect (ModelReply * reply, guint status, const char *url)
{
  model_reply_set_error (reply, status, "elsewhere");
  model_reply_add_header (reply, "Location", url ? url : NOWHERE);
}

static char *
dup_http_date (int seconds)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) then = g_date_time_add_seconds (now, seconds);

  return g_date_time_format (then, "%a, %d %b %Y %H:%M:%S GMT");
}

static char *
dup_retry_after (const char *text)
{
  static const struct
  {
    const char *name;
    const char *value;
  } values[] = {
    {"seconds", "1"},
    {"negative", "-5"},
    {"absurd", "99999999999999999999"},
    {"past", "Sun, 06 Nov 1994 08:49:37 GMT"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    if (g_str_equal (text, values[i].name))
      return g_strdup (values[i].value);
  }
  return g_str_equal (text, "date") ? dup_http_date (2) : g_strdup (text);
}

static void
refuse (ModelReply * reply, guint status, const char *text)
{
  g_autofree char *message = g_strdup_printf ("refused with %u", status);
  g_autofree char *retry_after = NULL;

  model_reply_set_error (reply, status, message);
  if (!text || g_str_equal (text, "none"))
    return;
  retry_after = dup_retry_after (text);
  model_reply_add_header (reply, "Retry-After", retry_after);
}

/* Blocks that a flush has ended don't refer to what was before: one of them is
 * made, and comes as often as there are MiB. They hold spaces, which JSON
 * allows anywhere. */

static GBytes *
deflate_mib (void)
{
  g_autofree guint8 *spaces = g_malloc (MIB);
  gsize size = 16384;
  guint8 *out = g_malloc (size);
  z_stream stream = { 0 };

  memset (spaces, ' ', MIB);
  if (deflateInit2 (&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 9,
          Z_DEFAULT_STRATEGY) != Z_OK)
    g_error ("deflateInit2: %s", stream.msg);
  stream.next_in = spaces;
  stream.avail_in = MIB;
  stream.next_out = out;
  stream.avail_out = size;
  deflate (&stream, Z_FULL_FLUSH);
  g_assert (stream.avail_in == 0 && stream.avail_out > 0);
  size -= stream.avail_out;
  deflateEnd (&stream);
  return g_bytes_new_take (out, size);
}

static uLong
get_crc (guint64 n_mib)
{
  g_autofree guint8 *spaces = g_malloc (MIB);
  uLong block;
  uLong crc = crc32 (0, NULL, 0);

  memset (spaces, ' ', MIB);
  block = crc32 (crc, spaces, MIB);
  for (guint64 i = 0; i < n_mib; i++)
    crc = crc32_combine (crc, block, MIB);
  return crc;
}

/* A last block with nothing in it, and what GZIP ends with. */
static GBytes *
make_gzip_end (guint64 n_mib)
{
  guint32 crc = GUINT32_TO_LE ((guint32) get_crc (n_mib));
  guint32 size = GUINT32_TO_LE ((guint32) (n_mib * MIB));
  GByteArray *end = g_byte_array_new ();

  g_byte_array_append (end, (const guint8 *) "\x03\x00", 2);
  g_byte_array_append (end, (const guint8 *) &crc, sizeof crc);
  g_byte_array_append (end, (const guint8 *) &size, sizeof size);
  return g_byte_array_free_to_bytes (end);
}

static void
write_head (ModelReply * reply, ModelOutput * output, gsize body_size)
{
  char *head = model_reply_dup_head (reply, body_size, TRUE);

  model_output_append (output, g_bytes_new_take (head, strlen (head)), 1);
}

static void
write_gzip_bomb (ModelReply * reply, ModelOutput * output, guint64 n_mib)
{
  static const char start[10] = "\x1f\x8b\x08\0\0\0\0\0\0\x03";
  GBytes *block = deflate_mib ();
  GBytes *end = make_gzip_end (n_mib);

  model_reply_add_header (reply, "Content-Encoding", "gzip");
  write_head (reply, output, sizeof start + n_mib * g_bytes_get_size (block) +
      g_bytes_get_size (end));
  model_output_append (output, g_bytes_new_static (start, sizeof start), 1);
  model_output_append (output, block, n_mib);
  model_output_append (output, end, 1);
}

/* What is endless */

static void
append_string (ModelOutput * output, const char *string, guint64 n_times)
{
  model_output_append (output, g_bytes_new (string, strlen (string)),
      n_times);
}

/* `n_times` the same in a piece, for it to be worth a write. */
static GBytes *
repeat (const char *string, guint n_times)
{
  GString *piece = g_string_new (NULL);

  for (guint i = 0; i < n_times; i++)
    g_string_append (piece, string);
  return g_string_free_to_bytes (piece);
}

static void
write_endless_body (ModelOutput * output)
{
  g_autofree char *letters = g_strnfill (PIECE_SIZE, 'a');
  g_autofree char *chunk = g_strdup_printf ("%x\r\n%s\r\n", PIECE_SIZE,
      letters);
  const char *start = "{\"choices\":[{\"message\":{\"content\":\"";
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 200 OK\r\n"
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
      "%x\r\n%s\r\n", (guint) strlen (start), start);

  append_string (output, head, 1);
  append_string (output, chunk, MODEL_TIMES_ENDLESS);
}

static void
write_huge_headers (ModelReply * reply, ModelOutput * output, guint64 n_mb)
{
  const guint n_letters = 1000 - strlen ("X-Filler: \r\n");
  g_autofree char *letters = g_strnfill (n_letters, 'a');
  g_autofree char *line = g_strdup_printf ("X-Filler: %s\r\n", letters);

  append_string (output, "HTTP/1.1 200 OK\r\n", 1);
  model_output_append (output, repeat (line, 50), n_mb * 20);
  append_string (output, "Content-Length: 0\r\n\r\n", 1);
}

static guint64
get_n (const ModelFault * self, guint64 otherwise)
{
  return self->n ? self->n : otherwise;
}

/* The ways in */

void
model_fault_shape_reply (const ModelFault * self, ModelReply * reply)
{
  switch (self->kind) {
    case MODEL_FAULT_GARBAGE_JSON:
      set_text (reply, "application/json",
          g_strdup ("}\x01{\"choices\":,;[[`"));
      break;
    case MODEL_FAULT_TRUNCATED_JSON:
      truncate_body (reply);
      break;
    case MODEL_FAULT_WRONG_TYPES:
      set_wrong_types (reply, self->n);
      break;
    case MODEL_FAULT_DEEP_NESTING:
      nest (reply);
      break;
    case MODEL_FAULT_MISSING_USAGE:
      reply->has_usage = FALSE;
      break;
    case MODEL_FAULT_EMPTY_CHOICES:
      model_reply_set_json (reply, 200, "{\"object\":\"chat.completion\","
          "\"model\":\"stand-in\",\"choices\":[],\"usage\":null}");
      break;
    case MODEL_FAULT_INVALID_UTF8:
      add_raw_content (reply, " \xc3\x28 \xff\xfe \xed\xa0\x80");
      break;
    case MODEL_FAULT_LONE_SURROGATE:
      add_raw_content (reply, " \\ud83d alone");
      break;
    case MODEL_FAULT_NUL_ESCAPE:
      add_raw_content (reply, " before\\u0000behind");
      break;
    case MODEL_FAULT_ERROR_IN_200:
      model_reply_set_error (reply, 500, "CUDA out of memory");
      reply->status = 200;
      break;
    case MODEL_FAULT_HTML:
      set_text (reply, "text/html", g_strdup ("<!doctype html>\n"
              "<html><body><h1>Please log in</h1></body></html>\n"));
      break;
    case MODEL_FAULT_CONTENT_TYPE:
      g_free (reply->content_type);
      reply->content_type = g_strdup ("text/html; charset=utf-8");
      break;
    case MODEL_FAULT_LENGTH:
      cut_text (reply);
      break;
    case MODEL_FAULT_EMPTY_ANSWER:
      model_reply_set_text (reply, "");
      break;
    case MODEL_FAULT_ROTATION:
      reply->rotation = get_n (self, 90);
      break;
    case MODEL_FAULT_BAD_FRONT_MATTER:
      model_reply_set_content (reply, "---\nis_rotation_valid: maybe\n"
          "rotation_correction: up\nprimary_language");
      break;
    case MODEL_FAULT_REDIRECT_302:
      redirect (reply, 302, self->text);
      break;
    case MODEL_FAULT_REDIRECT_307:
      redirect (reply, 307, self->text);
      break;
    case MODEL_FAULT_STATUS:
      refuse (reply, self->n, self->text);
      break;
    default:
      break;
  }
}

gboolean
model_fault_write (const ModelFault * self, ModelReply * reply,
    ModelOutput * output)
{
  switch (self->kind) {
    case MODEL_FAULT_ENDLESS_BODY:
      write_endless_body (output);
      return TRUE;
    case MODEL_FAULT_GZIP_BOMB:
      write_gzip_bomb (reply, output, get_n (self, 512));
      return TRUE;
    case MODEL_FAULT_HUGE_HEADERS:
      write_huge_headers (reply, output, get_n (self, 200));
      return TRUE;
    case MODEL_FAULT_ENDLESS_1XX:
      model_output_append (output, repeat ("HTTP/1.1 102 Processing\r\n\r\n",
              1000), MODEL_TIMES_ENDLESS);
      return TRUE;
    default:
      return FALSE;
  }
}

void
model_fault_shape_output (const ModelFault * self, ModelOutput * output,
    gsize body_size)
{
  switch (self->kind) {
    case MODEL_FAULT_SLOW:
      output->byte_time = get_n (self, 1000) * 1000;
      break;
    case MODEL_FAULT_HANG:
      model_output_cut (output, self->n, MODEL_END_NEVER);
      break;
    case MODEL_FAULT_RESET:
      model_output_cut (output, self->n, MODEL_END_RESET);
      break;
    case MODEL_FAULT_CLOSE:
      model_output_cut (output, 0, MODEL_END_CLOSE);
      break;
    case MODEL_FAULT_CLOSE_EARLY:
      model_output_cut (output, output->size - MIN (body_size, get_n (self,
                  (body_size + 1) / 2)), MODEL_END_CLOSE);
      break;
    default:
      break;
  }
}
