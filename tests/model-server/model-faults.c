/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <gio/gio.h>

#include "model-faults.h"

static const struct
{
  const char *name;
  gboolean has_number;
  gboolean has_text;
} kinds[MODEL_N_FAULT_KINDS] = {
  [MODEL_FAULT_NONE] = {"none"},
  [MODEL_FAULT_GARBAGE_JSON] = {"garbage-json"},
  [MODEL_FAULT_TRUNCATED_JSON] = {"truncated-json"},
  [MODEL_FAULT_WRONG_TYPES] = {"wrong-types", TRUE},
  [MODEL_FAULT_DEEP_NESTING] = {"deep-nesting"},
  [MODEL_FAULT_MISSING_USAGE] = {"missing-usage"},
  [MODEL_FAULT_EMPTY_CHOICES] = {"empty-choices"},
  [MODEL_FAULT_INVALID_UTF8] = {"invalid-utf8"},
  [MODEL_FAULT_LONE_SURROGATE] = {"lone-surrogate"},
  [MODEL_FAULT_NUL_ESCAPE] = {"nul-escape"},
  [MODEL_FAULT_ERROR_IN_200] = {"error-in-200"},
  [MODEL_FAULT_HTML] = {"html"},
  [MODEL_FAULT_CONTENT_TYPE] = {"content-type"},
  [MODEL_FAULT_LENGTH] = {"length"},
  [MODEL_FAULT_EMPTY_ANSWER] = {"empty-answer"},
  [MODEL_FAULT_ROTATION] = {"rotation", TRUE},
  [MODEL_FAULT_BAD_FRONT_MATTER] = {"bad-front-matter"},
  [MODEL_FAULT_ENDLESS_BODY] = {"endless-body"},
  [MODEL_FAULT_SLOW] = {"slow", TRUE},
  [MODEL_FAULT_GZIP_BOMB] = {"gzip-bomb", TRUE},
  [MODEL_FAULT_HUGE_HEADERS] = {"huge-headers", TRUE},
  [MODEL_FAULT_ENDLESS_1XX] = {"endless-1xx"},
  [MODEL_FAULT_HANG] = {"hang", TRUE},
  [MODEL_FAULT_RESET] = {"reset", TRUE},
  [MODEL_FAULT_CLOSE] = {"close"},
  [MODEL_FAULT_CLOSE_EARLY] = {"close-early", TRUE},
  [MODEL_FAULT_REDIRECT_302] = {"redirect-302", FALSE, TRUE},
  [MODEL_FAULT_REDIRECT_307] = {"redirect-307", FALSE, TRUE},
  [MODEL_FAULT_STATUS] = {"status", TRUE, TRUE},
};

const char *
model_fault_kind_get_name (ModelFaultKind kind)
{
  return kinds[kind].name;
}

static gboolean
find_kind (const char *name, ModelFaultKind * kind)
{
  for (guint i = 0; i < MODEL_N_FAULT_KINDS; i++) {
    if (g_str_equal (kinds[i].name, name)) {
      *kind = i;
      return TRUE;
    }
  }
  return FALSE;
}

/* "503", "503:date" */
static gboolean
parse_status (ModelFault * self, const char *name, const char *argument)
{
  if (!g_ascii_string_to_unsigned (name, 10, 200, 599, &self->n, NULL))
    return FALSE;
  self->kind = MODEL_FAULT_STATUS;
  self->text = g_intern_string (argument);
  return TRUE;
}

static gboolean
parse_argument (ModelFault * self, const char *argument)
{
  if (!argument)
    return TRUE;
  if (kinds[self->kind].has_number)
    return g_ascii_string_to_unsigned (argument, 10, 0, G_MAXINT64, &self->n,
        NULL);
  self->text = g_intern_string (argument);
  return kinds[self->kind].has_text;
}

gboolean
model_fault_parse (ModelFault * self, const char *description,
    GError ** error)
{
  g_auto (GStrv) words = g_strsplit (description, ":", 2);
  const char *name = words[0] ? words[0] : "";
  const char *argument = words[0] ? words[1] : NULL;

  *self = (ModelFault) {
  MODEL_FAULT_NONE};
  if (parse_status (self, name, argument))
    return TRUE;
  if (find_kind (name, &self->kind) && self->kind != MODEL_FAULT_STATUS &&
      parse_argument (self, argument))
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "“%s” is no fault", description);
  return FALSE;
}

const ModelFault *
model_faults_get_default (gsize * n_faults)
{
  static const ModelFault faults[] = {
    {MODEL_FAULT_STATUS, 408},
    {MODEL_FAULT_STATUS, 429, "seconds"},
    {MODEL_FAULT_STATUS, 429, "date"},
    {MODEL_FAULT_STATUS, 500},
    {MODEL_FAULT_STATUS, 502},
    {MODEL_FAULT_STATUS, 503},
    {MODEL_FAULT_STATUS, 503, "past"},
    {MODEL_FAULT_STATUS, 504},
    {MODEL_FAULT_RESET},
    {MODEL_FAULT_RESET, 60},
    {MODEL_FAULT_CLOSE},
    {MODEL_FAULT_CLOSE_EARLY},
    {MODEL_FAULT_GARBAGE_JSON},
    {MODEL_FAULT_TRUNCATED_JSON},
    {MODEL_FAULT_WRONG_TYPES},
    {MODEL_FAULT_EMPTY_CHOICES},
    {MODEL_FAULT_INVALID_UTF8},
    {MODEL_FAULT_ERROR_IN_200},
    {MODEL_FAULT_HTML},
  };

  *n_faults = G_N_ELEMENTS (faults);
  return faults;
}

ModelFault
model_fault_intern (const ModelFault * self)
{
  ModelFault fault = *self;

  fault.text = g_intern_string (self->text);
  return fault;
}
