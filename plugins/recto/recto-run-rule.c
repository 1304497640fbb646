/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "recto-run-rule-private.h"

G_DEFINE_QUARK (recto-run-rule-quark, recto_run_rule)

/* What each rule is called, and the nearest error that GStreamer has. */
static const struct
{
  const char *name;
  GstResourceError code;
} rules[] = {
  [RECTO_RUN_RULE_PAYMENT] = {"payment", GST_RESOURCE_ERROR_NOT_AUTHORIZED},
  [RECTO_RUN_RULE_QUOTA] = {"quota", GST_RESOURCE_ERROR_NOT_AUTHORIZED},
};

void
recto_run_rule_post (GstElement * element, const GError * error)
{
  g_return_if_fail (error->domain == RECTO_RUN_RULE);
  g_return_if_fail ((guint) error->code < G_N_ELEMENTS (rules));

  gst_element_message_full_with_details (element, GST_MESSAGE_ERROR,
      GST_RESOURCE_ERROR, rules[error->code].code, g_strdup (error->message),
      NULL, __FILE__, GST_FUNCTION, __LINE__,
      gst_structure_new ("details", RECTO_RUN_RULE_FIELD, G_TYPE_STRING,
          rules[error->code].name, NULL));
}

const char *
recto_run_rule_parse (GstMessage * message)
{
  const GstStructure *details = NULL;

  gst_message_parse_error_details (message, &details);
  return details ? gst_structure_get_string (details, RECTO_RUN_RULE_FIELD) :
      NULL;
}
