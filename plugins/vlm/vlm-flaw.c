/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-flaw.h"

#include <glib/gi18n-lib.h>

#include "finish-reason.h"

GError *
vlm_flaw_find (const ChatReply * reply, guint max_context)
{
  if (g_strcmp0 (reply->finish_reason, FINISH_STOP) != 0)
    return g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("The model stopped before the end of the page (“%s”)."),
        reply->finish_reason ? reply->finish_reason : "");
  if (max_context > 0 && reply->total_tokens > max_context)
    return g_error_new (RECTO_PAGE_ERROR, RECTO_PAGE_INFER_FAILED,
        _("The page took more than %u tokens."), max_context);
  return NULL;
}

/* The words are those of OpenAI's API. */
RectoTextReason
vlm_flaw_get_reason (const ChatReply * reply, guint max_context)
{
  if (g_strcmp0 (reply->finish_reason, FINISH_LENGTH) == 0
      || (max_context > 0 && reply->total_tokens > max_context))
    return RECTO_TEXT_REASON_TRUNCATED;
  if (g_strcmp0 (reply->finish_reason, "content_filter") == 0)
    return RECTO_TEXT_REASON_REFUSED;
  return RECTO_TEXT_REASON_INVALID_ANSWER;
}
