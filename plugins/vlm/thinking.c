/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "thinking.h"

#include <string.h>

#include "answer-wrapping.h"

#define START "<think>"
#define END "</think>"

static const char *
find_end_of (const char *text)
{
  return text + strlen (text);
}

/* From `p` to `end`, and over that; models that were told not to think write an
 * empty block. */
static const char *
skip_block (const char *p, const char *end, gboolean * has_thought)
{
  if (answer_skip_blank (p) < end)
    *has_thought = TRUE;
  return answer_skip_blank (end + strlen (END));
}

static gboolean
is_quote (gunichar c)
{
  return c != '\0' && g_utf8_strchr ("`\"'“”„‘’«»", -1, c) != NULL;
}

/* A word of a sentence has a space before it, and does not end its line. */
static gboolean
is_text (const char *content, const char *tag)
{
  const char *before = g_utf8_find_prev_char (content, tag);
  gunichar last = before ? g_utf8_get_char (before) : '\n';
  gunichar next = g_utf8_get_char (tag + strlen (END));

  return is_quote (last) || is_quote (next)
      || ((last == ' ' || last == '\t')
      && next != '\0' && next != '\r' && next != '\n');
}

static const char *
skip_without_start (const char *content, gboolean * has_thought)
{
  const char *end = strstr (content, END);
  const char *start = strstr (content, START);

  if (end == NULL || (start != NULL && start < end) || is_text (content, end))
    return content;
  return skip_block (content, end, has_thought);
}

const char *
thinking_skip (const char *content, gboolean * has_thought)
{
  const char *p = answer_skip_blank (content);

  if (!g_str_has_prefix (p, START))
    return skip_without_start (content, has_thought);

  while (g_str_has_prefix (p, START)) {
    const char *end = strstr (p, END);

    if (end == NULL) {
      *has_thought = TRUE;
      return find_end_of (p);
    }
    p = skip_block (p + strlen (START), end, has_thought);
  }
  return p;
}
