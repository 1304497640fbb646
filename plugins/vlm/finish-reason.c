/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "finish-reason.h"

/* TGI, Gemini and Anthropic have words of their own. vLLM stops a model that
 * repeats itself, and one whose request it gives up. */
static const struct
{
  const char *word;
  const char *translation;
} words[] = {
  {"", FINISH_STOP},
  {"stop", FINISH_STOP},
  {"eos", FINISH_STOP},
  {"eos_token", FINISH_STOP},
  {"end_turn", FINISH_STOP},
  {"stop_sequence", FINISH_STOP},
  {"length", FINISH_LENGTH},
  {"max_tokens", FINISH_LENGTH},
  {"repetition", FINISH_LENGTH},
  {"abort", FINISH_LENGTH},
};

const char *
finish_reason_translate (const char *reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_ascii_strcasecmp (reason ? reason : "", words[i].word) == 0)
      return words[i].translation;
  }
  return reason;
}
