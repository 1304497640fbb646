/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "vlm-model-choice.h"

#include <glib/gi18n-lib.h>

#include "chat-reply.h"
#include "excerpt.h"

/* Characters of a list of models that are quoted. */
#define LIST_LENGTH 500

static char *
join_models (const VlmServerNames * names, char **models)
{
  g_autofree char *list = g_strjoinv (", ", models);

  return *list == '\0' ? g_strdup (_("(none)")) :
      excerpt_new (list, LIST_LENGTH, names->secrets);
}

/* A model that was not asked for by name must have one that records can
 * hold. */
static gboolean
is_only_model (const VlmServerNames * names, char **models)
{
  g_autofree char *redacted = NULL;

  if (g_strv_length (models) != 1)
    return FALSE;
  redacted = secrets_redact (names->secrets, models[0]);
  return g_str_equal (redacted, models[0]);
}

/* By its name, or by what Gemini and Ollama make of that. */
static gboolean
lists_model (char **models, const char *model)
{
  const char *const *list = (const char *const *) models;
  g_autofree char *below = g_strconcat ("models/", model, NULL);
  g_autofree char *tagged = g_strconcat (model, ":latest", NULL);

  return g_strv_contains (list, model) || g_strv_contains (list, below)
      || g_strv_contains (list, tagged);
}

/* A server may take more names than it lists. */
static void
choose_named_model (VlmServerNames * names, char **models, char *list,
    char **warning)
{
  if (lists_model (models, names->model))
    return;
  names->unlisted = g_strdup (list);
  *warning = g_strdup_printf (_("%s does not list the model “%s”, which is"
          " asked for all the same. It lists: %s."), names->url, names->model,
      list);
}

static gboolean
choose_from_list (VlmServerNames * names, char **models, char **warning,
    GError ** error)
{
  g_autofree char *list = join_models (names, models);

  if (names->model) {
    choose_named_model (names, models, list, warning);
    return TRUE;
  }
  if (is_only_model (names, models)) {
    names->model = g_strdup (models[0]);
    return TRUE;
  }
  if (g_strv_length (models) == 1)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        _("The name of the only model of %s, %s, has the API key or a header's"
            " value in it, which records must not have. Name the model as"
            " “model” (--model)."), names->url, list);
  else
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        _("Say which “model” of %s to use. It has: %s."), names->url, list);
  return FALSE;
}

char *
vlm_model_dup_no_list (VlmServerNames * names, const GError * cause)
{
  return g_strdup_printf (_("%s does not list its models: %s The model “%s” is"
          " asked for all the same."), names->url, cause->message,
      names->model);
}

static gboolean
read_list (VlmServerNames * names, VlmCall * call, char **warning,
    GError ** error)
{
  g_autoptr (GError) cause = call->error ?
      vlm_server_error_copy_as_sentence (call->error) : NULL;
  g_auto (GStrv) models = NULL;

  if (cause == NULL)
    models = model_list_parse ((char *) call->body->data, call->body->len,
        names->secrets, &cause);
  if (models)
    return choose_from_list (names, models, warning, error);
  if (names->model) {
    *warning = vlm_model_dup_no_list (names, cause);
    return TRUE;
  }
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      _("%s does not list its models: %s Say which “model” to use, and look"
          " whether the URL is right: it often ends in /v1."), names->url,
      cause->message);
  return FALSE;
}

/* Not every server lists its models. */
static gboolean
choose_without_list (VlmServerNames * names, VlmCall * call, GError ** error)
{
  if (names->model)
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      _("%s does not list its models (%u %s). Say which “model” to use, and"
          " look whether the URL is right: it often ends in /v1."),
      names->url, call->status, call->reason);
  return FALSE;
}

gboolean
vlm_model_choose (VlmServerNames * names, VlmCall * call, char **warning,
    GError ** error)
{
  switch (call->status) {
    case SOUP_STATUS_OK:
      return read_list (names, call, warning, error);
    case SOUP_STATUS_UNAUTHORIZED:
    case SOUP_STATUS_FORBIDDEN:
      g_propagate_error (error, vlm_server_error_new_denied (names, call));
      return FALSE;
    default:
      break;
  }
  if (!SOUP_STATUS_IS_REDIRECTION (call->status))
    return choose_without_list (names, call, error);
  g_propagate_error (error, vlm_server_error_new_redirect (names, call));
  return FALSE;
}

gboolean
vlm_model_is_gone (VlmServerNames * names, VlmCall * call)
{
  g_auto (GStrv) models = NULL;

  if (call->status != SOUP_STATUS_OK || call->error)
    return FALSE;
  models = model_list_parse ((char *) call->body->data, call->body->len,
      names->secrets, NULL);
  return models && !lists_model (models, names->model);
}
