/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "answer-wrapping.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* As Markdown has it. */
#define MIN_FENCE 3

/* Tokens of several kinds may follow one another. */
#define MAX_KINDS 4

/* With what a text begins of which the token is a part: HTML has “</s>”. */
static const struct
{
  const char *token;
  const char *start;            /* nullable */
} end_tokens[] = {
  {"<|im_end|>", "<|im_start|>"},
  {"<|endoftext|>", NULL},
  {"<|end_of_text|>", "<|begin_of_text|>"},
  {"<|eot_id|>", "<|start_header_id|>"},
  {"<|end|>", "<|start|>"},
  {"<|return|>", NULL},
  {"<end_of_turn>", "<start_of_turn>"},
  {"<end_of_utterance>", NULL},
  {"<｜end▁of▁sentence｜>", NULL},
  {"<eos>", "<bos>"},
  {"</s>", "<s>"},
};

const char *
answer_skip_blank (const char *content)
{
  for (;;) {
    if (g_ascii_isspace (*content))
      content++;
    else if (g_str_has_prefix (content, BYTE_ORDER_MARK))
      content += strlen (BYTE_ORDER_MARK);
    else
      return content;
  }
}

static gboolean
ends_with (const GString * text, const char *token)
{
  return g_str_has_suffix (text->str, token);
}

static void
trim_end (GString * text)
{
  for (;;) {
    if (text->len > 0 && g_ascii_isspace (text->str[text->len - 1]))
      g_string_truncate (text, text->len - 1);
    else if (ends_with (text, BYTE_ORDER_MARK))
      g_string_truncate (text, text->len - strlen (BYTE_ORDER_MARK));
    else
      return;
  }
}

static void
trim (GString * text)
{
  trim_end (text);
  g_string_erase (text, 0, answer_skip_blank (text->str) - text->str);
}

/* A model that is not stopped goes on with the same token. */
static gsize
find_run (const GString * text, const char *token)
{
  gsize length = strlen (token);
  gsize begin = text->len;
  gsize p = begin;

  while (p >= length && memcmp (text->str + p - length, token, length) == 0) {
    begin = p -= length;
    while (p > 0 && g_ascii_isspace (text->str[p - 1]))
      p--;
  }
  return begin;
}

/* In a sentence there would be a space before it. */
static gboolean
is_text (const GString * text, gsize begin, guint kind)
{
  const char *start = end_tokens[kind].start;
  char last = begin > 0 ? text->str[begin - 1] : '\n';

  return last == ' ' || last == '\t'
      || g_strstr_len (text->str, begin, end_tokens[kind].token) != NULL
      || (start && g_strstr_len (text->str, begin, start) != NULL);
}

static gboolean
cut_end_tokens (GString * text)
{
  for (guint i = 0; i < G_N_ELEMENTS (end_tokens); i++) {
    gsize begin = find_run (text, end_tokens[i].token);

    if (begin < text->len && !is_text (text, begin, i)) {
      g_string_truncate (text, begin);
      return TRUE;
    }
  }
  return FALSE;
}

static void
cut_around (GString * text)
{
  trim (text);
  for (guint i = 0; i < MAX_KINDS && cut_end_tokens (text); i++)
    trim_end (text);
}

/* Fences */

static gsize
count_ticks (const char *line)
{
  return strspn (line, "`");
}

static const char *
find_line_end (const char *line)
{
  return line + strcspn (line, "\n");
}

static gboolean
is_bare (const char *line)
{
  line += count_ticks (line);
  line += strspn (line, " \t\r");
  return *line == '\n' || *line == '\0';
}

/* One word at most, such as “markdown”. */
static gboolean
is_opening (const char *line)
{
  const char *p = line + count_ticks (line);

  p += strspn (p, " \t");
  while (g_ascii_isalnum (*p) || (*p != '\0' && strchr ("-_+.", *p) != NULL))
    p++;
  p += strspn (p, " \t\r");
  return *p == '\n';
}

/* Where the last line begins when it ends the fence of the first; others
 * within have a word where they begin. NULL when the fence ends before. */
static const char *
find_closing (const char *text, gsize n_ticks)
{
  guint depth = 1;

  for (const char *line = find_line_end (text); *line == '\n';
      line = find_line_end (line)) {
    line++;
    if (count_ticks (line) < n_ticks)
      continue;
    if (!is_bare (line))
      depth++;
    else if (--depth == 0)
      return *find_line_end (line) == '\0' ? line : NULL;
  }
  return NULL;
}

static void
cut_fence (GString * text)
{
  gsize n_ticks = count_ticks (text->str);
  const char *closing = NULL;

  if (n_ticks >= MIN_FENCE && is_opening (text->str))
    closing = find_closing (text->str, n_ticks);
  if (closing == NULL)
    return;
  g_string_truncate (text, closing - text->str);
  g_string_erase (text, 0, find_line_end (text->str) - text->str);
  cut_around (text);
}

char *
answer_unwrap (const char *content)
{
  GString *text = g_string_new (content);

  cut_around (text);
  cut_fence (text);
  return g_string_free (text, FALSE);
}
