/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 *
 * Errors of runs that end by a rule of their own: the same run again would only
 * cost more. An element that ends with one posts an error message with the
 * field RECTO_RUN_RULE_FIELD in its details, which is the rule's name.
 */

#pragma once

#include <gst/gst.h>
#include <recto/recto-prelude.h>

G_BEGIN_DECLS

#define RECTO_RUN_RULE_FIELD "ended-by"

typedef enum
{
  RECTO_RUN_RULE_PAYMENT,       /* the server wants to be paid */
  RECTO_RUN_RULE_QUOTA,         /* there is nothing left of what it grants */
} RectoRunRule;

#define RECTO_RUN_RULE (recto_run_rule_quark ())
RECTO_API
GQuark       recto_run_rule_quark (void);

/* Posts an error message with the error's text and rule. */
RECTO_API
void         recto_run_rule_post  (GstElement    *element,
                                   const GError  *error);

/* The name of the rule of an error message, or NULL if it is of none. */
RECTO_API
const char * recto_run_rule_parse (GstMessage    *message);

G_END_DECLS
