/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <recto/recto-json-numbers-private.h>

#include "vlm-sampling.h"

typedef struct
{
  char *name;
  double *values;
  guint n_values;
} Parameter;

struct _VlmSampling
{
  GPtrArray *parameters;
  guint n_attempts;
};

static void
parameter_free (gpointer data)
{
  Parameter *parameter = data;

  g_free (parameter->name);
  g_free (parameter->values);
  g_free (parameter);
}

VlmSampling *
vlm_sampling_new (void)
{
  VlmSampling *self = g_new (VlmSampling, 1);

  self->parameters = g_ptr_array_new_with_free_func (parameter_free);
  self->n_attempts = 1;

  return self;
}

void
vlm_sampling_free (VlmSampling * self)
{
  g_ptr_array_unref (self->parameters);
  g_free (self);
}

void
vlm_sampling_add (VlmSampling * self, const char *name, const double *values,
    guint n_values)
{
  Parameter *parameter = g_new (Parameter, 1);

  parameter->name = g_strdup (name);
  parameter->values = g_memdup2 (values, n_values * sizeof *values);
  parameter->n_values = n_values;
  g_ptr_array_add (self->parameters, parameter);
  self->n_attempts = MAX (self->n_attempts, n_values);
}

static void
append_attempt (GString * json, const VlmSampling * self, guint attempt)
{
  g_string_append_c (json, '{');
  for (guint i = 0; i < self->parameters->len; i++) {
    const Parameter *parameter = g_ptr_array_index (self->parameters, i);
    guint last = parameter->n_values - 1;

    g_string_append_printf (json, i ? ",\"%s\":" : "\"%s\":", parameter->name);
    recto_json_append_number (json, parameter->values[MIN (attempt, last)]);
  }
  g_string_append_c (json, '}');
}

char *
vlm_sampling_to_json (const VlmSampling * self)
{
  GString *json = g_string_new ("[");

  for (guint i = 0; i < self->n_attempts; i++) {
    if (i > 0)
      g_string_append_c (json, ',');
    append_attempt (json, self, i);
  }
  g_string_append_c (json, ']');

  return g_string_free (json, FALSE);
}
