/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The messages about a server. They name it, and quote its words as far as it
 * has any, without secrets.
 */

#pragma once

#include "vlm-client.h"

G_BEGIN_DECLS

/* What the messages name. */
typedef struct
{
  char *url;
  char *model;                  /* nullable: not known yet */
  char *unlisted;               /* NULL, or the list that lacks the model */
  const Secrets *secrets;       /* must not be quoted */
} VlmServerNames;

/* Libraries and servers leave out the full stop. */
GError * vlm_server_error_copy_as_sentence
                                          (const GError          *cause);

/* Of any call without a good answer: the cause of most of those below. */
GError * vlm_server_error_new_call        (const VlmServerNames  *names,
                                           const VlmCall         *call);

GError * vlm_server_error_new_denied      (const VlmServerNames  *names,
                                           const VlmCall         *call);

GError * vlm_server_error_new_redirect    (const VlmServerNames  *names,
                                           const VlmCall         *call);

GError * vlm_server_error_new_payment     (const VlmServerNames  *names,
                                           const GError          *cause);

GError * vlm_server_error_new_quota       (const VlmServerNames  *names,
                                           const GError          *cause);

GError * vlm_server_error_new_not_found   (const VlmServerNames  *names,
                                           const GError          *cause);

/* The server lists other models. */
GError * vlm_server_error_new_unlisted    (const VlmServerNames  *names,
                                           const GError          *cause);

GError * vlm_server_error_new_unreachable (const VlmServerNames  *names,
                                           const GError          *cause);

GError * vlm_server_error_new_untrusted   (const VlmServerNames  *names,
                                           const GError          *cause);

/* `duration` is in microseconds. */
GError * vlm_server_error_new_outage      (const VlmServerNames  *names,
                                           gint64                 duration,
                                           const GError          *cause);

GError * vlm_server_error_new_refused     (const VlmServerNames  *names,
                                           guint                  n_pages,
                                           const GError          *cause);

GError * vlm_server_error_new_encoded     (const VlmServerNames  *names,
                                           const char            *encoding);

G_END_DECLS
