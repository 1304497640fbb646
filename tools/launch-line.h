/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes a gst-launch line whose words mean the same to gst_parse_launch()
 * and, quoted for it, to a shell that calls gst-launch-1.0.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GPtrArray *words;
} LaunchLine;

void     launch_line_init         (LaunchLine         *self);
void     launch_line_clear        (LaunchLine         *self);

/* Begins the next element, linked to the one before. */
void     launch_line_add_element  (LaunchLine         *self,
                                   const char         *factory);

/* FALSE when a value isn't UTF-8, which no launch line can hold. */
gboolean launch_line_add_string   (LaunchLine         *self,
                                   const char         *property,
                                   const char         *value);
gboolean launch_line_add_strings  (LaunchLine         *self,
                                   const char         *property,
                                   const char * const *values);

char *   launch_line_to_parse     (LaunchLine         *self);
char *   launch_line_to_shell     (LaunchLine         *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LaunchLine, launch_line_clear)

G_END_DECLS
