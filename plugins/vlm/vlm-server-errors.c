/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-server-errors.h"

#include <glib/gi18n-lib.h>
#include <recto/recto-run-rule-private.h>

#include "chat-reply.h"
#include "excerpt.h"
#include "url-secrets.h"

/* Characters of a redirect's target that are quoted. */
#define LOCATION_LENGTH 300

/* Of how a reply is compressed. */
#define ENCODING_LENGTH 40

static const char *
get_stop (const char *sentence)
{
  return g_str_has_suffix (sentence, ".") || g_str_has_suffix (sentence, "。")
      || g_str_has_suffix (sentence, "!") ? "" : ".";
}

GError *
vlm_server_error_copy_as_sentence (const GError * cause)
{
  return g_error_new (cause->domain, cause->code, "%s%s", cause->message,
      get_stop (cause->message));
}

static char *
dup_words (const VlmServerNames * names, const VlmCall * call)
{
  if (call->body == NULL)
    return NULL;
  return chat_reply_dup_message ((char *) call->body->data, call->body->len,
      names->secrets);
}

static GError *
make_status_error (const VlmServerNames * names, const VlmCall * call)
{
  g_autofree char *words = dup_words (names, call);

  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
      words ? _("The server says: %u %s: %s") : _("The server says: %u %s"),
      call->status, call->reason, words);
}

GError *
vlm_server_error_new_call (const VlmServerNames * names, const VlmCall * call)
{
  g_autoptr (GError) cause = call->error ? g_error_copy (call->error) :
      make_status_error (names, call);

  return vlm_server_error_copy_as_sentence (cause);
}

GError *
vlm_server_error_new_denied (const VlmServerNames * names,
    const VlmCall * call)
{
  g_autofree char *said = dup_words (names, call);
  const char *words = said ? said : call->reason;

  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      _("%s does not let us in: %s%s Give the key as “api-key-file” or in the"
          " environment variable RECTO_API_KEY."), names->url, words,
      get_stop (words));
}

GError *
vlm_server_error_new_redirect (const VlmServerNames * names,
    const VlmCall * call)
{
  const char *location = soup_message_headers_get_one (call->headers,
      "Location");
  g_autofree char *valid = g_utf8_make_valid (location ? location : "", -1);
  g_autofree char *url = url_redact (valid);
  g_autofree char *where = excerpt_new (url, LOCATION_LENGTH, names->secrets);

  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      _("%s sends us to “%s”, where nobody has said that the pages may go. If"
          " they may, name that as the server."), names->url, where);
}

GError *
vlm_server_error_new_payment (const VlmServerNames * names,
    const GError * cause)
{
  return g_error_new (RECTO_RUN_RULE, RECTO_RUN_RULE_PAYMENT,
      _("%s wants to be paid: %s What was read is recorded: run the same again"
          " to go on."), names->url, cause->message);
}

GError *
vlm_server_error_new_quota (const VlmServerNames * names, const GError * cause)
{
  return g_error_new (RECTO_RUN_RULE, RECTO_RUN_RULE_QUOTA,
      _("The quota at %s is used up: %s What was read is recorded: run the same"
          " again once there is more of it."), names->url, cause->message);
}

GError *
vlm_server_error_new_unlisted (const VlmServerNames * names,
    const GError * cause)
{
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      _("%s has no model “%s”: %s It lists: %s."), names->url, names->model,
      cause->message, names->unlisted);
}

GError *
vlm_server_error_new_not_found (const VlmServerNames * names,
    const GError * cause)
{
  if (names->unlisted)
    return vlm_server_error_new_unlisted (names, cause);
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      _("%s does not read pages with the model “%s”: %s Look whether both are"
          " right: such a URL often ends in /v1."), names->url, names->model,
      cause->message);
}

GError *
vlm_server_error_new_unreachable (const VlmServerNames * names,
    const GError * cause)
{
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
      _("%s can't be reached: %s Is the server running? “ready-timeout” says"
          " how long to wait for it."), names->url, cause->message);
}

GError *
vlm_server_error_new_untrusted (const VlmServerNames * names,
    const GError * cause)
{
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
      _("%s can't be trusted: %s If it is yours, name the file of the"
          " authority that signed its certificate as “ca-file”."), names->url,
      cause->message);
}

GError *
vlm_server_error_new_outage (const VlmServerNames * names, gint64 duration,
    const GError * cause)
{
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
      _("%s has answered no request for %u seconds (max-outage). What was"
          " read is recorded: run the same again to go on. %s"), names->url,
      (guint) (duration / G_USEC_PER_SEC), cause->message);
}

GError *
vlm_server_error_new_refused (const VlmServerNames * names, guint n_pages,
    const GError * cause)
{
  return g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      _("%s has refused the first %u pages, so it must be the settings."
          " %s"), names->url, n_pages, cause->message);
}

GError *
vlm_server_error_new_encoded (const VlmServerNames * names,
    const char *encoding)
{
  g_autofree char *valid = g_utf8_make_valid (encoding, -1);
  g_autofree char *quoted = excerpt_new (valid, ENCODING_LENGTH,
      names->secrets);

  return g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      _("The server’s reply is compressed (“%s”), which was not asked for."),
      quoted);
}
