/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "limit-options.h"

#include <glib/gi18n.h>

#include "arguments.h"

GOptionGroup *
limit_options_create_group (LimitOptions * self)
{
  GOptionGroup *group = g_option_group_new ("limits", _("Limits:"),
      N_("List the options for what a run and a document may take"), NULL,
      NULL);
  const GOptionEntry entries[] = {
    {"memory", 0, 0, G_OPTION_ARG_STRING, &self->memory,
          N_("Use at most SIZE of memory, such as 512M (a quarter of what"
              " there is, and 2G at most, unless it is given)"), N_("SIZE")},
    {"page-cpu-limit", 0, 0, G_OPTION_ARG_STRING, &self->page_cpu_limit,
          N_("Give up a page that takes more than N seconds of processor time"
              " to be drawn (0: no limit; 20 unless it is given)"), N_("N")},
    {"page-memory-limit", 0, 0, G_OPTION_ARG_STRING, &self->page_memory_limit,
          N_("Give up a page that takes more than SIZE of memory to be drawn,"
              " such as 512M (0: no limit; 1G unless it is given)"),
        N_("SIZE")},
    {"max-document-size", 0, 0, G_OPTION_ARG_STRING,
          &self->max_document_bytes,
          N_("Don't read documents larger than SIZE (0: no limit; 256M unless"
              " it is given)"), N_("SIZE")},
    {"max-pages", 0, 0, G_OPTION_ARG_STRING, &self->max_pages,
          N_("Read at most N pages of a document (0: no limit; 10000 unless"
              " it is given)"), N_("N")},
    {"sandbox", 0, 0, G_OPTION_ARG_STRING, &self->sandbox,
          N_("Keep documents from the rest of the system: required (the"
              " default), best-effort or off; “recto sandbox” says what there"
              " is"), N_("MODE")},
    {NULL}
  };

  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  g_option_group_add_entries (group, entries);
  return group;
}

static gboolean
check_number (const char *option, const char *text, GError ** error)
{
  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT, NULL,
          NULL))
    return TRUE;
  return arguments_refuse (error, _("%s takes a number from 0 to %d."), option,
      G_MAXINT);
}

/* Puts a number of bytes in place of what was given. */
static gboolean
parse_size (const char *option, char **text, GError ** error)
{
  guint64 size;

  if (*text == NULL)
    return TRUE;
  if (!arguments_parse_size (option, *text, &size, error))
    return FALSE;
  g_free (*text);
  *text = g_strdup_printf ("%" G_GUINT64_FORMAT, size);
  return TRUE;
}

/* 0 would mean the default, which nobody who writes it has in mind. */
static gboolean
parse_memory (char **text, GError ** error)
{
  if (!parse_size ("--memory", text, error))
    return FALSE;
  if (g_strcmp0 (*text, "0") == 0)
    return arguments_refuse (error, _("--memory takes a size, such as 512M."));
  return TRUE;
}

gboolean
limit_options_check (LimitOptions * self, GError ** error)
{
  static const char *const modes[] = { "required", "best-effort", "off", NULL };
  guint ignored;

  return check_number ("--page-cpu-limit", self->page_cpu_limit, error)
      && check_number ("--max-pages", self->max_pages, error)
      && parse_memory (&self->memory, error)
      && parse_size ("--page-memory-limit", &self->page_memory_limit, error)
      && parse_size ("--max-document-size", &self->max_document_bytes, error)
      && arguments_parse_choice ("--sandbox", self->sandbox, modes, &ignored,
      error);
}

void
limit_options_apply (const LimitOptions * self, PipelineOptions * pipeline)
{
  const struct
  {
    const char *property, *value;
  } settings[] = {
    {"page-cpu-limit", self->page_cpu_limit},
    {"page-memory-limit", self->page_memory_limit},
    {"max-document-bytes", self->max_document_bytes},
    {"max-pages", self->max_pages},
    {"sandbox", self->sandbox},
  };

  if (self->memory != NULL)
    pipeline->memory = g_ascii_strtoull (self->memory, NULL, 10);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    if (settings[i].value != NULL)
      pipeline_stage_set (&pipeline->source, settings[i].property,
          settings[i].value);
  }
}

void
limit_options_clear (LimitOptions * self)
{
  g_free (self->memory);
  g_free (self->page_cpu_limit);
  g_free (self->page_memory_limit);
  g_free (self->max_document_bytes);
  g_free (self->max_pages);
  g_free (self->sandbox);
}
