/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which model the server is asked for, by what it lists.
 */

#pragma once

#include "vlm-server-errors.h"

G_BEGIN_DECLS

/* Reads the first answer of a server that is present, and sets the model of
 * `names` if it has none. `warning` is set where the model is asked for though
 * the server does not list it. FALSE: there is no telling which model. */
gboolean vlm_model_choose          (VlmServerNames  *names,
                                    VlmCall         *call,
                                    char           **warning,
                                    GError         **error);

/* The warning of a server that does not list its models. `names` has one. */
char *   vlm_model_dup_no_list     (VlmServerNames  *names,
                                    const GError    *cause);

/* Whether the server lists its models, and not the one of `names`. */
gboolean vlm_model_is_gone         (VlmServerNames  *names,
                                    VlmCall         *call);

G_END_DECLS
